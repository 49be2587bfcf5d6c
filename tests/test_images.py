"""Pictures from files and from Pillow: what comes with them, which way up they are, who reads."""

import contextlib
import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from svac2.errors import FormatError, LimitError, UnsupportedError
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata
from svac2.pictures import exif
from svac2.pictures.images import load_picture
from svac2.pictures.png import png_options

FORMATS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
}
PROFILE = bytes(range(256)) * 700  # in several segments of JPEG
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF tiff:Orientation="%d"/></x:xmpmeta>'
LIMITS = Limits()


@pytest.fixture(scope="module")
def pixels():
    """A small picture that no turn or mirror image leaves as it is."""
    y, x = np.mgrid[0:24, 0:40]
    return np.stack([6 * x, 10 * y, 3 * (x + y)], -1).astype(np.uint8)


def make_exif(orientation):
    tags = Image.Exif()
    if orientation:
        tags[0x0112] = orientation
    tags[0x010F] = "Maker"
    tags.get_ifd(exif.EXIF_IFD)[0x9003] = "2020:01:01 00:00:00"
    tags.get_ifd(exif.GPS_IFD)[1] = "N"
    return tags.tobytes()


def tags_of(content):
    tags = Image.Exif()
    tags.load(content)
    return {
        **{tag: tags[tag] for tag in tags if tag not in (exif.EXIF_IFD, exif.GPS_IFD)},
        "exif": tags.get_ifd(exif.EXIF_IFD),
        "gps": tags.get_ifd(exif.GPS_IFD),
    }


def save(pixels, kind, *, orientation=1, xmp_orientation=1):
    """Write a picture file with all metadata."""
    content, packet = make_exif(orientation), XMP % xmp_orientation
    options = {**FORMATS[kind], "icc_profile": PROFILE, "exif": content, "xmp": packet}
    if kind == "PNG":
        options = png_options(Metadata(icc_profile=PROFILE, exif=content, xmp=packet))
    if kind == "TIFF":
        tags = Image.Exif()
        tags.load(content)
        tags.get_ifd(exif.EXIF_IFD)
        tags.get_ifd(exif.GPS_IFD)
        tags[700] = packet
        options["exif"] = tags
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def load(content):
    return load_picture(io.BytesIO(content), limits=LIMITS)


def chunk(kind, content=b""):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def make_png(*chunks, late=b"", colour_type=2):
    header = struct.pack(">IIBBBBB", 1, 1, 8, colour_type, 0, 0, 0)
    samples = zlib.compress(bytes(4 if colour_type == 2 else 2))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
    return start + chunk(b"IDAT", samples) + late + chunk(b"IEND")


def entry(tag, kind, count, value):
    return struct.pack("<HHL4s", tag, kind, count, value)


def directory(*entries, following=0, count=None):
    content = struct.pack("<H", len(entries) if count is None else count) + b"".join(entries)
    return b"II*\0\x08\0\0\0" + content + struct.pack("<L", following)


def long(value):
    return struct.pack("<L", value)


def turned(pixels, orientation):
    """Turn pixels as the definition of the tag says: by where row 0 and column 0 are."""
    upright = pixels.swapaxes(0, 1) if orientation > 4 else pixels
    bottom, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return upright[:: -1 if bottom else 1, :: -1 if right else 1]


class TestMetadata:
    @pytest.mark.parametrize("kind", FORMATS)
    @pytest.mark.parametrize("way", ["stream", "path", "image", "loaded"])
    def test_all_comes_back(self, pixels, kind, way, tmp_path):
        path = tmp_path / "picture"
        path.write_bytes(save(pixels, kind))
        if way == "stream":
            with path.open("rb") as file:
                metadata = load_picture(file, limits=LIMITS).metadata
        elif way == "path":
            metadata = load_picture(path, limits=LIMITS).metadata
        else:
            with Image.open(path) as image:
                if way == "loaded":
                    image.load()
                metadata = load_picture(image, limits=LIMITS).metadata
        assert metadata.icc_profile == PROFILE
        assert metadata.xmp == XMP % 1
        assert metadata.cicp is None
        expected = make_exif(0 if kind == "AVIF" else 1)  # Pillow makes boxes of it
        if kind == "TIFF":
            left = {0x0112} if way == "loaded" else set()  # where Pillow has dropped it
            assert (
                tags_of(metadata.exif).items()
                >= {
                    key: value for key, value in tags_of(expected).items() if key not in left
                }.items()
            )
        else:
            assert metadata.exif == expected

    def test_none(self, pixels):
        for kind, options in FORMATS.items():
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, kind, **options)
            assert load(file.getvalue()).metadata == Metadata()
        assert load_picture(pixels, limits=LIMITS).metadata == Metadata()

    def test_what_was_taken_out_of_info(self, pixels):
        with Image.open(io.BytesIO(save(pixels, "AVIF", orientation=6))) as image:
            image.info.clear()
            assert load_picture(image, limits=LIMITS).metadata == Metadata()

    def test_long_exif_in_jpeg(self, pixels):
        content = make_exif(6) + bytes(70000)
        segments = b"".join(
            b"\xff\xe1" + struct.pack(">H", 8 + len(part)) + b"Exif\0\0" + part
            for part in (content[6:60000], content[60000:])
        )
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG")
        jpeg = file.getvalue()
        picture = load(jpeg[:2] + segments + jpeg[2:])
        assert picture.samples.shape == (40, 24, 3)
        assert picture.metadata.exif == exif.upright(content)

    def test_png_after_the_pixels(self):
        packet = b"XML:com.adobe.xmp" + bytes(5) + b"<x/>"
        metadata = load(
            make_png(late=chunk(b"eXIf", make_exif(1)[6:]) + chunk(b"iTXt", packet))
        ).metadata
        assert metadata == Metadata(exif=make_exif(1), xmp=b"<x/>")

    def test_png_of_imagemagick(self):
        digits = make_exif(3).hex().encode()
        text = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n %d\n" % len(digits) + digits)
        assert load(make_png(chunk(b"zTXt", text))).metadata.exif == make_exif(1)
        broken = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 2\nxy")
        load(make_png(chunk(b"zTXt", broken)))

    def test_big_endian_and_big_tiff(self, pixels):
        for options in ({"big_tiff": True}, {"tiffinfo": {0x010F: "Maker", 0x0112: 6}}):
            file = io.BytesIO()
            tags = {0x010F: "Maker", 0x0112: 6}
            Image.fromarray(pixels).save(file, "TIFF", **{"tiffinfo": tags, **options})
            picture = load(file.getvalue())
            np.testing.assert_array_equal(picture.samples, turned(pixels, 6))
            assert tags_of(picture.metadata.exif).items() >= {0x010F: "Maker", 0x0112: 1}.items()


class TestColour:
    @pytest.mark.parametrize("later", [b"", chunk(b"gAMA", struct.pack(">I", 100000))])
    def test_cicp_of_png(self, later):
        png = make_png(chunk(b"cICP", bytes([9, 16, 0, 1])), later)
        assert load(png).metadata == Metadata(cicp=Cicp(9, 16))
        with Image.open(io.BytesIO(png)) as image:
            assert load_picture(image, limits=LIMITS).metadata == Metadata(cicp=Cicp(9, 16))
        png = make_png(chunk(b"cICP", bytes([1, 13, 0, 0])))
        assert load(png).metadata == Metadata(cicp=Cicp(1, 13, 0, False))

    def test_cicp_and_profile(self):
        png = make_png(
            chunk(b"cICP", bytes([12, 13, 0, 1])), chunk(b"iCCP", b"x\0\0" + zlib.compress(PROFILE))
        )
        assert load(png).metadata == Metadata(cicp=Cicp(12, 13), icc_profile=PROFILE)

    def test_gamma(self):
        linear = chunk(b"gAMA", struct.pack(">I", 100000))
        assert load(make_png(linear)).metadata == Metadata(cicp=Cicp(1, 8))
        assert load(make_png(chunk(b"sRGB", b"\0"), linear)).metadata == Metadata()
        profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(PROFILE))
        assert load(make_png(profile, linear)).metadata == Metadata(icc_profile=PROFILE)
        with Image.open(io.BytesIO(make_png(linear))) as image:
            image.load()
            assert load_picture(image, limits=LIMITS).metadata == Metadata(cicp=Cicp(1, 8))

    @pytest.mark.parametrize(("colour_type", "space"), [(0, b"GRAY"), (2, b"RGB ")])
    def test_gamma_without_a_number(self, colour_type, space):
        other = chunk(b"gAMA", struct.pack(">I", 30000))
        profile = load(make_png(other, colour_type=colour_type)).metadata.icc_profile
        assert profile[16:20] == space

    def test_cicp_of_avif(self, pixels):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "AVIF")
        content = file.getvalue()
        plain = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)
        assert content.count(plain) == 1
        assert load(content).metadata == Metadata()
        p3 = content.replace(plain, b"nclx" + struct.pack(">HHHB", 12, 13, 6, 0x80))
        assert load(p3).metadata == Metadata(cicp=Cicp(12, 13))
        unspecified = content.replace(plain, b"nclx" + struct.pack(">HHHB", 2, 2, 6, 0x80))
        assert load(unspecified).metadata == Metadata()


class TestOrientation:
    @pytest.mark.parametrize("kind", FORMATS)
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_pixels_are_upright(self, pixels, kind, orientation):
        content = save(pixels, kind, orientation=orientation, xmp_orientation=orientation)
        with Image.open(io.BytesIO(content)) as image:
            pictures = [load(content), load_picture(image, limits=LIMITS)]
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            pictures.append(load_picture(image, limits=LIMITS))
        expected = turned(pixels, orientation).astype(int)
        for samples, metadata, _ in pictures:
            assert samples.shape == expected.shape
            assert np.abs(samples - expected).mean() < 4
            assert exif.orientation_of(metadata.exif) in (1, None)
            assert exif.xmp_orientation_of(metadata.xmp) in (1, None)
        assert pictures[0].metadata.xmp == XMP % 1

    @pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
    def test_boxes_alone_count(self, pixels, kind, monkeypatch):
        monkeypatch.setattr("PIL.AvifImagePlugin.AvifImageFile.format", kind)
        content = save(pixels, "AVIF", orientation=0, xmp_orientation=6)
        stand_in = make_exif(0)[6:]
        told = directory(entry(0x0112, 3, 1, long(6))).ljust(len(stand_in), b"\0")
        assert content.count(stand_in) == 1
        picture = load(content.replace(stand_in, told))
        assert picture.samples.shape == pixels.shape
        assert picture.metadata.exif == b"Exif\0\0" + exif.upright(told)
        assert picture.metadata.xmp == XMP % 1

    def test_of_xmp_alone(self, pixels):
        for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
            picture = load(save(pixels, kind, orientation=0, xmp_orientation=6))
            assert picture.samples.shape == (40, 24, 3)
            assert picture.metadata.xmp == XMP % 1

    def test_exif_wins(self, pixels):
        for kind in FORMATS:
            picture = load(save(pixels, kind, orientation=1, xmp_orientation=6))
            assert picture.samples.shape == (24, 40, 3)
            assert picture.metadata.xmp == XMP % 1


MAKER = entry(0x010F, 2, 4, b"abc\0")
BROKEN = {
    "empty": b"",
    "one byte": b"I",
    "text": b"this is no EXIF at all, not even close",
    "header alone": b"II*\0\x08\0\0\0",
    "half a header": b"II*\0",
    "wrong mark": b"XX*\0" + directory(MAKER)[4:],
    "marks of both orders": b"IM*\0" + directory(MAKER)[4:],
    "mark of the other order": b"MM\0*" + directory(MAKER)[4:],
    "wrong magic": b"II\x2b\x01" + directory(MAKER)[4:],
    "directory past the end": b"II*\0\xff\xff\xff\xff" + directory(MAKER)[8:],
    "directory in the header": b"II*\0\0\0\0\0" + directory(MAKER)[8:],
    "cut in an entry": directory(MAKER, MAKER)[:30],
    "no next directory": directory(MAKER)[:-4],
    "more entries than bytes": directory(MAKER, count=65535),
    "no entries": directory(),
    "loop of directories": directory(MAKER, following=8),
    "EXIF directory in a loop": directory(entry(exif.EXIF_IFD, 4, 1, long(8))),
    "EXIF directory past the end": directory(entry(exif.EXIF_IFD, 4, 1, long(2**32 - 1))),
    "EXIF directory of type string": directory(entry(exif.EXIF_IFD, 2, 4, b"abc\0")),
    "huge count": directory(entry(0x010F, 2, 2**32 - 1, long(8))),
    "value past the end": directory(entry(0x010F, 2, 100, long(2**31))),
    "unknown type": directory(entry(0x010F, 77, 1, long(8))),
    "count of zero": directory(entry(0x0112, 3, 0, long(6))),
    "orientation 0": directory(MAKER, entry(0x0112, 3, 1, long(0))),
    "orientation 9": directory(MAKER, entry(0x0112, 3, 1, long(9))),
    "orientation of type string": directory(MAKER, entry(0x0112, 2, 2, b"6\0\0\0")),
    "orientation of type rational": directory(MAKER, entry(0x0112, 5, 1, long(8))),
    "resolution of zeros": directory(entry(0x011A, 5, 1, long(26))) + bytes(8),
    "noise": np.random.default_rng(1).bytes(300),
}


class TestBrokenExif:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("name", BROKEN)
    def test_never_refuses(self, pixels, kind, name):
        broken = BROKEN[name]
        file, stand_in = io.BytesIO(), b"II*\0\x08" + bytes(max(9, len(broken) - 5))
        Image.fromarray(pixels).save(
            file, kind, **FORMATS[kind], exif=stand_in if kind == "AVIF" else b"Exif\0\0" + broken
        )
        content = file.getvalue()
        if kind == "AVIF":
            assert content.count(stand_in) == 1
            broken = broken.ljust(len(stand_in), b"\0")
            content = content.replace(stand_in, broken)
        picture = load(content)
        assert picture.samples.shape == pixels.shape
        if broken or kind not in ("PNG", "WEBP"):
            assert picture.metadata.exif in (None, b"Exif\0\0" + exif.upright(broken))
        if broken:
            assert picture.metadata.exif is not None
        if kind != "AVIF":  # which Pillow may not open
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = Image.open(io.BytesIO(content))
            assert load_picture(image, limits=LIMITS).metadata == picture.metadata

    @pytest.mark.parametrize(
        ("kind", "count", "value"),
        [
            (4, 1, 8),  # the first directory
            (4, 1, 2**32 - 1),
            (4, 1, 0),
            (2, 4, 8),
            (4, 2**32 - 1, 8),
            (77, 1, 8),
            (3, 1, 8),
            (5, 1, 2**31),
        ],
    )
    @pytest.mark.parametrize("tag", [exif.EXIF_IFD, exif.GPS_IFD, 0x010F, 0x0112])
    def test_tiff(self, pixels, tag, kind, count, value):
        content = save(pixels, "TIFF")
        (position,) = [e.position for e in exif.Tiff.of(content).entries() if e.tag == tag]
        content = bytearray(content)
        struct.pack_into("<HHLL", content, position, tag, kind, count, value)
        picture = load(bytes(content))
        is_valid = tag == 0x0112 and kind in (3, 4) and count == 1 and value == 8
        np.testing.assert_array_equal(picture.samples, turned(pixels, 8) if is_valid else pixels)
        assert picture.metadata.exif is not None

    @pytest.mark.parametrize("kind", FORMATS)
    def test_damage_ends_in_our_errors(self, pixels, kind):
        content = save(pixels[:8, :8], kind, orientation=6).replace(PROFILE, b"")
        for seed in range(150):
            rng = np.random.default_rng(seed)
            damaged = bytearray(content)
            for position in rng.integers(0, min(len(content), 600), 3):
                damaged[position] = rng.integers(256)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with contextlib.suppress(FormatError, LimitError, UnsupportedError):
                    load(bytes(damaged[: rng.integers(len(content) // 2, len(content) + 1)]))


class TestReaders:
    EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"

    @pytest.fixture
    def ghostscript(self, tmp_path, monkeypatch):
        """A program gs that leaves a trace when it is started."""
        program, trace = tmp_path / "gs", tmp_path / "started"
        program.write_text(f"#!/bin/sh\necho >> {trace}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)
        return trace

    def test_no_program_is_run(self, tmp_path, ghostscript):
        path = tmp_path / "picture.png"
        path.write_bytes(self.EPS)
        with pytest.raises(UnsupportedError, match=r"picture\.png: not a picture"):
            load_picture(path, limits=LIMITS)
        iptc = b"\x1c\x03\x3c\0\x02\1\0\x1c\x03\x14\0\x02\0\x08\x1c\x03\x1e\0\x02\0\x08"
        iptc += b"\x1c\x03\x78\0\1\1\x1c\x08\x0a" + struct.pack(">H", len(self.EPS)) + self.EPS
        with pytest.raises(UnsupportedError, match="not a picture"):
            load(iptc)
        with Image.open(path) as image:
            assert image.format == "EPS"
            with pytest.raises(UnsupportedError, match=r"EPS file.*load\(\) it yourself"):
                load_picture(image, limits=LIMITS)
        assert not ghostscript.exists()

    def test_formats_that_were_added_to_pillow(self, monkeypatch):
        class OurFile(ImageFile.ImageFile):
            format = "OURS"

            def _open(self):
                self._size, self._mode = (2, 1), "L"
                self.tile = [ImageFile._Tile("raw", (0, 0, 2, 1), 4, "L")]

        Image.init()
        monkeypatch.setattr(Image, "ID", [*Image.ID, "OURS"])
        monkeypatch.setitem(Image.OPEN, "OURS", (OurFile, lambda start: start.startswith(b"ours")))
        assert load(b"ours\x07\x09").samples.ravel().tolist() == [7, 9]

    def test_file_of_our_own(self, tmp_path):
        path = tmp_path / "picture.png"
        path.write_bytes(b"\xb5S2 and more")
        for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
            with pytest.raises(UnsupportedError, match="a svac2 file: decode it first"):
                load_picture(source, limits=LIMITS)


class TestLimits:
    def test_before_the_pixels_are_read(self, pixels):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 5000, 3000, 8, 2, 0, 0, 0))
        png = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"damaged")
        with pytest.raises(LimitError, match=r"5000x3000 .*max_pixels=1000000"):
            load_picture(io.BytesIO(png), limits=Limits(max_pixels=10**6))
        with pytest.raises(LimitError, match="max_side=39"):
            load_picture(pixels, limits=Limits(max_side=39))
        with pytest.raises(LimitError, match="max_pixels=959"):
            load_picture(Image.fromarray(pixels), limits=Limits(max_pixels=959))

    def test_of_pillow(self, pixels, monkeypatch):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 479)
        with pytest.raises(LimitError, match=r"PIL\.Image\.MAX_IMAGE_PIXELS=479"):
            load(file.getvalue())
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 480)
        with pytest.warns(Image.DecompressionBombWarning):
            load(file.getvalue())
        with pytest.raises(Image.DecompressionBombWarning):  # warnings are errors here
            load(file.getvalue())


def test_memory_is_checked_before_pixels_are_read(monkeypatch):
    file = io.BytesIO()
    Image.new("RGB", (300, 200)).save(file, "PNG")
    file.seek(0)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("read"))
    with pytest.raises(LimitError, match=r"memory .* 1180000, more than max_memory=1000000 of"):
        load_picture(
            file,
            limits=Limits(max_memory=10**6),
            memory_of=lambda width, height, channels, bit_depth: (
                10**6 if (width, height) == (300, 200) else 0
            ),
        )
