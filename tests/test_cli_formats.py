"""The command line: the formats that decode writes, and pipes."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms

import svac2
from svac2 import cli
from svac2.cli.writers import FORMATS
from svac2.limits import DEFAULT_LIMITS
from svac2.pictures.images import load_picture

COMMAND = [sys.executable, "-P", "-m", "svac2"]
SUFFIXES = [suffix for kind in FORMATS.values() for suffix in kind.suffixes]


def metadata():
    exif = Image.Exif()
    exif[271] = "Maker"
    exif[0x8769] = {0x9003: "2026:01:02 03:04:05"}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "xmp": b"<x:xmpmeta/>"}


def ramp(shape, bit_depth=8):
    kind = np.uint8 if bit_depth == 8 else np.uint16
    return np.linspace(0, 2**bit_depth - 1, int(np.prod(shape))).reshape(shape).astype(kind)


@pytest.fixture
def decode(tmp_path, capsys):
    """Decode a picture by the command; return its status, what was written, and the message."""

    def call(samples, name, *options, **keywords):
        path, target = tmp_path / "x.svac2", tmp_path / name
        svac2.write(path, samples, lossless=True, effort=1, **keywords)
        status = cli.main(["decode", str(path), str(target), *options])
        picture = load_picture(target, limits=DEFAULT_LIMITS) if target.exists() else None
        return status, picture, capsys.readouterr().err

    return call


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats(decode, suffix):
    if suffix == ".avif" and "AVIF" not in Image.registered_extensions().values():
        pytest.skip("needs a Pillow with AVIF")
    samples, given = ramp((16, 24, 3)), metadata()
    status, picture, error = decode(samples, f"x{suffix}", **given)
    assert (status, error) == (0, "")
    assert picture.metadata.icc_profile == given["icc_profile"]
    assert picture.metadata.xmp == given["xmp"]
    exif = Image.Exif()
    exif.load(picture.metadata.exif)
    assert (exif[271], exif.get_ifd(0x8769)[0x9003]) == ("Maker", "2026:01:02 03:04:05")
    limit = 0 if suffix in (".png", ".tiff", ".tif") else 8
    assert np.abs(picture.samples.astype(int) - samples).max() <= limit


def test_quality(decode, tmp_path):
    sizes = []
    for quality in ("10", "90"):
        decode(ramp((64, 64, 3)), "x.webp", "-q", quality)
        sizes.append((tmp_path / "x.webp").stat().st_size)
    assert sizes[0] < sizes[1]


def test_strip(decode):
    status, picture, _ = decode(ramp((8, 8)), "x.jpg", "--strip", **metadata())
    assert (status, picture.metadata) == (0, svac2.Metadata())


@pytest.mark.parametrize(
    ("shape", "bit_depth", "name", "message"),
    [
        ((8, 8, 4), 8, "x.jpg", "transparency, and jpg has none: --background says"),
        ((8, 8, 3), 16, "x.jpg", "16 bits, of which jpg as it is written here holds no more than"),
        ((8, 8, 3), 10, "x.webp", "--bit-depth 8 reduces it, and --format png keeps all"),
        ((8, 8), 12, "x.avif", "12 bits, of which avif"),
        ((8, 8, 3), 16, "x.tiff", "tiff as it is written here holds grey alone"),
    ],
)
def test_what_a_format_cannot_hold(decode, monkeypatch, shape, bit_depth, name, message):
    def fail(*arguments, **keywords):
        raise AssertionError("it was decoded")

    with monkeypatch.context() as patched:
        patched.setattr("svac2.decoding.Decoding.run", fail)
        status, picture, error = decode(ramp(shape, bit_depth), name, bit_depth=bit_depth)
    assert (status, picture, error.count("\n")) == (1, None, 1)
    assert message in error


def test_background(decode):
    samples = np.zeros((8, 8, 4), np.uint8)
    status, picture, _ = decode(samples, "x.jpg", "--background", "255,0,0", exact=True)
    assert status == 0
    assert picture.samples.shape == (8, 8, 3)
    assert abs(int(picture.samples[0, 0, 0]) - 255) < 8


@pytest.mark.parametrize("bit_depth", [8, 10, 16])
def test_a_background_counts_in_the_bits_that_are_written(decode, bit_depth):
    samples = np.zeros((8, 8, 4), np.uint8 if bit_depth == 8 else np.uint16)
    options = ("--bit-depth", "8", "--background", "255,0,128")
    status, picture, _ = decode(samples, "x.png", *options, bit_depth=bit_depth, exact=True)
    assert status == 0
    assert picture.samples[0, 0].tolist() == [255, 0, 128]
    status, _, error = decode(samples, "x.png", "--bit-depth", "8", "--background", "256")
    assert status != 0
    assert "from 0 to 255" in error


def test_bit_depth(decode):
    samples = ramp((16, 24, 3), 12)
    status, picture, _ = decode(samples, "x.png", "--bit-depth", "8", bit_depth=12)
    assert (status, picture.bit_depth) == (0, 8)
    np.testing.assert_array_equal(picture.samples, np.rint(samples / 4095 * 255))


def test_deep_tiff(decode):
    status, picture, _ = decode(ramp((16, 24), 16), "x.tif")
    assert (status, picture.bit_depth) == (0, 16)
    np.testing.assert_array_equal(picture.samples[:, :, 0], ramp((16, 24), 16))


def test_code_points(decode):
    """Display P3 becomes a profile where a format has no code points, PQ is refused."""
    status, picture, _ = decode(ramp((8, 8, 3)), "x.jpg", cicp=(12, 13, 0, True))
    assert status == 0
    profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.metadata.icc_profile))
    assert "primaries 12" in ImageCms.getProfileDescription(profile)
    status, _, error = decode(ramp((8, 8, 3)), "y.jpg", cicp=(9, 16, 0, True))
    assert status == 1
    assert "--format png keeps them, and --strip drops them" in error


def test_what_pillow_cannot_write(decode):
    status, _, error = decode(ramp((8, 8)), "x.jpg", xmp=b"x" * 70_000)
    assert status == 1
    assert "x.svac2: Pillow cannot write the picture as jpg" in error


def test_pipes(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(ramp((16, 24, 3))).save(path)
    with path.open("rb") as file:
        encoded = subprocess.run(
            [*COMMAND, "encode", "-", "-", "-v"], stdin=file, capture_output=True, check=True
        )
    assert encoded.stdout == svac2.encode(path)
    assert encoded.stderr.startswith(b"- -> -: ")
    command = [*COMMAND, "decode", "-", "-", "--format", "webp"]
    decoded = subprocess.run(command, input=encoded.stdout, capture_output=True, check=True)
    with Image.open(io.BytesIO(decoded.stdout)) as image:
        assert (image.format, image.size) == ("WEBP", (24, 16))
