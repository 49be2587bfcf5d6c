"""Files and pipes: - is standard input or output."""

import argparse
import io
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from svac2.cli.printing import naming_output
from svac2.errors import CorruptError, FormatError, OptionError
from svac2.files import check_target, naming
from svac2.pictures.images import file_format

STANDARD = Path("-")


def input_of(path: Path) -> Path | BinaryIO:
    """Return what to read a file from: of a stream, no more is taken than it needs."""
    return io.FileIO(sys.stdin.fileno(), closefd=False) if path == STANDARD else path


@contextmanager
def target_of(path: Path) -> Iterator[Path | BinaryIO]:
    """Give what to write a file to."""
    if path != STANDARD:
        yield path
        return
    with naming_output():
        yield sys.stdout.buffer


def naming_lost(path: Path, source: Path | BinaryIO) -> AbstractContextManager[None]:
    """Name the file, if its name got lost."""
    return naming(None if source is path else path)


@contextmanager
def recognising(source: Path | BinaryIO) -> Iterator[None]:
    """Say of a file that is not ours what it seems to be."""
    try:
        yield
    except FormatError as error:
        is_known = isinstance(error, CorruptError) or not isinstance(source, Path)
        kind = None if is_known else file_format(source)
        if kind is not None:
            raise FormatError(f"{error} (it looks like {kind})") from None
        raise


def check_png_target(arguments: argparse.Namespace) -> None:
    """Fail, before the work is done, where OUT is not for a PNG file or could not be written."""
    if arguments.output == STANDARD:
        return
    if arguments.output.suffix.lower() not in ("", ".png"):  # pipes have none
        raise OptionError(f"{arguments.output}: this command writes PNG, so OUT must end in .png")
    check_target(arguments.output, arguments.input)
