"""Chunks of arrays, as zarr has them, coded as pictures: one file, or one after the other."""

import math
from itertools import permutations
from operator import index
from typing import Any, Literal, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from svac2 import options
from svac2.arrays import Samples
from svac2.decoding import Decoding
from svac2.encoding import Encoding
from svac2.errors import (
    CorruptError,
    FormatError,
    LimitError,
    OptionError,
    OptionTypeError,
    SvacError,
    TruncatedError,
)
from svac2.fidelity import DEFAULT_QUALITY, LEVELS
from svac2.files import as_bytes
from svac2.keywords import ArrayOptions
from svac2.limits import DEFAULT_ENCODE_LIMITS, DEFAULT_LIMITS
from svac2.streams import PictureFile

Axes: TypeAlias = Literal["YX", "YXC"]

# By any of these a caller says what may be lost; nothing is, where none is given.
_LOSSY = {*LEVELS, "alpha_quality"}
_TYPES = ("uint8", "uint16")
# Both ways, so that what is written can be read: decoding takes up to 34 bytes a pixel beside the
# file, which has 8 to 9 at most, so max_pixels is reached before max_memory is.
_LIMITS = DEFAULT_ENCODE_LIMITS


class ChunkCoder:
    """How the chunks of an array are coded.

    Attributes:
        configuration: all options, as JSON holds them. How much is lost is among them where a
            default says it, so that this stays as it is for an array.
        axes: the last ones of a chunk, which are those of a picture, or None.
        dtype: of chunks, where the array does not tell it, or None.
    """

    def __init__(
        self,
        *,
        axes: Axes | None = None,
        dtype: str | None = None,
        **array_options: Unpack[ArrayOptions],
    ) -> None:
        """Check the options."""
        options.refuse_others(array_options, ["axes", "dtype", *ArrayOptions.__annotations__])
        self.axes = axes if axes is None else options.choice("axes", axes, ("YX", "YXC"))
        self.dtype = None if dtype is None else _checked_type(dtype)
        given = {name: value for name, value in array_options.items() if value is not None}
        # The fourth band of an array may be no alpha, and hides nothing where it is 0.
        chosen = {"lossless": not _LOSSY.intersection(given), "exact": True, **given}
        if not chosen["lossless"] and not given.keys() & LEVELS:
            chosen["quality"] = DEFAULT_QUALITY
        self._encoding = Encoding(threads=1, limits=_LIMITS, **chosen)  # type: ignore[arg-type]
        self.configuration = {name: _plain(value) for name, value in chosen.items()}
        if self.axes is not None:
            self.configuration["axes"] = self.axes
        if self.dtype is not None:
            self.configuration["dtype"] = self.dtype.str
        self._bit_depth: int | None = self.configuration.get("bit_depth")

    def __eq__(self, other: object) -> bool:
        """Tell whether another one does the same."""
        return isinstance(other, ChunkCoder) and self._key == other._key

    def __hash__(self) -> int:
        """Return the same number for what does the same."""
        return hash(self._key)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the options."""
        return _again, (self.configuration,)

    def __repr__(self) -> str:
        """Return the options, as a call has them."""
        return ", ".join(f"{name}={value!r}" for name, value in self.configuration.items())

    @property
    def _key(self) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(self.configuration.items()))

    def check_type(self, dtype: np.dtype[Any]) -> None:
        """Refuse chunks of a type that the codec, or its options, cannot hold."""
        if dtype.name not in _TYPES:
            raise OptionTypeError(
                f"chunks of {dtype.name}: svac2 codes uint8 and uint16; where a filter before it "
                "makes those, say so by dtype='uint8' or 'uint16'"
            )
        if self._bit_depth is not None and (dtype.itemsize == 1) != (self._bit_depth == 8):
            raise OptionError(f"bit_depth={self._bit_depth}: chunks are of {dtype.name}")

    def check_shape(self, shape: tuple[int, ...], itemsize: int) -> None:
        """Refuse chunks that are no pictures, or too large ones, in whatever order of their axes.

        Before this codec a filter may transpose them.
        """
        refused: SvacError | None = None
        for order in permutations(shape):
            try:
                return check_size(self.pictures_of(order), itemsize)
            except (OptionError, LimitError) as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def check_fill_value(self, value: int) -> None:
        """Refuse one that samples of the bit depth cannot have: it fills chunks at the edges."""
        if self._bit_depth is not None and value >= 2**self._bit_depth:
            raise OptionError(f"bit_depth={self._bit_depth}: the fill value is {value}")

    def pictures_of(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Return the number of pictures in a chunk, and their height, width and channels."""
        least = len(self.axes or "YX")
        if len(shape) < least:
            raise OptionError(
                f"a chunk of {len(shape)} axes: a picture has {least}, {self.axes or 'YX'}"
            )
        has_channels = len(shape) > 2 and shape[-1] <= 4
        if self.axes is not None:
            has_channels = self.axes == "YXC"
        if not has_channels:
            return (math.prod(shape[:-2]), shape[-2], shape[-1], 1)
        if not 1 <= shape[-1] <= 4:
            raise OptionError(f"a chunk of shape {shape}: axes='YXC' has 1 to 4 channels last")
        return (math.prod(shape[:-3]), shape[-3], shape[-2], shape[-1])

    def encode(self, chunk: NDArray[Any]) -> bytes:
        """Return the files of the pictures of a chunk, one after the other."""
        self.check_type(chunk.dtype)
        shape = self.pictures_of(chunk.shape)
        check_size(shape, chunk.itemsize)
        return b"".join(map(self._encoding.run, chunk.reshape(shape)))


def check_size(shape: tuple[int, int, int, int], itemsize: int) -> None:
    """Refuse pictures that are too large, each or together.

    So many bytes are taken on the word of headers where a chunk is decoded by itself.
    """
    count, height, width, channels = shape
    _LIMITS.check_size(width, height)
    DEFAULT_LIMITS.check_memory(count * height * width * channels * itemsize)


def decode_pictures(data: Any, out: Samples) -> None:
    """Decode files to an array of shape (pictures, H, W, channels), contiguous, which they fill."""
    content = as_bytes(data)
    for picture in out:
        size, *found = _read_header(content)
        if found != [*picture.shape, out.dtype.itemsize]:
            raise FormatError(
                f"the chunk has a picture of (H, W, channels) {tuple(found[:3])} and {found[3]} "
                f"bytes a sample; {picture.shape} of {out.dtype.itemsize} are expected"
            )
        target = picture[:, :, 0] if picture.shape[2] == 1 else picture
        Decoding(threads=1, limits=_LIMITS).run(content[:size], out=target)
        content = content[size:]
    if content:
        raise CorruptError(f"{len(content)} bytes follow the pictures of the chunk")


def pictures_in(data: Any) -> tuple[tuple[int, int, int, int], int]:
    """Return the number of pictures in a chunk, their size, and how many bytes a sample has."""
    content = as_bytes(data)
    size, *first = _read_header(content)
    count = 1
    while content := content[size:]:
        size, *found = _read_header(content)
        count += 1
        if found != first:
            raise FormatError("the pictures of a chunk differ in size or type")
    height, width, channels, itemsize = first
    return (count, height, width, channels), itemsize


def _read_header(content: memoryview) -> tuple[int, int, int, int, int]:
    """Return the size of a file, the height, width and channels, and the bytes of a sample."""
    with PictureFile.of(content) as file:
        header = file.header
    if file.size > len(content):
        raise TruncatedError(f"the file has {len(content)} of {file.size} bytes")
    itemsize = 1 if header["bit_depth"] == 8 else 2
    return file.size, header["height"], header["width"], header["channels"], itemsize


def _checked_type(dtype: str) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found.name not in _TYPES:
        raise OptionTypeError(f"dtype must be 'uint8' or 'uint16', not {dtype!r}")
    return found


def _plain(value: Any) -> Any:
    """Return the value of an option as JSON holds it."""
    if isinstance(value, (bool, str)):
        return value
    return float(value) if isinstance(value, (float, np.floating)) else index(value)


def _again(configuration: dict[str, Any]) -> ChunkCoder:
    return ChunkCoder(**configuration)
