"""A codec for arrays of zarr, version 3 of its format."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from zarr.abc.codec import ArrayBytesCodec
from zarr.registry import register_codec

from svac2.chunks import Axes, ChunkCoder, decode_pictures
from svac2.keywords import ArrayOptions

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer


@dataclass(frozen=True, init=False)
class Svac2Codec(ArrayBytesCodec):
    """Codes chunks of uint8 and uint16 as pictures, without loss unless told otherwise.

    It is the serializer of an array. The last axes of a chunk, (..., H, W) or (..., H, W, 1 to 4),
    are those of a picture. Each is coded as a svac2 file, on one thread, and they follow each
    other; several chunks are coded at a time.
    """

    is_fixed_size = False
    _coder: ChunkCoder

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
            dtype: "uint8" or "uint16", what a filter before this codec makes of an array that is
                of another type.
            array_options: those of svac2.encode that arrays hang on. Without quality, qp, a target
                or alpha_quality, lossless is True; exact is True unless it is given.
        """
        coder = ChunkCoder(axes=axes, dtype=dtype, **array_options)
        object.__setattr__(self, "_coder", coder)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the codec that the metadata of an array name."""
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        """Return what the metadata of an array say of the codec."""
        return {"name": "svac2", "configuration": dict(self._coder.configuration)}

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"Svac2Codec({self._coder!r})"

    def evolve_from_array_spec(self, array_spec: "ArraySpec") -> Self:
        """Refuse a type, or a fill value, that the samples of an array or a shard cannot have.

        Filters may make another type of them where dtype says so.
        """
        dtype = array_spec.dtype.to_native_dtype()
        self._coder.check_type(self._coder.dtype or dtype)
        if self._coder.dtype is None:
            self._coder.check_fill_value(int(array_spec.fill_value or 0))
        return self

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse chunks that are no pictures, or too large ones."""
        kind = self._coder.dtype or dtype.to_native_dtype()
        self._coder.check_shape(chunk_grid.chunk_shape, kind.itemsize)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: "ArraySpec") -> int:
        """Raise NotImplementedError, as codecs do whose chunks differ in size."""
        raise NotImplementedError

    def _encode_sync(self, chunk_array: "NDBuffer", chunk_spec: "ArraySpec") -> "Buffer":
        # Filters of numcodecs give it flat.
        data = self._coder.encode(chunk_array.as_numpy_array().reshape(chunk_spec.shape))
        return chunk_spec.prototype.buffer.from_bytes(data)

    def _decode_sync(self, chunk_bytes: "Buffer", chunk_spec: "ArraySpec") -> "NDBuffer":
        dtype = chunk_spec.dtype.to_native_dtype()
        self._coder.check_type(dtype)
        chunk = np.empty(chunk_spec.shape, dtype.newbyteorder("="))
        pictures: Any = chunk.reshape(self._coder.pictures_of(chunk.shape))
        decode_pictures(chunk_bytes.as_numpy_array(), pictures)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(chunk.astype(dtype, copy=False))

    async def _encode_single(self, chunk_data: "NDBuffer", chunk_spec: "ArraySpec") -> "Buffer":
        return await asyncio.to_thread(self._encode_sync, chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: "Buffer", chunk_spec: "ArraySpec") -> "NDBuffer":
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)


register_codec("svac2", Svac2Codec)
