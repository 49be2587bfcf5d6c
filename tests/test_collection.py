"""A folder of forty kinds of photographs and drawings: all are taken, and nothing is lost."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

import svac2
import svac2.pillow
from svac2.demo import PICTURE

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data")

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
LOSSLESS = {"lossless": True, "exact": True, "effort": 1}
FILES = {}  # by name: how to write one, and its samples where Pillow does not read all of them
# What the library leaves to the caller to convert, and Pillow's save converts as it does for WebP.
REFUSED = {"cmyk.jpg", "cmyk.tif"}

with Image.open(PICTURE) as _picture:
    PHOTO = _picture.convert("RGB").crop((520, 200, 560, 228))
DEEP = np.asarray(PHOTO).astype(np.uint16) * 250 + np.arange(40, dtype=np.uint16)[:, None]
_y, _x = np.mgrid[0:28, 0:40]
ALPHA = (6 * _x + _y).astype(np.uint8)
CUT_OUT = Image.fromarray(np.dstack([PHOTO, ALPHA]))


def make_exif(orientation=1):
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Maker"
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 2.5
    tags.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return tags


ALL = {"icc_profile": PROFILE, "exif": make_exif(), "xmp": XMP}


def add(name, image, format=None, samples=None, **options):
    """Add a file that Pillow writes."""

    def write():
        file = io.BytesIO()
        image.save(
            file, format or Image.registered_extensions()[name[name.rindex(".") :]], **options
        )
        return file.getvalue()

    FILES[name] = write, samples


def make_png(samples, *chunks):
    """Write PNG as Pillow does not: of 16 bits, with chunks of all kinds."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    height, width, channels = samples.shape
    bits = 8 * samples.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, (0, 4, 2, 6)[channels - 1], 0, 0, 0)
    rows = samples.astype(samples.dtype.newbyteorder(">")).tobytes()
    row = len(rows) // height
    filtered = b"".join(b"\0" + rows[start : start + row] for start in range(0, len(rows), row))
    content = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(filtered)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in content)


def add_png(name, samples, *chunks):
    deep = samples if samples.itemsize > 1 else None
    FILES[name] = lambda: make_png(samples, *chunks), deep


def make_xmp(orientation):
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="%d"/></x:xmpmeta>' % orientation
    )


add("420.jpg", PHOTO, quality=90)
add("444.jpg", PHOTO, quality=90, subsampling=0, **ALL)
add("progressive.jpg", PHOTO, progressive=True, dpi=(300, 300), comment=b"text")
add("grey.jpg", PHOTO.convert("L"), exif=make_exif())
add("cmyk.jpg", PHOTO.convert("CMYK"))
for turn in (2, 3, 5, 6, 8):
    add(f"orientation-{turn}.jpg", PHOTO, exif=make_exif(turn), icc_profile=PROFILE)
add("xmp-orientation.jpg", PHOTO, xmp=make_xmp(6))
add("broken-exif.jpg", PHOTO, exif=b"Exif\0\0II*\0\xff\xff\0\0")
add("stereo.mpo", PHOTO, save_all=True, append_images=[PHOTO], exif=make_exif())
add("rgb.png", PHOTO, exif=make_exif(), icc_profile=PROFILE)
add("rgba.png", CUT_OUT, icc_profile=PROFILE)
add("grey.png", PHOTO.convert("L"), exif=make_exif(8))
add("grey-alpha.png", CUT_OUT.convert("LA"))
add("fax.png", PHOTO.convert("1"))
add("4-bits.png", PHOTO.convert("L").quantize(16), bits=4)
add("palette.png", PHOTO.quantize(64))
add("transparent-palette.png", CUT_OUT.quantize(64))
add("transparent-colour.png", PHOTO, transparency=PHOTO.getpixel((5, 5)))
add("transparent-grey.png", PHOTO.convert("L"), transparency=90)
add("scan.png", Image.fromarray(DEEP[:, :, 0]))
add_png("rgb-16.png", DEEP)
add_png("rgba-16.png", np.dstack([DEEP, DEEP[:, :, :1]]))
add_png("grey-alpha-16.png", DEEP[:, :, :2])
add_png("cicp.png", np.asarray(PHOTO), (b"cICP", bytes([12, 13, 0, 1])))
add_png("gamma.png", np.asarray(PHOTO), (b"gAMA", struct.pack(">I", 61000)))
add("rgb.tif", PHOTO, compression="tiff_lzw", icc_profile=PROFILE, exif=make_exif())
add("turned.tif", PHOTO, exif=make_exif(6))
add("scan.tif", Image.fromarray(DEEP[:, :, 0]))
add("fax.tif", PHOTO.convert("1"), compression="group4")
add("rgba.tif", CUT_OUT)
add("cmyk.tif", PHOTO.convert("CMYK"))
add("lossy.webp", PHOTO, quality=80, **ALL)
add("lossless.webp", PHOTO, lossless=True)
add("alpha.webp", CUT_OUT, exif=make_exif(3))
add("photo.avif", PHOTO, **ALL)
add("turned.avif", PHOTO, exif=make_exif(6))
add("alpha.avif", CUT_OUT)
add("rgb.jp2", PHOTO)
add("grey.j2k", PHOTO.convert("L"), irreversible=True)
add("alpha.jp2", CUT_OUT)
add("drawing.gif", PHOTO.quantize(32))
add("transparent.gif", CUT_OUT.quantize(32))
add("rgb.bmp", PHOTO)
add("palette.bmp", PHOTO.quantize(64))
add("rgb.ppm", PHOTO)
add("grey.pgm", PHOTO.convert("L"))
FILES["16.pgm"] = lambda: b"P5 40 28 65535\n" + DEEP[:, :, 0].astype(">u2").tobytes(), DEEP[:, :, 0]
FILES["10.ppm"] = lambda: b"P6 40 28 1023\n" + (DEEP >> 6).astype(">u2").tobytes(), DEEP >> 6
add("alpha.tga", CUT_OUT)


@pytest.fixture
def heif():
    """Register HEIF with Pillow, for this test alone."""
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    if "HEIF" not in Image.SAVE:
        pytest.skip("pillow-heif has no encoder")
    yield
    Image.ID.remove("HEIF")
    for registry in (Image.OPEN, Image.SAVE, Image.SAVE_ALL, Image.MIME):
        registry.pop("HEIF", None)
    for suffix in [suffix for suffix, name in Image.EXTENSION.items() if name == "HEIF"]:
        del Image.EXTENSION[suffix]


HEIF = {
    "photo.heic": (PHOTO, ALL),
    "turned.heic": (PHOTO, {"exif": make_exif(6)}),
    "alpha.heic": (CUT_OUT, {}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collection")
    for name, (write, _) in FILES.items():
        (folder / name).write_bytes(write())
    return folder


def seen(image, mode):
    """Return the samples of what Pillow shows of an image."""
    upright = ImageOps.exif_transpose(image)
    return np.asarray(upright if upright.mode == mode else upright.convert(mode))


def metadata_of(image):
    """Return what a program hands on from an image that it has opened."""
    exif = image.info.get("exif") or image.getexif()
    names = {"xmp": ("xmp", "XML:com.adobe.xmp"), "icc_profile": ("icc_profile",)}
    given = {
        name: next((image.info[key] for key in keys if key in image.info), None)
        for name, keys in names.items()
    }
    return {**given, "exif": exif} if exif else given


def takes(image, format):
    """Tell whether one of Pillow's writers takes an image."""
    try:
        image.save(io.BytesIO(), format)
    except (OSError, ValueError, KeyError):
        return False
    return True


def check_metadata(found, path):
    with Image.open(path) as image:
        icc_profile, exif = image.info.get("icc_profile"), image.getexif()
        xmp, parts = image.info.get("xmp"), (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
        expected = [dict(exif.get_ifd(part)) for part in parts]
    assert found.icc_profile == icc_profile or path.name == "gamma.png"
    if ExifTags.Base.Make in exif:
        tags = Image.Exif()
        tags.load(found.exif)
        assert tags[ExifTags.Base.Make] == "Maker"
        assert tags.get(ExifTags.Base.Orientation, 1) == 1
        assert [dict(tags.get_ifd(part)) for part in parts] == expected
    if xmp is not None:
        assert found.xmp == xmp.replace(b'"6"', b'"1"')


def check_through_pillow(path, target):
    """Save a file by Pillow with all that it has; what WebP and the like take is taken."""
    with Image.open(path) as image:
        options = metadata_of(image)
        if not any(
            takes(image, format) for format in ("WEBP", "AVIF", "HEIF") if format in Image.SAVE
        ):
            pytest.fail("no writer takes it: it is no test")
        image.save(target, **LOSSLESS, **options)
        with Image.open(target) as back:
            np.testing.assert_array_equal(back, seen(image, back.mode))
            assert back.has_transparency_data == image.has_transparency_data
    check_metadata(svac2.info(target).metadata, path)


def check_through_write(path, target, samples=None):
    svac2.write(target, path, **LOSSLESS)
    found = svac2.read(target)
    if samples is None:
        with Image.open(path) as image, Image.open(target) as back:
            samples = seen(image, back.mode)
    np.testing.assert_array_equal(found, samples)
    check_metadata(svac2.info(target).metadata, path)


def test_there_are_forty():
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_through_pillow(folder, name, tmp_path):
    check_through_pillow(folder / name, tmp_path / "saved.svac2")


@pytest.mark.parametrize("name", sorted(FILES.keys() - REFUSED))
def test_through_write(folder, name, tmp_path):
    check_through_write(folder / name, tmp_path / "written.svac2", FILES[name][1])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_with_the_line_that_converts(folder, name):
    with pytest.raises(svac2.UnsupportedError, match=r'convert it by `image.convert\("RGB"\)`'):
        svac2.encode(folder / name)


@pytest.mark.parametrize("name", HEIF)
@pytest.mark.usefixtures("heif")
def test_heif(name, tmp_path):
    image, options = HEIF[name]
    path = tmp_path / name
    image.save(path, **options)
    check_through_pillow(path, tmp_path / "saved.svac2")
    check_through_write(path, tmp_path / "written.svac2")


def test_colour_that_only_the_library_sees(folder):
    assert svac2.info(svac2.encode(folder / "cicp.png", effort=1)).cicp == (12, 13, 0, True)
    assert svac2.info(svac2.encode(folder / "gamma.png", effort=1)).icc_profile
