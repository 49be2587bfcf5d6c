"""What comes with a picture: its colour, by a profile or by code points, EXIF and XMP."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from PIL import Image

from svac2 import options
from svac2.errors import OptionTypeError

_EXIF_PREFIX = b"Exif\0\0"


class _CodePoints(NamedTuple):
    primaries: int
    transfer: int
    matrix: int = 0
    full_range: bool = True


class Cicp(_CodePoints):
    """Code points of ITU-T H.273 for the samples that decode returns.

    Those are RGB or grey, so matrix is 0 and full_range True of pictures that we read, whatever
    YCbCr they were coded in: a reader needs primaries and transfer. Only PNG says otherwise, whose
    samples may be of narrow range.
    """

    __slots__ = ()
    SRGB: ClassVar[Self]

    @classmethod
    def checked(cls, value: Any) -> Self:
        """Return what was given as code points, after checking it."""
        if not isinstance(value, tuple) or len(value) != len(cls._fields):
            raise OptionTypeError(
                "cicp must be a svac2.Cicp or a tuple (primaries, transfer, matrix, full_range), "
                f"not {value!r}"
            )
        given = cls._make(value)
        return cls(
            options.integer("cicp.primaries", given.primaries, 0, 255),
            options.integer("cicp.transfer", given.transfer, 0, 255),
            options.integer("cicp.matrix", given.matrix, 0, 255),
            options.flag("cicp.full_range", given.full_range),
        )


Cicp.SRGB = Cicp(1, 13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    r"""The metadata of a picture; what is not there is None.

    Attributes:
        icc_profile: an ICC profile.
        exif: EXIF with the prefix b"Exif\0\0", as Pillow's save(exif=...) takes it; given without
            it, it gets it.
        xmp: an XMP packet.
        cicp: code points of the colour.
    """

    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    cicp: Cicp | None = None

    def __post_init__(self) -> None:
        """Check what was given."""
        for name in ("icc_profile", "exif", "xmp"):
            object.__setattr__(self, name, _checked_bytes(name, getattr(self, name)))
        content = without_prefix(self.exif or b"")
        object.__setattr__(self, "exif", with_prefix(content) if content else None)
        if self.cicp is not None:
            object.__setattr__(self, "cicp", Cicp.checked(self.cicp))

    @property
    def size(self) -> int:
        """The bytes of all items, as a limit counts them."""
        return sum(map(len, self.items().values()))

    def items(self) -> dict[str, bytes]:
        """Return what a file stores of this beside its header."""
        stored = {
            "icc_profile": self.icc_profile,
            "exif": self.exif and without_prefix(self.exif),
            "xmp": self.xmp,
        }
        return {name: content for name, content in stored.items() if content}

    def fill(self, image: Image.Image) -> None:
        """Put this into the info of a Pillow image, of which Pillow itself knows all but cicp."""
        for name in ("icc_profile", "exif", "xmp", "cicp"):
            value = getattr(self, name)
            if value is not None:
                image.info[name] = value


def with_prefix(exif: bytes) -> bytes:
    """Return EXIF as Pillow takes it."""
    return exif if exif.startswith(_EXIF_PREFIX) else _EXIF_PREFIX + exif


def without_prefix(exif: bytes) -> bytes:
    """Return EXIF as it is stored: a TIFF structure alone."""
    return exif.removeprefix(_EXIF_PREFIX)


def _checked_bytes(name: str, value: Any) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise OptionTypeError(f"{name} must be bytes or None, not {type(value).__name__}")
    return bytes(value) or None
