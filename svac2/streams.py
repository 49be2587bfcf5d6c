"""One picture from bytes, a file or a stream: as far as it is needed, and never further."""

import contextlib
from collections.abc import Iterator
from typing import Any, Self

from svac2._core import codec
from svac2.errors import CorruptError, EndOfStreamError, OptionTypeError, TruncatedError
from svac2.files import DataLike, as_bytes, is_file, opened
from svac2.metadata import Cicp

_PART = 2**20  # bytes that are read at once: a header's claims alone ask for no memory
_ITEM_NAMES = {number: name for name, number in codec.METADATA.items()}


class PictureFile:
    """A svac2 file from where it stands; offsets count from there.

    Attributes:
        header: the fields of the header, as codec.read_info gives them.
    """

    def __init__(self, source: Any, is_stream: bool) -> None:
        """Read the header; what follows the picture in a stream is left there."""
        self._is_stream = is_stream
        self._file = source if is_file(source) else None
        self._start = _position(source)
        self._content = memoryview(b"") if self._file is not None else as_bytes(source)
        self.header: dict[str, Any] = codec.read_info(self._load_header())

    @classmethod
    @contextlib.contextmanager
    def of(cls, data: DataLike) -> Iterator[Self]:
        """Open what is given as data, for as long as the picture is read from it."""
        with opened(data) as source:
            yield cls(source, is_file(data))

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
        return sum(item["size"] for item in self.header["items"][len(self.header["layers"]) :])

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
            _pass_over(self._file, self.size - len(self._content))

    def metadata(self, verify: bool = True) -> dict[str, bytes]:
        """Return the metadata by the names of codec.METADATA, their checksums verified."""
        found = {}
        for item in self.header["items"]:
            if item["type"] in _ITEM_NAMES:
                content = self._load_part(item["offset"], codec.item_size(item))
                if verify:
                    codec.check_item(content, item)
                found[_ITEM_NAMES[item["type"]]] = bytes(content[: item["size"]])
        return found

    def _load_header(self) -> memoryview:
        head = self.load(codec.HEADER_START)
        if not head:
            raise EndOfStreamError("there is no picture: not a byte is left")
        return self.load(codec.header_size(head))

    def _load_part(self, start: int, size: int) -> memoryview:
        """Return some bytes; in a file that can seek, without those before them."""
        if self._start is not None and self._file is not None and len(self._content) < start:
            self._file.seek(self._start + start)
            content = memoryview(_read(self._file, size))
        else:
            content = self.load(start + size)[start:]
        if len(content) < size:
            raise TruncatedError(f"the file ends before its metadata do, at {start + size} bytes")
        return content

    def _read_up_to(self, size: int) -> None:
        if self._file is not None:
            parts = list(_parts(self._file, size - len(self._content)))
            if parts:
                self._content = memoryview(b"".join([self._content, *parts]))


def _position(source: Any) -> int | None:
    """Return where a file stands; None of a pipe, and of what is no file."""
    if not is_file(source) or not hasattr(source, "seek") or not hasattr(source, "tell"):
        return None
    with contextlib.suppress(OSError):
        position: int = source.tell()
        source.seek(position)
        return position
    return None


def _read(file: Any, size: int) -> bytes:
    """Return so many bytes, or as many as there are."""
    return b"".join(_parts(file, size))


def _pass_over(file: Any, size: int) -> None:
    """Read so many bytes and forget them."""
    for _ in _parts(file, size):
        pass


def _parts(file: Any, size: int) -> Iterator[bytes | bytearray | memoryview]:
    """Read so many bytes, or as many as there are, a part at a time."""
    while size > 0:
        part = file.read(min(size, _PART))
        if part is None:
            raise BlockingIOError("the file is not ready to be read: make it wait for its bytes")
        if not isinstance(part, (bytes, bytearray, memoryview)):
            raise OptionTypeError(
                f"data must be an open binary file: reading gave {type(part).__name__}"
            )
        if not part:
            break
        size -= len(part)
        yield part
