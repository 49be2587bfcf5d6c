"""Which files a call is to make of which, found out before any of them is made."""

import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from svac2.cli.pipes import STANDARD
from svac2.cli.sources import Sources, is_special
from svac2.errors import OptionError
from svac2.files import kept_dates, remove_leftovers


class Job(NamedTuple):
    """A file to be made of another, and whether it replaces one that was there beforehand."""

    source: Path
    target: Path
    replaces: bool = False


class Naming(NamedTuple):
    """How files are named after their sources, and which files of a folder are sources."""

    suffix: str
    inputs: Collection[str]  # their suffixes
    keeps_suffix: bool = False

    def target(self, folder: Path, relative: Path) -> Path:
        """Return what to call the file that is made of another."""
        if self.keeps_suffix:
            return folder / relative.with_name(relative.name + self.suffix)
        return folder / relative.with_suffix(self.suffix)


class Plan:
    """The jobs of a call.

    Attributes:
        jobs: what is to be made.
        done: how many have been made by an earlier call.
        replacing: how many of the jobs replace a file.
        sources: what the jobs are of, and what is left out.
    """

    def __init__(self, folder: Path, naming: Naming) -> None:
        """Plan to write files to a folder."""
        self._folder = folder
        self._naming = naming
        self.sources = Sources(naming.inputs)
        self.jobs: list[Job] = []
        self.done = self.replacing = 0

    def add(self, path: Path, *, recursive: bool) -> None:
        """Add a file, or what is in a folder."""
        if path == STANDARD:
            raise OptionError("- has no name, as -o needs: give IN and OUT instead")
        if is_special(path):
            raise OptionError(f"{path} is no regular file, as -o needs: give IN and OUT instead")
        self.sources.add(path, recursive=recursive)

    def settle(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse what would lose a file, and pass over what has been done if that is asked for."""
        self.jobs = [self._job(*source) for source in self.sources.files]
        _refuse_same_targets(self.jobs)
        existing = [job for job in self.jobs if job.replaces]
        _refuse_sources(existing, self.jobs)
        if existing and not resume and not overwrite:
            raise OptionError(
                f"{len(existing)} of the files to write exist, {existing[0].target} first: "
                "--resume makes those that are missing or whose source has changed, --overwrite all"
            )
        if resume and existing:
            done = set(_done(existing, self._folder))
            self.done = len(done)
            self.jobs = [job for job in self.jobs if job not in done]
        self.replacing = len(existing) - self.done
        for folder in {job.target.parent for job in self.jobs}:
            remove_leftovers(folder)

    def _job(self, path: Path, relative: Path) -> Job:
        target = self._naming.target(self._folder, relative)
        return Job(path, target, target.exists())


def _refuse_same_targets(jobs: Iterable[Job]) -> None:
    """Refuse two files of one name, upper and lower case being the same on some systems.

    Of files that exist it shows whether two names, by their case or by links to folders, are one.
    """
    has_one_case = sys.platform in ("darwin", "win32")
    seen: dict[object, Job] = {}
    for job in jobs:
        name = str(job.target)
        key: object = name.casefold() if has_one_case else name
        if job.replaces and job.target.stat().st_nlink == 1:  # hard links are replaced one by one
            key = _identity(job.target)
        other = seen.setdefault(key, job)
        if other is not job:
            raise OptionError(
                f"{job.target} would be made of two files, {other.source} and {job.source}: "
                + _way_out(other.source, job.source)
            )


def _way_out(first: Path, second: Path) -> str:
    if first.name.casefold() != second.name.casefold():
        return "--keep-suffix tells them apart"
    return "give the folder that has both, with -r, or write them to two folders"


def _refuse_sources(existing: Iterable[Job], jobs: Iterable[Job]) -> None:
    """Refuse to replace what is a source itself, by whatever name."""
    sources = {_identity(job.source) for job in jobs}
    for job in existing:
        if _identity(job.target) in sources:
            raise OptionError(f"{job.target} is one of the inputs: it must not be an output too")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _done(existing: Iterable[Job], folder: Path) -> Iterable[Job]:
    """Yield the jobs that an earlier call has done, and whose sources have not changed since.

    A file gets the date of its source before it gets its name, so that it has both or is not there.
    Files without a byte are what a power failure leaves.
    """
    with kept_dates(folder) as kept:
        for job in existing:
            with suppress(OSError):  # of a source that is not there, whose job then tells
                date, found = job.source.stat().st_mtime_ns, job.target.stat()
                if found.st_size and found.st_mtime_ns == kept(date):
                    yield job
