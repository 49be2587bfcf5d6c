"""What can be given as a picture, turned into samples and metadata."""

import contextlib
import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from svac2 import arrays
from svac2._core import codec
from svac2.arrays import ACCEPTED, Samples
from svac2.errors import EndOfStreamError, OptionError, UnsupportedError
from svac2.files import PILLOW_NAME, AnyPath, DataLike, load_bytes, naming
from svac2.limits import Limits
from svac2.metadata import Metadata
from svac2.pictures import deep
from svac2.pictures.image_metadata import BOXED_FORMATS, metadata_of
from svac2.pictures.readers import REFUSED_FORMATS, open_image, reading
from svac2.pictures.sources import Source, scan
from svac2.transparency import has_alpha, keyed

ImageLike: TypeAlias = ArrayLike | Image.Image | AnyPath | BinaryIO
# Bytes that will be needed for a picture, from its width, height, channels and bit depth.
MemoryOf: TypeAlias = Callable[[int, int, int, int], int]

# Modes that hold no more than these do, whose conversion needs no decision of the caller.
_CONVERSIONS = {
    "L": "L",
    "LA": "LA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "YCbCr": "RGB",
}
# The others, with the line that makes one of those, or an array, of an image.
_TO_RGB = 'convert it by `image.convert("RGB")`'
_ADVICE = {
    "I": "if its samples go from 0 to 65535, convert it by `np.asarray(image).astype(np.uint16)`",
    "F": "if its samples go from 0 to 1, convert it by "
    "`(np.asarray(image).clip(0, 1) * 65535 + 0.5).astype(np.uint16)`",
    "CMYK": _TO_RGB,
    "HSV": _TO_RGB,
    "RGBX": _TO_RGB,
    "LAB": "convert it by `ImageCms.profileToProfile(image, ImageCms.createProfile('LAB'), "
    "ImageCms.createProfile('sRGB'), outputMode='RGB')`",
    "RGBa": 'convert it by `image.convert("RGBA")`',
    "La": 'convert it by `image.convert("LA")`',
}
# What Pillow multiplies grey of 2 and 4 bits by, but not the transparent one among them.
_GREY_STEPS = {"L;2": 85, "L;4": 17}
# Where an open Pillow image holds more than it tells.
_SCANNED_FORMATS = {"AVIF", "HEIF", "JPEG2000", "PNG", "PPM", "TIFF"}


class Picture(NamedTuple):
    """Samples (height, width, channels), the last two axes contiguous, and what comes with them.

    They are uint8 if they have 8 bits, else uint16.
    """

    samples: Samples
    metadata: Metadata
    bit_depth: int


class _Bounds(NamedTuple):
    """What a picture may be, and what it will take."""

    limits: Limits
    memory_of: MemoryOf

    def check(self, width: int, height: int, channels: int, bit_depth: int, held: int = 0) -> None:
        """Refuse what is too large, with so many bytes held beside it."""
        if not (1 <= width <= codec.MAX_DIMENSION and 1 <= height <= codec.MAX_DIMENSION):
            raise UnsupportedError(
                f"a picture of {width}x{height}: each side must be 1 to {codec.MAX_DIMENSION}"
            )
        self.limits.check_size(width, height)
        self.limits.check_memory(held + self.memory_of(width, height, channels, bit_depth))


def load_picture(
    image: ImageLike,
    *,
    limits: Limits,
    bit_depth: int | None = None,
    memory_of: MemoryOf = lambda width, height, channels, bit_depth: 0,
) -> Picture:
    """Return a picture; of a file, the limits are checked before pixels are read.

    bit_depth: one of arrays.BIT_DEPTHS, of samples of uint16 that have less than 16 bits.
    """
    source: Any = image
    bounds = _Bounds(limits, memory_of)
    with naming(image):
        if isinstance(image, (bytes, bytearray, memoryview)):
            _refuse_own(memoryview(image))
        if isinstance(image, (str, os.PathLike)) or hasattr(image, "read"):
            _refuse_depth(bit_depth, "a file")
            content = load_bytes(source, limits.max_memory)
            limits.check_memory(len(content))
            picture = _from_file(content, bounds)
        elif isinstance(image, Image.Image):
            if not image.mode.startswith("I;16"):
                _refuse_depth(bit_depth, f"a Pillow image of mode {image.mode}")
            with reading():
                picture = _from_pillow(image, bounds, bit_depth=bit_depth)
        else:
            samples, depth = arrays.samples_of(image, bit_depth)
            picture = Picture(samples, Metadata(), depth)
        samples = picture.samples
        height, width, channels = samples.shape
        bounds.check(width, height, channels, picture.bit_depth)  # a header may have lied
    is_plain = samples[0].flags.c_contiguous and samples.flags.aligned
    return picture if is_plain else picture._replace(samples=samples.copy())


def _refuse_depth(bit_depth: int | None, kind: str) -> None:
    if bit_depth is not None:
        raise OptionError(
            f"bit_depth={bit_depth}: {kind} tells its own; bit_depth is for arrays of uint16 and "
            "Pillow images of mode I;16"
        )


def samples_of_8_bits(picture: Picture, what: str) -> NDArray[np.uint8]:
    """Return the samples of a picture, for what serves those of 8 bits alone."""
    if picture.samples.dtype != np.uint8:
        raise UnsupportedError(f"{what} pictures of 8 bits, and this has {picture.bit_depth}")
    return picture.samples.astype(np.uint8, copy=False)


def file_format(data: DataLike) -> str | None:
    """Return the name of the file format that Pillow takes data for."""
    with contextlib.suppress(Exception), open_image(io.BytesIO(load_bytes(data))) as image:
        return image.format
    return None


def _refuse_own(content: memoryview) -> None:
    if content[: len(codec.SIGNATURE)] == codec.SIGNATURE:
        raise UnsupportedError("a svac2 file: decode it first")


def _from_file(content: memoryview, bounds: _Bounds) -> Picture:
    if not content:
        raise EndOfStreamError("there is no picture: not a byte is left")
    _refuse_own(content)
    source = scan(content)
    with reading(), open_image(source.without_exif()) as opened:
        return _from_pillow(opened, bounds, source)


def _scan_opened(image: Image.Image) -> Source:
    """Look into the file that an image is to be loaded from, as far as it is still there."""
    file = getattr(image, "fp", None)
    is_left = getattr(image, "tile", None) or image.format == "HEIF"
    if image.format == PILLOW_NAME and is_left:
        return Source(bit_depth=image.info["bit_depth"])
    if image.format in _SCANNED_FORMATS and is_left and file is not None:
        with contextlib.suppress(OSError, ValueError):
            position = file.tell()
            file.seek(0)
            content = file.read()
            file.seek(position)
            source = scan(memoryview(content))
            was_removed = image.format in BOXED_FORMATS and "exif" not in image.info
            return source._replace(exif=None) if was_removed else source
    return Source()


def _from_pillow(
    image: Image.Image,
    bounds: _Bounds,
    source: Source | None = None,
    bit_depth: int | None = None,
) -> Picture:
    if image.format in REFUSED_FORMATS and getattr(image, "tile", None):
        raise UnsupportedError(
            f"a {image.format} file, for which Pillow may run another program: load() it yourself"
        )
    source = source or _scan_opened(image)
    depth = deep.bit_depth_of(image, source)
    mode = _mode_for(image, depth)
    key = None if has_alpha(len(mode)) else _transparent_colour(image)
    channels = len(mode) + (key is not None)
    held = channels * image.width * image.height * (6 if depth > 8 else 1 if key is None else 3)
    bounds.check(*image.size, channels, depth, held=held)
    # The further pictures of the JPEG files of many cameras (MPO) only belong to the first.
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnsupportedError(
            f"an animation or a file of {frames} pictures: give one of them, as an array or a copy"
        )
    info = dict(image.info)
    pixels = deep.samples_of(image, source, depth) if depth > 8 else _bytes_of(image, mode)
    info = {**image.info, **info}  # PNG has more after the pixels; TIFF's XMP loses bytes there
    samples, depth = arrays.samples_of(pixels, bit_depth or (None if depth == 8 else depth))
    if key is not None:
        samples = keyed(samples, key, depth)
    metadata, orientation = metadata_of(image, info, source, samples.shape[2] < 3)
    if depth > 8 and image.format in BOXED_FORMATS:
        orientation = 1  # what reads these turns them
    return Picture(_upright(samples, orientation), metadata, depth)


def _upright(samples: Samples, orientation: int) -> Samples:
    """Undo an orientation, which EXIF defines by where row 0 and column 0 are."""
    if orientation > 4:
        samples = samples.swapaxes(0, 1)
    is_from_bottom, is_from_right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return samples[:: -1 if is_from_bottom else 1, :: -1 if is_from_right else 1]


def _mode_for(image: Image.Image, bit_depth: int) -> str:
    """Return the mode that has the channels of an image, as far as its own tells them."""
    if image.mode == "P" and image.has_transparency_data:
        return "RGBA"
    if deep.raw_mode_of(image).startswith("LA;16"):  # for which Pillow has RGBA
        return "LA"
    mode = _CONVERSIONS.get(image.mode, "L" if bit_depth > 8 else None)
    if mode is None:
        advice = _ADVICE.get(image.mode, ACCEPTED)
        raise UnsupportedError(f"a Pillow image of mode {image.mode}: {advice}")
    return mode


def _transparent_colour(image: Image.Image) -> Any:
    """Return the colour that stands for transparency in an image without alpha, if one does."""
    key = image.info.get("transparency")
    if isinstance(key, int):
        key *= _GREY_STEPS.get(deep.raw_mode_of(image), 1)
    return key


def _bytes_of(image: Image.Image, mode: str) -> NDArray[np.uint8]:
    """Return the samples of an image in a mode that holds all of them."""
    image.load()
    if image.mode == mode:
        return np.asarray(image)
    return np.asarray(image.copy().convert(mode))  # convert leaves its traces in a palette
