"""Many pictures, encoded or decoded by several workers at a time."""

import os
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from functools import partial
from itertools import count
from typing import Any, Literal, NamedTuple, SupportsIndex, Unpack, overload

from svac2 import options
from svac2.api import decode, encode
from svac2.arrays import Samples
from svac2.decoding import Decoding
from svac2.encoding import Encoding
from svac2.errors import OptionTypeError, SvacError
from svac2.executors import AnyExecutor, Workers, workers_of
from svac2.files import DataLike, is_file
from svac2.keywords import DecodeManyOptions, EncodeManyOptions
from svac2.layers import warn_of_part
from svac2.options import Progress
from svac2.pictures.images import ImageLike


@overload
def encode_many(
    images: Iterable[ImageLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: Literal[False] = False,
    **encode_options: Unpack[EncodeManyOptions],
) -> Generator[bytes, None, None]: ...
@overload
def encode_many(
    images: Iterable[ImageLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: bool,
    **encode_options: Unpack[EncodeManyOptions],
) -> Generator[bytes | SvacError | OSError, None, None]: ...
def encode_many(
    images: Iterable[ImageLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: bool = False,
    **encode_options: Unpack[EncodeManyOptions],
) -> Generator[bytes | SvacError | OSError, None, None]:
    """Encode many pictures on several workers; yield the files in the order of the pictures.

    Options are checked at once; pictures are taken from the iterable, which may be endless, as
    results are asked for, and no more of them are held than buffersize. Where the iteration ends
    early, by close, an exception or Ctrl-C, what waits is cancelled, threads of ours stop at once,
    and the executor stays open.

    Args:
        images: what encode accepts, one after the other; arrays must stay as they are until their
            files have come. For workers in other processes paths are best: they open the files
            themselves. Files that are open here cannot be sent.
        executor: any of concurrent.futures; a distributed.Client of Dask; the module ray, once it
            is connected; anything with submit, whose futures have result. None: threads of this
            process, one for each CPU.
        buffersize: how many pictures may be under way, from when they are taken until their files
            are; None: twice the number of workers.
        return_exceptions: yield the exception of a picture that fails, an SvacError or OSError, in
            its place, and go on with the others. Otherwise it is raised when its turn comes, names
            the picture by its number, counted from 0, and ends the iteration.
        encode_options: those of encode, but for progress. threads is 1 unless it is given: of many
            pictures each is best coded on one.

    Raises:
        OptionError: as encode does, but before any picture is taken.
    """
    _refuse_unknown(encode_options, EncodeManyOptions.__optional_keys__, encode)
    return _run(
        Encoding(**_chosen(encode_options)).run, images, executor, buffersize, return_exceptions
    )


@overload
def decode_many(
    files: Iterable[DataLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: Literal[False] = False,
    **decode_options: Unpack[DecodeManyOptions],
) -> Generator[Samples, None, None]: ...
@overload
def decode_many(
    files: Iterable[DataLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: bool,
    **decode_options: Unpack[DecodeManyOptions],
) -> Generator[Samples | SvacError | OSError, None, None]: ...
def decode_many(
    files: Iterable[DataLike],
    /,
    *,
    executor: AnyExecutor | None = None,
    buffersize: SupportsIndex | None = None,
    return_exceptions: bool = False,
    **decode_options: Unpack[DecodeManyOptions],
) -> Generator[Samples | SvacError | OSError, None, None]:
    """Decode many files on several workers; yield the pictures in the order of the files.

    All is as in encode_many.

    Args:
        files: what decode accepts, one after the other.
        executor: as in encode_many.
        buffersize: likewise.
        return_exceptions: likewise.
        decode_options: those of decode, but for progress and out. threads is 1 unless it is given.

    Raises:
        OptionError: as decode does, but before any file is taken.
    """
    _refuse_unknown(decode_options, DecodeManyOptions.__optional_keys__, decode)
    return _run(
        partial(_pixels_of, Decoding(**_chosen(decode_options))),
        files,
        executor,
        buffersize,
        return_exceptions,
    )


def _refuse_unknown(
    given: Collection[str], known: Collection[str], function: Callable[..., object]
) -> None:
    for name in ("progress", "out"):
        if name in given:
            raise OptionTypeError(f"{name} is for one picture, and these are many")
    options.refuse_unknown(set(given) - set(known), function)


def _chosen(given: Any) -> Any:
    """Return the options, one thread being enough for each of many pictures."""
    return {"threads": 1, **given}


class _Partial(NamedTuple):
    """Pixels of a file that is not whole, and the warning of that, which is to be given here.

    Workers may be processes, whose warnings nobody sees.
    """

    pixels: Samples
    warning: str


def _pixels_of(
    decoding: Decoding, data: DataLike, *, progress: Progress | None = None
) -> Samples | _Partial:
    """Decode a picture; a function that can be pickled."""
    warnings: list[str] = []
    pixels = decoding.run(data, progress=progress, warn=warnings.append).pixels
    return _Partial(pixels, *warnings) if warnings else pixels


def _run(
    job: Callable[[Any], Any],
    items: Iterable[Any],
    executor: AnyExecutor | None,
    buffersize: SupportsIndex | None,
    return_exceptions: bool,
) -> Generator[Any, None, None]:
    """Check the arguments, and return the generator of results."""
    options.flag("return_exceptions", return_exceptions)
    if buffersize is not None:
        buffersize = options.integer("buffersize", buffersize, 1, 2**31 - 1)
    source = _iterator_of(items)
    workers = workers_of(executor)
    kept = (SvacError, OSError) if return_exceptions else ()
    return _results(job, source, workers, buffersize, kept)


def _iterator_of(items: Iterable[Any]) -> Iterator[Any]:
    """Refuse one picture or file in place of many, of which each row, letter or byte would be one.

    A stack of grey pictures has three axes as well, but is never as narrow as channels are.
    """
    is_one = isinstance(items, (str, bytes, bytearray, memoryview, os.PathLike)) or is_file(items)
    shape = getattr(items, "shape", None)  # of arrays of any kind
    if shape is not None:
        is_one = len(shape) < 3 or (len(shape) == 3 and shape[2] <= 4)
    if is_one or not isinstance(items, Iterable):
        raise OptionTypeError(
            f"many pictures must come from an iterable, as a list is, not from one "
            f"{type(items).__name__}"
        )
    return iter(items)


def _results(
    job: Callable[[Any], Any],
    items: Iterator[Any],
    workers: Workers,
    buffersize: int | None,
    kept: tuple[type[Exception], ...],
) -> Generator[Any, None, None]:
    pending: deque[Any] = deque()
    numbers = count()
    try:
        for item in items:
            pending.append(_submitted(workers, job, item))
            allowed = buffersize or 2 * max(1, workers.count)  # of which there may be more by now
            if len(pending) >= allowed or _call(pending[0], "done"):
                yield _outcome(pending.popleft(), next(numbers), kept)
        while pending:
            yield _outcome(pending.popleft(), next(numbers), kept)
    finally:
        for future in pending:
            _call(future, "cancel")
        workers.close()


def _submitted(workers: Workers, job: Callable[[Any], Any], item: Any) -> Any:
    """Return the future of a picture; what cannot be sent fails when its turn comes."""
    from concurrent.futures import Future

    try:
        return workers.submit(job, item)
    except OptionTypeError as error:
        failed = Future[Any]()
        failed.set_exception(error)
        return failed


def _call(future: Any, name: str) -> bool:
    """Call a method that not every kind of future has."""
    method = getattr(future, name, None)
    return method is not None and bool(method())


def _outcome(future: Any, number: int, kept: tuple[type[Exception], ...]) -> Any:
    """Return the result of a picture or, if it is one of a kind, its exception; raise others."""
    try:
        result = future.result()
    except Exception as error:
        if isinstance(error, SvacError):
            error.args = (f"picture {number}: {error}",)
        else:
            error.add_note(f"picture {number}")
        if isinstance(error, kept):
            return error
        raise
    if isinstance(result, _Partial):
        warn_of_part(f"picture {number}: {result.warning}")
        return result.pixels
    return result
