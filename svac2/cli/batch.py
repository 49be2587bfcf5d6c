"""Many pictures in one call: FILES... -o DIR."""

import argparse
import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from svac2 import options
from svac2._core import codec
from svac2.cli.plan import Job, Naming, Plan
from svac2.cli.printing import complain, explain, print_lines
from svac2.cli.progress import ProgressBar
from svac2.cli.work import Result, Work, line_of, perform
from svac2.errors import OptionError

_STEPS = 1000  # of the bar, for each picture


def pair(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Return IN and OUT of a call without -o."""
    for name in arguments.only_with_folder:
        if getattr(arguments, name):
            raise OptionError(f"--{name.replace('_', '-')} is for FILES... -o DIR")
    if len(arguments.files) != 2:
        given = "a file alone" if len(arguments.files) == 1 else f"{len(arguments.files)} files"
        raise OptionError(f"{given}, and nowhere to write to: give IN and OUT, or FILES... -o DIR")
    source, target = arguments.files
    if target.is_dir():
        raise OptionError(f"{target} is a folder: give -o {target}")
    return source, target


def job_count(arguments: argparse.Namespace) -> int:
    """Return how many pictures to work on at once."""
    count = 1 if arguments.jobs is None else arguments.jobs
    return options.integer("jobs", count, 0, codec.MAX_THREADS) or options.thread_count(0)


def thread_count(arguments: argparse.Namespace) -> int:
    """Return the threads for each picture: one, where the pictures share the processors."""
    is_alone = arguments.output is None or job_count(arguments) == 1
    threads: int = arguments.threads if arguments.threads or is_alone else 1
    return threads


def run(arguments: argparse.Namespace, work: Work, naming: Naming, label: str) -> int:
    """Do what a call asks for; return its exit status."""
    plan = _plan(arguments, naming._replace(keeps_suffix=arguments.keep_suffix))
    summary = Summary(plan, arguments.verbose)
    count = min(job_count(arguments), len(plan.jobs))
    with ProgressBar(label, sys.stderr) as bar:
        if count > 1:
            from svac2.cli.processes import run_in_processes  # which takes some time to import

            results = run_in_processes(plan.jobs, work, count)
        else:
            results = _run_here(plan.jobs, work, bar)
        try:
            with closing(results):
                for done, result in enumerate(results, 1):
                    bar.clear()
                    summary.add(result)
                    if result.is_disk_full:
                        break
                    bar(_STEPS * done, _STEPS * len(plan.jobs))
        finally:
            bar.clear()
            summary.print()
    return 1 if summary.failed else 0


def _plan(arguments: argparse.Namespace, naming: Naming) -> Plan:
    folder: Path = arguments.output
    if folder.suffix.lower() == naming.suffix and not folder.is_dir():
        raise OptionError(f"-o {folder}: that is the folder; for a single file give IN and OUT")
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"-o {folder} is not a folder")
    plan = Plan(folder, naming)
    for path in arguments.files:
        plan.add(path, recursive=arguments.recursive)
    plan.settle(resume=arguments.resume, overwrite=arguments.overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    return plan


def _run_here(jobs: list[Job], work: Work, bar: ProgressBar) -> Generator[Result]:
    for index, job in enumerate(jobs):

        def progress(done: int, total: int, index: int = index) -> None:
            bar(_STEPS * index + _STEPS * done // (total or 1), _STEPS * len(jobs))

        yield perform(work, job, progress)


class Summary:
    """Counts what came of the jobs, and tells of each what is to be told at once."""

    def __init__(self, plan: Plan, is_verbose: bool) -> None:
        """Tell what came of planning."""
        self._start = time.monotonic()
        self._plan = plan
        self._is_verbose = is_verbose
        self._made = self._before = self._after = 0
        self.failed = 0
        for error in plan.sources.failures:
            self._fail(explain(error))
        if is_verbose:
            print_lines(f"{path}: left out, {why}" for path, why in plan.sources.left_out)

    def _fail(self, reason: str) -> None:
        self.failed += 1
        complain(reason)

    def add(self, result: Result) -> None:
        """Count a result."""
        for message in result.warnings:
            complain(f"warning: {message}")
        if result.failure is not None:
            self._fail(result.failure)
            if result.is_disk_full:
                complain("stopped, as there is no room for more: --resume goes on, once there is")
            return
        self._made += 1
        self._before += result.before
        self._after += result.after
        if self._is_verbose:
            print_lines([line_of(result)])

    def print(self) -> None:
        """Print the table."""
        sources = self._plan.sources
        rows = {
            "files": f"{len(self._plan.jobs) + self._plan.done + len(sources.failures):,}",
            "made": f"{self._made:,}",
            "already done": f"{self._plan.done:,}",
            "to be replaced": f"{self._plan.replacing:,}",
            "failed": f"{self.failed:,}",
            "left out": f"{len(sources.left_out):,}",
            "bytes before": f"{self._before:,}",
            "bytes after": f"{self._after:,}",
            "ratio": f"{100 * self._after / self._before:.1f} %" if self._before else "-",
            "seconds": f"{time.monotonic() - self._start:,.1f}",
        }
        width = max(map(len, rows.values()))
        print_lines(f"{name:<14} {value:>{width}}" for name, value in rows.items())
