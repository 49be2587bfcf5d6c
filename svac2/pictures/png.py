"""PNG files of decoded pictures, of 8 or 16 bits a sample."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from svac2.arrays import Samples, scaled
from svac2.files import AnyPath, write_whole
from svac2.metadata import Metadata

_SIGNATURE_SIZE = 8
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_SUB, _UP = 1, 2
_BAND_BYTES = 2**20
_XMP_KEYWORD = b"XML:com.adobe.xmp"  # of an iTXt chunk, by the XMP specification, part 3


def write_png(
    target: AnyPath | BinaryIO, samples: Samples, metadata: Metadata, bit_depth: int = 8
) -> None:
    """Write samples as a PNG file, with their metadata."""
    write_whole(target, png_of(samples, metadata, bit_depth))


def png_of(samples: Samples, metadata: Metadata, bit_depth: int = 8) -> bytes:
    """Return the bytes of a PNG file.

    Samples of 10 to 14 bits are brought to the range of 16; the chunk sBIT tells what they had.
    """
    if bit_depth == 8:
        return _by_pillow(samples, metadata)
    return _of_16_bits(samples, metadata, bit_depth)


def preview_png(
    samples: Samples, metadata: Metadata, bit_depth: int = 8, *, reduction: int = 1
) -> bytes:
    """Return a PNG file to look at: of 8 bits, with what tells its colour, and nothing else.

    reduction: how many times smaller it is to be; a pixel is the mean of those it stands for.
    """
    shown = scaled(samples, bit_depth, 8)
    if shown.shape[2:] == (1,):
        shown = shown[:, :, 0]
    if reduction > 1:
        shown = np.asarray(Image.fromarray(shown).reduce(reduction))
    colour = Metadata(icc_profile=metadata.icc_profile, cicp=metadata.cicp)
    return _by_pillow(shown, colour, compress_level=3)  # 1 % larger, in half the time


def png_options(metadata: Metadata) -> dict[str, Any]:
    """Return the arguments by which Pillow's save writes metadata to a PNG file."""
    chunks = PngInfo()
    if metadata.cicp is not None:  # PNG allows no matrix but RGB's
        primaries, transfer, _, full_range = metadata.cicp
        chunks.add(b"cICP", bytes([primaries, transfer, 0, full_range]))
    if metadata.xmp is not None:
        chunks.add(b"iTXt", _XMP_KEYWORD + bytes(5) + metadata.xmp)
    return {"icc_profile": metadata.icc_profile, "exif": metadata.exif or b"", "pnginfo": chunks}


def _by_pillow(samples: Samples, metadata: Metadata, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG", **png_options(metadata), **options)
    return buffer.getvalue()


def _of_16_bits(samples: Samples, metadata: Metadata, bit_depth: int) -> bytes:
    """Write the chunks of metadata as Pillow does, which has no colour of 16 bits, around ours."""
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    head = struct.pack(
        ">LLBBBBB", samples.shape[1], samples.shape[0], 16, _COLOUR_TYPES[channels], 0, 0, 0
    )
    ours = {b"IHDR": _chunk(b"IHDR", head)}
    if bit_depth < 16:
        ours[b"IHDR"] += _chunk(b"sBIT", bytes([bit_depth] * channels))
    parts = _compressed(scaled(samples, bit_depth, 16))
    ours[b"IDAT"] = b"".join(_chunk(b"IDAT", part) for part in parts if part)
    frame = _by_pillow(np.zeros((1, 1, *samples.shape[2:]), np.uint8), metadata)
    chunks = (ours.get(kind, chunk) for kind, chunk in _chunks_of(frame))
    return frame[:_SIGNATURE_SIZE] + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", check)


def _chunks_of(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = _SIGNATURE_SIZE
    while position < len(file):
        size, kind = struct.unpack_from(">L4s", file, position)
        yield kind, file[position : position + 12 + size]
        position += 12 + size


def _compressed(samples: Samples) -> Iterator[bytes]:
    """Filter and deflate samples of 16 bits, a band of rows after the other."""
    height, width = samples.shape[:2]
    row_bytes = samples[0].nbytes
    rows = max(1, _BAND_BYTES // row_bytes)
    deflate = zlib.compressobj()
    above = np.zeros(row_bytes, np.uint8)
    for top in range(0, height, rows):
        band = samples[top : top + rows].astype(">u2").view(np.uint8).reshape(-1, row_bytes)
        yield deflate.compress(_filtered(band, above, row_bytes // width).tobytes())
        above = band[-1]
    yield deflate.flush()


def _filtered(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel_bytes: int
) -> NDArray[np.uint8]:
    """Filter rows by what is left of each byte or above it, whichever leaves less."""
    differences = np.stack([rows, rows])
    differences[0, :, pixel_bytes:] -= rows[:, :-pixel_bytes]
    differences[1] -= np.concatenate([above[np.newaxis], rows[:-1]])
    sums = np.abs(differences.view(np.int8).astype(np.int16)).sum(2)
    is_up = sums[1] < sums[0]
    filtered = np.empty((rows.shape[0], 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = np.where(is_up, _UP, _SUB)
    filtered[:, 1:] = np.where(is_up[:, np.newaxis], differences[1], differences[0])
    return filtered
