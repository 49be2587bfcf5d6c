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
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Never

from svac2.cli.plan import Job
from svac2.cli.work import Result, Work, failed, perform

_CONTEXT = multiprocessing.get_context("spawn")  # the one way that all systems have
_SECONDS_TO_STOP = 10.0


class Worker:
    """A process, and its end of the pipe."""

    def __init__(self, work: Work) -> None:
        """Start the process."""
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, work), daemon=True)
        with _without_interrupts():
            self.process.start()
        theirs.close()

    def give(self, job: Job) -> None:
        """Hand over a job."""
        self._job = job
        with contextlib.suppress(OSError):  # take tells of a process that has ended
            self.connection.send(job)

    def take(self) -> Result:
        """Return what came of the job."""
        try:
            result: Result = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            reason = f"its process ended with status {self.process.exitcode}"
            return failed(self._job, f"{reason} (killed for its memory?)")
        return result


def run_in_processes(jobs: Iterable[Job], work: Work, count: int) -> Generator[Result]:
    """Do jobs in so many processes; yield the results as they come."""
    rest = iter(jobs)
    workers: dict[Connection, Worker] = {}
    try:
        for job in islice(rest, count):
            _start(workers, work, job)
        while workers:
            for connection in wait(list(workers)):
                worker = workers[connection]  # type: ignore[index]
                yield worker.take()
                _go_on(workers, worker, work, next(rest, None))
    finally:
        _stop(workers.values())


def _start(workers: dict[Connection, Worker], work: Work, job: Job) -> None:
    worker = Worker(work)
    workers[worker.connection] = worker
    worker.give(job)


def _go_on(workers: dict[Connection, Worker], worker: Worker, work: Work, job: Job | None) -> None:
    """Give a worker the next job, or let it end; one that has ended is replaced."""
    is_alive = worker.process.exitcode is None
    if job is not None and is_alive:
        worker.give(job)
        return
    del workers[worker.connection]
    worker.connection.close()
    if job is not None:
        _start(workers, work, job)


def _stop(workers: Iterable[Worker]) -> None:
    """End processes in the middle of their jobs, which leave nothing half done behind."""
    processes = [worker.process for worker in workers]
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_SECONDS_TO_STOP)
        process.kill()


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let Ctrl-C, which a terminal sends to all, reach the command alone."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, work: Work) -> None:
    """Do jobs until the pipe ends."""
    signal.signal(signal.SIGTERM, _end)
    parent = os.getppid()

    def check(done: int, total: int) -> None:
        if os.getppid() != parent:  # it has been killed, and another one stands in for it
            sys.exit(1)

    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(perform(work, connection.recv(), check))


def _end(number: int, frame: object) -> Never:
    sys.exit(1)  # which takes the way of all exceptions, past what cleans up
