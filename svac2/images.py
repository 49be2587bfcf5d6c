"""What can be given as a picture, turned into samples."""

import contextlib
import io
import os
import re
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from svac2 import options
from svac2._core import codec
from svac2.errors import (
    FormatError,
    LimitError,
    OptionTypeError,
    OutOfMemoryError,
    SvacError,
    UnsupportedError,
)
from svac2.files import AnyPath, DataLike, load_bytes, naming

ImageLike: TypeAlias = ArrayLike | Image.Image | AnyPath | BinaryIO

ACCEPTED = (
    "accepted are 8-bit grey and RGB pictures: arrays of uint8 of shape (H, W), (H, W, 1) or "
    "(H, W, 3), and Pillow images of mode L, RGB, 1, P or YCbCr, or with an opaque alpha channel"
)
# Modes that hold no more than L or RGB does, whose conversion needs no decision of the caller.
_CONVERSIONS = {
    "L": "L",
    "RGB": "RGB",
    "1": "L",
    "P": "RGB",
    "YCbCr": "RGB",
    "LA": "L",
    "PA": "RGB",
    "RGBA": "RGB",
}
# Pillow's raw modes of 16 bits a sample that it reduces to 8; BGR;16 is one of 16 bits a pixel.
_DEEP_RAW_MODE = re.compile(r";16[LBN]|L;16")
_pillow_limit = threading.Lock()


def load_samples(image: ImageLike) -> NDArray[np.uint8]:
    """Return a picture as samples (height, width, channels), the last two axes contiguous."""
    source: Any = image
    with naming(image):
        if isinstance(image, (str, os.PathLike)) or hasattr(image, "read"):
            content = load_bytes(source)
            with _reading(), _open(content) as opened:
                samples = _from_pillow(opened)
        elif isinstance(image, Image.Image):
            with _reading():
                samples = _from_pillow(image)
        else:
            samples = _from_array(image)
        height, width, _ = samples.shape
        if not (1 <= width <= codec.MAX_DIMENSION and 1 <= height <= codec.MAX_DIMENSION):
            raise UnsupportedError(
                f"a picture of {width}x{height}: each side must be 1 to {codec.MAX_DIMENSION}"
            )
    return samples if samples[0].flags.c_contiguous else np.ascontiguousarray(samples)


def file_format(data: DataLike) -> str | None:
    """Return the name of the file format that Pillow takes data for."""
    with contextlib.suppress(Exception), _open(load_bytes(data)) as image:
        return image.format
    return None


def _from_array(image: ArrayLike) -> NDArray[np.uint8]:
    try:
        samples = np.asarray(image)
        if samples.dtype.kind in "OSUV" and not isinstance(image, np.ndarray):
            raise TypeError
    except (TypeError, ValueError):
        raise OptionTypeError(
            f"image must be an array, a Pillow image, the path of a picture file or an open one "
            f"(for its bytes, io.BytesIO), not {type(image).__name__}"
        ) from None
    if samples.dtype != np.uint8:
        raise UnsupportedError(f"samples of type {samples.dtype}: {ACCEPTED}")
    if samples.ndim == 2:
        samples = samples[:, :, np.newaxis]
    if samples.ndim != 3 or samples.shape[2] not in (1, 3):
        raise UnsupportedError(f"an array of shape {samples.shape}: {ACCEPTED}")
    return samples


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Turn into our exceptions what Pillow's readers raise: of a damaged file, anything."""
    try:
        yield
    except SvacError:
        raise
    except UnidentifiedImageError:
        raise UnsupportedError("not a picture that Pillow can read") from None
    except MemoryError:
        raise OutOfMemoryError("no memory for the picture") from None
    except NotImplementedError as error:
        raise UnsupportedError(f"Pillow cannot read this picture: {error}") from error
    except Exception as error:
        raise FormatError(f"damaged picture: {error}") from error


def _open(data: memoryview) -> Image.Image:
    """Open the content of a picture file; our limit of pixels stands in for Pillow's lower one."""
    with _pillow_limit:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(io.BytesIO(data))
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    if image.width * image.height > options.DEFAULT_MAX_PIXELS:
        raise LimitError(
            f"the picture is {image.width}x{image.height}, more than the "
            f"{options.DEFAULT_MAX_PIXELS} pixels that are read from a picture file: open it "
            "yourself and give it as an array or a Pillow image"
        )
    return image


def _from_pillow(image: Image.Image) -> NDArray[np.uint8]:
    """Convert an image, turned upright: svac2 files hold no orientation to turn it by later."""
    mode = _CONVERSIONS.get(image.mode)
    if mode is None:
        raise UnsupportedError(f"a Pillow image of mode {image.mode}: {ACCEPTED}")
    if _is_deep(image):
        raise UnsupportedError(f"a picture of 16 bit a sample: {ACCEPTED}")
    # The further pictures of the JPEG files of many cameras (MPO) only belong to the first.
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnsupportedError(
            f"an animation or a file of {frames} pictures: give one of them, as an array or a copy"
        )
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise UnsupportedError(
                "the picture has transparency: lay it on a background, with Pillow by "
                'Image.alpha_composite, then convert("RGB")'
            )
    return _from_array(np.asarray(image if image.mode == mode else image.convert(mode)))


def _is_deep(image: Image.Image) -> bool:
    """Tell whether Pillow is about to reduce samples of more than 8 bits, without a word."""
    for decoder, _, _, arguments in getattr(image, "tile", ()):
        if decoder == "SGI16" or _DEEP_RAW_MODE.search(str(arguments)):
            return True
        if decoder in ("ppm", "ppm_plain") and arguments[-1] > 255:
            return True
    return False
