"""How far two pictures are apart."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from svac2.arrays import Samples
from svac2.errors import UnsupportedError

# BT.601, full range.
_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
_BAND_SAMPLES = 2**20


class Psnr(NamedTuple):
    """Peak signal-to-noise ratios in dB; infinite where there is no difference."""

    rgb: float
    y: float


def psnr(a: Samples, b: Samples, bit_depth: int = 8) -> Psnr:
    """Compare two pictures, grey or RGB, of one size and depth.

    The error over RGB is the mean over all three channels; luma is not rounded before it is
    compared. A grey picture counts as an RGB one of equal channels.
    """
    if a.shape[:2] != b.shape[:2]:
        sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (a.shape, b.shape))
        raise UnsupportedError(f"the pictures differ in size: {sizes}")
    a, b = _as_channels(a), _as_channels(b)
    height, width = a.shape[:2]
    channels = max(a.shape[2], b.shape[2])
    rgb, luma = 0.0, 0.0
    # By bands of rows, whose differences need little memory beside the pictures.
    rows = max(1, _BAND_SAMPLES // (width * channels))
    for top in range(0, height, rows):
        difference = a[top : top + rows].astype(np.int32) - b[top : top + rows]
        rgb += _energy(difference)
        luma += _energy(difference @ _LUMA_WEIGHTS if channels == 3 else difference)
    pixels = width * height
    peak = 2**bit_depth - 1
    return Psnr(_decibel(rgb / (channels * pixels), peak), _decibel(luma / pixels, peak))


def _as_channels(samples: Samples) -> Samples:
    return samples[:, :, np.newaxis] if samples.ndim == 2 else samples


def _energy(difference: NDArray[np.generic]) -> float:
    return float(np.sum(np.square(difference, dtype=np.float64)))


def _decibel(error: float, peak: int) -> float:
    return 10 * math.log10(peak**2 / error) if error else math.inf
