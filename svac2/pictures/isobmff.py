"""What AVIF, HEIF and JPEG 2000 files say of their picture in boxes.

Sources: ISO/IEC 14496-12 (boxes), 23008-12 (items), 14496-15 (hvcC), AV1-ISOBMFF (av1C), and
ISO/IEC 15444-1 (JPEG 2000).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from svac2.metadata import Cicp

_UNSPECIFIED = 2  # of primaries and transfer
_START_OF_CODESTREAM = b"\xff\x4f\xff\x51"


class Boxes(NamedTuple):
    """What was found; hidden: where the type of the EXIF item stands."""

    exif: bytes | None = None
    cicp: Cicp | None = None
    bit_depth: int = 8
    hidden: tuple[int, ...] = ()


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


_Property: TypeAlias = tuple[bytes, _Reader]


def scan_items(data: memoryview) -> Boxes:
    """Look into an AVIF or HEIF file."""

    def meta() -> _Reader:
        box = _Reader(data, 0, len(data)).box(b"meta")
        box.position += 4
        return box

    found = Boxes()
    try:
        item, position = _exif_item(meta().box(b"iinf"))
        if position:
            found = found._replace(hidden=(position,))
            found = found._replace(exif=_item_content(meta(), item))
        own, others = _properties(meta())
        depth = max(map(_depth_of, own), default=0) or max(map(_depth_of, others), default=0)
        found = found._replace(bit_depth=max(8, depth), cicp=_cicp_of(own))
    except struct.error:
        pass
    return found


def scan_jpeg_2000(data: memoryview) -> Boxes:
    """Look into a JPEG 2000 file or codestream for the depth of its samples (SIZ)."""
    reader = _Reader(data, 0, len(data))
    try:
        if bytes(data[:4]) != _START_OF_CODESTREAM:
            reader = reader.box(b"jp2c")
        if reader.take(4) == _START_OF_CODESTREAM:
            reader.take(36)
            sizes = [reader.take(3)[0] for _ in range(reader.number(2))]
            return Boxes(bit_depth=max((size & 0x7F) + 1 for size in sizes))
    except (struct.error, ValueError):
        pass
    return Boxes()


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


def _properties(meta: _Reader) -> tuple[list[_Property], list[_Property]]:
    """Return the properties of the primary item, and all that there are."""
    pitm = _copy(meta).box(b"pitm")
    version, _ = pitm.version_and_flags()
    primary = pitm.number(4 if version else 2)
    iprp = meta.box(b"iprp")
    every = list(_copy(iprp).box(b"ipco").boxes())
    indices = _property_indices(iprp.box(b"ipma"), primary)
    return [every[index - 1] for index in indices if 0 < index <= len(every)], every


def _cicp_of(properties: list[_Property]) -> Cicp | None:
    """Return the code points of an item, but for those of sRGB, which any AVIF has.

    They are those of YCbCr: the matrix and the range have served when Pillow returns RGB.
    """
    for kind, box in properties:
        colr = _copy(box)
        if kind == b"colr" and colr.take(4) == b"nclx":
            cicp = Cicp(colr.number(2) & 255, colr.number(2) & 255)
            is_told = _UNSPECIFIED not in cicp[:2] and cicp != Cicp.SRGB
            return cicp if is_told else None
    return None


def _depth_of(item_property: _Property) -> int:
    """Return the bits of a sample that a property tells, 0 if it tells nothing of them."""
    kind, box = item_property[0], _copy(item_property[1])
    if kind == b"pixi":
        box.version_and_flags()
        return max(box.take(box.number(1)), default=0)
    if kind == b"av1C":
        flags = box.take(3)[2]
        return 8 + (2 + 2 * (flags >> 5 & 1)) * (flags >> 6 & 1)
    if kind == b"hvcC":
        luma, chroma = box.take(19)[17:]
        return 8 + max(luma & 7, chroma & 7)
    return 0


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
