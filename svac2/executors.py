"""What can do the work of many pictures: executors, and what is none but can take jobs as well."""

import io
import os
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Never, Protocol, TypeAlias

from PIL import Image

from svac2 import options
from svac2.errors import OptionTypeError
from svac2.files import is_file


class Executor(Protocol):
    """What has submit as concurrent.futures.Executor does, whose futures have a result.

    Where they have done and cancel as well, these are called.
    """

    @property
    def submit(self) -> Callable[..., Any]:
        """A function of another one and its arguments."""


AnyExecutor: TypeAlias = Executor | ModuleType


class Workers:
    """Those of an executor, which stays open."""

    def __init__(self, executor: Any, count: int) -> None:
        """Take an executor with so many workers."""
        self._executor = executor
        self._count = count

    @property
    def count(self) -> int:
        """How many there are, as far as the executor tells: else as many as there are CPUs."""
        return self._count

    def submit(self, function: Callable[..., Any], item: Any) -> Any:
        """Return the future of a call."""
        return self._executor.submit(function, item)

    def close(self) -> None:
        """Leave the executor to whom it belongs to."""


class OwnThreads(Workers):
    """Threads of this process that end with the iteration."""

    def __init__(self) -> None:
        """Make one for each CPU; it starts with the first job."""
        from concurrent.futures import ThreadPoolExecutor

        count = options.thread_count(0)
        super().__init__(ThreadPoolExecutor(count, "svac2"), count)
        self._is_closed = False

    def submit(self, function: Callable[..., Any], item: Any) -> Any:
        """Return the future of a call that stops soon after close."""
        return super().submit(partial(function, progress=self._go_on), item)

    def close(self) -> None:
        """End the calls that run, and their threads."""
        self._is_closed = True
        self._executor.shutdown()

    def _go_on(self, done: int, total: int) -> None:
        from concurrent.futures import CancelledError

        if self._is_closed:
            raise CancelledError


class RemoteWorkers(Workers):
    """Workers of other processes or interpreters, which arguments are pickled for."""

    def submit(self, function: Callable[..., Any], item: Any) -> Any:
        """Return the future of a call, or refuse what cannot leave this process."""
        return self._send(function, _portable(item))

    def _send(self, function: Callable[..., Any], item: Any) -> Any:
        return self._executor.submit(function, item)


class DaskWorkers(RemoteWorkers):
    """Those of a distributed.Client, of which there may be none yet, and later more or fewer."""

    @property
    def count(self) -> int:
        """How many there are now."""
        return sum(self._executor.nthreads().values())

    def _send(self, function: Callable[..., Any], item: Any) -> Any:
        # Scattered, pictures do not pass through the scheduler. But that waits for workers, and
        # starts none where a cluster adapts itself: jobs do.
        if not isinstance(item, (str, os.PathLike)) and self.count > 0:
            [item] = self._executor.scatter([item], hash=False)
        # What is not pure is no key of a cache, where a file that has changed since would be found
        # as it was.
        return self._executor.submit(function, item, pure=False)


class RayWorkers(RemoteWorkers):
    """Those of the cluster that the module ray is connected to."""

    def __init__(self, executor: Any, count: int) -> None:
        """Take the module ray, with so many CPUs in its cluster."""
        super().__init__(executor, count)
        self._task = executor.remote(_call)

    def _send(self, function: Callable[..., Any], item: Any) -> Any:
        return _RayJob(self._executor, self._task.remote(function, item))


def _call(function: Callable[..., Any], item: Any) -> Any:
    """Call a function; tasks of Ray must be plain ones, not partial."""
    return function(item)


class _RayJob:
    """A future for an object of Ray's store."""

    def __init__(self, ray: Any, reference: Any) -> None:
        self._ray = ray
        self._reference = reference

    def done(self) -> bool:
        return bool(self._ray.wait([self._reference], timeout=0)[0])

    def result(self) -> Any:
        try:
            return self._ray.get(self._reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error

    def cancel(self) -> None:
        self._ray.cancel(self._reference)


def workers_of(executor: Any) -> Workers:
    """Return the workers of what a caller gave: None stands for threads of this process."""
    if executor is None:
        return OwnThreads()
    if hasattr(executor, "scatter") and hasattr(executor, "nthreads"):
        return DaskWorkers(executor, 0)
    if hasattr(executor, "remote") and hasattr(executor, "cluster_resources"):
        return RayWorkers(executor, int(executor.cluster_resources().get("CPU", 0)))
    if not callable(getattr(executor, "submit", None)):
        raise OptionTypeError(
            "executor must be one of concurrent.futures, a distributed.Client, the module ray or "
            f"None, not {executor!r}"
        )
    count = getattr(executor, "_max_workers", None) or options.thread_count(0)
    return (Workers if _shares_memory(executor) else RemoteWorkers)(executor, count)


def _shares_memory(executor: object) -> bool:
    from concurrent import futures

    interpreters: Any = getattr(futures, "InterpreterPoolExecutor", ())
    return isinstance(executor, futures.ThreadPoolExecutor) and not isinstance(
        executor, interpreters
    )


def _portable(item: Any) -> Any:
    """Return what can be pickled for a picture or a file, or say why it cannot."""
    if isinstance(item, memoryview):
        return bytes(item)
    if is_file(item) and not isinstance(item, io.BytesIO):
        _refuse("an open file", "its path, or its bytes in io.BytesIO")
    return _portable_image(item) if isinstance(item, Image.Image) else item


def _portable_image(image: Image.Image) -> Image.Image:
    """Return an image that is pickled as it is: its file and some of what that told are not."""
    # It would be loaded by Pillow alone, which drops bits that are read with its file.
    if getattr(image, "fp", None) is not None:
        _refuse("a Pillow image that is read from an open file", "the path of that")
    if hasattr(image, "tag_v2"):  # EXIF is in them, and how many bits samples have
        _refuse("a Pillow image with the tags of a TIFF file", "the path of that")
    has_alpha = image.palette is not None and image.palette.mode == "RGBA"  # pickled as RGB
    return image.convert("RGBA") if has_alpha else image


def _refuse(what: str, instead: str) -> Never:
    raise OptionTypeError(f"{what} cannot be sent to other processes: give {instead}")
