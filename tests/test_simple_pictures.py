"""Simple pictures are exact: what is flat, at any size and quality, and what joins flat parts.

The full matrix, all greys and corners of the colour cube at qualities 85 to 100, prints what it
counted: pytest -m slow -s tests/test_simple_pictures.py
"""

from itertools import product
from typing import Any

import numpy as np
import pytest

import svac2

CORNERS = [tuple(255 * bit for bit in bits) for bits in product((0, 1), repeat=3)]
SUBSAMPLINGS = ("auto", "4:2:0", "4:2:2", "4:4:4")
Picture = np.ndarray[Any, np.dtype[np.uint8]]


def flat(shape: tuple[int, int], colour: int | tuple[int, ...]) -> Picture:
    """A picture of one colour: grey for a number, RGB for three."""
    channels = () if isinstance(colour, int) else (3,)
    return np.broadcast_to(np.asarray(colour, np.uint8), shape + channels)


def is_exact(picture: Picture, **options: Any) -> bool:
    """Whether a picture is decoded as it was, with restoration and without."""
    data = svac2.encode(picture, **options)
    return all(
        np.array_equal(svac2.decode(data, enhance=enhance), picture) for enhance in ("auto", False)
    )


@pytest.mark.parametrize("effort", [1, 5])
@pytest.mark.parametrize("mode", ["normal", "multiscale"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (65, 63)])
def test_flat_pictures_are_exact_at_every_quality(
    shape: tuple[int, int], mode: str, effort: int
) -> None:
    rng = np.random.default_rng(shape[0])
    for quality in range(1, 101, 7):
        random = tuple(int(value) for value in rng.integers(0, 256, 3))
        for colour in (0, 255, (0, 0, 0), (255, 255, 255), random):
            options = {"quality": quality, "mode": mode, "effort": effort}
            assert is_exact(flat(shape, colour), **options), (colour, quality)


@pytest.mark.parametrize("colour", [0, 255, (0, 0, 0), (255, 255, 255)])
def test_a_black_or_white_frame_is_exact_and_takes_few_bytes(colour: int | tuple[int, ...]) -> None:
    frame = flat((512, 512), colour)
    for quality in (1, 4, 19, 75, 90, 100):
        assert is_exact(frame, quality=quality), quality
        assert len(svac2.encode(frame, quality=quality)) < 40, quality


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_corners_of_the_cube_are_exact(subsampling: str) -> None:
    for colour, quality in product(CORNERS, (85, 90, 95, 100)):
        assert is_exact(flat((64, 64), colour), quality=quality, subsampling=subsampling)


def test_two_flat_halves_are_exact() -> None:
    picture = np.full((128, 128), 240, np.uint8)
    picture[:, 64:] = 20
    for quality in (85, 90, 95, 100):
        assert is_exact(picture, quality=quality), quality


def page() -> Picture:
    """Black rectangles and lines on white."""
    rng = np.random.default_rng(5)
    picture = np.full((256, 256), 255, np.uint8)
    for x, y, width, height in rng.integers((0, 0, 5, 5), (200, 200, 50, 50), (6, 4)):
        picture[y : y + height, x : x + width] = 0
    for y in rng.integers(0, 250, 5):
        picture[y : y + 2, 20:236] = 0
    return picture


def test_a_page_is_white_but_beside_what_is_on_it() -> None:
    """And finer quantisers do not let it explode."""
    picture = page()
    sizes = []
    for quality in (90, 95, 100):
        data = svac2.encode(picture, quality=quality)
        error = np.abs(svac2.decode(data).astype(int) - picture)
        sizes.append(len(data))
        assert np.count_nonzero(error) < picture.size * 0.06
        assert error.max() <= 6
    assert sizes[-1] < 1.6 * sizes[0]


@pytest.mark.slow
@pytest.mark.parametrize("effort", [1, 5, 9])
def test_all_greys_and_corners_are_exact(effort: int) -> None:
    kinds: list[tuple[list[Any], dict[str, str]]] = [(list(range(256)), {})]
    for subsampling in SUBSAMPLINGS:
        colours = [(grey,) * 3 for grey in range(256)] + CORNERS
        kinds.append((colours, {"subsampling": subsampling}))
    for colours, options in kinds:
        cases = list(product(colours, range(85, 101)))
        exact = sum(
            is_exact(flat((64, 64), colour), quality=quality, effort=effort, **options)
            for colour, quality in cases
        )
        print(f"effort {effort}, {options or 'grey'}: {exact} of {len(cases)} exact")
        assert exact == len(cases)


@pytest.mark.slow
@pytest.mark.parametrize("effort", [1, 5, 9])
def test_black_and_white_frames_at_every_quality(effort: int) -> None:
    for colour in (0, 255, (0, 0, 0), (255, 255, 255)):
        frame = flat((512, 512), colour)
        sizes = []
        for quality in range(1, 101):
            assert is_exact(frame, quality=quality, effort=effort), quality
            sizes.append(len(svac2.encode(frame, quality=quality, effort=effort)))
        print(f"effort {effort}, colour {colour}: exact, {min(sizes)} to {max(sizes)} bytes")
        assert max(sizes) < 40
