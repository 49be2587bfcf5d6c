"""The options of encode, decode and enhance: their ranges, and what the core is given for them."""

import os
from collections.abc import Callable, Collection, Container
from numbers import Real
from operator import index
from typing import Literal, SupportsIndex, TypeAlias

import numpy as np

from svac2._core import codec
from svac2.arrays import BIT_DEPTHS, Samples
from svac2.errors import OptionError, OptionTypeError
from svac2.layers import OutputSize
from svac2.transparency import OutputChannels, has_alpha

Progress = Callable[[int, int], object]
Mode: TypeAlias = Literal["normal", "multiscale", "auto"]
Subsampling: TypeAlias = Literal["auto", "4:2:0", "4:2:2", "4:4:4"]
Background: TypeAlias = SupportsIndex | tuple[SupportsIndex, SupportsIndex, SupportsIndex]

DEFAULT_EFFORT = 5

_CPU_MASKS = {
    "auto": codec.CPU_ALL,
    "avx512": codec.CPU_AVX2 | codec.CPU_AVX512_VNNI,
    "avx2": codec.CPU_AVX2,
    "scalar": 0,
}
CPU_CHOICES = tuple(_CPU_MASKS)
MAX_QP = codec.MAX_QP // codec.QP_ONE
MAX_STRENGTH = codec.STRENGTH_MAX / codec.STRENGTH_ONE
MODE_CHOICES = tuple(codec.MODES)
BASE_LOG2_SCALES = {2: 1, 4: 2, 8: 3}
DEFAULT_BASE_SCALE = 8
SCALES = (1, *(1 / divisor for divisor in BASE_LOG2_SCALES))
SUBSAMPLING_CHOICES = ("auto", "4:2:0", "4:2:2", "4:4:4")  # of RGB: grey is always 4:0:0
SUBSAMPLING_NAMES = {value: name for name, value in codec.SUBSAMPLING.items()}


def min_qp(bit_depth: int) -> int:
    """Return the least qp: the step is one sample of a picture of so many bits."""
    return -8 * (bit_depth - 8)


def quantiser(name: str, value: float, bit_depth: int | None = 8) -> int:
    """Return the core's number for a qp; bit_depth: None while it is not known."""
    deepest = BIT_DEPTHS[-1]
    if bit_depth is None:
        allowed = f"from 0 to {MAX_QP}, or from {min_qp(deepest)} to {MAX_QP} for {deepest} bits"
    else:
        allowed = f"from {min_qp(bit_depth)} to {MAX_QP} for {bit_depth} bits"
    bit_depth = bit_depth or deepest
    if not isinstance(value, Real) or isinstance(value, bool):
        raise OptionTypeError(f"{name} must be a number {allowed}, not {value!r}")
    if not min_qp(bit_depth) <= value <= MAX_QP:
        raise OptionError(f"{name}={value!r} is out of range: it goes {allowed}")
    return round(float(value) * codec.QP_ONE)


def integer(name: str, value: SupportsIndex, low: int, high: int, note: str = "") -> int:
    """Check an option that is an integer of a range."""
    return _member(name, value, range(low, high + 1), f"an integer from {low} to {high}{note}")


def _member(name: str, value: SupportsIndex, allowed: Container[int], expected: str) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
    except TypeError:
        raise OptionTypeError(f"{name} must be {expected}, not {value!r}") from None
    if number not in allowed:
        raise OptionError(f"{name}={number} is out of range: it must be {expected}")
    return number


def flag(name: str, value: bool) -> bool:
    """Check an option that is on or off."""
    if not isinstance(value, bool):
        raise OptionTypeError(f"{name} must be True or False, not {value!r}")
    return value


def strength(name: str, value: float | str, choices: str = "") -> int:
    """Return the core's number for a strength of restoration."""
    expected = f"{choices}a number from 0 to {MAX_STRENGTH:g}"
    if not isinstance(value, Real) or isinstance(value, bool):
        raise OptionTypeError(f"{name} must be {expected}, not {value!r}")
    if not 0 <= value <= MAX_STRENGTH:
        raise OptionError(f"{name}={value!r} is out of range: it must be {expected}")
    return round(float(value) * codec.STRENGTH_ONE)


def restoration(value: str | bool | float) -> int:
    """Return the core's number for what decode is asked to do about restoration."""
    if isinstance(value, bool):
        return codec.STRENGTH_ONE if value else 0
    if isinstance(value, str) and value == "auto":
        return codec.STRENGTH_CODED
    return strength("enhance", value, "'auto', True, False (on the command line on, off) or ")


def choice(name: str, value: str, choices: Collection[str], note: str = "") -> str:
    """Check an option that is one of a few words."""
    expected = "one of " + ", ".join(map(repr, choices)) + note
    if not isinstance(value, str):
        raise OptionTypeError(f"{name} must be {expected}, not {value!r}")
    if value not in choices:
        raise OptionError(f"{name}={value!r} is unknown: it must be {expected}")
    return value


def subsampling_code(value: str) -> int:
    """Return the core's number for a kind of chroma subsampling."""
    note = " (grey is always '4:0:0')"
    return codec.SUBSAMPLING[choice("subsampling", value, SUBSAMPLING_CHOICES, note)]


def effort_level(value: SupportsIndex) -> int:
    """Check the effort."""
    return integer("effort", value, 1, codec.MAX_EFFORT)


def thread_count(value: SupportsIndex) -> int:
    """Return how many threads to use: for 0, one for each CPU that this process may use."""
    threads = integer("threads", value, 0, codec.MAX_THREADS)
    if threads == 0:
        # Only some systems let a process be bound to some of the CPUs.
        bound = getattr(os, "sched_getaffinity", None)
        available = len(bound(0)) if bound else os.cpu_count() or 1
        threads = min(available, codec.MAX_THREADS)
    return threads


def bit_depth(value: SupportsIndex | None) -> int | None:
    """Check the depth of samples of uint16."""
    if value is None:
        return None
    return _member("bit_depth", value, BIT_DEPTHS, "8, 10, 12, 14 or 16")


def base_log2_scale(value: SupportsIndex) -> int:
    """Return the core's number for how many times smaller the base layer is."""
    return BASE_LOG2_SCALES[_member("base_scale", value, BASE_LOG2_SCALES, "2, 4 or 8")]


def base_qp(value: float | None, bit_depth: int | None) -> int:
    """Return the core's number for the qp of a base layer."""
    return codec.BASE_QP_CHOSEN if value is None else quantiser("base_qp", value, bit_depth)


def output_size(max_size: SupportsIndex | None, scale: float) -> OutputSize:
    """Check the options for the size of a decoded picture."""
    if not isinstance(scale, Real) or isinstance(scale, bool):
        raise OptionTypeError(f"scale must be 1, 1/2, 1/4 or 1/8, not {scale!r}")
    if scale not in SCALES:
        raise OptionError(f"scale={scale!r} is out of range: it must be 1, 1/2, 1/4 or 1/8")
    if max_size is None:
        return OutputSize(None, float(scale))
    if scale != 1:
        raise OptionError("max_size and scale were both given: they set the same thing")
    return OutputSize(integer("max_size", max_size, 1, codec.MAX_DIMENSION), 1.0)


def output_channels(
    channels: SupportsIndex | None, background: Background | None
) -> OutputChannels:
    """Check the options for the channels of a decoded picture."""
    wanted = 0 if channels is None else integer("channels", channels, 1, 4)
    if background is None:
        return OutputChannels(wanted)
    if has_alpha(wanted):
        raise OptionError(
            f"channels={wanted} and background={background!r} were both given: so many keep "
            "transparency, and a background is for pictures that lose it"
        )
    parts = background if isinstance(background, tuple) else (background,) * 3
    if len(parts) != 3:
        raise OptionTypeError(f"background must be a number or (r, g, b), not {background!r}")
    note = ", or three in a tuple"
    red, green, blue = (integer("background", part, 0, 65535, note) for part in parts)
    return OutputChannels(wanted, (red, green, blue))


def output_array(value: Samples) -> Samples:
    """Check that an array can be decoded into; whether a picture fits it is known only later."""
    if not isinstance(value, np.ndarray):
        raise OptionTypeError(f"out must be a numpy array, not {type(value).__name__}")
    if not value.flags.writeable:
        raise OptionError("out is read-only")
    if value.size and value.ndim in (2, 3):
        row = value[0]
        is_apart = len(value) == 1 or abs(value.strides[0]) >= row.nbytes
        if not (row.flags.c_contiguous and row.flags.aligned and is_apart):
            raise OptionError(
                f"out has strides {value.strides}: the samples of a row must be contiguous and "
                "aligned, and rows must not overlap"
            )
    return value


def progress_function(value: Progress | None) -> Progress | None:
    """Check the progress function."""
    if value is not None and not callable(value):
        raise OptionTypeError(f"progress must be callable with (done, total), not {value!r}")
    return value


def cpu_mask() -> int:
    """Return the CPU features that may be used, from the variable SVAC2_CPU if it is set."""
    return _CPU_MASKS[choice("SVAC2_CPU", os.environ.get("SVAC2_CPU") or "auto", CPU_CHOICES)]


def refuse_unknown(unknown: Collection[str], function: Callable[..., object]) -> None:
    """Raise OptionTypeError if there are options that a function does not have."""
    if unknown:
        import inspect

        parameters = inspect.signature(function).parameters.values()
        refuse_others(unknown, [p.name for p in parameters if p.kind is p.KEYWORD_ONLY])


def refuse_others(given: Collection[str], known: Collection[str]) -> None:
    """Raise OptionTypeError if there are options that are none of those known."""
    unknown = [name for name in given if name not in known]
    if unknown:
        raise OptionTypeError(
            f"unknown option {', '.join(unknown)}: the options are {', '.join(known)}"
        )
