"""Trains the variances by which signs are foreseen (format/sign_walk.h).

Run: python training/train_signs.py PICTURES > variances.c
     mv variances.c csrc/format/sign_variances.c

Pictures are coded with the installed library and read back by a build of the C core that sums up
(SVAC2_TRACE) what is left of the mismatches along the borders once a block is reconstructed.
"""

import argparse
import ctypes
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from train_contexts import build, encode, trace
from training_pictures import files_in

QPS = (28, 36, 44, 52)
SHAPE = (2, 2, 8, 4, 5, 8)  # sv_sign_variances
PRIOR, WEIGHT = 0.25, 20  # in squared steps; as many observations


def smoothed(sums: np.ndarray) -> np.ndarray:
    """Return the means, those of which little was seen drawn to that of all qps."""
    pooled = sums.sum(axis=3, keepdims=True)
    prior = (pooled[..., 0] + PRIOR * WEIGHT) / (pooled[..., 1] + WEIGHT)
    return (sums[..., 0] + prior * WEIGHT) / (sums[..., 1] + WEIGHT)


def braces(table: np.ndarray) -> str:
    """Return the initialiser of an array in C."""
    if table.ndim == 1:
        return "{" + ", ".join(map(str, table)) + "}"
    return "{" + ",\n".join(braces(row) for row in table) + "}"


def main() -> None:
    """Code, sum up, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of training pictures")
    parser.add_argument("--limit", type=int, default=40, help="how many pictures, spread evenly")
    parser.add_argument("--effort", type=int, default=5)
    arguments = parser.parse_args()
    paths = files_in(arguments.pictures)
    paths = paths[:: max(1, len(paths) // arguments.limit)][: arguments.limit]
    tasks = [(path, qp, arguments.effort) for path in paths for qp in QPS]
    with tempfile.TemporaryDirectory() as folder:
        core = ctypes.CDLL(str(build(Path(folder))))
    with ProcessPoolExecutor(2) as pool:
        for data in pool.map(partial(encode, "normal"), tasks):
            trace(core, data)
    entries = ctypes.c_double * (2 * int(np.prod(SHAPE)))
    sums = np.frombuffer(entries.in_dll(core, "sv_sign_sums")).reshape(*SHAPE, 2)
    table = np.clip(np.rint(smoothed(sums) * 256), 1, 65535).astype(int)
    print(
        "/* Made by: python training/train_signs.py PICTURES "
        f"--limit {arguments.limit} --effort {arguments.effort} */"
    )
    print('#include "format/sign_variances.h"\n')
    print(f"const uint16_t sv_sign_variances[2][2][8][4][5][8] = {braces(table)};")


if __name__ == "__main__":
    main()
