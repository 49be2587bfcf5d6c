"""What a caller wants of the metadata of a picture that is encoded."""

from dataclasses import dataclass, fields, replace
from typing import Literal, TypeAlias

from svac2.errors import OptionError
from svac2.metadata import Cicp, Metadata
from svac2.pictures.exif import upright, upright_xmp

Keep: TypeAlias = Literal["keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataWishes:
    """What a caller wants of each kind of metadata: "keep" what there is, None, or other content.

    Checked when it is made, before any work is done. Orientation is 1 in what is given, too: the
    pixels are upright.
    """

    icc_profile: bytes | Keep | None = "keep"
    exif: bytes | Keep | None = "keep"
    xmp: bytes | Keep | None = "keep"
    cicp: Cicp | tuple[int, int, int, bool] | Keep | None = "keep"

    def __post_init__(self) -> None:
        """Check what was given."""
        self.applied_to(Metadata())

    def applied_to(self, kept: Metadata) -> Metadata:
        """Return what there is to be in place of what a picture has."""
        values = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and value != "keep":
                raise OptionError(f"{field.name}={value!r}: it must be 'keep', None or its content")
            values[field.name] = getattr(kept, field.name) if isinstance(value, str) else value
        chosen = Metadata(**values)
        return replace(
            chosen,
            exif=chosen.exif and upright(chosen.exif),
            xmp=chosen.xmp and upright_xmp(chosen.xmp),
        )
