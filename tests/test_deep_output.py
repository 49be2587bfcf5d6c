"""Decoded pictures of more than 8 bits: as PNG, smaller, for Pillow."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from svac2.arrays import BIT_DEPTHS, scaled
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata
from svac2.pictures.images import load_picture
from svac2.pictures.png import write_png


def chunks_of(file):
    found, position = {}, 8
    while position < len(file):
        size, kind = struct.unpack_from(">L4s", file, position)
        content = file[position + 8 : position + 8 + size]
        (check,) = struct.unpack_from(">L", file, position + 8 + size)
        assert check == zlib.crc32(kind + content)
        found.setdefault(kind, []).append(content)
        position += 12 + size
    return found


def png_of(samples, bit_depth, metadata=None):
    buffer = io.BytesIO()
    write_png(buffer, samples, metadata or Metadata(), bit_depth)
    return buffer.getvalue()


def load(content):
    return load_picture(io.BytesIO(content), limits=Limits())


class TestPng:
    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS[1:])
    @pytest.mark.parametrize(
        "shape", [(1, 1), (1, 1, 3), (40, 31), (31, 40, 2), (31, 40, 3), (300, 900, 3), (9, 7, 4)]
    )
    def test_samples(self, bit_depth, shape):
        rng = np.random.default_rng(len(shape))
        samples = rng.integers(0, 2**bit_depth, shape).astype(np.uint16)
        samples[: shape[0] // 2] = 7  # rows that are as those above
        file = png_of(samples, bit_depth)
        picture = load(file)
        assert picture.bit_depth == 16
        np.testing.assert_array_equal(
            picture.samples, scaled(samples, bit_depth, 16).reshape(*shape[:2], -1)
        )
        chunks = chunks_of(file)
        told = [bytes([bit_depth] * (*shape, 1)[2])] if bit_depth < 16 else None
        assert chunks.get(b"sBIT") == told
        assert list(chunks)[:2] == [b"IHDR", b"IDAT" if told is None else b"sBIT"]

    def test_what_it_gains(self):
        y, x = np.mgrid[0:256, 0:256]
        samples = np.stack([200 * x, 150 * y, 60 * (x + y)], 2).astype(np.uint16)
        assert len(png_of(samples, 16)) < samples.nbytes / 20

    @pytest.mark.parametrize("shape", [(3, 5), (3, 5, 2), (3, 5, 3), (3, 5, 4)])
    def test_metadata(self, shape):
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        metadata = Metadata(
            icc_profile=b"profile" * 90, exif=exif.tobytes(), xmp=b"<x/>", cicp=Cicp(9, 16)
        )
        file = png_of(np.ones(shape, np.uint16), 12, metadata)
        assert load(file).metadata == metadata
        kinds = list(chunks_of(file))
        assert kinds.index(b"cICP") < kinds.index(b"IDAT")

    def test_bytes_are_left_to_pillow(self):
        samples = np.arange(12, dtype=np.uint8).reshape(3, 4)
        np.testing.assert_array_equal(load(png_of(samples, 8)).samples[:, :, 0], samples)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
def test_smaller(make_smaller, bit_depth, channels):
    """It is what 8 bits give, but for what those round."""
    samples = np.random.default_rng(3).integers(80, 180, (48, 64, channels), np.uint8).squeeze()
    expected = make_smaller(samples, 20, 8)
    deep = scaled(samples, 8, bit_depth)
    found = make_smaller(deep, 20, bit_depth)
    assert found.dtype == deep.dtype
    assert found.shape == expected.shape == ((15, 20) if channels == 1 else (15, 20, 3))
    error = np.abs(found / (2**bit_depth - 1) - expected / 255)
    assert error.max() < 1.6 / 255
    out = np.zeros_like(found)
    assert make_smaller(deep, 20, bit_depth, out) is out
    np.testing.assert_array_equal(out, found)


def test_smaller_at_the_ends_of_the_range(make_smaller):
    samples = np.zeros((48, 64), np.uint16)
    samples[:, 32:] = 4095  # beside which the filter rings
    found = make_smaller(samples, 20, 12)
    assert (found[:, :9] < 300).all()
    assert (found[:, 11:] > 3795).all()
    assert found.max() == 4095
