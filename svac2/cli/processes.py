"""Processes that work side by side.

Each takes one job at a time through a pipe of its own. A process that is killed, by a lack of
memory say, fails its job alone. Where the command itself is killed, the pipes end, and with them
the processes.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Never

from svac2.cli.plan import Job
from svac2.cli.work import Result, Work, failed, perform

_CONTEXT = multiprocessing.get_context("spawn")  # the one way that all systems have
_SECONDS_TO_STOP = 10.0


class Worker:
    """A process, its end of the pipe, and the jobs that it has been given and not done."""

    def __init__(self, work: Work) -> None:
        """Start the process."""
        self.jobs: deque[Job] = deque()
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, work), daemon=True)
        with _without_interrupts():
            self.process.start()
        theirs.close()

    def give(self, job: Job) -> None:
        """Hand over a job."""
        self.jobs.append(job)
        with contextlib.suppress(OSError):  # take tells of a process that has ended
            self.connection.send(job)

    def take(self) -> Result:
        """Return what came of the first job."""
        job = self.jobs.popleft()
        try:
            result: Result = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            reason = f"its process ended with status {self.process.exitcode}"
            return failed(job, f"{reason} (killed for its memory?)")
        return result


def run_in_processes(jobs: Iterable[Job], work: Work, count: int) -> Generator[Result]:
    """Do jobs in so many processes; yield the results as they come.

    Each process has a second job in its pipe, so as not to wait for us between two.
    """
    rest = iter(jobs)
    workers: dict[Any, Worker] = {}
    try:
        for job in islice(rest, count):
            _start(workers, work, [job])
        for worker, job in zip(list(workers.values()), rest, strict=False):
            worker.give(job)
        while workers:
            for connection in wait(list(workers)):
                worker = workers[connection]
                yield worker.take()
                _go_on(workers, worker, work, next(rest, None))
    finally:
        _stop(workers.values())


def _start(workers: dict[Any, Worker], work: Work, jobs: Iterable[Job]) -> None:
    worker = Worker(work)
    workers[worker.connection] = worker
    for job in jobs:
        worker.give(job)


def _go_on(workers: dict[Any, Worker], worker: Worker, work: Work, job: Job | None) -> None:
    """Give a worker the next job, or let it end; one that has ended is replaced."""
    has_ended = worker.process.exitcode is not None
    if job is not None and not has_ended:
        worker.give(job)
    if has_ended or not worker.jobs:
        del workers[worker.connection]
        worker.connection.close()
    if has_ended and (worker.jobs or job is not None):
        _start(workers, work, [*worker.jobs, *([] if job is None else [job])])


def _stop(workers: Iterable[Worker]) -> None:
    """End processes in the middle of their jobs, which leave nothing half done behind."""
    processes = [worker.process for worker in workers]
    try:
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _SECONDS_TO_STOP
        for process in processes:
            process.join(max(deadline - time.monotonic(), 0))
    finally:  # also after another Ctrl-C
        for process in processes:
            process.kill()


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let Ctrl-C, which a terminal sends to all, reach the command alone.

    A process is started with the mask of this thread, and ignores it by the time it unblocks it.
    For us it waits, or another thread takes it at once.
    """
    if sys.platform == "win32":  # which has no masks
        yield
        return
    resource_tracker.ensure_running()  # whose start would unblock it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, work: Work) -> None:
    """Do jobs until the pipe ends."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    parent = os.getppid()

    def check(done: int, total: int) -> None:
        if os.getppid() != parent:  # it has been killed, and another one stands in for it
            sys.exit(1)

    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(perform(work, connection.recv(), check))


def _end(number: int, frame: object) -> Never:
    sys.exit(1)  # which takes the way of all exceptions, past what cleans up
