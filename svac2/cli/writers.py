"""Picture files of other formats that decoded pictures are written to, by Pillow.

What a format cannot hold is refused: nothing is lost in silence. TIFF is not compressed, as EXIF
would be lost by libtiff.
"""

import io
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from svac2.arrays import Samples, scaled
from svac2.errors import OptionError, UnsupportedError
from svac2.metadata import Cicp, Metadata
from svac2.pictures.png import png_of
from svac2.transparency import has_alpha

DEFAULT_QUALITY = 90
_FINE_QUALITY = 90  # from which on JPEG keeps chroma at full size
_XMP_TAG = 700  # of TIFF, by the XMP specification, part 3


class Format(NamedTuple):
    """A format: Pillow's name, the ends of file names, and what it holds."""

    name: str
    suffixes: tuple[str, ...]
    has_quality: bool = True
    has_alpha: bool = True
    deep_channels: int = 0  # of pictures of more than 8 bits


FORMATS = {
    "png": Format("PNG", (".png",), has_quality=False, deep_channels=4),
    "jpg": Format("JPEG", (".jpg", ".jpeg"), has_alpha=False),
    "tiff": Format("TIFF", (".tiff", ".tif"), has_quality=False, deep_channels=1),
    "webp": Format("WEBP", (".webp",)),
    "avif": Format("AVIF", (".avif",)),
}


def check_format(name: str, channels: int, bit_depth: int) -> None:
    """Refuse a picture that a format, or Pillow's writer of it, cannot hold."""
    kind = FORMATS[name]
    if has_alpha(channels) and not kind.has_alpha:
        raise UnsupportedError(
            f"the picture has transparency, and {name} has none: --background says what to lay it "
            "on, and --format png keeps it"
        )
    if bit_depth > 8 and channels > kind.deep_channels:
        holds = "grey alone" if kind.deep_channels else "no more than 8"
        raise UnsupportedError(
            f"the picture has {bit_depth} bits, of which {name} as it is written here holds "
            f"{holds}: --bit-depth 8 reduces it, and --format png keeps all"
        )


def picture_file(
    name: str, samples: Samples, metadata: Metadata, bit_depth: int, quality: int | None = None
) -> bytes:
    """Return the bytes of a picture file, with its metadata; name: one of FORMATS."""
    check_format(name, 1 if samples.ndim == 2 else samples.shape[2], bit_depth)
    if name == "png":
        return png_of(samples, metadata, bit_depth)
    image = Image.fromarray(samples if bit_depth == 8 else scaled(samples, bit_depth, 16))
    buffer = io.BytesIO()
    kind = FORMATS[name]
    Image.init()
    if kind.name not in Image.SAVE:
        raise UnsupportedError(f"this Pillow cannot write {name}")
    is_grey = samples.ndim == 2 or samples.shape[2] < 3
    settings = _metadata_options(name, metadata, is_grey)
    if kind.has_quality:
        settings |= _quality_options(name, DEFAULT_QUALITY if quality is None else quality)
    try:
        image.save(buffer, kind.name, **settings)
    except (OSError, ValueError, RuntimeError, SystemError) as error:
        raise UnsupportedError(
            f"Pillow cannot write the picture as {name}: {error} (--format png holds every "
            "picture; --strip leaves out metadata)"
        ) from error
    return buffer.getvalue()


def _quality_options(name: str, quality: int) -> dict[str, Any]:
    is_fine = name == "jpg" and quality >= _FINE_QUALITY
    return {"quality": quality} | ({"subsampling": "4:4:4"} if is_fine else {})


def _metadata_options(name: str, metadata: Metadata, is_grey: bool) -> dict[str, Any]:
    """Return the arguments by which Pillow's save writes metadata."""
    found: dict[str, Any] = {
        "icc_profile": _profile(name, metadata, is_grey),
        "exif": metadata.exif,
    }
    found["xmp"] = metadata.xmp
    if name == "tiff":
        found |= {"exif": _tiff_tags(metadata), "xmp": None}
    return {key: value for key, value in found.items() if value is not None}


def _tiff_tags(metadata: Metadata) -> Image.Exif:
    """Return EXIF, which in a TIFF file stands among its other tags, with XMP as one of them."""
    tags = Image.Exif()
    if metadata.exif is not None:
        tags.load(metadata.exif)
    if metadata.xmp is not None:
        tags[_XMP_TAG] = metadata.xmp
    return tags


def _profile(name: str, metadata: Metadata, is_grey: bool) -> bytes | None:
    """Return the profile, or one that says what code points do, of which only PNG has any."""
    if metadata.icc_profile is not None or metadata.cicp in (None, Cicp.SRGB):
        return metadata.icc_profile
    from svac2.pictures import colour  # whose fractions few pictures need

    profile = colour.profile_of(metadata.cicp, is_grey)
    if profile is None:
        raise UnsupportedError(
            f"the colour of the picture is told by code points ({metadata.cicp}) that no profile "
            f"stands for, and {name} has none: --format png keeps them, and --strip drops them"
        )
    return profile


def format_of_name(path: Path) -> str:
    """Return the format that the end of a file name stands for."""
    for name, kind in FORMATS.items():
        if path.suffix.lower() in kind.suffixes:
            return name
    expected = ", ".join(kind.suffixes[0] for kind in FORMATS.values())
    raise OptionError(f"{path}: OUT must end in one of {expected}")
