"""A file keeps everything: ICC, EXIF, XMP and CICP from picture files to svac2 and back to them."""

import io
import json
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2.pictures import colour
from svac2.pictures.png import png_options

FAST = {"effort": 1, "enhance": False}
MODES = ("normal", "multiscale", "auto")
SAVING = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 90},
}
MAKE, ORIENTATION, EXIF_IFD, GPS_IFD, XMP_TAG = 0x010F, 0x0112, 0x8769, 0x8825, 700
PROFILES = {
    "RGB": colour.describe(55555, None, is_grey=False) + bytes(range(256)) * 400,  # long in JPEG
    "L": colour.describe(55555, None, is_grey=True),
}
XMP = '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/">ÄÖ\n</x:xmpmeta> '.encode()
COMMAND = [sys.executable, "-P", "-m", "svac2"]


def raw_exif(orientation):
    """Make EXIF that no library would write again alike: a note of its own, a gap, a thumbnail."""
    entries = [
        (MAKE, 2, 6, b"Make\0\0"),
        (0x9999, 7, 5, b"\xff\0\xfe\1\2"),  # a tag that nobody knows
        (0x927C, 7, 301, bytes(range(256)) + b"\0maker's note" + bytes(32)),
    ]
    if orientation:
        entries.insert(1, (ORIENTATION, 3, 1, struct.pack(">HH", orientation, 0)))
    count = len(entries)
    table, values = struct.pack(">H", count), b"\xaa\xbb\xcc"
    for tag, kind, size, value in entries:
        place = value
        if len(value) > 4:
            place = struct.pack(">L", 8 + 2 + 12 * count + 4 + len(values))
            values += value
        table += struct.pack(">HHL4s", tag, kind, size, place)
    second = 8 + len(table) + 4 + len(values)
    thumbnail = struct.pack(">HHHLLL", 1, 0x0201, 4, 1, second + 18, 0) + b"\xff\xd8\xff\xd9"
    return b"Exif\0\0MM\0*\0\0\0\x08" + table + struct.pack(">L", second) + values + thumbnail


def tiff_tags():
    made, tags = Image.Exif(), Image.Exif()
    made[MAKE] = "Make"
    made[ORIENTATION] = 6
    made.get_ifd(EXIF_IFD).update({0x9003: "2020:01:01 00:00:00", 0x927C: b"\0note\xff"})
    made.get_ifd(GPS_IFD).update({1: "N", 2: (51.0, 30.0, 0.5)})
    tags.load(made.tobytes())  # Pillow's TIFF writer takes directories only of what was read
    for name in (EXIF_IFD, GPS_IFD):
        tags.get_ifd(name)
    return tags


def tags_of(content):
    tags = Image.Exif()
    tags.load(content)
    inner = {name: tags.get_ifd(name) for name in (EXIF_IFD, GPS_IFD)}
    return dict(tags) | inner


def save(image, kind):
    """Return a picture file that has all there is to keep; Pillow makes AVIF's orientation boxes"""
    options = {**SAVING[kind], "icc_profile": PROFILES[image.mode]}
    if kind == "PNG":
        options = png_options(svac2.Metadata(exif=raw_exif(6), xmp=XMP, **options))
    elif kind == "TIFF":
        options["exif"] = tiff_tags()
        options["exif"][XMP_TAG] = XMP
    else:
        options |= {"exif": raw_exif(None if kind == "AVIF" else 6), "xmp": XMP}
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def picture():
    y, x = np.mgrid[0:24, 0:40]
    return Image.fromarray(np.stack([6 * x, 10 * y, 3 * (x + y)], -1).astype(np.uint8))


@pytest.fixture(scope="module")
def full(picture):
    """All metadata, and a file that has them."""
    metadata = svac2.Metadata(
        icc_profile=PROFILES["RGB"], exif=raw_exif(1), xmp=XMP, cicp=svac2.Cicp(12, 13)
    )
    given = {name: getattr(metadata, name) for name in ("icc_profile", "exif", "xmp", "cicp")}
    return metadata, svac2.encode(np.asarray(picture), mode="multiscale", **given, **FAST)


def encode(path, way, **options):
    if way == "path":
        return svac2.encode(path, **FAST, **options)
    if way == "file":
        with path.open("rb") as file:
            return svac2.encode(file, **FAST, **options)
    if way == "image":
        with Image.open(path) as image:
            return svac2.encode(image, **FAST, **options)
    return svac2.encode(io.BytesIO(path.read_bytes()), **FAST, **options)


@pytest.mark.parametrize("kind", SAVING)
@pytest.mark.parametrize("way", ["path", "image", "file", "BytesIO"])
@pytest.mark.parametrize("space", PROFILES)
def test_all_comes_back_in_every_mode(picture, kind, way, space, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(save(picture.convert(space), kind))
    for mode in MODES:
        info = svac2.info(encode(path, way, mode=mode))
        assert info.icc_profile == PROFILES[space]
        assert info.xmp == XMP
        assert info.cicp is None
        if kind == "TIFF":
            expected = tags_of(tiff_tags().tobytes()) | {ORIENTATION: 1}
            found = tags_of(info.exif)
            assert {tag: found.get(tag) for tag in expected} == expected
        else:
            assert info.exif == raw_exif(None if kind == "AVIF" else 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pixels_are_upright(picture, kind):
    pixels = svac2.decode(svac2.encode(io.BytesIO(save(picture, kind)), quality=95))
    turned = np.asarray(picture.transpose(Image.Transpose.ROTATE_270)).astype(int)
    assert pixels.shape == turned.shape
    assert np.abs(pixels - turned).mean() < 4


class TestOptions:
    def test_given(self, picture):
        source = io.BytesIO(save(picture, "PNG"))
        given = {"icc_profile": b"profile", "exif": raw_exif(8), "xmp": b"<x/>", "cicp": (9, 16)}
        info = svac2.info(svac2.encode(source, **given | {"cicp": (9, 16, 0, True)}, **FAST))
        assert (info.icc_profile, info.xmp) == (b"profile", b"<x/>")
        assert info.exif == raw_exif(1)
        assert info.cicp == svac2.Cicp(9, 16)
        assert (info.width, info.height) == (24, 40)  # turned as the file says, not what was given

    def test_given_orientation_turns_nothing(self, picture):
        info = svac2.info(svac2.encode(np.asarray(picture), exif=raw_exif(6)[6:], **FAST))
        assert (info.width, info.height) == picture.size
        assert info.exif == raw_exif(1)

    @pytest.mark.parametrize("name", ["icc_profile", "exif", "xmp"])
    def test_none_strips_that_alone(self, picture, name):
        source = io.BytesIO(save(picture, "JPEG"))
        metadata = svac2.info(svac2.encode(source, **{name: None}, **FAST)).metadata
        kept = {"icc_profile": PROFILES["RGB"], "exif": raw_exif(1), "xmp": XMP, name: None}
        assert metadata == svac2.Metadata(**kept)

    def test_code_points(self, picture):
        file = io.BytesIO()
        picture.save(file, "PNG", **png_options(svac2.Metadata(cicp=svac2.Cicp(9, 16))))
        for cicp, expected in ((svac2.Cicp.SRGB, (1, 13, 0, True)), (None, None)):
            file.seek(0)
            assert svac2.info(svac2.encode(file, cicp=cicp, **FAST)).cicp == expected
        file.seek(0)
        assert svac2.info(svac2.encode(file, **FAST)).cicp == svac2.Cicp(9, 16)

    def test_wrong(self, picture):
        for name in ("icc_profile", "exif", "xmp", "cicp"):
            with pytest.raises(svac2.OptionError, match=f"{name}='drop': it must be 'keep', None"):
                svac2.encode(picture, **{name: "drop"})
            with pytest.raises(svac2.OptionTypeError, match=f"^{name} must be "):
                svac2.encode("missing.png", **{name: 7})

    def test_nothing_costs_nothing(self, picture):
        plain = svac2.encode(np.asarray(picture), **FAST)
        source = io.BytesIO()
        picture.save(source, "PNG")
        with pytest.raises(svac2.EndOfStreamError, match="not a byte is left"):
            svac2.encode(source, **FAST)  # it stands at its end
        source.seek(0)
        assert svac2.encode(source, **FAST) == plain
        assert svac2.info(plain).metadata == svac2.Metadata()


class TestRead:
    def test_info_of_the_image(self, full, tmp_path):
        metadata, data = full
        path = tmp_path / "picture.svac2"
        path.write_bytes(data)
        image = svac2.read(path, pillow=True)
        np.testing.assert_array_equal(np.asarray(image), svac2.decode(data))
        names = ("icc_profile", "exif", "xmp", "cicp")
        expected = {name: getattr(metadata, name) for name in names} | {"bit_depth": 8}
        assert image.info == expected
        assert svac2.read(path, pillow=True, max_size=5).info == image.info
        assert svac2.info(svac2.encode(image, **FAST)).xmp == XMP

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_saved_as_the_docs_say(self, full, kind, tmp_path):
        path = tmp_path / "picture.svac2"
        path.write_bytes(full[1])
        image = svac2.read(path, pillow=True)
        names = ("icc_profile", "exif") if kind == "PNG" else ("icc_profile", "exif", "xmp")
        file = io.BytesIO()
        image.save(file, kind, **{name: image.info[name] for name in names})
        with Image.open(file) as saved:
            for name in names:
                assert saved.info[name].removeprefix(b"Exif\0\0") == image.info[name].removeprefix(
                    b"Exif\0\0"
                )

    def test_nothing_to_fill(self, picture, tmp_path):
        path = tmp_path / "picture.svac2"
        svac2.write(path, np.asarray(picture), **FAST)
        assert svac2.read(path, pillow=True).info == {"bit_depth": 8}


@pytest.mark.parametrize("space", PROFILES)
def test_command(picture, space, tmp_path):
    source, file, target = (tmp_path / name for name in ("x.jpg", "y.svac2", "z.png"))
    source.write_bytes(save(picture.convert(space), "JPEG"))
    for words in (["encode", source, file, "--effort=1"], ["decode", file, target]):
        subprocess.run([*COMMAND, *words], check=True)
    with Image.open(target) as image:
        assert image.mode == space
        assert image.info["icc_profile"] == PROFILES[space]
        assert image.info["exif"] == raw_exif(1)
        assert image.info["xmp"] == XMP
    shown = subprocess.run([*COMMAND, "info", "--json", file], check=True, stdout=subprocess.PIPE)
    assert json.loads(shown.stdout)["icc_profile_bytes"] == len(PROFILES[space])
    subprocess.run([*COMMAND, "encode", source, file, "--effort=1", "--strip"], check=True)
    assert svac2.info(file).metadata == svac2.Metadata()


class TestLimits:
    def size(self, metadata):
        return len(metadata.icc_profile) + len(metadata.exif) - 6 + len(metadata.xmp)

    def test_encode(self, full, picture):
        source = save(picture, "JPEG")
        size = self.size(full[0])
        svac2.encode(io.BytesIO(source), limits=svac2.Limits(max_metadata=size), **FAST)
        with pytest.raises(svac2.LimitError, match=f"{size}, more than max_metadata={size - 1}"):
            svac2.encode(io.BytesIO(source), limits=svac2.Limits(max_metadata=size - 1))

    def test_info(self, full):
        metadata, data = full
        size = self.size(metadata)
        assert svac2.info(data, limits=svac2.Limits(max_metadata=size)).metadata == metadata
        info = svac2.info(data, limits=svac2.Limits(max_metadata=size - 1))
        assert (info.width, info.cicp) == (40, metadata.cicp)
        for name in ("icc_profile", "exif", "xmp", "metadata"):
            with pytest.raises(svac2.LimitError, match=f"max_metadata={size - 1}"):
                getattr(info, name)

    def test_nothing_is_read_beyond_them(self, full):
        for size in (None, 5):
            file = io.BytesIO(full[1])
            with pytest.raises(svac2.LimitError, match="max_metadata=99"):
                svac2.decode(file, limits=svac2.Limits(max_metadata=99), max_size=size)
            assert file.tell() <= svac2.info(full[1]).header_size


class TestFirstBytes:
    def test_all_else_is_there(self, full):
        metadata, data = full
        whole = svac2.info(data)
        for end in (whole.header_size, whole.layers[0].end, whole.layers[1].end, len(data) - 1):
            info = svac2.info(data[:end])
            assert info == whole
            assert repr(info) == repr(whole)
            assert "the file ends before its metadata" in info._repr_html_()
            assert info.cicp == metadata.cicp
            for name in ("icc_profile", "exif", "xmp"):
                with pytest.raises(svac2.TruncatedError, match="the file ends before its metadata"):
                    getattr(info, name)
        np.testing.assert_array_equal(
            svac2.decode(data[: whole.layers[0].end], max_size=5), svac2.decode(data, max_size=5)
        )

    def test_thumbnails_without_metadata(self, full, tmp_path):
        path = tmp_path / "cut.svac2"
        path.write_bytes(full[1][: svac2.info(full[1]).layers[0].end])
        assert svac2.read(path, max_size=5).shape == (3, 5, 3)
        with pytest.raises(svac2.TruncatedError, match=r"cut\.svac2: .* metadata .*allow_partial"):
            svac2.read(path, max_size=5, pillow=True)
        with pytest.warns(svac2.PartialWarning, match=r"cut\.svac2: .* left out") as caught:
            image = svac2.read(path, max_size=5, pillow=True, allow_partial=True)
        assert (image.size, set(image.info)) == ((5, 3), {"bit_depth", "cicp"})  # of the header
        assert caught[0].filename == __file__

    def test_damage_is_found_where_it_is(self, full):
        data = bytearray(full[1])
        data[-5] ^= 1  # of the last item, before its checksum
        info = svac2.info(data)
        assert info.width == 40
        with pytest.raises(svac2.CorruptError):
            _ = info.xmp
        svac2.decode(data, max_size=5)
