"""What picture files say that Pillow does not pass on: code points, and EXIF byte for byte.

Pillow also parses the EXIF of some formats when it opens them, and fails or warns where it is
damaged. So EXIF is read here, and hidden from Pillow in the copy that it is given.
"""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

from svac2 import exif
from svac2.metadata import Cicp

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STANDALONE_MARKERS = {0x01, *range(0xD0, 0xD9)}
_START_OF_SCAN, _END_OF_IMAGE, _APP1 = 0xDA, 0xD9, 0xE1
_UNSPECIFIED = 2  # of primaries and transfer


class Source(NamedTuple):
    """What was found in a file, and which bytes to put where to hide EXIF from Pillow."""

    exif: bytes | None = None
    cicp: Cicp | None = None
    hidden: tuple[tuple[int, bytes], ...] = ()

    def without_exif(self, data: memoryview) -> io.BytesIO:
        """Return the content of the file for Pillow."""
        file = io.BytesIO(data)
        for position, replacement in self.hidden:
            file.seek(position)
            file.write(replacement)
        file.seek(0)
        return file


def scan(data: memoryview) -> Source:
    """Look into a picture file of any format; damage ends what is found."""
    start = bytes(data[:8])
    if start == _PNG_SIGNATURE:
        return Source(cicp=_png_cicp(data))
    if start.startswith(b"\xff\xd8"):
        return _scan_jpeg(data)
    if start.endswith(b"ftyp"):
        return _scan_isobmff(data)
    tiff = exif.Tiff.of(data)
    return _scan_tiff(tiff) if tiff else Source()


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


# AVIF and HEIF: ISO/IEC 14496-12 (boxes), 23008-12 (items)


class _Reader:
    """Big-endian numbers one after the other; struct.error past the end."""

    def __init__(self, data: memoryview, position: int, end: int) -> None:
        self.data, self.position, self.end = data, position, min(end, len(data))

    def take(self, size: int) -> bytes:
        if size > self.end - self.position:
            raise struct.error("past the end of a box")
        self.position += size
        return bytes(self.data[self.position - size : self.position])

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def version_and_flags(self) -> tuple[int, int]:
        return self.number(1), self.number(3)

    def boxes(self) -> Iterator[tuple[bytes, "_Reader"]]:
        while self.position + 8 <= self.end:
            start = self.position
            size, kind = self.number(4), self.take(4)
            if size == 1:
                size = self.number(8)
            end = start + size if size else self.end
            if end < self.position:
                break
            yield kind, _Reader(self.data, self.position, min(end, self.end))
            self.position = end

    def box(self, wanted: bytes) -> "_Reader":
        """Return the first box of a kind, an empty one if there is none."""
        found = (box for kind, box in self.boxes() if kind == wanted)
        return next(found, _Reader(self.data, 0, 0))


def _scan_isobmff(data: memoryview) -> Source:
    def meta() -> _Reader:
        box = _Reader(data, 0, len(data)).box(b"meta")
        box.position += 4
        return box

    content, cicp, hidden = None, None, []
    try:
        item, position = _exif_item(meta().box(b"iinf"))
        if position:
            hidden.append((position, b"exif"))
            content = _item_content(meta(), item)
        cicp = _item_cicp(meta())
    except struct.error:
        pass
    return Source(exif=content, cicp=cicp, hidden=tuple(hidden))


def _exif_item(iinf: _Reader) -> tuple[int, int]:
    """Return the number of the first item of type Exif, and where its type stands, or zeros."""
    version, _ = iinf.version_and_flags()
    iinf.number(4 if version else 2)
    for _, infe in iinf.boxes():
        version, _ = infe.version_and_flags()
        item = infe.number(4 if version == 3 else 2)
        infe.number(2)  # protection
        if version >= 2 and infe.take(4) == b"Exif":
            return item, infe.position - 4
    return 0, 0


def _item_content(meta: _Reader, wanted: int) -> bytes | None:
    """Return EXIF from its item, where the offset of the TIFF structure comes first."""
    idat_at = _copy(meta).box(b"idat").position
    iloc = meta.box(b"iloc")
    version, _ = iloc.version_and_flags()
    sizes = [nibble for byte in iloc.take(2) for nibble in (byte >> 4, byte & 15)]
    offset_size, length_size, base_size, index_size = sizes
    if not version:
        index_size = 0
    for _ in range(iloc.number(4 if version == 2 else 2)):
        item = iloc.number(4 if version == 2 else 2)
        method = iloc.number(2) & 15 if version else 0
        iloc.number(2)  # the file itself
        base = iloc.number(base_size) + (idat_at if method == 1 else 0)
        extents = iloc.number(2)
        if item != wanted:
            iloc.take(extents * (index_size + offset_size + length_size))
            continue
        content = bytearray()
        for _ in range(extents):
            iloc.number(index_size)
            start = base + iloc.number(offset_size)
            content += _Reader(iloc.data, start, len(iloc.data)).take(iloc.number(length_size))
            if len(content) > len(iloc.data):
                return None  # hostile: extents that lie over each other
        return bytes(content[4 + int.from_bytes(content[:4], "big") :]) or None
    return None


def _item_cicp(meta: _Reader) -> Cicp | None:
    """Return the code points of the primary item, but for those of sRGB, which any AVIF has.

    They are those of YCbCr: the matrix and the range have served when Pillow returns RGB.
    """
    pitm = _copy(meta).box(b"pitm")
    version, _ = pitm.version_and_flags()
    primary = pitm.number(4 if version else 2)
    iprp = meta.box(b"iprp")
    properties = list(_copy(iprp).box(b"ipco").boxes())
    for index in _property_indices(iprp.box(b"ipma"), primary):
        kind, colr = properties[index - 1] if 0 < index <= len(properties) else (b"", iprp)
        if kind == b"colr" and colr.take(4) == b"nclx":
            cicp = Cicp(colr.number(2) & 255, colr.number(2) & 255)
            is_told = _UNSPECIFIED not in cicp[:2] and cicp != Cicp.SRGB
            return cicp if is_told else None
    return None


def _property_indices(ipma: _Reader, wanted: int) -> list[int]:
    version, flags = ipma.version_and_flags()
    size = 2 if flags & 1 else 1
    for _ in range(ipma.number(4)):
        item = ipma.number(4 if version else 2)
        indices = [
            ipma.number(size) & (0x7FFF if size == 2 else 0x7F) for _ in range(ipma.number(1))
        ]
        if item == wanted:
            return indices
    return []


def _copy(reader: _Reader) -> _Reader:
    return _Reader(reader.data, reader.position, reader.end)
