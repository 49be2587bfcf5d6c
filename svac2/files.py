"""Bytes in and out of files."""

import contextlib
import errno
import io
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeGuard

from PIL import Image

from svac2.errors import OptionError, OptionTypeError, SvacError

AnyPath: TypeAlias = str | os.PathLike[str]
_PART = 2**20  # bytes that are read at once: what a header claims asks for no memory
# Of formats that Pillow reads by the help of a package, and of others that it may not know.
PLUGIN_SUFFIXES = {".avif", ".heic", ".heif", ".hif", ".jxl"}
_RAW_SUFFIXES = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"}
_OTHER_SUFFIXES = {".bpg", ".exr", ".hdr", ".jxr", ".npy", ".npz", ".svg", ".zarr"}
SUFFIX = ".svac2"
PILLOW_NAME = "SVAC2"  # of our format, where svac2.pillow has registered it
_TEMPORARY = ".svac2-*.tmp"
_SECONDS_LEFT = 600
DataLike: TypeAlias = bytes | bytearray | memoryview | AnyPath | BinaryIO


def check_path(path: object) -> Path:
    """Return a path that may name a file."""
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(name, str):
        raise OptionTypeError(
            "path must be a str or an os.PathLike, or an open binary file, not "
            + type(path).__name__
        )
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


def is_file(data: object) -> TypeGuard[BinaryIO]:
    """Tell an open binary file, or what can be read like one."""
    return hasattr(data, "read") and not isinstance(data, io.TextIOBase)


def is_path(target: object) -> TypeGuard[AnyPath]:
    """Tell what must be a path, as it is no open binary file nor can be written like one."""
    return not hasattr(target, "write") or isinstance(target, io.TextIOBase)


def as_bytes(data: Any) -> memoryview:
    """Return the bytes of an object that holds them."""
    try:
        return memoryview(data).cast("B")
    except TypeError:
        raise OptionTypeError(
            "data must be contiguous bytes, the path of a file, or an open binary file, not "
            + type(data).__name__
        ) from None


@contextlib.contextmanager
def opened(data: DataLike) -> Iterator[Any]:
    """Open the file at a path, which is closed at the end; leave anything else as it is."""
    if isinstance(data, (str, os.PathLike)):
        path = check_path(data)
        with _naming_path(path):
            file = path.open("rb")
        with file, _naming_path(path):
            yield file
    else:
        yield data


def read_parts(file: Any, size: int) -> Iterator[bytes | bytearray | memoryview]:
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


def load_bytes(data: DataLike, max_size: int | None = None) -> memoryview:
    """Return the bytes of an object, of a file by its path, or of an open file.

    Of a file one byte more than max_size is read, no more, by which the caller sees that it is
    larger.
    """
    with opened(data) as source:
        if not is_file(source):
            return as_bytes(source)
        content = bytearray()
        for part in read_parts(source, sys.maxsize if max_size is None else max_size + 1):
            content += part
        return memoryview(content)


def check_suffix(path: AnyPath) -> None:
    """Refuse the name of a file of another format for one of ours."""
    suffix = check_path(path).suffix.lower()
    owner = Image.registered_extensions().get(suffix, PILLOW_NAME)
    foreign = PLUGIN_SUFFIXES | _RAW_SUFFIXES | _OTHER_SUFFIXES
    if owner != PILLOW_NAME or suffix in foreign:
        raise OptionError(
            f"{os.fsdecode(path)}: a name that ends in {suffix} belongs to another format; a svac2 "
            f"file is written, whose name should end in {SUFFIX}"
        )


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
            import tempfile  # much to import, for what few calls do

            with tempfile.TemporaryFile(dir=Path(os.path.realpath(target)).parent):
                pass
            if isinstance(source, (str, os.PathLike)) and _is_same(target, check_path(source)):
                raise OptionError(f"{target} is the input: it must not be the output too")


def write_whole(target: AnyPath | BinaryIO, data: bytes) -> None:
    """Write a file to a path, or to an open one, which may take a part at a time."""
    if isinstance(target, (str, os.PathLike)):
        write_atomically(target, data)
        return
    rest = memoryview(data)
    while rest:
        size = target.write(rest)
        if size is None and isinstance(target, io.RawIOBase):
            raise BlockingIOError("the file is not ready to be written: make it wait")
        if size is not None and not 0 < size <= len(rest):
            raise OSError(f"writing {len(rest)} bytes, the file says that it took {size}")
        rest = rest[len(rest) if size is None else size :]


def write_atomically(
    path: AnyPath, data: bytes, *, mtime_ns: int | None = None, replaces: bool = True
) -> None:
    """Write a file under another name in the same folder, then rename it.

    mtime_ns: the date that it gets, in nanoseconds.
    replaces: whether it takes the place of a file that there is; if not, FileExistsError is raised.
    """
    asked = check_path(path)
    target = Path(os.path.realpath(asked))
    temporary = _temporary_in(target.parent)
    with _naming_path(asked):
        if _is_special(asked):
            asked.write_bytes(data)
            return
        try:
            with temporary.open("xb") as file:
                file.write(data)
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            if mtime_ns is not None:
                os.utime(temporary, ns=(mtime_ns, mtime_ns))
            _publish(temporary, target, replaces)
        finally:
            with contextlib.suppress(OSError):  # after renaming there is none
                temporary.unlink()


def _temporary_in(folder: Path) -> Path:
    return folder / _TEMPORARY.replace("*", os.urandom(8).hex())


@contextlib.contextmanager
def kept_dates(folder: Path) -> Iterator[Callable[[int], int]]:
    """Give a function that tells what a folder's file system keeps of a date, in nanoseconds.

    They keep them more or less finely: a file shows what becomes of one.
    """
    probe = _temporary_in(folder)
    probe.touch(exist_ok=False)

    def kept(mtime_ns: int) -> int:
        os.utime(probe, ns=(mtime_ns, mtime_ns))
        return probe.stat().st_mtime_ns

    try:
        yield kept
    finally:
        probe.unlink()


def _publish(temporary: Path, target: Path, replaces: bool) -> None:
    """Give a file its name: renaming replaces what has that name, a second link fails."""
    if not replaces:
        try:
            target.hardlink_to(temporary)
            return
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: take the name, then put the file there
            target.touch(exist_ok=False)
    temporary.replace(target)


def remove_leftovers(folder: Path) -> None:
    """Remove what write_atomically left in a folder as its process was killed.

    A file is written in one go, so nobody needs one that has stayed unchanged for so long. What
    tells that is the time of the last change, as dates are set.
    """
    for path in folder.glob(_TEMPORARY):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_ctime > _SECONDS_LEFT:
                path.unlink()


def _is_special(path: Path) -> bool:
    """Tell a device or a pipe, which can't be replaced.

    The path must be as it was given: links such as /dev/stdout lead to pipes without a name.
    """
    return path.exists() and not path.is_file()


def _is_same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)
