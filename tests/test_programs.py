"""Programs for Pillow and WebP, in which nothing but the extension is changed."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

import svac2
import svac2.pillow
from svac2.demo import PICTURE

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def make_exif(orientation):
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Model] = "Camera"
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 2.5
    tags.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return tags


def make_folder(folder):
    """Write three photographs with all metadata, and drawings of other modes."""
    folder.mkdir()
    with Image.open(PICTURE) as picture:
        parts = [picture.crop((x, y, x + 168, y + 120)) for x, y in ((0, 0), (400, 100), (90, 250))]
    for name, orientation, part in zip(
        ("plain", "second", "turned"), (1, 1, 6), parts, strict=True
    ):
        part.convert("RGB").save(
            folder / f"{name}.jpg",
            quality=95,
            exif=make_exif(orientation),
            icc_profile=PROFILE,
            xmp=XMP,
        )
    y, x = np.mgrid[0:70, 0:90]
    disc = (x - 45) ** 2 + (y - 35) ** 2 < 900
    logo = np.stack([2 * x, 3 * y, x + y, 255 * disc], -1).astype(np.uint8)
    Image.fromarray(logo).save(folder / "logo.png", icc_profile=PROFILE)
    Image.fromarray(logo[:, :, :3]).quantize(16).save(folder / "palette.png")
    Image.fromarray(logo[:, :, 0]).save(folder / "scan.png", exif=make_exif(1))
    return folder


def run(path, folder, ext):
    """Return what a program has to say, without the extension."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [line.replace(ext, "") for line in module.main(folder, ext)]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_same_outcome(path, tmp_path):
    if path.stem == "upload":
        pytest.importorskip("flask")
    expected = run(path, make_folder(tmp_path / "webp"), ".webp")
    assert expected
    folder = make_folder(tmp_path / "svac2")
    assert run(path, folder, ".svac2") == expected
    written = list(folder.rglob("*.svac2"))
    assert written or path.stem in {"data_uri", "upload"}
    for file in written:
        svac2.info(file)


def test_there_are_ten():
    assert len(PROGRAMS) >= 10
