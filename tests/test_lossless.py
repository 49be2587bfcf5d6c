"""Pictures that are coded without loss come back as they were, or within the bound that was given.

The variable SVAC2_EXAMPLES sets how many random pictures are tried (60, three times as many here);
-m slow tries 5000.
"""

import os
from collections.abc import Callable
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2.arrays import BIT_DEPTHS
from svac2.demo import PICTURE

EXAMPLES = 3 * int(os.environ.get("SVAC2_EXAMPLES", "60"))
SIDES = st.one_of(st.integers(1, 40), st.sampled_from([1, 2, 3, 31, 32, 33]))
SHAPES = st.one_of(
    st.tuples(SIDES, SIDES),
    st.tuples(st.just(1), st.integers(1, 200)),
    st.tuples(st.integers(1, 200), st.just(1)),
)


def noise(rng, y, x, c):
    return rng.random(np.broadcast_shapes(y.shape, x.shape, c.shape))


def flat(rng, y, x, c):
    return rng.random() + 0 * (x + y) + rng.random() * (c == 1)


def gradient(rng, y, x, c):
    slopes = rng.normal(0, 0.02, 2)
    return 0.5 + slopes[0] * x + slopes[1] * y + 0.1 * c


def steps(rng, y, x, c):
    """Blocks of the least and the largest sample."""
    sides = rng.integers(1, 17, 2)
    return ((x + c) // sides[0] + y // sides[1]) % 2


def text(rng, y, x, c):
    """One of three glyphs in each cell, with soft edges."""
    glyphs = rng.random((3, 9, 6)) ** 4
    cells = rng.integers(0, 3, (y.shape[0] // 9 + 1, x.shape[1] // 6 + 1))
    ink = glyphs[cells].swapaxes(1, 2).reshape(9 * len(cells), -1)[: y.shape[0], : x.shape[1]]
    return 1 - ink[..., np.newaxis] * (1 - 0.3 * c)


def mask(rng, y, x, c):
    """A disc, the same in all channels."""
    centre = rng.random(2) * 40
    return ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < rng.integers(9, 400)) + 0 * c


def labels(rng, y, x, c):
    """Stripes of a few classes, of neighbouring numbers."""
    return (x // 5 + (y + x // 7) // 6 + c) % rng.integers(2, 40) / 255


def sparse(rng, y, x, c):
    """Few of all samples that there could be."""
    levels = np.sort(rng.random(rng.integers(2, 9)))
    ramp = (x + y + rng.integers(0, 5, np.broadcast_shapes(y.shape, x.shape, c.shape))) % 64
    return levels[ramp * len(levels) // 64]


def photograph(rng, y, x, c):
    with Image.open(PICTURE) as image:
        samples = np.asarray(image.convert("RGBA")) / 255
    shape = np.broadcast_shapes(y.shape, x.shape, c.shape)
    top, left = (rng.integers(0, size - 200) for size in samples.shape[:2])
    return samples[top : top + shape[0], left : left + shape[1], : shape[2]]


CONTENTS = (noise, flat, gradient, steps, text, mask, labels, sparse, photograph)


def draw(
    content: Callable[..., NDArray[np.float64]],
    shape: tuple[int, int],
    channels: int,
    bit_depth: int,
    seed: int,
) -> NDArray[np.generic]:
    y, x, c = np.ogrid[: shape[0], : shape[1], :channels]
    samples = np.asarray(content(np.random.default_rng(seed), y, x, c)).clip(0, 1)
    samples = np.broadcast_to(samples * (2**bit_depth - 1), (*shape, channels))
    return samples.round().astype(np.uint8 if bit_depth == 8 else np.uint16)


def largest_error(
    samples: NDArray[np.generic], data: bytes, *, threads: int = 1
) -> NDArray[np.int_]:
    """Decode and return the largest error of each channel."""
    decoded = svac2.decode(data, threads=threads)
    assert decoded.dtype == samples.dtype
    decoded = decoded.reshape(samples.shape)
    return np.abs(decoded.astype(int) - samples).max(axis=(0, 1))


def check(samples, bit_depth, effort, max_error):
    """Encode and decode in two ways, which must not differ."""
    files = []
    for cpu, threads in (("auto", 1), ("scalar", 2)):
        with mock.patch.dict(os.environ, SVAC2_CPU=cpu):
            files.append(
                svac2.encode(
                    samples,
                    lossless=True,
                    exact=True,
                    max_error=max_error,
                    bit_depth=bit_depth,
                    effort=effort,
                    threads=threads,
                )
            )
            errors = largest_error(samples, files[-1], threads=3 - threads)
        channels = samples.shape[2]
        assert np.all(errors[: channels - (channels % 2 == 0)] <= max_error)
        assert channels % 2 == 1 or errors[-1] == 0  # alpha is exact
    assert files[0] == files[1]


RANDOM_PICTURE = {
    "content": st.sampled_from(CONTENTS),
    "shape": SHAPES,
    "channels": st.integers(1, 4),
    "bit_depth": st.sampled_from([8, 8, *BIT_DEPTHS]),
    "seed": st.integers(0, 2**32 - 1),
    "effort": st.sampled_from([1, 1, 2, 3, 5, 5, 7, 9]),
    "max_error": st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 255)),
}


def check_random_picture(content, shape, channels, bit_depth, seed, effort, max_error):
    check(draw(content, shape, channels, bit_depth, seed), bit_depth, effort, max_error)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(**RANDOM_PICTURE)
def test_random_pictures(**picture):
    check_random_picture(**picture)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None, derandomize=True, database=None)
@given(**RANDOM_PICTURE)
def test_many_random_pictures(**picture):
    check_random_picture(**picture)


@pytest.mark.parametrize("effort", [1, 5])
@pytest.mark.parametrize("content", CONTENTS)
def test_all_kinds(content, effort):
    for channels in (1, 2, 3, 4):
        for bit_depth in BIT_DEPTHS:
            check(draw(content, (23, 37), channels, bit_depth, 1), bit_depth, effort, 0)


@pytest.mark.parametrize("effort", [1, 5])
@pytest.mark.parametrize("bit_depth", [8, 12, 16])
def test_size_falls_with_the_bound(bit_depth, effort):
    samples = draw(photograph, (90, 120), 3, bit_depth, 1)
    rng = np.random.default_rng(1)
    most = 3 << (bit_depth - 8)  # so that there are not few values only
    noisy = samples + rng.integers(-most, most + 1, samples.shape)
    samples = noisy.clip(0, 2**bit_depth - 1).astype(samples.dtype)
    sizes = []
    for max_error in (0, 1, 2, 4, 8, 16):
        data = svac2.encode(
            samples, lossless=True, max_error=max_error, bit_depth=bit_depth, effort=effort
        )
        errors = largest_error(samples, data)
        assert errors.max() == max_error  # as far as it may, in a picture of this size
        sizes.append(len(data))
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("effort", [1, 5])
def test_extremes_within_the_bound(effort):
    """Samples near both ends of the range stay within it, and within the bound."""
    rng = np.random.default_rng(2)
    for bit_depth, max_error in ((8, 1), (8, 100), (8, 255), (16, 511)):
        most = 2**bit_depth - 1
        samples = rng.choice([0, 1, most - 1, most], (19, 21, 3))
        samples = samples.astype(np.uint8 if bit_depth == 8 else np.uint16)
        check(samples, bit_depth, effort, max_error)


@pytest.mark.parametrize("effort", [1, 5])
def test_several_sections(effort):
    """More pixels, and wider rows, than the fast method codes in one go."""
    for shape in ((1, 65535), (300, 400)):
        check(draw(gradient, shape, 1, 8, 3), 8, effort, 0)
