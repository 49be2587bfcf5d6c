"""One picture in a call: IN OUT, each of which may be a pipe."""

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path

from svac2.cli.pipes import STANDARD, input_of, naming_lost, target_of
from svac2.cli.plan import Job
from svac2.cli.printing import print_lines, printable
from svac2.cli.progress import ProgressBar
from svac2.cli.work import Result, Work, line_of
from svac2.files import check_target, write_whole


def run(arguments: argparse.Namespace, work: Work, source: Path, target: Path, label: str) -> int:
    """Make OUT of IN."""
    start = time.monotonic()
    if target != STANDARD:
        check_target(target, source)
    before = 0
    if arguments.verbose and source != STANDARD:
        with suppress(OSError):  # of a source that is not there, which the work then tells
            before = source.stat().st_size
    given = input_of(source)
    with naming_lost(source, given), ProgressBar(label, sys.stderr) as progress:
        data = work(given, progress=progress)
    with target_of(target) as taken:
        write_whole(taken, data)
    if arguments.verbose:
        result = Result(Job(source, target), before, len(data), time.monotonic() - start)
        if target == STANDARD:
            print(printable(line_of(result)), file=sys.stderr)
        else:
            print_lines([line_of(result)])
    return 0
