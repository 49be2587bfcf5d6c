"""The files that a call works on: those that it names, and those in the folders that it names."""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from svac2.errors import OptionError


class Source(NamedTuple):
    """A file, and its path from the folder that was named."""

    path: Path
    relative: Path


class Sources:
    """The files of a call, each once.

    Attributes:
        files: those to work on.
        left_out: what folders have besides, and why it is left out.
        failures: folders that cannot be read, and why.
    """

    def __init__(self, suffixes: Collection[str]) -> None:
        """Begin with none; suffixes: of the files that are taken from folders."""
        self._suffixes = suffixes
        self._seen: set[tuple[str, str]] = set()
        self.files: list[Source] = []
        self.left_out: list[tuple[Path, str]] = []
        self.failures: list[OSError] = []

    def add(self, path: Path, *, recursive: bool) -> None:
        """Add a file, or what is in a folder."""
        if not path.is_dir():
            self._take(path, Path(path.name))
        elif recursive:
            for found in self._walk(path):
                self._take(found, found.relative_to(path))
        else:
            raise OptionError(f"{path} is a folder: -r (--recursive) takes what is in it")

    def _take(self, path: Path, relative: Path) -> None:
        """Take a file that has not been taken; links and their targets have names of their own."""
        name = os.path.realpath(path.parent), path.name
        if name not in self._seen:
            self._seen.add(name)
            self.files.append(Source(path, relative))

    def _walk(self, folder: Path) -> Iterator[Path]:
        for parent, folders, names in os.walk(folder, onerror=self.failures.append):
            here = Path(parent)
            folders[:] = sorted(self._wanted(here, folders, _why_not_folder))
            yield from (here / name for name in sorted(self._wanted(here, names, self._why_not)))

    def _wanted(
        self, here: Path, names: list[str], why_not: Callable[[Path], str | None]
    ) -> Iterator[str]:
        """Yield the names that there is nothing against."""
        for name in names:
            reason = "hidden" if name.startswith(".") else why_not(here / name)
            if reason is None:
                yield name
            else:
                self.left_out.append((here / name, reason))

    def _why_not(self, path: Path) -> str | None:
        if path.suffix.lower() not in self._suffixes:
            return "no input by its name"
        return "no regular file" if is_special(path) else None


def _why_not_folder(path: Path) -> str | None:
    return "a link to a folder" if path.is_symlink() else None


def is_special(path: Path) -> bool:
    """Tell a pipe or a device, which may have no end."""
    with suppress(OSError):  # of what is not there
        mode = path.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False
