"""Restoration of chroma against the words of docs/bitstream.md, section 13.3, in NumPy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2._core import codec
from svac2.demo import PICTURE
from svac2.metrics import psnr

Array = NDArray[np.int64]

C_CHECKS = Path(__file__).parent / "c"
PICTURES = 150
LEVELS = 3


def cut(dividend: Array, divisor: Array | int) -> Array:
    """Divide, cut towards zero."""
    return np.sign(dividend) * (np.abs(dividend) // divisor)


def padded(plane: Array) -> Array:
    """Extend a plane to whole cells of the coarsest level."""
    height, width = plane.shape
    return np.pad(plane, ((0, -height % 32), (0, -width % 32)), mode="edge")


def corner_sums(samples: Array, side: int) -> Array:
    """Return the sums over the four cells around each corner, from (-1, -1) on."""
    rows, columns = samples.shape[0] // side, samples.shape[1] // side
    cells = samples.reshape(rows, side, columns, side).sum((1, 3))
    cells = np.pad(cells, 2, mode="edge")
    return cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]


def lines(planes: list[Array], level: int, own: int) -> dict[str, Array]:
    """Return A, B, K, w, K', w' of a plane's cells, from (-1, -1) on."""
    side, n, other = 2 << 2 * level, 4 + 4 * level, 3 - own
    sums = {p: corner_sums(planes[p], side) for p in range(3)}
    mean = {p: sums[p] >> (n - 4) for p in range(3)}

    def covariance(p: int, q: int) -> Array:
        products = corner_sums(planes[p] * planes[q], side)
        return cut(products * 2**n - sums[p] * sums[q], 2 ** (2 * n - 4))

    g, h, r = covariance(0, 0) + 512, covariance(other, other) + 512, covariance(0, other)
    by_luma, by_other = covariance(0, own), covariance(other, own)
    determinant = g * h - r * r
    a = np.clip(cut(256 * (by_luma * h - by_other * r), determinant), -1023, 1023)
    b = np.clip(cut(256 * (by_other * g - by_luma * r), determinant), -1023, 1023)
    variance = covariance(own, own)
    rest = np.maximum(0, 256 * variance - a * by_luma - b * by_other)
    corners = {"w": cut(np.full_like(rest, 1024 * 65536), rest + 1024 * 256)}
    corners["A"], corners["B"] = (a * corners["w"] + 128) >> 8, (b * corners["w"] + 128) >> 8
    corners["K"] = corners["w"] * mean[own] - corners["A"] * mean[0] - corners["B"] * mean[other]
    corners["w'"] = cut(np.full_like(rest, 1024 * 256), variance + 1024)
    corners["K'"] = corners["w'"] * mean[own]
    cells = {}
    for name, values in corners.items():
        total = values[:-1, :-1] + values[1:, :-1] + values[:-1, 1:] + values[1:, 1:]
        cells[name] = (total + 8) >> 4 if name.startswith("K") else total
    return cells


def interpolated(coarse: Array, rows: Array, columns: Array, side: int) -> Array:
    """Interpolate between cells, the first of which is (-1, -1), at positions on a finer grid."""

    def along(values: Array, positions: Array) -> Array:
        second, phase = np.divmod(positions + side // 2, side)
        weight = (4 // side * (2 * phase + 1))[:, None]
        return ((8 - weight) * values[second] + weight * values[second + 1] + 4) >> 3

    return along(along(coarse, rows).T, columns).T


def restored(planes: NDArray[np.uint16], factors: NDArray[np.int8]) -> NDArray[np.uint16]:
    """Restore Cb and Cr."""
    height, width = planes.shape[1:]
    samples = [plane.astype(np.int64) - 512 for plane in planes]
    extended = [padded(plane) for plane in samples]
    result = np.empty((2, height, width), np.uint16)
    for own in (1, 2):
        mixed: dict[str, Array] = {}
        for level in reversed(range(LEVELS)):
            cells = lines(extended, level, own)
            f, f_mean = factors[own - 1, 2 * level : 2 * level + 2].astype(np.int64)
            finer = {
                name: (f * cells[name] + (f_mean * cells[name + "'"] if name in "Kw" else 0) + 4)
                >> 3
                for name in "ABKw"
            }
            if mixed:
                rows, columns = (np.arange(-1, n - 1) for n in cells["A"].shape)
                finer = {
                    name: finer[name] + interpolated(mixed[name], rows, columns, 4)
                    for name in finer
                }
            mixed = finer
        wide = {
            name: interpolated(values, np.arange(height), np.arange(width), 2)
            for name, values in mixed.items()
        }
        correction = wide["A"] * samples[0] + wide["B"] * samples[3 - own] + wide["K"]
        correction = (correction - wide["w"] * samples[own] + 512) >> 10
        result[own - 1] = np.clip(samples[own] + correction + 512, 0, 1023)
    return result


@pytest.fixture(scope="module")
def photograph() -> NDArray[np.uint8]:
    """Return a part of the demo's picture."""
    with Image.open(PICTURE) as image:
        return np.asarray(image.crop((256, 128, 576, 384)))


def smooth_planes(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint16]:
    """Return three planes that have to do with each other, with noise and an edge."""
    y, x = np.mgrid[:height, :width]
    base = 300 + 3 * x + 2 * y + 200 * ((x + y) % 37 > 18)
    mixed = np.stack([base, 700 - base // 2, 200 + base // 3])
    noisy = mixed + rng.integers(-20, 21, mixed.shape)
    return np.clip(noisy, 0, 1023).astype(np.uint16)


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 3), (31, 33), (64, 64), (65, 1), (97, 130), (5, 600), (3, 2050)]
)
@pytest.mark.parametrize("kind", ["smooth", "noise", "extremes", "flat"])
def test_as_the_format_says(size: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(2018)
    planes = {
        "smooth": lambda: smooth_planes(rng, *size),
        "noise": lambda: rng.integers(0, 1024, (3, *size), np.uint16),
        "extremes": lambda: (1023 * rng.integers(0, 2, (3, *size))).astype(np.uint16),
        "flat": lambda: np.full((3, *size), 1023, np.uint16),
    }[kind]()
    for bound in (12, 127):
        factors = rng.integers(-bound - 1, bound + 1, (2, 6)).astype(np.int8)
        expected = restored(planes, factors)
        for threads in (1, 3):
            found = codec.restore_chroma(
                planes, factors=factors, threads=threads, cpu_mask=codec.CPU_ALL
            )
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("steep", [True, False])
def test_largest_factors(steep: bool) -> None:
    """Slopes beyond their bound, where chroma is five times luma; or the farthest means."""
    y, x = np.mgrid[:96, :96]
    wave = 2 * ((x // 16 + y // 16) % 2) - 1
    if steep:
        residual = np.random.default_rng(1).integers(-20, 21, wave.shape)
        planes = np.stack([512 + 40 * wave, 512 + 200 * wave + residual, np.full_like(x, 512)])
    else:
        planes = np.stack([np.full_like(x, value) for value in (0, 1023, 0)])
    for value in (-128, 127):
        factors = np.full((2, 6), value, np.int8)
        samples = planes.astype(np.uint16)
        found = codec.restore_chroma(samples, factors=factors, threads=1, cpu_mask=codec.CPU_ALL)
        np.testing.assert_array_equal(found, restored(samples, factors))


def test_with_sanitizers(run_sanitized: Callable[..., str]) -> None:
    sources = [C_CHECKS / "drawing.c", C_CHECKS / "chroma_check.c"]
    assert run_sanitized(sources, PICTURES) == f"{PICTURES} pictures\n"


def test_no_factors_change_nothing() -> None:
    planes = smooth_planes(np.random.default_rng(1), 70, 50)
    factors = np.zeros((2, 6), np.int8)
    found = codec.restore_chroma(planes, factors=factors, threads=2, cpu_mask=codec.CPU_ALL)
    np.testing.assert_array_equal(found, planes[1:])


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_brings_chroma_nearer_to_the_source(
    photograph: NDArray[np.uint8], subsampling: str
) -> None:
    data = svac2.encode(photograph, qp=38, effort=2, subsampling=subsampling)
    chroma = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])

    def error(enhance: str | bool | float) -> NDArray[np.float64]:
        difference = svac2.decode(data, enhance=enhance).astype(float) - photograph
        return ((difference @ chroma.T) ** 2).mean((0, 1))

    plain = error(False)
    assert (error("auto") < 0.99 * plain).all()
    assert (error(0.5) < 0.99 * plain).all()
    np.testing.assert_array_equal(error(0.0), plain)


def test_clipped_colours_do_not_lose() -> None:
    """At the corners of the RGB cube, errors of chroma are clipped away."""
    colours = np.array([[0, 255, 0], [255, 255, 0], [255, 0, 255]], np.uint8)
    blocks = np.random.default_rng(24).integers(0, 3, (31, 15))
    picture = colours[blocks.repeat(4, 0).repeat(4, 1)]
    for subsampling in ("4:2:0", "4:2:2", "4:4:4"):
        data = svac2.encode(picture, qp=24, effort=2, subsampling=subsampling)
        plain, found = (svac2.decode(data, enhance=enhance) for enhance in (False, "auto"))
        assert psnr(picture, found).rgb >= psnr(picture, plain).rgb


def test_is_left_out_where_it_was_not_wanted(photograph: NDArray[np.uint8]) -> None:
    data = svac2.encode(photograph, qp=38, effort=2, enhance=False)
    np.testing.assert_array_equal(svac2.decode(data), svac2.decode(data, enhance=False))


@pytest.mark.parametrize(
    ("planes", "factors", "message"),
    [
        (np.zeros((2, 4, 4), np.uint16), np.zeros((2, 6), np.int8), "2 planes"),
        (np.zeros((3, 4, 4), np.uint16), np.zeros((2, 5), np.int8), r"shape \(2, 5\)"),
        (np.full((3, 4, 4), 1024, np.uint16), np.zeros((2, 6), np.int8), "1024 is outside 0..1023"),
    ],
)
def test_refusals(planes: NDArray[np.uint16], factors: NDArray[np.int8], message: str) -> None:
    with pytest.raises(svac2.SvacError, match=message):
        codec.restore_chroma(planes, factors=factors, threads=1, cpu_mask=codec.CPU_ALL)
