"""What can be given as a picture, turned into samples."""

import os
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from svac2._core import codec
from svac2.errors import LimitError, UnsupportedError
from svac2.files import AnyPath

ImageLike: TypeAlias = ArrayLike | Image.Image | AnyPath | BinaryIO

ACCEPTED = (
    "accepted are 8-bit grey and RGB pictures: arrays of uint8 of shape (H, W), (H, W, 1) or "
    "(H, W, 3), and Pillow images of mode L, RGB, 1, P or YCbCr without transparency"
)
# Modes that hold no more than L or RGB does, whose conversion needs no decision of the caller.
_CONVERSIONS = {"L": "L", "RGB": "RGB", "1": "L", "P": "RGB", "YCbCr": "RGB"}


def load_samples(image: ImageLike) -> NDArray[np.uint8]:
    """Return a picture as samples (height, width, channels), the last two axes contiguous."""
    if isinstance(image, (str, os.PathLike)) or hasattr(image, "read"):
        samples = _from_pillow(_open(image))
    elif isinstance(image, Image.Image):
        samples = _from_pillow(image)
    else:
        samples = np.asarray(image)
    if samples.dtype != np.uint8:
        raise UnsupportedError(f"samples of type {samples.dtype}: {ACCEPTED}")
    if samples.ndim == 2:
        samples = samples[:, :, np.newaxis]
    if samples.ndim != 3 or samples.shape[2] not in (1, 3):
        raise UnsupportedError(f"an array of shape {samples.shape}: {ACCEPTED}")
    height, width, _ = samples.shape
    if not (1 <= width <= codec.MAX_DIMENSION and 1 <= height <= codec.MAX_DIMENSION):
        raise UnsupportedError(
            f"a picture of {width}x{height}: each side must be 1 to {codec.MAX_DIMENSION}"
        )
    return samples if samples[0].flags.c_contiguous else np.ascontiguousarray(samples)


def _open(source: Any) -> Image.Image:
    """Open a picture file, upright: svac2 files hold no orientation that could turn it later."""
    try:
        with Image.open(source) as image:
            # Pillow reduces colours of 16 bit without a word.
            if any(";16" in str(tile) for tile in getattr(image, "tile", ())):
                raise UnsupportedError(f"a picture of 16 bit a sample: {ACCEPTED}")
            return ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        raise UnsupportedError("not a picture that Pillow can read") from None
    except Image.DecompressionBombError as error:
        raise LimitError(f"refused by Pillow: {error}") from None


def _from_pillow(image: Image.Image) -> NDArray[np.uint8]:
    mode = _CONVERSIONS.get(image.mode)
    if mode is None or image.has_transparency_data:
        kind = f"mode {image.mode}" + (" with transparency" if mode is not None else "")
        raise UnsupportedError(f"a Pillow image of {kind}: {ACCEPTED}")
    return np.asarray(image if image.mode == mode else image.convert(mode))
