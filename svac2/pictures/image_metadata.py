"""The metadata of an image that Pillow has read, and which way up it is.

The rule of orientation: pixels are stored upright. A picture is turned as its EXIF says, or, where
that says nothing valid, its XMP; in AVIF and HEIF the boxes irot and imir alone count, as those
formats have it. The EXIF and the XMP that are kept then say 1 where they tell an orientation, and
are otherwise the bytes of the source. EXIF that can't be read is kept as it is, and the picture is
not turned.
"""

import contextlib
from typing import Any

from PIL import Image

from svac2.metadata import Cicp, Metadata
from svac2.pictures import exif
from svac2.pictures.sources import Source

BOXED_FORMATS = {"AVIF", "HEIF"}
# Where Pillow's readers put them.
EXIF_KEYS = ("exif", "Raw profile type exif")
XMP_KEYS = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
# Colour spaces of ICC profiles (ICC.1, 7.2.6) that are not those of pictures here.
_OTHER_SPACES = {b"CMYK", b"Lab "}


def metadata_of(
    image: Image.Image, info: dict[Any, Any], source: Source, is_grey: bool
) -> tuple[Metadata, int]:
    """Return the metadata of a loaded image, and the orientation that is left to be undone."""
    exif_bytes = source.exif or _bytes_of(info, *EXIF_KEYS)
    xmp = _bytes_of(info, *XMP_KEYS)
    if image.format == "TIFF":
        orientation = None  # Pillow has turned it
        exif_bytes = exif_bytes or _exif_of_loaded_tiff(image)
    elif image.format in BOXED_FORMATS:
        orientation = exif.orientation_of(_bytes_of(info, "exif") or b"")  # by Pillow, of the boxes
    else:
        orientation = exif.orientation_of(exif_bytes or b"") or exif.xmp_orientation_of(xmp or b"")
    icc_profile = _bytes_of(info, "icc_profile")
    if icc_profile is not None and icc_profile[16:20] in _OTHER_SPACES:
        icc_profile = None  # Pillow leaves it where convert has made RGB of that
    cicp = source.cicp or _cicp_of(info, icc_profile)
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


def _cicp_of(info: dict[Any, Any], icc_profile: bytes | None) -> Cicp | None:
    """Return the code points that came from a svac2 file, unless a profile tells the colour.

    ImageCms, which converts colour, changes the profile and knows of no code points.
    """
    cicp = info.get("cicp")
    return cicp if icc_profile is None and isinstance(cicp, Cicp) else None


def _colour_of(info: dict[Any, Any], is_grey: bool) -> Cicp | bytes | None:
    """Return what PNG's gAMA and cHRM tell, which Pillow gives as floating-point numbers."""
    gamma, chromaticities = info.get("gamma"), info.get("chromaticity")
    if gamma is None and chromaticities is None:
        return None
    from svac2.pictures import colour  # of which few pictures have need

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
