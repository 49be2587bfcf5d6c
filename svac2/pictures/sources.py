"""What picture files say that Pillow does not pass on: depth, code points, EXIF byte for byte.

Pillow also parses the EXIF of some formats when it opens them, and fails or warns where it is
damaged. So EXIF is read here, and hidden from Pillow in the copy that it is given.
"""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

from svac2.metadata import Cicp
from svac2.pictures import exif, isobmff

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STANDALONE_MARKERS = {0x01, *range(0xD0, 0xD9)}
_START_OF_SCAN, _END_OF_IMAGE, _APP1 = 0xDA, 0xD9, 0xE1
_JPEG_2000 = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")


class Source(NamedTuple):
    """What was found in a file, and which bytes to put where to hide EXIF from Pillow.

    bit_depth: that of AVIF, HEIF and JPEG 2000, which Pillow does not tell.
    """

    data: memoryview = memoryview(b"")
    exif: bytes | None = None
    cicp: Cicp | None = None
    bit_depth: int = 8
    hidden: tuple[tuple[int, bytes], ...] = ()

    def without_exif(self) -> io.BytesIO:
        """Return the content of the file for Pillow."""
        file = io.BytesIO(self.data)
        for position, replacement in self.hidden:
            file.seek(position)
            file.write(replacement)
        file.seek(0)
        return file


def scan(data: memoryview) -> Source:
    """Look into a picture file of any format; damage ends what is found."""
    return _scan(data)._replace(data=data)


def _scan(data: memoryview) -> Source:
    start = bytes(data[:8])
    if start == _PNG_SIGNATURE:
        return Source(cicp=_png_cicp(data))
    if start.startswith(b"\xff\xd8"):
        return _scan_jpeg(data)
    if start.endswith(b"ftyp"):
        return _source_of(isobmff.scan_items(data))
    if start.startswith(_JPEG_2000):
        return _source_of(isobmff.scan_jpeg_2000(data))
    tiff = exif.Tiff.of(data)
    return _scan_tiff(tiff) if tiff else Source()


def _source_of(boxes: isobmff.Boxes) -> Source:
    hidden = tuple((position, b"exif") for position in boxes.hidden)
    return Source(exif=boxes.exif, cicp=boxes.cicp, bit_depth=boxes.bit_depth, hidden=hidden)


def _png_cicp(data: memoryview) -> Cicp | None:
    """Return the code points of a cICP chunk, which must stand before the first IDAT."""
    position = 8
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">L4s", data, position)
        if kind == b"IDAT":
            break
        if kind == b"cICP" and size == 4:
            primaries, transfer, matrix, full_range = data[position + 8 : position + 12]
            return Cicp(primaries, transfer, matrix, full_range != 0)
        position += 12 + size
    return None


def _scan_jpeg(data: memoryview) -> Source:
    """Join the EXIF segments: more than one where it is larger than 64 kB."""
    content, hidden = bytearray(), []
    for marker, start, end in _jpeg_segments(data):
        if marker == _APP1 and bytes(data[start : start + 6]) == b"Exif\0\0":
            content += data[start + 6 : end]
            hidden.append((start, b"exif"))
    return Source(exif=bytes(content) or None, hidden=tuple(hidden))


def _jpeg_segments(data: memoryview) -> Iterator[tuple[int, int, int]]:
    """Yield the marker and the bounds of the content of each segment before the first scan."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _STANDALONE_MARKERS:
            position += 2
        else:
            (size,) = struct.unpack_from(">H", data, position + 2)
            yield marker, position + 4, min(position + 2 + size, len(data))
            position += 2 + size


def _scan_tiff(tiff: exif.Tiff) -> Source:
    """Take EXIF from the tags; to hide a tag from Pillow, it loses its type.

    The orientation stays: Pillow turns TIFF pictures by itself.
    """
    hidden = [entry for entry in tiff.entries() if entry.tag in exif.KEPT]
    return Source(
        exif=exif.of_tiff(tiff),
        hidden=tuple(
            (entry.position + 2, b"\0\0")
            for entry in hidden
            if entry.tag != exif.ORIENTATION or not tiff.has_value(entry)
        ),
    )
