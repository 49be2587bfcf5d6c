"""How throughput grows from one worker to two: encode_many, decode_many, zarr by Dask's cluster.

`python benchmarks/scaling.py PICTURES` needs the extra `dask`. One worker and two take turns, and
the best of each counts, since other work on the machine takes from both. The column CPU tells how
much processor time two workers take for that of one: what is above 1 is what sharing costs, and
where the machine has no second processor free, 2 / CPU is what it would come to.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
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
from pictures import Rgb, find_pictures, read_rgb

import svac2
from svac2.zarr import Svac2Codec

QUALITY = 75
WORKERS = (1, 2)


class Run(NamedTuple):
    seconds: float
    cpu: float


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


def timed(work: Callable[[], object]) -> Run:
    cpu, start = processor_time(), time.perf_counter()
    work()
    return Run(time.perf_counter() - start, processor_time() - cpu)


def report(name: str, work: dict[int, Callable[[], object]], rounds: int) -> None:
    """Time one worker and two in turn, after a round that warms them up."""
    runs: dict[int, list[Run]] = {count: [] for count in WORKERS}
    for turn in range(rounds + 1):
        for count in WORKERS:
            run = timed(work[count])
            if turn > 0:
                runs[count].append(run)
    seconds, cpu = (
        [min(getattr(run, field) for run in runs[count]) for count in WORKERS]
        for field in Run._fields
    )
    print(
        f"{name:24} {seconds[0]:7.2f} {seconds[1]:7.2f} {seconds[0] / seconds[1]:7.2f} "
        f"{cpu[1] / cpu[0]:7.2f}",
        flush=True,
    )


def pools(kind: Callable[[int], Executor], stack: ExitStack) -> dict[int, Executor]:
    return {count: stack.enter_context(kind(count)) for count in WORKERS}


def measure_many(tiles: list[Rgb], rounds: int) -> None:
    files = [svac2.encode(tile, quality=QUALITY) for tile in tiles]
    spawned = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    kinds: dict[str, Any] = {"threads": ThreadPoolExecutor, "processes": spawned}
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
            report(f"encode_many, {name}", encode, rounds)
            report(f"decode_many, {name}", decode, rounds)


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

        report(f"{len(tiles)} tiles to zarr, Dask", runs_of(store), rounds)
        report(f"{len(tiles)} tiles from zarr, Dask", runs_of(da.from_zarr(coded).max()), rounds)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--tile", type=int, default=256, help="side of the tiles (256)")
    parser.add_argument("--tiles", type=int, default=64, help="how many (64)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts (3)")
    args = parser.parse_args()
    pictures = [read_rgb(path) for path in find_pictures(args.pictures)]
    tiles = tiles_of(pictures, args.tile, args.tiles)
    print(f"{'seconds with workers':24} {1:7} {2:7} {'times':>7} {'CPU':>7}")
    measure_many(tiles, args.rounds)
    measure_dask(tiles, args.rounds)


if __name__ == "__main__":
    main()
