"""One picture of a batch: what is made of it, and what is told of it afterwards."""

import errno
import time
import warnings
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from svac2.cli.plan import Job
from svac2.cli.printing import explain
from svac2.errors import PartialWarning
from svac2.files import check_target, write_atomically
from svac2.options import Progress


class Work(Protocol):
    """Makes the bytes of one file of another."""

    def __call__(self, source: Path | BinaryIO, *, progress: Progress | None) -> bytes:
        """Return the bytes."""


class Result(NamedTuple):
    """What came of a job: the bytes of both files, or what failed.

    is_disk_full: nor will others find room, be it of the disk or of a quota.
    """

    job: Job
    before: int = 0
    after: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    is_disk_full: bool = False


def perform(work: Work, job: Job, progress: Progress | None) -> Result:
    """Do a job; what fails is told in the result."""
    start = time.monotonic()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", PartialWarning)
            found = job.source.stat()  # beforehand: what changes meanwhile is done again
            job.target.parent.mkdir(parents=True, exist_ok=True)
            check_target(job.target)
            data = work(job.source, progress=progress)
        write_atomically(job.target, data, mtime_ns=found.st_mtime_ns, replaces=job.replaces)
    except Exception as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        result = failed(job, explain(error), time.monotonic() - start)
        return result._replace(is_disk_full=is_full)
    messages = tuple(str(warning.message) for warning in caught)
    return Result(job, found.st_size, len(data), time.monotonic() - start, messages)


def failed(job: Job, reason: str, seconds: float = 0.0) -> Result:
    """Return what tells of a failure, by the name of the file."""
    name = str(job.source)
    is_named = reason.startswith(name)
    return Result(job, seconds=seconds, failure=reason if is_named else f"{name}: {reason}")


def line_of(result: Result) -> str:
    """Return what -v tells of a picture."""
    sizes = f"{result.after:,} bytes"
    if result.before:  # which nobody knows of a pipe
        sizes = f"{result.before:,} -> {sizes} ({100 * result.after / result.before:.1f} %)"
    return f"{result.job.source} -> {result.job.target}: {sizes}, {result.seconds:.2f} s"
