"""Checks on whole folders that the decoder's pictures are the encoder's reconstructions.

Run: python benchmarks/verify.py PICTURES... [--qps 16 28 40 52] [--efforts 1 3 5] [--mode MODE]

Every picture is coded at every qp, restoration by the default model included, with the efforts
taking turns, and decoded once with all kernels and once with the scalar ones. Prints how many files
agreed; the exit status is 1 where one did not.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from pictures import find_pictures, read_rgb

import svac2
from svac2._core import codec
from svac2.models import default


def agrees(mode: str, task: tuple[Path, int, int]) -> bool:
    """Code one picture and compare what both sides made of it."""
    path, qp, effort = task
    network = default().network
    data, reconstruction = codec.encode_with_reconstruction(
        read_rgb(path),
        qp=qp * codec.QP_ONE,
        effort=effort,
        subsampling=codec.SUBSAMPLING["auto"],
        threads=1,
        checksum=True,
        cpu_mask=codec.CPU_ALL,
        progress=None,
        network=network,
        mode=codec.MODES[mode],
    )
    last = len(svac2.info(data).layers) - 1
    return all(
        np.array_equal(
            codec.decode(
                memoryview(data),
                layer=last,
                threads=1,
                verify=True,
                cpu_mask=mask,
                progress=None,
                network=network,
            ),
            reconstruction,
        )
        for mask in (codec.CPU_ALL, 0)
    )


def main() -> None:
    """Check all pictures, print the count and the names of those that differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+", help="folders or files")
    parser.add_argument("--qps", type=int, nargs="+", default=[16, 28, 40, 52])
    parser.add_argument("--efforts", type=int, nargs="+", default=[1, 3, 5])
    parser.add_argument("--mode", choices=codec.MODES, default="normal")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    coded = itertools.product(find_pictures(arguments.pictures), arguments.qps)
    efforts = itertools.cycle(arguments.efforts)
    tasks = [(path, qp, effort) for (path, qp), effort in zip(coded, efforts, strict=False)]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(partial(agrees, arguments.mode), tasks))
    for (path, qp, effort), same in zip(tasks, results, strict=True):
        if not same:
            print(f"{path} at qp {qp}, effort {effort}: the decoder's picture differs")
    print(f"{sum(results)} of {len(results)} files decode to the encoder's reconstruction")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
