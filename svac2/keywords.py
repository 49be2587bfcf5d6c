"""The keywords of encode and decode, for checkers of types where they are handed on."""

from typing import Literal, SupportsIndex, TypedDict

from svac2.arrays import Samples
from svac2.limits import Limits
from svac2.metadata import Cicp
from svac2.models import ModelLike
from svac2.options import Background, Mode, Progress, Subsampling
from svac2.wishes import Keep


class ArrayOptions(TypedDict, total=False):
    """Those of encode that arrays hang on, and that are plain values."""

    quality: float | None
    qp: float | None
    target_size: SupportsIndex | None
    target_psnr: float | None
    lossless: bool
    max_error: SupportsIndex | None
    alpha_quality: float | None
    exact: bool
    effort: SupportsIndex
    subsampling: Subsampling
    bit_depth: SupportsIndex | None
    enhance: bool
    checksum: bool


class EncodeManyOptions(ArrayOptions, total=False):
    """Those of encode_many."""

    mode: Mode
    base_scale: SupportsIndex
    base_qp: float | None
    model: ModelLike | None
    icc_profile: bytes | Keep | None
    exif: bytes | Keep | None
    xmp: bytes | Keep | None
    cicp: Cicp | tuple[int, int, int, bool] | Keep | None
    threads: SupportsIndex
    limits: Limits


class EncodeOptions(EncodeManyOptions, total=False):
    """Those of encode."""

    progress: Progress | None


class DecodeManyOptions(TypedDict, total=False):
    """Those of decode_many."""

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


class DecodeOptions(DecodeManyOptions, total=False):
    """Those of decode."""

    progress: Progress | None
    out: Samples | None
