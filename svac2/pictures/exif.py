"""EXIF and the TIFF structure that it is kept in, read so that no damage in it matters.

Pillow's reader isn't used: it raises or warns on damage, and writes what it read anew.
"""

import re
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Self

from svac2.metadata import without_prefix

Buffer = bytes | bytearray | memoryview

ORIENTATION = 0x0112
EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD = 0x8769, 0x8825, 0xA005
# What the first directory of a TIFF file says of the picture and not of that file. A resolution
# and an orientation are no reason to have EXIF.
_DESCRIPTIVE = frozenset(
    {0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C}  # names, dates, makers
    | {0x4746, 0x4749, 0x8298, *range(0x9C9B, 0x9CA0)}  # ratings, copyright, titles of Windows
    | {EXIF_IFD, GPS_IFD}
)
KEPT = _DESCRIPTIVE | {ORIENTATION, 0x011A, 0x011B, 0x0128}
_SUB_DIRECTORIES = {EXIF_IFD: {INTEROPERABILITY_IFD}, GPS_IFD: (), INTEROPERABILITY_IFD: ()}

_SHORT, _LONG = 3, 4
_UNIT_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_POINTER_SIZES = {16: 8, 18: 8}  # of BigTIFF
_INTEGERS = {1: "B", _SHORT: "H", _LONG: "L", 6: "b", 8: "h", 9: "l", 13: "L", 16: "Q", 18: "Q"}
_HEADERS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_MAX_ENTRIES = 65535

_XMP_ORIENTATION = re.compile(rb"(\btiff:Orientation\s*(?:=\s*[\"']|>)\s*)(\d)(?=\s*[\"'<])")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a directory, at a position, whose value is so many bytes from start."""

    tag: int
    kind: int
    count: int
    position: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Tiff:
    """A TIFF structure in the given byte order; BigTIFF if big."""

    data: Buffer
    order: str
    big: bool

    @classmethod
    def of(cls, data: Buffer) -> Self | None:
        """Return the structure in data, if there is one."""
        order = _HEADERS.get(bytes(data[:4]))
        return None if order is None else cls(data, order, data[:4] in (b"II+\0", b"MM\0+"))

    def entries(self, offset: int | None = None) -> Iterator[Entry]:
        """Yield the entries of the first directory, or the one at an offset, as far as it goes."""
        count_format, entry_format = ("Q", "HHQ") if self.big else ("H", "HHL")
        step = 20 if self.big else 12
        try:
            if offset is None:
                offset = self._unpack("Q" if self.big else "L", 8 if self.big else 4)[0]
            count = self._unpack(count_format, offset)[0]
            first = offset + struct.calcsize("=" + count_format)
            for position in range(first, first + step * min(count, _MAX_ENTRIES), step):
                tag, kind, count = self._unpack(entry_format, position)
                size = count * (_UNIT_SIZES.get(kind) or _POINTER_SIZES.get(kind, 0))
                start = position + step - (8 if self.big else 4)
                if size > (8 if self.big else 4):
                    start = self._unpack("Q" if self.big else "L", start)[0]
                if position + step <= len(self.data):
                    yield Entry(tag, kind, count, position, start, size)
        except struct.error:
            return

    def has_value(self, entry: Entry) -> bool:
        """Tell whether the value of an entry is there."""
        return 0 < entry.size <= len(self.data) - entry.start

    def value(self, entry: Entry) -> bytes:
        """Return the bytes of a value."""
        return bytes(self.data[entry.start : entry.start + entry.size])

    def number(self, entry: Entry) -> int | None:
        """Return the first number of a value, if it is an integer."""
        kind = _INTEGERS.get(entry.kind)
        return self._unpack(kind, entry.start)[0] if kind and self.has_value(entry) else None

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        if offset > len(self.data):
            raise struct.error("an offset past the end")
        return struct.unpack_from(self.order + layout, self.data, offset)


def orientation_of(exif: bytes) -> int | None:
    """Return the orientation that EXIF tells, 1..8, or None if it tells nothing that is valid."""
    for tiff, entry in _orientations(without_prefix(exif)):
        number = tiff.number(entry)
        return number if number in range(1, 9) else None
    return None


def upright(exif: bytes) -> bytes:
    """Return EXIF that says 1 where it tells an orientation, and is the same elsewhere."""
    content = without_prefix(exif)
    patched = bytearray(content)
    for tiff, entry in _orientations(content):
        layout = tiff.order + ("HHQH" if tiff.big else "HHLH")
        struct.pack_into(layout, patched, entry.position, ORIENTATION, _SHORT, 1, 1)
    return exif[: len(exif) - len(content)] + patched


def _orientations(content: bytes) -> Iterator[tuple[Tiff, Entry]]:
    tiff = Tiff.of(content)
    if tiff:
        yield from ((tiff, entry) for entry in tiff.entries() if entry.tag == ORIENTATION)


def xmp_orientation_of(xmp: bytes) -> int | None:
    """Return the orientation that XMP tells, as orientation_of does."""
    match = _XMP_ORIENTATION.search(xmp)
    return int(match[2]) if match and int(match[2]) in range(1, 9) else None


def upright_xmp(xmp: bytes) -> bytes:
    """Return XMP that says 1 where it tells an orientation."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


def of_tiff(tiff: Tiff) -> bytes | None:
    """Return as EXIF what a TIFF file says of its picture, the values byte for byte."""
    entries = [entry for entry in tiff.entries() if entry.tag in KEPT]
    if not any(entry.tag in _DESCRIPTIVE for entry in entries):
        return None
    header = b"II*\0" if tiff.order == "<" else b"MM\0*"
    offset = struct.pack(tiff.order + "L", 8)
    return header + offset + _directory(tiff, entries, {EXIF_IFD, GPS_IFD}, 8)


def _directory(tiff: Tiff, entries: list[Entry], pointers: Container[int], offset: int) -> bytes:
    """Write a directory with its values, and those that it points to, to stand at an offset."""
    readable = [
        entry
        for entry in reversed(entries)  # so that the first of a tag counts
        if tiff.has_value(entry) and (entry.kind in _UNIT_SIZES or entry.tag in pointers)
    ]
    kept = {entry.tag: entry for entry in readable}
    if sum(entry.size for entry in kept.values()) > len(tiff.data):
        kept = {}  # hostile: values that lie over each other
    table = bytearray(struct.pack(tiff.order + "H", len(kept)))
    values = bytearray()
    first = offset + 2 + 12 * len(kept) + 4
    for tag, entry in sorted(kept.items()):
        place = first + len(values)
        value, kind, count = tiff.value(entry), entry.kind, entry.count
        if tag in pointers:
            inner = list(tiff.entries(tiff.number(entry) or len(tiff.data)))
            values += _padded(_directory(tiff, inner, _SUB_DIRECTORIES[tag], place))
            value, kind, count = struct.pack(tiff.order + "L", place), _LONG, 1
        elif len(value) > 4:
            values += _padded(value)
            value = struct.pack(tiff.order + "L", place)
        table += struct.pack(tiff.order + "HHL4s", tag, kind, count, value)
    return bytes(table) + bytes(4) + values


def _padded(value: bytes) -> bytes:
    return value + bytes(len(value) % 2)
