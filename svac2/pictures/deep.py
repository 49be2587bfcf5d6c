"""Samples of more than 8 bits from pictures that Pillow opens.

Pillow has no mode for colour of more than 8 bits. Of 16-bit samples it takes the high bytes; asked
for the other byte order it takes the low ones, so two readings give all. What it reduces in other
ways is read by other means here, or refused: no bits are lost in silence.
"""

import contextlib
import math
import re
import sys
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svac2.arrays import BIT_DEPTHS
from svac2.errors import FormatError, UnsupportedError
from svac2.files import PILLOW_NAME
from svac2.pictures.readers import open_image
from svac2.pictures.sources import Source
from svac2.transparency import make_straight

# Pillow's raw modes of 16 bits a sample that it reduces to 8, and those of them that are read here,
# with the channels to ask for.
_REDUCED = re.compile(r";16[LBN]\b")
_READ_TWICE = {"LA": "RGBA", "RGB": "RGB", "RGBX": "RGBX", "RGBA": "RGBA", "RGBa": "RGBA"}
_READ_BY = ("zip", "raw", "libtiff")
_REDUCED_MODES = ("L", "RGB", "RGBA")
_IS_LITTLE = sys.byteorder == "little"
_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR_CONFIGURATION = 258, 262, 284
_WHITE_IS_ZERO, _IN_PLANES = 0, 2
_DEPTHS_OF_MAXVAL = {2**depth - 1: depth for depth in (10, 12, 14, 16)}


def bit_depth_of(image: Image.Image, source: Source) -> int:
    """Return the depth of a picture, 8 if Pillow gives all of it in 8 bits."""
    tags = getattr(image, "tag_v2", {})
    bits = max(tags.get(_BITS_PER_SAMPLE, (8,)))
    if bits > 8 and tags.get(_PLANAR_CONFIGURATION) == _IN_PLANES:
        raise UnsupportedError(
            f"a TIFF file of {bits} bits in planes (PlanarConfiguration 2), which Pillow misreads: "
            "store its pixels whole (PlanarConfiguration 1)"
        )
    maxval = _maxval_of(image)
    if maxval is not None:
        if maxval not in _DEPTHS_OF_MAXVAL:
            raise UnsupportedError(
                f"a PGM or PPM file of samples up to {maxval}: the largest must be 255 or less, "
                + " or ".join(map(str, _DEPTHS_OF_MAXVAL))
            )
        return _DEPTHS_OF_MAXVAL[maxval]
    depth = source.bit_depth
    if image.mode.startswith("I;16"):
        depth = depth if depth > 8 else bits if bits > 8 else 16
    elif _is_reduced(image):
        depth = 16
    if depth not in BIT_DEPTHS:
        raise UnsupportedError(f"a picture of {depth} bits: accepted are {BIT_DEPTHS}")
    return depth


def samples_of(image: Any, source: Source, bit_depth: int) -> NDArray[np.uint16]:
    """Return the samples of a picture of more than 8 bits: (H, W) or (H, W, channels)."""
    if image.format == PILLOW_NAME and getattr(image, "tile", ()):
        return np.asarray(image.decode_samples())
    if _maxval_of(image) is not None:
        return _of_pnm(image, source, bit_depth)
    if image.mode.startswith("I;16"):
        samples = _of_grey(image, bit_depth)
    elif _is_reduced(image):
        samples = _by_two_readings(image, source)
        image.load()  # for what follows the pixels
    elif image.format in ("AVIF", "HEIF"):
        samples = _of_heif(image, source, bit_depth)
    else:
        raise _refusal(image, bit_depth)
    return samples


def _refusal(image: Image.Image, bit_depth: int) -> UnsupportedError:
    return UnsupportedError(
        f"a {image.format} picture of {bit_depth} bits, of which Pillow gives 8: convert it to PNG "
        "or TIFF of 16 bits"
    )


def _maxval_of(image: Image.Image) -> int | None:
    """Return the largest sample of a binary or plain PGM or PPM file, if it takes two bytes."""
    for decoder, _, _, arguments in getattr(image, "tile", ()):
        if image.format == "PPM" and arguments == "I;16B":
            return 65535
        if decoder in ("ppm", "ppm_plain") and arguments[-1] > 255:
            return int(arguments[-1])
    return None


def _is_reduced(image: Image.Image) -> bool:
    """Tell whether Pillow is about to keep the high bytes of 16-bit samples."""
    tiles = getattr(image, "tile", ()) if image.mode in _REDUCED_MODES else ()
    return any(tile[0] == "SGI16" for tile in tiles) or bool(_REDUCED.search(raw_mode_of(image)))


def raw_mode_of(image: Image.Image) -> str:
    """Return Pillow's name for the samples of a file; empty where they have been read."""
    for _, _, _, arguments in getattr(image, "tile", ()):
        return str(arguments if isinstance(arguments, str) else next(iter(arguments or ()), ""))
    return ""


def _data_of(source: Source) -> memoryview:
    if not source.data:
        raise UnsupportedError(
            "a picture of 16 bits whose file cannot be read again: give the file"
        )
    return source.data


def _of_pnm(image: Any, source: Source, bit_depth: int) -> NDArray[np.uint16]:
    """Return the samples of a binary PGM or PPM file, which Pillow would scale."""
    ((decoder, _, offset, _),) = image.tile
    if decoder == "ppm_plain":
        raise UnsupportedError(
            f"a plain PGM or PPM file of {bit_depth} bits: convert it to a binary one (P5 or P6)"
        )
    shape = (image.height, image.width, 3 if image.mode == "RGB" else 1)
    samples = np.frombuffer(_data_of(source), ">u2", math.prod(shape), offset).astype(np.uint16)
    if samples.max() >= 2**bit_depth:
        raise FormatError(f"damaged picture: a sample of {samples.max()} in {bit_depth} bits")
    return samples.reshape(shape)


def _of_grey(image: Image.Image, bit_depth: int) -> NDArray[np.uint16]:
    samples = np.asarray(image).astype(np.uint16)
    if image.format == "JPEG2000":  # Pillow has moved them to the high bits
        samples >>= 16 - bit_depth
    if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        samples = 65535 - samples  # Pillow turns only 8-bit pictures to black is zero
    return samples


def _by_two_readings(image: Any, source: Source) -> NDArray[np.uint16]:
    decoder = image.tile[0][0]
    name, _, order = raw_mode_of(image).partition(";16")
    if decoder not in _READ_BY or name not in _READ_TWICE or not order:
        raise _refusal(image, 16)
    if name == "LA":  # of two bytes each: R is the high byte of grey, A the low one of alpha
        halves = _read_as(source, _READ_TWICE[name])
        high, low = halves[:, :, 0::2], halves[:, :, 1::2]
    else:
        first, second = "LB" if order == "L" or (order == "N" and _IS_LITTLE) else "BL"
        high = _read_as(source, f"{_READ_TWICE[name]};16{first}")
        low = _read_as(source, f"{_READ_TWICE[name]};16{second}")
    samples = high.astype(np.uint16)
    samples <<= 8
    samples |= low
    if name == "RGBa":
        make_straight(samples, 16)
    return samples


def _read_as(source: Source, raw_mode: str) -> NDArray[np.uint8]:
    """Read the picture with its bytes taken for those of another raw mode."""
    _data_of(source)
    with open_image(source.without_exif()) as opened:
        image: Any = opened
        image.tile = [
            tile._replace(
                args=raw_mode if isinstance(tile.args, str) else (raw_mode, *tile.args[1:])
            )
            for tile in image.tile
        ]
        return np.asarray(image)


def _of_heif(image: Image.Image, source: Source, bit_depth: int) -> NDArray[np.uint16]:
    """Return the samples of an AVIF or HEIF file, turned upright, by pillow_heif if it is there."""
    samples = None
    with contextlib.suppress(ImportError, RuntimeError, ValueError, OSError):
        heif: Any = import_module("pillow_heif")
        opened = heif.open_heif(
            source.without_exif(), convert_hdr_to_8bit=False, hdr_to_16bit=False
        )
        if opened.mode.endswith(f";{bit_depth}"):
            samples = np.array(opened, np.uint16)
            if opened.mode.startswith("RGBa"):
                make_straight(samples, bit_depth)
    if samples is None:
        versions = "pillow-heif<1" if image.format == "AVIF" else "pillow-heif"
        raise UnsupportedError(
            f"an {image.format} picture of {bit_depth} bits, of which Pillow gives 8: all are read "
            f"by the package pillow-heif (pip install '{versions}')"
        )
    return samples
