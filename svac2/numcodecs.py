"""A codec for numcodecs, and so for version 2 of zarr's format, kerchunk and the like."""

from typing import Any, Self, Unpack

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray_like
from numcodecs.registry import register_codec

from svac2.chunks import Axes, ChunkCoder, check_size, decode_pictures, pictures_in
from svac2.errors import FormatError, OptionError, OptionTypeError
from svac2.keywords import ArrayOptions


class Svac2(Codec):  # type: ignore[misc]  # its package has no types
    """Codes chunks of uint8 and uint16 as pictures, without loss unless told otherwise.

    The last axes of a chunk, (..., H, W) or (..., H, W, 1 to 4), are those of a picture. Each is
    coded as a svac2 file, on one thread, and they follow each other.
    """

    codec_id = "svac2"

    def __init__(
        self,
        *,
        axes: Axes | None = None,
        dtype: str | None = None,
        **array_options: Unpack[ArrayOptions],
    ) -> None:
        """Check the options.

        Args:
            axes: "YX", grey pictures; "YXC", with 1 to 4 channels last; None: the latter where
                there are three axes or more and the last is of 1 to 4.
            dtype: of the chunks; needed for ">u2" alone, as decode is told nothing of the array.
            array_options: those of svac2.encode that arrays hang on. Without quality, qp, a target
                or alpha_quality, lossless is True; exact is True unless it is given.
        """
        self._coder = ChunkCoder(axes=axes, dtype=dtype, **array_options)

    def encode(self, buf: Any) -> bytes:
        """Encode an array; one in Fortran's order as its transpose, which has the same memory."""
        chunk = np.asarray(ensure_ndarray_like(buf))
        self._coder.check_type(chunk.dtype)
        if chunk.dtype != self._type_of(chunk.dtype.itemsize):
            raise OptionTypeError(
                f"chunks of {chunk.dtype.str} would come back as others: "
                f"give dtype={chunk.dtype.str!r}"
            )
        if chunk.flags.c_contiguous or not chunk.flags.f_contiguous:
            return self._coder.encode(chunk)
        try:
            return self._coder.encode(chunk.T)
        except OptionError as error:
            error.args = (f"{error} (the axes are reversed, as order='F' has them in memory)",)
            raise

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Decode to an array (N, H, W, C), without N and C where they are 1, or into out.

        All leading axes are N; who knows the shape of the chunk reshapes it. out may be of any
        shape and type: its memory is filled.
        """
        data = ensure_contiguous_ndarray(buf)
        shape, itemsize = pictures_in(data)
        dtype = self._type_of(itemsize)
        if dtype.itemsize != itemsize:
            raise FormatError(f"the chunk has {itemsize} bytes a sample, and dtype is {dtype.str}")
        if out is None:
            check_size(shape, itemsize)
            target = np.empty(shape, dtype)
        else:
            target = _memory_of(out, shape, dtype)
        native = target.view(dtype.newbyteorder("="))
        decode_pictures(data, native)
        if not dtype.isnative:
            native.byteswap(inplace=True)
        return _squeezed(target) if out is None else out

    def get_config(self) -> dict[str, Any]:
        """Return the options, as JSON holds them."""
        return {"id": self.codec_id, **self._coder.configuration}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the codec of some options."""
        return cls(**config)

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"Svac2({self._coder!r})"

    def _type_of(self, itemsize: int) -> np.dtype[Any]:
        """Return the type of decoded chunks: the same on every machine."""
        return self._coder.dtype or np.dtype("|u1" if itemsize == 1 else "<u2")


def _memory_of(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """View the memory of an array or a buffer as pictures."""
    memory = ensure_contiguous_ndarray(out).view(np.uint8)
    size = int(np.prod(shape)) * dtype.itemsize
    if memory.nbytes != size:
        raise OptionError(f"out has {memory.nbytes} bytes, and the chunk {size}")
    return memory.view(dtype).reshape(shape)


def _squeezed(pictures: Any) -> Any:
    """Leave out one picture's own axis, and that of one channel."""
    count, height, width, channels = pictures.shape
    leading = (count,) if count > 1 else ()
    return pictures.reshape(*leading, height, width, *((channels,) if channels > 1 else ()))


register_codec(Svac2)
