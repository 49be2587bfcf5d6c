"""One picture from bytes, a file or a stream: as far as it is needed, and never further."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from svac2._core import codec
from svac2.errors import CorruptError, EndOfStreamError, TruncatedError
from svac2.files import DataLike, as_bytes, is_file, opened, read_parts
from svac2.metadata import Cicp

_ITEM_NAMES = {number: name for name, number in codec.METADATA.items()}


class PictureFile:
    """A svac2 file from where it stands; offsets count from there.

    Attributes:
        header: the fields of the header, as codec.read_info gives them.
        lacks_metadata: whether the file ended before those that were asked for.
    """

    def __init__(self, source: Any, is_stream: bool) -> None:
        """Read the header; what follows the picture in a stream is left there."""
        self._is_stream = is_stream
        self._file = source if is_file(source) else None
        self._start = _position(source)
        self._position = 0  # of the file, from there
        self.lacks_metadata: bool = False
        self._content = memoryview(b"") if self._file is not None else as_bytes(source)
        self.header: dict[str, Any] = codec.read_info(self._load_header())

    @classmethod
    @contextlib.contextmanager
    def of(cls, data: DataLike) -> Iterator[Self]:
        """Open what is given as data, for as long as the picture is read from it."""
        with opened(data) as source:
            yield cls(source, is_file(data) or _is_pipe(data))

    @property
    def size(self) -> int:
        """The bytes of the whole picture."""
        size: int = self.header["file_size"]
        return size

    @property
    def cicp(self) -> Cicp | None:
        """The code points of the colour, if the header has them."""
        primaries, transfer, matrix, full_range = self.header["cicp"]
        given = Cicp(primaries, transfer, matrix, bool(full_range))
        return given if self.header["has_cicp"] else None

    @property
    def metadata_size(self) -> int:
        """The bytes of all that follows the layers, known or not."""
        others = [i for i in self.header["items"] if i["type"] not in codec.LAYER_ITEMS]
        return sum(item["size"] for item in others)

    def load_layer(self, number: int) -> memoryview:
        """Return the file up to the end of a layer, or all of it if that is the last one."""
        size = self.size_with_layer(number)
        content = self.load(size)
        if size == self.size and not self._is_stream and len(self.load(size + 1)) > size:
            raise CorruptError(f"bytes follow the end of the picture, which has {size}")
        return content

    def size_with_layer(self, number: int) -> int:
        """Return how many bytes that are."""
        layers = self.header["layers"]
        end: int = layers[number]["offset"] + layers[number]["size"]
        return self.size if number == len(layers) - 1 else end

    def load(self, size: int) -> memoryview:
        """Return the first bytes, up to a size; fewer where there are no more."""
        self._read_up_to(size)
        return self._content[:size]

    def leave(self) -> None:
        """Go to the end of the picture in a file that can."""
        if self._start is not None and self._file is not None:
            self._file.seek(self._start + self.size)

    def go_back(self) -> None:
        """Go to where the picture began in a file that can, else to the end of the picture."""
        if self._start is not None and self._file is not None:
            self._file.seek(self._start)
        elif self._file is not None:
            self._go_to(self.size)

    def metadata(self, *, verify: bool = True, allow_partial: bool = False) -> dict[str, bytes]:
        """Return the metadata by the names of codec.METADATA, their checksums verified.

        allow_partial: leave out those that the file ends before.
        """
        found = {}
        for item in self.header["items"]:
            if item["type"] not in _ITEM_NAMES:
                continue
            content = self._load_part(item["offset"], codec.item_size(item))
            if len(content) < codec.item_size(item):
                if allow_partial:
                    self.lacks_metadata = True
                    break
                raise TruncatedError(f"the file ends before its metadata do, of {self.size} bytes")
            if verify:
                codec.check_item(content, item)
            found[_ITEM_NAMES[item["type"]]] = bytes(content[: item["size"]])
        return found

    def verify(self) -> None:
        """Compare all parts with their checksums; parts without one must be there."""
        for item in self.header["items"]:
            content = self._load_part(item["offset"], codec.item_size(item))
            if len(content) < codec.item_size(item):
                raise TruncatedError(f"the file ends before its {self.size} bytes")
            codec.check_item(content, item)

    def _load_header(self) -> memoryview:
        head = self.load(codec.HEADER_START)
        if not head:
            raise EndOfStreamError("there is no picture: not a byte is left")
        return self.load(codec.header_size(head))

    def _load_part(self, start: int, size: int) -> memoryview:
        """Return some bytes, or as many as there are; what lies before them is not kept."""
        if self._file is None or start + size <= len(self._content):
            return self._content[start : start + size]
        self._go_to(start)
        part = bytearray(self._content[start:])
        for more in read_parts(self._file, size - len(part)):
            part += more
        self._position = start + len(part)
        return memoryview(part)

    def _go_to(self, position: int) -> None:
        """Go on to a place in the file, or to its end; not back behind what has been read."""
        assert self._file is not None
        if self._start is not None:
            self._position = max(position, len(self._content))
            self._file.seek(self._start + self._position)
            return
        for part in read_parts(self._file, position - self._position):
            self._position += len(part)

    def _read_up_to(self, size: int) -> None:
        if self._file is not None and size > len(self._content):
            content = bytearray(self._content)
            for part in read_parts(self._file, size - len(content)):
                content += part
            self._content = memoryview(content)
            self._position = len(content)


def _position(source: Any) -> int | None:
    """Return where a file stands; None of a pipe, and of what is no file."""
    if not is_file(source) or not hasattr(source, "seek") or not hasattr(source, "tell"):
        return None
    with contextlib.suppress(OSError):
        position: int = source.tell()
        source.seek(position)
        return position
    return None


def _is_pipe(data: object) -> bool:
    """Tell the path of a pipe or a device, which has no end that could be looked at."""
    return isinstance(data, (str, os.PathLike)) and not Path(data).is_file()
