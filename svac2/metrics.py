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


class Psnr(NamedTuple):
    """Peak signal-to-noise ratios in dB; infinite where there is no difference."""

    rgb: float
    y: float


def psnr(a: Samples, b: Samples, bit_depth: int = 8) -> Psnr:
    """Compare two pictures, grey or RGB, with or without alpha, of one size and depth.

    The error over RGB is the mean over all three channels; luma is not rounded before it is
    compared. A grey picture counts as an RGB one of equal channels. With alpha it is the mean error
    of what is seen on black and on white, where a picture without alpha is opaque.
    """
    if a.shape[:2] != b.shape[:2]:
        sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (a.shape, b.shape))
        raise UnsupportedError(f"the pictures differ in size: {sizes}")
    a, b = _as_channels(a), _as_channels(b)
    height, width, channels = a.shape[0], a.shape[1], max(a.shape[2], b.shape[2])
    peak = 2**bit_depth - 1
    grounds = [0, peak] if has_alpha(a.shape[2]) or has_alpha(b.shape[2]) else [0]
    rgb, luma = 0.0, 0.0
    # By bands of rows, whose differences need little memory beside the pictures.
    rows = max(1, _BAND_SAMPLES // (width * channels))
    for top in range(0, height, rows):
        for ground in grounds:
            seen, expected = (_seen(x[top : top + rows], ground, peak) for x in (a, b))
            difference = seen - expected
            is_colour = difference.shape[2] == 3
            rgb += _energy(difference) / difference.shape[2]
            luma += _energy(difference @ _LUMA_WEIGHTS if is_colour else difference)
    pixels = width * height * len(grounds)
    return Psnr(_decibel(rgb / pixels, peak), _decibel(luma / pixels, peak))


def _as_channels(samples: Samples) -> Samples:
    return samples[:, :, np.newaxis] if samples.ndim == 2 else samples


def _seen(samples: Samples, ground: int, peak: int) -> NDArray[Any]:
    """Return what is seen of a picture on a grey ground."""
    if not has_alpha(samples.shape[2]):
        return samples.astype(np.int32)
    alpha = samples[:, :, -1:] / peak
    return ground + alpha * (samples[:, :, :-1] - float(ground))


def _energy(difference: NDArray[np.generic]) -> float:
    return float(np.sum(np.square(difference, dtype=np.float64)))


def _decibel(error: float, peak: int) -> float:
    return 10 * math.log10(peak**2 / error) if error else math.inf
