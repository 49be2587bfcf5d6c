"""What a call may take: limits that are checked before anything is allocated."""

from dataclasses import dataclass, fields
from typing import Any, Self

from svac2 import options
from svac2.errors import LimitError, OptionTypeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a picture may ask for; None stands for no limit but the format's.

    Attributes:
        max_pixels: width x height.
        max_side: the longer side.
        max_memory: bytes that a call allocates, what it reads of the file included; not what Pillow
            takes to make a decoded picture smaller (max_size, scale).
        max_metadata: bytes of the profile, EXIF and XMP together.
    """

    max_pixels: int | None = 125_000_000
    max_side: int | None = 65535
    max_memory: int | None = 2**32
    max_metadata: int | None = 2**24

    def __post_init__(self) -> None:
        """Check what was given."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                checked = options.integer(field.name, value, 1, 2**63 - 1, ", or None for no limit")
                object.__setattr__(self, field.name, checked)

    @classmethod
    def checked(cls, value: Any) -> Self:
        """Return what was given as limits, after checking that it is."""
        if not isinstance(value, cls):
            raise OptionTypeError(f"limits must be a svac2.Limits, not {value!r}")
        return value

    @classmethod
    def untrusted(cls) -> Self:
        """Return the limits for a service that receives uploads.

        Of the memory, decoding takes at most half.
        """
        return cls(max_pixels=2**24, max_memory=2**30, max_metadata=2**20)

    def check_size(self, width: int, height: int) -> None:
        """Refuse a picture that is too large."""
        self._check("max_side", max(width, height), f"a side of the {width}x{height} picture is")
        self.check_pixels(width * height, f"the {width}x{height} picture")

    def check_pixels(self, count: int, what: str) -> None:
        """Refuse so many pixels."""
        self._check("max_pixels", count, f"the pixels of {what} are")

    def check_memory(self, size: int) -> None:
        """Refuse what takes so many bytes of memory."""
        self._check("max_memory", size, "the bytes of memory that this takes are")

    def check_metadata(self, size: int) -> None:
        """Refuse metadata of so many bytes."""
        self._check("max_metadata", size, "the bytes of the metadata are")

    def _check(self, name: str, value: int, what: str) -> None:
        limit = getattr(self, name)
        if limit is not None and value > limit:
            raise LimitError(f"{what} {value}, more than {name}={limit} of the limits")


DEFAULT_LIMITS = Limits()
# Of a picture that its owner encodes, more may be taken.
DEFAULT_ENCODE_LIMITS = Limits(max_memory=2**33)
