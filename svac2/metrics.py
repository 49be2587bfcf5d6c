"""How far two pictures are apart."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from svac2.errors import UnsupportedError

# BT.601, full range.
_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])


class Psnr(NamedTuple):
    """Peak signal-to-noise ratios in dB; infinite where there is no difference."""

    rgb: float
    y: float


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Psnr:
    """Compare two 8-bit pictures, grey or RGB, of one size.

    The error over RGB is the mean over all three channels; luma is not rounded before it is
    compared. A grey picture counts as an RGB one of equal channels.
    """
    if a.shape[:2] != b.shape[:2]:
        sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (a.shape, b.shape))
        raise UnsupportedError(f"the pictures differ in size: {sizes}")
    difference = _as_channels(a).astype(np.int16) - _as_channels(b)
    if difference.shape[2] == 1:
        level = _decibel(difference)
        return Psnr(level, level)
    return Psnr(_decibel(difference), _decibel(difference @ _LUMA_WEIGHTS))


def _as_channels(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return samples[:, :, np.newaxis] if samples.ndim == 2 else samples


def _decibel(difference: NDArray[np.generic]) -> float:
    error = float(np.mean(np.square(difference, dtype=np.float64)))
    return 10 * math.log10(255**2 / error) if error else math.inf
