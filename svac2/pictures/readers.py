"""Pillow's readers, kept on a leash: which of them serve, and what they raise."""

import contextlib
import functools
import importlib
import io
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from svac2.errors import (
    FormatError,
    LimitError,
    OutOfMemoryError,
    SvacError,
    UnsupportedError,
)
from svac2.files import PILLOW_NAME, PLUGIN_SUFFIXES

# Formats of Pillow whose reader runs a program (EPS), hands the content to whatever the application
# or the system has for it (the stubs, WMF), opens a file of any format inside (IPTC), or has no
# picture to give (MPEG, PDF). A list of those that are refused, not of those that are read: formats
# that the user has added to Pillow, like HEIF and JPEG XL, are read as well.
REFUSED_FORMATS = {"BUFR", "EPS", "GRIB", "HDF5", "IPTC", "MPEG", "PDF", "WMF"}
# Packages that teach Pillow a format, and the function to call; without one, importing does it.
_PLUGINS = {"pillow_heif": "register_heif_opener", "pillow_jxl": ""}
_HEIF_STARTS = {b"ftyp" + brand for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1")}

_JPEG_XL_STARTS = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")


@contextlib.contextmanager
def reading() -> Iterator[None]:
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


@functools.cache
def register_plugins() -> None:
    """Teach Pillow the formats of the packages that are installed.

    That is for programs, such as our command: a library leaves Pillow as it is.
    """
    for name, function in _PLUGINS.items():
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            if function:
                getattr(module, function)()


def picture_suffixes() -> set[str]:
    """Return the ends of the names of files that are pictures, as far as one can tell by them."""
    Image.init()
    known = Image.registered_extensions()
    readable = Image.OPEN.keys() - REFUSED_FORMATS - {PILLOW_NAME}
    # Without its package a file is refused, not left out.
    return PLUGIN_SUFFIXES.union(suffix for suffix, name in known.items() if name in readable)


def open_image(file: io.BytesIO) -> Image.Image:
    """Open a picture file; no format makes Pillow run a program."""
    Image.init()
    formats = [name for name in Image.ID if name not in REFUSED_FORMATS]
    try:
        return Image.open(file, formats=formats)
    except UnidentifiedImageError:
        start = file.getvalue()[:12]
        ours = "(our command does so where it is installed)"
        if start[4:] in _HEIF_STARTS:
            raise UnsupportedError(
                "a HEIF file: Pillow reads it once pillow_heif.register_heif_opener() has been "
                f"called, of the package pillow-heif {ours}"
            ) from None
        if start.startswith(_JPEG_XL_STARTS):
            raise UnsupportedError(
                "a JPEG XL file: Pillow reads it once pillow_jxl has been imported, of the package "
                f"pillow-jxl-plugin {ours}"
            ) from None
        raise
