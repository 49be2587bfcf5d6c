"""Bytes in and out of files."""

import contextlib
import io
import os
import secrets
import shutil
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from numpy.typing import NDArray
from PIL import Image

AnyPath: TypeAlias = str | os.PathLike[str]
DataLike: TypeAlias = bytes | bytearray | memoryview | AnyPath | BinaryIO


def load_bytes(data: DataLike) -> memoryview:
    """Return the bytes of an object, of a file by its path, or of an open file."""
    if isinstance(data, (str, os.PathLike)):
        data = Path(data).read_bytes()
    read = getattr(data, "read", None)
    content: Any = data if read is None else read()
    return memoryview(content).cast("B")


def write_atomically(path: AnyPath, data: bytes) -> None:
    """Write a file under another name in the same folder, then rename it."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a device or a pipe can't be replaced
        target.write_bytes(data)
        return
    temporary = target.with_name(f".svac2-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        with contextlib.suppress(OSError):  # after the renaming there is none
            temporary.unlink()


def write_png(path: AnyPath, samples: NDArray[Any]) -> None:
    """Write samples as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())
