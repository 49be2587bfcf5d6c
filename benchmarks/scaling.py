"""How throughput grows: of one picture with its threads, of many with their workers.

`python benchmarks/scaling.py threads PICTURES` encodes and decodes one large picture, and
`python benchmarks/scaling.py workers PICTURES` many tiles, by encode_many and decode_many and by
Dask's cluster into zarr and out of it. It needs the extra `dask`. One and several take turns, and
best and median of the rounds are printed, since other work on the machine takes from both. What
processor time grows by is what sharing costs. The ceiling of threads is how many times as fast as
one process as many of them are, each with one thread and a picture of its own: what the machine had
to give.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import dask.array as da
import numpy as np
import psutil
import zarr
from dask.distributed import Client, LocalCluster
from pictures import Rgb, find_pictures, photograph, read_rgb

import svac2
from svac2.zarr import Svac2Codec

QUALITY = 75
WORKERS = (1, 2)

# A process of a pool starts as itself, not as a copy of this one and its threads.
Processes = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))


class Run(NamedTuple):
    """Seconds of wall and of processor time."""

    wall: float
    cpu: float


def timed(work: Callable[[], Any], clock: Callable[[], float]) -> tuple[Any, Run]:
    """What the work gives, and what it takes, its processor time by a clock."""
    cpu, start = clock(), time.perf_counter()
    result = work()
    return result, Run(time.perf_counter() - start, clock() - cpu)


def print_head(what: str, last: str = "") -> None:
    columns = "".join(f" {'1':>7} {'several':>7} {'times':>6}" for _ in Run._fields)
    print(f"{'':38} {'wall time':22} {'processor time':22}")
    print(f"{what:38}{columns} {last:>7}")


def report(name: str, ways: Sequence[Callable[[], Run]], rounds: int) -> None:
    """Let one, several, and if given several apart take turns, after a round that warms them up."""
    runs = [[way() for way in ways] for _ in range(rounds + 1)][1:]
    picks: dict[str, Callable[[Sequence[float]], float]] = {
        "best": min,
        "median": statistics.median,
    }
    for label, pick in picks.items():
        one, several, *ceilings = (
            Run(*map(pick, zip(*of_way, strict=True))) for of_way in zip(*runs, strict=True)
        )
        row = f"{name:31} {label:6}"
        row += f" {one.wall:7.3f} {several.wall:7.3f} {one.wall / several.wall:6.2f}"
        row += f" {one.cpu:7.3f} {several.cpu:7.3f} {several.cpu / one.cpu:6.2f}"
        print(row, *(f"{one.wall / run.wall:7.2f}" for run in ceilings), flush=True)


# --- one picture, threads -------------------------------------------------------------------


def check_same(result: bytes | Rgb, expected: bytes | Rgb) -> None:
    if not np.array_equal(np.frombuffer(result, np.uint8), np.frombuffer(expected, np.uint8)):
        raise SystemExit("the result depends on threads")


def on_threads(work: Callable[..., Any], expected: bytes | Rgb, count: int) -> Run:
    result, run = timed(partial(work, threads=count), time.process_time)
    check_same(result, expected)
    return run


def apart(work: Callable[..., Any], expected: bytes | Rgb, processes: Sequence[Executor]) -> Run:
    """Each process does the work on one thread; returns what that takes for each result."""
    one = partial(work, threads=1)
    futures = [process.submit(timed, one, time.process_time) for process in processes]
    results, runs = zip(*(future.result() for future in futures), strict=True)
    for result in results:
        check_same(result, expected)
    wall, cpu = zip(*runs, strict=True)
    return Run(max(wall) / len(runs), sum(cpu) / len(runs))


def measure_picture(picture: Rgb, count: int, args: argparse.Namespace) -> None:
    encode = partial(svac2.encode, picture, quality=QUALITY, effort=args.effort)
    decode = partial(svac2.decode, encode())
    with ExitStack() as stack:
        processes = [stack.enter_context(Processes(1)) for _ in range(count)]
        for name, step in (("encode", encode), ("decode", decode)):
            for kind, options in (("restored", {}), ("not restored", {"enhance": False})):
                work: Callable[..., Any] = partial(step, **options)
                expected = work(threads=1)
                ways = [partial(on_threads, work, expected, n) for n in (1, count)]
                ways.append(partial(apart, work, expected, processes))
                report(f"{name}, {kind}", ways, args.rounds)


def threads_main(args: argparse.Namespace) -> None:
    picture = photograph(find_pictures(args.pictures), *args.size)
    megapixels = picture.shape[0] * picture.shape[1] / 1e6
    print(f"{megapixels:.2f} megapixels, effort {args.effort}, quality {QUALITY}")
    for count in args.threads:
        print_head(f"seconds, 1 and {count} threads", "ceiling")
        measure_picture(picture, count, args)
    print("same bytes and pixels everywhere")


# --- many pictures, workers -----------------------------------------------------------------


def tiles_of(pictures: list[Rgb], side: int, count: int) -> list[Rgb]:
    """The first tiles that the pictures hold, over and over."""
    tiles = [
        picture[y : y + side, x : x + side]
        for picture in pictures
        for y in range(0, picture.shape[0] - side + 1, side)
        for x in range(0, picture.shape[1] - side + 1, side)
    ]
    if not tiles:
        raise SystemExit(f"no picture has {side} pixels a side")
    return [tiles[i % len(tiles)] for i in range(count)]


def processor_time() -> float:
    """Seconds that this process and those that it started have had."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(spent.user + spent.system for spent in times)


def workers_report(name: str, work: Mapping[int, Callable[[], Any]], rounds: int) -> None:
    def run(count: int) -> Run:
        return timed(work[count], processor_time)[1]

    report(name, [partial(run, count) for count in WORKERS], rounds)


def pools(kind: Callable[[int], Executor], stack: ExitStack) -> dict[int, Executor]:
    return {count: stack.enter_context(kind(count)) for count in WORKERS}


def measure_many(tiles: list[Rgb], rounds: int) -> None:
    files = [svac2.encode(tile, quality=QUALITY) for tile in tiles]
    kinds: dict[str, Any] = {"threads": ThreadPoolExecutor, "processes": Processes}
    for name, kind in kinds.items():
        with ExitStack() as stack:
            by_count = pools(kind, stack)
            encode = {
                n: partial(drain, svac2.encode_many, tiles, executor=pool, quality=QUALITY)
                for n, pool in by_count.items()
            }
            decode = {
                n: partial(drain, svac2.decode_many, files, executor=pool)
                for n, pool in by_count.items()
            }
            workers_report(f"encode_many, {name}", encode, rounds)
            workers_report(f"decode_many, {name}", decode, rounds)


def drain(function: Callable[..., Iterator[Any]], items: list[Any], **options: Any) -> None:
    for _ in function(items, **options):
        pass


def measure_dask(tiles: list[Rgb], rounds: int) -> None:
    """Code a column of tiles from one zarr array to another by a local cluster, then check it."""
    pixels = np.concatenate(tiles)
    with (
        tempfile.TemporaryDirectory() as name,
        LocalCluster(
            n_workers=max(WORKERS), threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        folder, chunks = Path(name), tiles[0].shape
        source = zarr.create_array(
            folder / "source.zarr", data=pixels, chunks=chunks, compressors=None
        )
        coded = create(folder / "coded.zarr", source)
        store = da.store(da.from_zarr(source), coded, lock=False, compute=False)
        addresses = list(client.nthreads())

        def runs_of(work: Any) -> dict[int, Callable[[], object]]:
            return {n: partial(compute, client, work, addresses[:n]) for n in WORKERS}

        workers_report(f"{len(tiles)} tiles to zarr, Dask", runs_of(store), rounds)
        workers_report(
            f"{len(tiles)} tiles from zarr, Dask", runs_of(da.from_zarr(coded).max()), rounds
        )
        check(tiles, coded[...])


def compute(client: Client, work: Any, workers: list[str]) -> None:
    # One cluster for both numbers: an idle one beside it would take a tenth of a processor.
    client.compute(work, workers=workers).result()


def create(path: Path, source: Any) -> Any:
    return zarr.create_array(
        path,
        shape=source.shape,
        chunks=source.chunks,
        dtype=source.dtype,
        serializer=Svac2Codec(quality=QUALITY),
        compressors=None,
    )


def check(tiles: list[Rgb], decoded: Any) -> None:
    """Fail unless each tile is what svac2.encode makes of it."""
    for tile, found in zip(tiles, np.split(decoded, len(tiles)), strict=True):
        expected = svac2.decode(svac2.encode(tile, quality=QUALITY, exact=True))
        np.testing.assert_array_equal(found, expected)
    error = decoded.astype(np.int32) - np.concatenate(tiles)
    print(f"each tile is what svac2.encode makes of it; largest error {np.abs(error).max()}")


def workers_main(args: argparse.Namespace) -> None:
    pictures = [read_rgb(path) for path in find_pictures(args.pictures)]
    tiles = tiles_of(pictures, args.tile, args.tiles)
    print_head(f"seconds, {' and '.join(map(str, WORKERS))} workers")
    measure_many(tiles, args.rounds)
    measure_dask(tiles, args.rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    threads = commands.add_parser("threads", help="of one picture")
    threads.set_defaults(run=threads_main)
    threads.add_argument("--size", nargs=2, type=int, default=(2048, 1536), metavar=("W", "H"))
    threads.add_argument("--threads", nargs="+", type=int, default=[2], help="beside one (2)")
    threads.add_argument("--effort", type=int, default=5, help="of the encoder (5)")
    workers = commands.add_parser("workers", help="of many tiles")
    workers.set_defaults(run=workers_main)
    workers.add_argument("--tile", type=int, default=256, help="side of the tiles (256)")
    workers.add_argument("--tiles", type=int, default=64, help="how many (64)")
    for command, rounds in ((threads, 5), (workers, 3)):
        command.add_argument("pictures", nargs="+", type=Path)
        command.add_argument("--rounds", type=int, default=rounds, help=f"({rounds})")
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
