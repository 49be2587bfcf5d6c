"""How far two pictures are apart."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from svac2.arrays import Samples
from svac2.errors import UnsupportedError
from svac2.transparency import has_alpha

# BT.601, full range.
_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
_BAND_SAMPLES = 2**20
# Of SSIM: Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to
# Structural Similarity" (2004), section III.C, on a scale where the largest sample is 1.
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2
# Of its scales: Wang, Simoncelli, Bovik, "Multi-scale Structural Similarity for Image Quality
# Assessment" (2003), section 3.2.
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW_SAMPLES = 2**16  # those of a band, which are to stay in the cache


class Psnr(NamedTuple):
    """Peak signal-to-noise ratios in dB; infinite where there is no difference."""

    rgb: float
    y: float


class Similarity(NamedTuple):
    """Structural similarity of luma at one scale and at several: 1 where it is the same."""

    ssim: float
    ms_ssim: float


def psnr(a: Samples, b: Samples, bit_depth: int = 8) -> Psnr:
    """Compare two pictures, grey or RGB, with or without alpha, of one size and depth.

    The error over RGB is the mean over all three channels; luma is not rounded before it is
    compared. A grey picture counts as an RGB one of equal channels. With alpha it is the mean error
    of what is seen on black and on white, where a picture without alpha is opaque.
    """
    a, b = _of_one_size(a, b)
    peak = 2**bit_depth - 1
    height, width, channels = a.shape[0], a.shape[1], max(a.shape[2], b.shape[2])
    grounds = _grounds(a, b, peak)
    rgb, luma = 0.0, 0.0
    # By bands of rows, whose differences need little memory beside the pictures.
    rows = max(1, _BAND_SAMPLES // (width * channels))
    for top in range(0, height, rows):
        for ground in grounds:
            seen, expected = (_seen(x[top : top + rows], ground, peak) for x in (a, b))
            difference = seen - expected
            rgb += _energy(difference) / difference.shape[2]
            luma += _energy(_luma_of(difference))
    pixels = width * height * len(grounds)
    return Psnr(_decibel(rgb / pixels, peak), _decibel(luma / pixels, peak))


def similarity(a: Samples, b: Samples, bit_depth: int = 8) -> Similarity:
    """Compare what two pictures, as psnr takes them, show of structure in luma.

    SSIM is the mean over all windows of 11x11 pixels, weighted by a Gaussian of sigma 1.5, that lie
    in the picture. Where that is smaller, a window has its width or height. Luma is not rounded.

    MS-SSIM does so at up to five scales, each half of the one before (means of 2x2 pixels, at an
    odd end of 1x2 or 2x1), as long as a window fits: the product of the means of contrast and
    structure at all scales, but of SSIM at the last, 0 if negative, each to the power of its
    weight; of fewer scales, the weights are made to add up to 1. With alpha both are the mean of
    what is seen on black and on white.
    """
    a, b = _of_one_size(a, b)
    peak = 2**bit_depth - 1
    grounds = _grounds(a, b, peak)
    found = [_similarity_of(*(_luma_plane(x, ground, peak) for x in (a, b))) for ground in grounds]
    return Similarity(*(sum(values) / len(grounds) for values in zip(*found, strict=True)))


def _of_one_size(a: Samples, b: Samples) -> tuple[Samples, Samples]:
    """Return both pictures with an axis of channels."""
    if a.shape[:2] != b.shape[:2]:
        sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (a.shape, b.shape))
        raise UnsupportedError(f"the pictures differ in size: {sizes}")
    return _as_channels(a), _as_channels(b)


def _as_channels(samples: Samples) -> Samples:
    return samples[:, :, np.newaxis] if samples.ndim == 2 else samples


def _grounds(a: Samples, b: Samples, peak: int) -> list[int]:
    """Return the greys to lay the pictures on: black and white, or any where both are opaque."""
    return [0, peak] if has_alpha(a.shape[2]) or has_alpha(b.shape[2]) else [0]


def _seen(samples: Samples, ground: int, peak: int) -> NDArray[Any]:
    """Return what is seen of a picture on a grey ground."""
    if not has_alpha(samples.shape[2]):
        return samples.astype(np.int32)
    alpha = samples[:, :, -1:] / peak
    return ground + alpha * (samples[:, :, :-1] - float(ground))


def _luma_of(samples: NDArray[Any]) -> NDArray[Any]:
    """Return the luma of RGB, and the one channel of grey."""
    return samples @ _LUMA_WEIGHTS if samples.shape[2] == 3 else samples[:, :, 0]


def _energy(difference: NDArray[np.generic]) -> float:
    return float(np.sum(np.square(difference, dtype=np.float64)))


def _decibel(error: float, peak: int) -> float:
    return 10 * math.log10(peak**2 / error) if error else math.inf


def _luma_plane(samples: Samples, ground: int, peak: int) -> NDArray[np.float32]:
    """Return luma as it is seen, from 0 to 1."""
    plane = np.empty(samples.shape[:2], np.float32)
    rows = max(1, _BAND_SAMPLES // samples[0].size)
    for top in range(0, len(plane), rows):
        seen = _seen(samples[top : top + rows], ground, peak)
        plane[top : top + rows] = _luma_of(seen) / peak
    return plane


def _similarity_of(a: NDArray[np.float32], b: NDArray[np.float32]) -> Similarity:
    first, structure = _window_means(a, b)
    last, structures = first, list[float]()
    while len(structures) < len(_SCALE_WEIGHTS) - 1 and min(a.shape) > 2 * (_WINDOW - 1):
        structures.append(structure)
        a, b = _halved(a), _halved(b)
        last, structure = _window_means(a, b)
    factors = np.maximum([*structures, last], 0)
    weights = np.array(_SCALE_WEIGHTS[: len(factors)])
    return Similarity(first, float(np.prod(factors ** (weights / weights.sum()))))


def _window_means(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[float, float]:
    """Return the means, over all windows, of SSIM and of its part that is not luminance."""
    down, across = (_gaussian(min(side, _WINDOW)) for side in a.shape)
    height, width = a.shape[0] - len(down) + 1, a.shape[1] - len(across) + 1
    similarity, structure = 0.0, 0.0
    rows = max(1, _WINDOW_SAMPLES // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height) + len(down) - 1
        band = _window_values(a[top:bottom], b[top:bottom], down, across)
        similarity += float(np.sum(band[0] * band[1]))
        structure += float(np.sum(band[1]))
    return similarity / (height * width), structure / (height * width)


def _window_values(
    a: NDArray[np.float32], b: NDArray[np.float32], down: NDArray[Any], across: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two factors of SSIM for each window: luminance; contrast and structure."""
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    squares, products = wide_a * wide_a + wide_b * wide_b, wide_a * wide_b
    mean_a, mean_b, mean_squares, mean_products = (
        _filtered(plane, down, across) for plane in (wide_a, wide_b, squares, products)
    )
    square_means, product_means = mean_a * mean_a + mean_b * mean_b, mean_a * mean_b
    variances, covariance = mean_squares - square_means, mean_products - product_means
    luminance = (2 * product_means + _C1) / (square_means + _C1)
    return luminance, (2 * covariance + _C2) / (variances + _C2)


def _gaussian(size: int) -> NDArray[np.float64]:
    """Return the weights of so many pixels."""
    weights = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * _SIGMA**2))
    normalised: NDArray[np.float64] = weights / weights.sum()
    return normalised


def _filtered(
    plane: NDArray[np.float64], down: NDArray[Any], across: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the weighted means of the windows that lie in a plane."""
    height, width = plane.shape[0] - len(down) + 1, plane.shape[1] - len(across) + 1
    columns = np.zeros((height, plane.shape[1]))
    for i, weight in enumerate(down):
        columns += weight * plane[i : i + height]
    means = np.zeros((height, width))
    for i, weight in enumerate(across):
        means += weight * columns[:, i : i + width]
    return means


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of 2x2 pixels; an odd last row or column counts twice."""
    even = np.pad(plane, [(0, side % 2) for side in plane.shape], "edge")
    rows = even[::2] + even[1::2]
    return ((rows[:, ::2] + rows[:, 1::2]) / 4).astype(np.float32, copy=False)
