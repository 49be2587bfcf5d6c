"""Code a large picture as tiles of a zarr array, by the workers of Dask, and read it back.

    pip install 'svac2[dask]'
    python examples/dask_zarr.py --quality 75 --workers 2
    python examples/dask_zarr.py scan.tif --lossless --tile 512

Each worker reads the tiles that it codes from one array and writes them to another: no picture
passes through the scheduler or this process.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import zarr
from dask.distributed import Client, LocalCluster
from numpy.typing import NDArray
from PIL import Image

from svac2.demo import PICTURE
from svac2.zarr import Svac2Codec


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?", type=Path, help="default: that of the demo, repeated")
    parser.add_argument("--side", type=int, default=2048, help="of the repeated one (2048)")
    parser.add_argument("--tile", type=int, default=256, help="side of the tiles (256)")
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each (2)")
    level = parser.add_mutually_exclusive_group()
    level.add_argument("--quality", type=float, default=75, help="1 to 100 (75)")
    level.add_argument("--lossless", action="store_true")
    return parser.parse_args(arguments)


def load(path: Path | None, side: int) -> NDArray[Any]:
    """Return a picture of 8 bits: the one at a path, or one of a size."""
    with Image.open(path or PICTURE) as image:
        pixels = np.asarray(image.convert("RGB"))
    if path is None:
        height, width, _ = pixels.shape
        margins = ((0, max(0, side - height)), (0, max(0, side - width)), (0, 0))
        pixels = np.pad(pixels, margins, mode="symmetric")[:side, :side]
    return pixels


def code_tiles(pixels: NDArray[Any], tile: int, codec: Svac2Codec, folder: Path) -> float:
    """Code a picture on the cluster, and return the mean squared error of what is read back."""
    chunks = (tile, tile, 3)
    source = zarr.create_array(folder / "source.zarr", data=pixels, chunks=chunks, compressors=None)
    coded = zarr.create_array(
        folder / "coded.zarr",
        shape=source.shape,
        chunks=chunks,
        dtype=source.dtype,
        serializer=codec,
        compressors=None,  # which would find nothing to compress
    )
    original, decoded = da.from_zarr(source), da.from_zarr(coded)
    with timing(f"encoding {original.npartitions} tiles"):
        # Not to_zarr, which joins tiles up to array.chunk-size, 128 MiB, to one task.
        da.store(original, coded, lock=False)
    with timing("decoding and comparing"):
        squares = (original.astype(np.int32) - decoded.astype(np.int32)) ** 2
        error: float = squares.mean().compute()
    print(f"bytes: {pixels.nbytes} before, {coded.nbytes_stored()} after")
    return error


@contextmanager
def timing(what: str) -> Iterator[None]:
    """Print what a block takes."""
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.2f} s")


def main(arguments: Sequence[str] | None = None) -> None:
    """Start a cluster on this machine, and let it code a picture."""
    args = parse(arguments)
    codec = Svac2Codec() if args.lossless else Svac2Codec(quality=args.quality)
    cluster = LocalCluster(
        n_workers=args.workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster, Client(cluster), tempfile.TemporaryDirectory() as folder:
        error = code_tiles(load(args.picture, args.side), args.tile, codec, Path(folder))
    print(f"PSNR: {10 * np.log10(255**2 / error):.2f} dB" if error else "no sample differs")


if __name__ == "__main__":  # worker processes import this file
    main()
