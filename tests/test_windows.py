"""Decoding holds a window of rows; the encoder, which has them all, knows what must come out."""

from functools import partial

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2._core import codec
from svac2.demo import PICTURE
from svac2.models import choose

HEIGHT, WIDTH = 1403, 43  # 22 rows of CTUs, more than any window here


@pytest.fixture(scope="module")
def tall():
    """Strips of a photograph, one below the other."""
    with Image.open(PICTURE) as image:
        photo = np.asarray(image.convert("RGB"))
    strips = [photo[:468, left : left + WIDTH] for left in (330, 480, 560)]
    return np.concatenate(strips)[:HEIGHT]


@pytest.fixture
def coded(code_and_reconstruct):
    """Return a function that codes a picture, and gives what decoders must output, too."""

    def code(picture, subsampling, model):
        return code_and_reconstruct(
            picture,
            network=None if model is None else choose(model).network,
            qp=44 * codec.QP_ONE,
            effort=1,
            subsampling=codec.SUBSAMPLING[subsampling],
        )

    return code


@pytest.mark.parametrize("model", [None, "swift", "guided", "clic2018"])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_colour(coded, tall, subsampling, model):
    data, pixels = coded(tall, subsampling, model)
    assert (svac2.info(data).model is None) == (model is None)
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(svac2.decode(data, threads=threads), pixels)


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_without_restoration(tall, subsampling):
    """Windows are smallest then. Four threads do 16 rows in one pass, before any is let go of."""
    rows16 = tall[: 16 * 64]
    for qp in (28, 44, 48):
        data = svac2.encode(rows16, qp=qp, effort=1, subsampling=subsampling)
        pixels = svac2.decode(data, enhance=False, threads=4)
        for threads in (1, 2, 3):
            again = svac2.decode(data, enhance=False, threads=threads)
            np.testing.assert_array_equal(again, pixels)


def test_one_chroma_plane_filtered():
    """The loop filter of one chroma plane reads the other two, which it leaves as they are."""
    y, x = np.mgrid[:640, :512]
    rng = np.random.default_rng(0)
    planes = [np.sin(x / (9 + c) + y / 17) * 60 + 120 for c in range(3)]
    noise = [0, *rng.integers(-6, 6, (2, 640, 512))]
    picture = np.stack([a + b for a, b in zip(planes, noise, strict=True)], axis=2)
    code = partial(svac2.encode, quality=95, effort=1, subsampling="4:4:4", enhance=False)
    data = code(picture.clip(0, 255).astype(np.uint8))
    other = code(255 - picture.clip(0, 255).astype(np.uint8)[::-1])
    decode = partial(svac2.decode, enhance=False)
    pixels = decode(data, threads=4)
    for threads in (1, 2, 3):
        decode(other, threads=threads)  # leaves nothing in memory that would be right
        np.testing.assert_array_equal(decode(data, threads=threads), pixels)


@pytest.mark.parametrize("model", [None, "swift"])
def test_grey(coded, tall, model):
    data, pixels = coded(np.ascontiguousarray(tall[..., 1:2]), "4:0:0", model)
    for threads in (1, 2):
        np.testing.assert_array_equal(svac2.decode(data, threads=threads), pixels)


def test_kernels(coded, tall):
    data, pixels = coded(tall, "4:2:0", "swift")
    network = choose("swift").network
    plain = codec.decode(
        memoryview(data),
        layer=0,
        threads=1,
        verify=True,
        cpu_mask=0,
        progress=None,
        network=network,
    )
    np.testing.assert_array_equal(plain, pixels)


@pytest.mark.parametrize("mode", ["normal", "multiscale"])
def test_channels(tall, mode):
    """What is put out in other channels, or with alpha, is the same picture."""
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[300:900, 10:] = 90
    rgba = np.concatenate([tall, alpha], axis=2)
    data = svac2.encode(rgba, qp=40, effort=1, mode=mode, base_scale=2)
    whole = svac2.decode(data, threads=3)
    np.testing.assert_array_equal(svac2.decode(data, threads=1), whole)
    np.testing.assert_array_equal(whole[..., 3], rgba[..., 3])


def test_memory_is_of_a_window():
    """A picture four times as high takes as much more as its output does, and little else."""
    low = svac2.info(svac2.encode(np.zeros((2048, 2048, 3), np.uint8), effort=1))
    high = svac2.info(svac2.encode(np.zeros((8192, 2048, 3), np.uint8), effort=1))
    assert high.memory - low.memory < 3.5 * (high.height - low.height) * low.width
