"""Bytes in and out of files."""

import contextlib
import errno
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from numpy.typing import NDArray
from PIL import Image

from svac2._core import codec
from svac2.errors import OptionError, OptionTypeError, SvacError

AnyPath: TypeAlias = str | os.PathLike[str]
Enough: TypeAlias = Callable[[memoryview], int]
DataLike: TypeAlias = bytes | bytearray | memoryview | AnyPath | BinaryIO


def check_path(path: AnyPath) -> Path:
    """Return a path that may name a file."""
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(name, str):
        raise OptionTypeError(f"path must be a str or an os.PathLike, not {type(path).__name__}")
    if not name or "\0" in name:
        raise OptionError(f"path must name a file, not {name!r}")
    return Path(name)


@contextlib.contextmanager
def naming(source: object) -> Iterator[None]:
    """Put the name of a file, if the source is a path, before what is wrong with the file."""
    try:
        yield
    except OptionError:
        raise
    except SvacError as error:
        if isinstance(source, (str, os.PathLike)):
            error.args = (f"{os.fsdecode(source)}: {error}",)
        raise


@contextlib.contextmanager
def _naming_path(path: Path) -> Iterator[None]:
    """Let errors of the system name the file that the caller knows of."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def load_bytes(data: DataLike, enough: Enough | None = None) -> memoryview:
    """Return the bytes of an object, of a file by its path, or of an open file.

    Of a file no more is read than it takes: enough is given the first bytes, codec.MAX_HEADER of
    them if there are as many, and returns how many it wants in all.
    """
    content: Any = data
    path = check_path(data) if isinstance(data, (str, os.PathLike)) else None
    try:
        if path is not None:
            with _naming_path(path), path.open("rb") as file:
                content = _read(file, enough)
        elif hasattr(data, "read") and not isinstance(data, io.TextIOBase):
            content = _read(data, enough)
        return memoryview(content).cast("B")
    except TypeError:
        raise OptionTypeError(
            "data must be contiguous bytes, the path of a file, or an open binary file, not "
            + type(data).__name__
        ) from None


def _read(file: Any, enough: Enough | None) -> Any:
    if enough is None:
        return file.read()
    content = bytearray()
    _read_up_to(file, codec.MAX_HEADER, content)
    _read_up_to(file, enough(memoryview(bytes(content))), content)
    return content


def _read_up_to(file: Any, size: int, content: bytearray) -> None:
    """Read until there are so many bytes or no more: a part at a time, as far as there are any."""
    while (left := size - len(content)) > 0:
        part = file.read(min(left, 2**20))
        content += part
        if not part:
            break


def check_target(path: AnyPath, source: object = None) -> None:
    """Fail, before the work is done, where its result could not be written.

    That is also where it would replace the file that it is made from.
    """
    target = check_path(path)
    with _naming_path(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "")
        if not _is_special(target):
            with tempfile.TemporaryFile(dir=Path(os.path.realpath(target)).parent):
                pass
            if isinstance(source, (str, os.PathLike)) and _is_same(target, check_path(source)):
                raise OptionError(f"{target} is the input: it must not be the output too")


def write_atomically(path: AnyPath, data: bytes) -> None:
    """Write a file under another name in the same folder, then rename it."""
    asked = check_path(path)
    target = Path(os.path.realpath(asked))
    temporary = target.with_name(f".svac2-{secrets.token_hex(8)}.tmp")
    with _naming_path(asked):
        if _is_special(asked):
            asked.write_bytes(data)
            return
        try:
            with temporary.open("xb") as file:
                file.write(data)
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            with contextlib.suppress(OSError):  # after the renaming there is none
                temporary.unlink()


def _is_special(path: Path) -> bool:
    """Tell a device or a pipe, which can't be replaced.

    The path must be as it was given: links such as /dev/stdout lead to pipes without a name.
    """
    return path.exists() and not path.is_file()


def _is_same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)


def write_png(path: AnyPath, samples: NDArray[Any]) -> None:
    """Write samples as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())
