"""What can be given as a picture, turned into samples and metadata.

The rule of orientation: pixels are stored upright. A picture is turned as its EXIF says, or, where
that says nothing valid, its XMP; in AVIF and HEIF the boxes irot and imir alone count, as those
formats have it. The EXIF and the XMP that are kept then say 1 where they tell an orientation, and
are otherwise the bytes of the source. EXIF that can't be read is kept as it is, and the picture is
not turned.
"""

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, UnidentifiedImageError

from svac2 import colour, exif
from svac2._core import codec
from svac2.errors import (
    EndOfStreamError,
    FormatError,
    LimitError,
    OptionTypeError,
    OutOfMemoryError,
    SvacError,
    UnsupportedError,
)
from svac2.files import AnyPath, DataLike, load_bytes, naming
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata
from svac2.sources import Source, scan

ImageLike: TypeAlias = ArrayLike | Image.Image | AnyPath | BinaryIO
# Bytes that will be needed for a picture, from its width, height and channels.
MemoryOf: TypeAlias = Callable[[int, int, int], int]

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
# Formats of Pillow whose reader runs a program (EPS), hands the content to whatever the application
# or the system has for it (the stubs, WMF), opens a file of any format inside (IPTC), or has no
# picture to give (MPEG, PDF). A list of those that are refused, not of those that are read: formats
# that the user has added to Pillow, like HEIF and JPEG XL, are read as well.
_REFUSED_FORMATS = {"BUFR", "EPS", "GRIB", "HDF5", "IPTC", "MPEG", "PDF", "WMF"}
# Where an open Pillow image holds more than its info tells.
_SCANNED_FORMATS = {"AVIF", "PNG", "TIFF"}
_BOXED_FORMATS = {"AVIF", "HEIF"}
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Picture(NamedTuple):
    """Samples (height, width, channels), the last two axes contiguous, and what comes with them."""

    samples: NDArray[np.uint8]
    metadata: Metadata


class _Bounds(NamedTuple):
    """What a picture may be, and what it will take."""

    limits: Limits
    memory_of: MemoryOf

    def check(self, width: int, height: int, channels: int, held: int = 0) -> None:
        """Refuse what is too large, with so many bytes held beside it."""
        if not (1 <= width <= codec.MAX_DIMENSION and 1 <= height <= codec.MAX_DIMENSION):
            raise UnsupportedError(
                f"a picture of {width}x{height}: each side must be 1 to {codec.MAX_DIMENSION}"
            )
        self.limits.check_size(width, height)
        self.limits.check_memory(held + self.memory_of(width, height, channels))


def load_picture(
    image: ImageLike, *, limits: Limits, memory_of: MemoryOf = lambda width, height, channels: 0
) -> Picture:
    """Return a picture; of a file, the limits are checked before pixels are read."""
    source: Any = image
    bounds = _Bounds(limits, memory_of)
    with naming(image):
        if isinstance(image, (bytes, bytearray, memoryview)):
            _refuse_own(memoryview(image))
        if isinstance(image, (str, os.PathLike)) or hasattr(image, "read"):
            content = load_bytes(source, limits.max_memory)
            limits.check_memory(len(content))
            picture = _from_file(content, bounds)
        elif isinstance(image, Image.Image):
            with _reading():
                picture = _from_pillow(image, bounds)
        else:
            picture = Picture(_from_array(image), Metadata())
        samples = picture.samples
        height, width, channels = samples.shape
        bounds.check(width, height, channels)  # a header may have lied
    if not samples[0].flags.c_contiguous:
        picture = picture._replace(samples=np.ascontiguousarray(samples))
    return picture


def file_format(data: DataLike) -> str | None:
    """Return the name of the file format that Pillow takes data for."""
    with contextlib.suppress(Exception), _open(io.BytesIO(load_bytes(data))) as image:
        return image.format
    return None


def _refuse_own(content: memoryview) -> None:
    if content[: len(codec.SIGNATURE)] == codec.SIGNATURE:
        raise UnsupportedError("a svac2 file: decode it first")


def _from_array(image: ArrayLike) -> NDArray[np.uint8]:
    try:
        if isinstance(image, (bytes, bytearray)):
            raise TypeError
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
    except (SvacError, Image.DecompressionBombWarning):  # a warning that the caller made an error
        raise
    except Image.DecompressionBombError as error:
        raise LimitError(
            f"Pillow's limit, PIL.Image.MAX_IMAGE_PIXELS={Image.MAX_IMAGE_PIXELS}: {error}: "
            "raise it, or open the picture yourself and give it as an array or a Pillow image"
        ) from error
    except UnidentifiedImageError:
        raise UnsupportedError("not a picture that Pillow can read") from None
    except MemoryError:
        raise OutOfMemoryError("no memory for the picture") from None
    except NotImplementedError as error:
        raise UnsupportedError(f"Pillow cannot read this picture: {error}") from error
    except Exception as error:
        raise FormatError(f"damaged picture: {error}") from error


def _open(file: io.BytesIO) -> Image.Image:
    """Open a picture file; no format makes Pillow run a program."""
    Image.init()
    formats = [name for name in Image.ID if name not in _REFUSED_FORMATS]
    return Image.open(file, formats=formats)


def _from_file(content: memoryview, bounds: _Bounds) -> Picture:
    if not content:
        raise EndOfStreamError("there is no picture: not a byte is left")
    _refuse_own(content)
    source = scan(content)
    with _reading(), _open(source.without_exif(content)) as opened:
        return _from_pillow(opened, bounds, source)


def _scan_opened(image: Image.Image) -> Source:
    """Look into the file that an image is to be loaded from, as far as it is still there."""
    file = getattr(image, "fp", None)
    if image.format in _SCANNED_FORMATS and getattr(image, "tile", None) and file is not None:
        with contextlib.suppress(OSError, ValueError):
            position = file.tell()
            file.seek(0)
            content = file.read()
            file.seek(position)
            source = scan(memoryview(content))
            was_removed = image.format in _BOXED_FORMATS and "exif" not in image.info
            return source._replace(exif=None) if was_removed else source
    return Source()


def _from_pillow(image: Image.Image, bounds: _Bounds, source: Source | None = None) -> Picture:
    if image.format in _REFUSED_FORMATS and getattr(image, "tile", None):
        raise UnsupportedError(
            f"a {image.format} file, for which Pillow may run another program: load() it yourself"
        )
    mode = _CONVERSIONS.get(image.mode)
    if mode is None:
        raise UnsupportedError(f"a Pillow image of mode {image.mode}: {ACCEPTED}")
    channels = 1 if mode == "L" else 3
    bounds.check(*image.size, channels, held=channels * image.width * image.height)
    source = source or _scan_opened(image)
    if _is_deep(image):
        raise UnsupportedError(f"a picture of 16 bit a sample: {ACCEPTED}")
    # The further pictures of the JPEG files of many cameras (MPO) only belong to the first.
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnsupportedError(
            f"an animation or a file of {frames} pictures: give one of them, as an array or a copy"
        )
    info = dict(image.info)
    image.load()
    info = {**image.info, **info}  # PNG has more after the pixels; TIFF's XMP loses bytes there
    metadata, orientation = _metadata_of(image, info, source, mode == "L")
    if orientation in _TRANSPOSITIONS:
        image = image.transpose(_TRANSPOSITIONS[orientation])
    return Picture(_from_array(np.asarray(_opaque(image, mode))), metadata)


def _opaque(image: Image.Image, mode: str) -> Image.Image:
    """Return an image without its alpha channel, if that says nothing, in the given mode."""
    if image.has_transparency_data:
        image = image.copy().convert("RGBA")  # convert leaves its traces in a palette
        if image.getchannel("A").getextrema() != (255, 255):
            raise UnsupportedError(
                "the picture has transparency: lay it on a background, with Pillow by "
                'Image.alpha_composite, then convert("RGB")'
            )
    return image if image.mode == mode else image.convert(mode)


def _metadata_of(
    image: Image.Image, info: dict[Any, Any], source: Source, is_grey: bool
) -> tuple[Metadata, int]:
    """Return the metadata of a loaded image, and the orientation that is left to be undone."""
    exif_bytes = source.exif or _bytes_of(info, "exif", "Raw profile type exif")
    xmp = _bytes_of(info, "xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
    if image.format == "TIFF":
        orientation = None  # Pillow has turned it
        exif_bytes = exif_bytes or _exif_of_loaded_tiff(image)
    elif image.format in _BOXED_FORMATS:
        orientation = exif.orientation_of(_bytes_of(info, "exif") or b"")  # by Pillow, of the boxes
    else:
        orientation = exif.orientation_of(exif_bytes or b"") or exif.xmp_orientation_of(xmp or b"")
    icc_profile = _bytes_of(info, "icc_profile")
    cicp = source.cicp
    if icc_profile is None and cicp is None and "srgb" not in info:
        told = _colour_of(info, is_grey)
        icc_profile, cicp = (None, told) if isinstance(told, Cicp) else (told, None)
    metadata = Metadata(
        icc_profile=icc_profile,
        exif=exif_bytes and exif.upright(exif_bytes),
        xmp=xmp and exif.upright_xmp(xmp),
        cicp=cicp,
    )
    return metadata, orientation or 1


def _bytes_of(info: dict[Any, Any], *keys: str) -> bytes | None:
    """Return the first of the entries that has bytes, in any way that Pillow gives them."""
    for key in keys:
        value = info.get(key)
        if isinstance(value, str) and key.startswith("Raw profile"):
            with contextlib.suppress(ValueError):  # ImageMagick's: name and length, then digits
                value = bytes.fromhex("".join(value.split("\n")[3:]))
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogateescape")
        if isinstance(value, (bytes, bytearray, memoryview)) and value:
            return bytes(value)
    return None


def _colour_of(info: dict[Any, Any], is_grey: bool) -> Cicp | bytes | None:
    """Return what PNG's gAMA and cHRM tell, which Pillow gives as floating-point numbers."""
    gamma, chromaticities = info.get("gamma"), info.get("chromaticity")
    if gamma is None and chromaticities is None:
        return None
    return colour.describe(
        None if gamma is None else round(gamma * 100_000),
        chromaticities and [round(value * 100_000) for value in chromaticities],
        is_grey,
    )


def _exif_of_loaded_tiff(image: Image.Image) -> bytes | None:
    """Return, as Pillow writes it, the EXIF of a TIFF file that has been closed."""
    with contextlib.suppress(Exception):
        tags, kept = image.getexif(), Image.Exif()
        for tag in exif.KEPT.intersection(tags):
            kept[tag] = tags.get_ifd(tag) if tag in (exif.EXIF_IFD, exif.GPS_IFD) else tags[tag]
        tiff = exif.Tiff.of(kept.tobytes().removeprefix(b"Exif\0\0"))
        return exif.of_tiff(tiff) if tiff else None
    return None


def _is_deep(image: Image.Image) -> bool:
    """Tell whether Pillow is about to reduce samples of more than 8 bits, without a word."""
    for decoder, _, _, arguments in getattr(image, "tile", ()):
        if decoder == "SGI16" or _DEEP_RAW_MODE.search(str(arguments)):
            return True
        if decoder in ("ppm", "ppm_plain") and arguments[-1] > 255:
            return True
    return False
