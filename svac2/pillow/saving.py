"""What Pillow's save() is given for a svac2 file, turned into a picture and options for encode."""

from typing import Any

import numpy as np
from PIL import Image

from svac2.metadata import Metadata
from svac2.pictures.image_metadata import EXIF_KEYS, XMP_KEYS

# Parameters that Pillow documents for WebP, JPEG, PNG and AVIF, without a meaning here: how hard
# those encoders shall try, how they lay out a file, animations, and a resolution, which is kept in
# EXIF alone. A program in which nothing but the extension was changed gives them. Those that would
# bring content of their own (comments, text, tables) are refused like unknown ones.
_OF_OTHERS = frozenset(
    {"method", "minimize_size", "allow_mixed", "kmin", "kmax", "duration", "loop", "background"}
    | {"optimize", "progressive", "progression", "smooth", "keep_rgb", "streamtype", "dpi"}
    | {"restart_marker_blocks", "restart_marker_rows", "compress_level", "compress_type"}
    | {"speed", "max_threads", "codec", "range", "tile_rows", "tile_cols", "autotiling"}
    | {"alpha_premultiplied", "advanced"}
)
_SUBSAMPLINGS = {-1: "auto", 0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}  # of Pillow's JPEG
# Modes that encode leaves to the caller to convert, and what Pillow's writers make of them.
_CONVERTED = {
    "CMYK": "RGB",
    "HSV": "RGB",
    "LAB": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "La": "LA",
}
# Modes of numbers that other types hold, if the samples are whole and in their range: I as in PNG.
_NARROWED: dict[str, type[np.uint8 | np.uint16]] = {"I": np.uint16, "F": np.uint8}


def storable(image: Image.Image, given: dict[str, Any]) -> tuple[Image.Image, dict[str, Any]]:
    """Return a copy with the metadata that are to be stored, and the other options.

    EXIF and XMP are stored if they are given, as all of Pillow's writers have it, but colour is
    what the image says unless another is given, as those of PNG, TIFF and AVIF have it.
    Orientation in EXIF or XMP that is given is undone, since svac2 files are upright.
    """
    others = dict(given)
    exif, xmp = others.pop("exif", None), others.pop("xmp", None)
    described = Metadata(
        exif=_bytes_of_exif(exif), xmp=xmp.encode() if isinstance(xmp, str) else xmp
    )
    copy = _in_stored_mode(image)
    copy.info = {
        key: value for key, value in image.info.items() if key not in (*EXIF_KEYS, *XMP_KEYS)
    }
    described.fill(copy)
    kept = image.info.get("icc_profile")
    profile = others.pop("icc_profile", kept) or None
    if profile != kept:
        others["icc_profile"] = profile
        if profile is not None:  # which tells the colour alone
            others.setdefault("cicp", None)
    return copy, others


def encoder_options(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of encode for those of save, and unknown ones, which encode refuses."""
    chosen = {name: value for name, value in given.items() if name not in _OF_OTHERS}
    if chosen.get("lossless"):  # for WebP, quality is then how hard to try
        chosen.pop("quality", None)
        chosen.pop("alpha_quality", None)
    if chosen.get("alpha_quality") == 100:  # for WebP, lossless
        chosen["alpha_quality"] = None
    for name in ("quality", "alpha_quality"):
        if chosen.get(name) == 0:
            chosen[name] = 1
    if type(chosen.get("subsampling")) is int:
        chosen["subsampling"] = _SUBSAMPLINGS.get(chosen["subsampling"], chosen["subsampling"])
    return chosen


def _bytes_of_exif(exif: Any) -> Any:
    """Return EXIF as bytes; nothing for an Image.Exif without tags."""
    if isinstance(exif, Image.Exif):
        return exif.tobytes() if exif else None
    return exif or None


def _in_stored_mode(image: Image.Image) -> Image.Image:
    """Return a copy of the current frame in a mode that encode takes, if that loses nothing."""
    if image.mode in _CONVERTED:
        return image.convert(_CONVERTED[image.mode])
    if image.mode in _NARROWED:
        samples = np.asarray(image)
        with np.errstate(invalid="ignore"):
            whole = samples.astype(_NARROWED[image.mode])
        if (whole == samples).all():
            return Image.fromarray(whole)
    return image.copy()
