"""How near to the original a file is to be: what encode is asked for, what the core is given."""

from dataclasses import dataclass
from numbers import Real
from typing import SupportsIndex, TypedDict

from svac2 import options
from svac2._core import codec
from svac2.arrays import BIT_DEPTHS
from svac2.errors import OptionError, OptionTypeError

DEFAULT_QUALITY = 75
LEVELS = ("quality", "qp", "target_size", "target_psnr")  # of which one is given, or none
MAX_SIZE = 2**63 - 1


class Level(TypedDict):
    """What the core is given."""

    qp: int
    target_size: int
    target_psnr: float
    base_qp: int
    max_error: int
    alpha_qp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """What encode is asked for.

    Checked when it is made, as far as that goes without the depth of the picture.
    """

    quality: float | None = None
    qp: float | None = None
    target_size: SupportsIndex | None = None
    target_psnr: float | None = None
    lossless: bool = False
    max_error: SupportsIndex | None = None
    alpha_quality: float | None = None
    base_qp: float | None = None
    subsampling: options.Subsampling = "auto"

    def __post_init__(self) -> None:
        """Check what was given."""
        options.flag("lossless", self.lossless)
        given = [name for name in LEVELS if getattr(self, name) is not None]
        if len(given) > 1:
            raise OptionError(f"{given[0]} and {given[1]} were both given: they set the same thing")
        if self.lossless:
            self._refuse_loss(given)
        elif self.max_error is not None:
            raise OptionError(
                f"max_error={self.max_error!r} without lossless=True: it bounds the error of that"
            )
        self.at(None)

    def at(self, bit_depth: int | None) -> Level:
        """Return the core's numbers; bit_depth: None while it is not known."""
        return {
            "qp": self._qp_at(bit_depth),
            "target_size": self._checked_size(),
            "target_psnr": 0.0 if self.target_psnr is None else _decibels(self.target_psnr),
            "base_qp": options.base_qp(self.base_qp, bit_depth),
            "max_error": _error_bound(self.max_error, bit_depth),
            "alpha_qp": self._alpha_qp_at(bit_depth),
        }

    def _refuse_loss(self, given: list[str]) -> None:
        """Refuse options by which samples would change beside the one by which none do."""
        given = given + ["alpha_quality"] * (self.alpha_quality is not None)
        if given:
            raise OptionError(
                f"lossless=True and {given[0]}={getattr(self, given[0])!r} were both given: "
                "nothing is lost, or as much as that says"
            )
        if self.subsampling in ("4:2:0", "4:2:2"):
            raise OptionError(
                f"lossless=True and subsampling={self.subsampling!r} were both given: without loss "
                "chroma has all its samples"
            )

    def _qp_at(self, bit_depth: int | None) -> int:
        if self.lossless or self.target_size is not None or self.target_psnr is not None:
            return 0
        if self.qp is not None:
            return options.quantiser("qp", self.qp, bit_depth)
        quality = DEFAULT_QUALITY if self.quality is None else self.quality
        return _qp_of("quality", quality, bit_depth)

    def _alpha_qp_at(self, bit_depth: int | None) -> int:
        if self.alpha_quality is None:
            return codec.ALPHA_LOSSLESS
        return _qp_of("alpha_quality", self.alpha_quality, bit_depth)

    def _checked_size(self) -> int:
        if self.target_size is None:
            return 0
        return options.integer("target_size", self.target_size, 1, MAX_SIZE)


def qp_of_quality(quality: float, bit_depth: int = 8) -> int:
    """Map quality 1..100 to the core's number for qp 63..4, never rising.

    A cubic that is flat in the middle, where most pictures are coded (50 gives qp 39, 75 gives
    29), and steep at both ends. Those of more than 8 bits get as much finer steps above quality 50
    as they have finer samples: little more at 75, and at 100 a step of one sample.
    """
    t = (quality - 45) / 55
    qp = 40.3 - 14.1 * t - 22.2 * t * t * t
    if bit_depth > 8:
        qp -= (4 - options.min_qp(bit_depth)) * max(0.0, (quality - 50) / 50) ** 3
    return round(qp * codec.QP_ONE)


def _qp_of(name: str, quality: float, bit_depth: int | None) -> int:
    if not isinstance(quality, Real) or isinstance(quality, bool):
        raise OptionTypeError(f"{name} must be a number from 1 to 100, not {quality!r}")
    if not 1 <= quality <= 100:
        raise OptionError(f"{name}={quality!r} is out of range: it goes from 1 to 100")
    return qp_of_quality(float(quality), bit_depth or 8)


def _decibels(value: float) -> float:
    expected = f"above 0 and at most {codec.MAX_PSNR} dB"
    if not isinstance(value, Real) or isinstance(value, bool):
        raise OptionTypeError(f"target_psnr must be a number {expected}, not {value!r}")
    if not 0 < value <= codec.MAX_PSNR:
        raise OptionError(f"target_psnr={value!r} is out of range: it must be {expected}")
    return float(value)


def _error_bound(value: SupportsIndex | None, bit_depth: int | None) -> int:
    if value is None:
        return 0
    largest = min(codec.MAX_ERROR, 2 ** (bit_depth or BIT_DEPTHS[-1]) - 1)
    note = f" for {bit_depth} bits" if bit_depth else ", for 8 bits to 255"
    return options.integer("max_error", value, 0, largest, note)
