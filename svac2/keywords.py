"""The keywords of encode and decode, for checkers of types where they are handed on."""

from typing import Literal, SupportsIndex, TypedDict

from svac2.arrays import Samples
from svac2.limits import Limits
from svac2.metadata import Cicp
from svac2.models import ModelLike
from svac2.options import Background, Mode, Progress, Subsampling
from svac2.wishes import Keep


class CostOptions(TypedDict):
    """Those of codec.encode that its memory hangs on."""

    lossless: bool
    effort: int
    mode: int
    subsampling: int
    threads: int


class EncodeOptions(TypedDict, total=False):
    """Those of encode."""

    quality: float | None
    qp: float | None
    target_size: SupportsIndex | None
    target_psnr: float | None
    lossless: bool
    max_error: SupportsIndex | None
    alpha_quality: float | None
    exact: bool
    effort: SupportsIndex
    mode: Mode
    base_scale: SupportsIndex
    base_qp: float | None
    subsampling: Subsampling
    bit_depth: SupportsIndex | None
    enhance: bool
    model: ModelLike | None
    icc_profile: bytes | Keep | None
    exif: bytes | Keep | None
    xmp: bytes | Keep | None
    cicp: Cicp | tuple[int, int, int, bool] | Keep | None
    threads: SupportsIndex
    checksum: bool
    limits: Limits
    progress: Progress | None


class DecodeOptions(TypedDict, total=False):
    """Those of decode."""

    enhance: Literal["auto"] | bool | float
    model: ModelLike | None
    max_size: SupportsIndex | None
    scale: float
    channels: SupportsIndex | None
    background: Background | None
    allow_partial: bool
    threads: SupportsIndex
    verify: bool
    limits: Limits
    progress: Progress | None
    out: Samples | None
