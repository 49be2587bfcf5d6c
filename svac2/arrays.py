"""Arrays that are given as pictures: which are, at which depth, and how to convert the others."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svac2.errors import OptionError, OptionTypeError, UnsupportedError

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

BIT_DEPTHS = (8, 10, 12, 14, 16)
CHANNEL_NAMES = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGBA"}
ACCEPTED = (
    "accepted are grey and RGB pictures of 8 to 16 bits, with or without alpha: arrays of uint8 or "
    "uint16 of shape (H, W) or (H, W, 1 to 4), and Pillow images of mode L, LA, RGB, RGBA, I;16, "
    "1, P, PA or YCbCr"
)


def samples_of(image: ArrayLike, bit_depth: int | None) -> tuple[Samples, int]:
    """Return samples of shape (H, W, channels), uint8 if they have 8 bits, and their depth."""
    samples = _array_of(image)
    if samples.dtype == np.uint8:
        if bit_depth not in (None, 8):
            raise OptionError(f"bit_depth={bit_depth}: an array of uint8 has 8 bits")
        bit_depth = 8
    elif samples.dtype.newbyteorder("=") == np.uint16:
        bit_depth = bit_depth or 16
        samples = _of_depth(samples, bit_depth)
    else:
        raise UnsupportedError(f"samples of type {samples.dtype}: {_conversion_of(samples)}")
    if samples.ndim == 2:
        samples = samples[:, :, np.newaxis]
    if samples.ndim != 3 or samples.shape[2] not in (1, 2, 3, 4):
        raise UnsupportedError(f"an array of shape {samples.shape}: {ACCEPTED}")
    return samples, bit_depth


def _array_of(image: ArrayLike) -> NDArray[Any]:
    try:
        if isinstance(image, (bytes, bytearray)):
            raise TypeError
        if isinstance(image, np.ma.MaskedArray) and np.ma.is_masked(image):
            raise UnsupportedError(
                f"a masked array, {np.count_nonzero(image.mask)} of its samples masked: say what "
                "they are to be, as in `image.filled(0)`"
            )
        samples = np.asarray(image)
        if samples.dtype.kind in "OSUV" and not isinstance(image, np.ndarray):
            raise TypeError
    except (TypeError, ValueError):
        raise OptionTypeError(
            f"image must be an array, a Pillow image, the path of a picture file or an open one "
            f"(for its bytes, io.BytesIO), not {type(image).__name__}"
        ) from None
    return samples


def _of_depth(samples: NDArray[np.uint16], bit_depth: int) -> Samples:
    """Check the range of samples, and return them as the type of their depth."""
    largest = 2**bit_depth - 1
    if bit_depth < 16 and samples.size and samples.max() > largest:
        raise OptionError(
            f"bit_depth={bit_depth}: samples go from 0 to {largest}, and the largest in the "
            f"array is {samples.max()}"
        )
    if bit_depth == 8:
        return samples.astype(np.uint8)
    return samples.astype(np.uint16, copy=False)


def _conversion_of(samples: NDArray[Any]) -> str:
    """Say in one line how to convert samples of another type."""
    kind = samples.dtype.kind
    if kind == "b":
        return "convert them by `image.astype(np.uint8) * 255`"
    if kind == "f":
        wide = ".astype(np.float32)" if samples.dtype.itemsize < 4 else ""
        return (
            "if they go from 0 to 1, convert them by "
            f"`(image{wide}.clip(0, 1) * 65535 + 0.5).astype(np.uint16)`"
        )
    if kind in "iu" and samples.size:
        low, high = int(samples.min()), int(samples.max())
        if 0 <= low and high <= 255:
            return f"they go from {low} to {high}: convert them by `image.astype(np.uint8)`"
        if 0 <= low and high <= 65535:
            return (
                f"they go from {low} to {high}: convert them by `image.astype(np.uint16)`, and "
                "give bit_depth if they have less than 16 bits"
            )
        return f"they go from {low} to {high}, and 0 to 65535 is what uint16 holds: scale them"
    return ACCEPTED


def scaled(samples: Samples, bit_depth: int, wanted: int) -> Samples:
    """Return samples of another depth: the largest becomes the largest, the others are rounded.

    That is how PNG has it (third edition, 12.5). If the depth is not less, no two become one.
    """
    if bit_depth == wanted:
        return samples
    old, new = 2**bit_depth - 1, 2**wanted - 1
    brought: NDArray[np.uint32] = (samples.astype(np.uint32) * new + old // 2) // old
    return brought.astype(np.uint8) if wanted == 8 else brought.astype(np.uint16)
