"""Trains the filters that the adaptive loop filter has without their being sent.

Run: python training/train_alf.py PICTURES > alf_trained.c
     mv alf_trained.c csrc/format/alf_trained.c

Pictures are coded by a build of the C core that takes down the sums of products to which filters
are fitted (alf_stats.c). They are then split between the sets, each picture to the one by which it
gains most, and each set becomes the least squares of its pictures; and so on, a few times. A gain
counts by its share of the file.
"""

import argparse
import ctypes
import os
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import core_build
from training_pictures import files_in, middle

# Of one picture and the next.
QPS = ((24, 40, 52, 46), (28, 44, 56, 34), (32, 48, 54, 38), (36, 50, 46, 30))
CROP = 768
HELD_BACK = 8  # one picture in so many is not trained on, but measured
ROUNDS = 12
SETS = 16  # SV_ALF_TRAINED
CLASSES, LUMA_COEFS = 25, 12
PAIRS, CHROMA_COEFS_MAX = 6, 23  # of a chroma plane; of a filter
AROUND = {"444": 8, "422": 11, "420": 11}  # luma samples of a filter
SUBSAMPLING = {"420": 2, "422": 3, "444": 4}  # svac2_subsampling
UNIT, COEF_MAX = 128, 127  # of coefficients
RECORD = np.dtype(
    [
        ("luma", np.int64, (CLASSES, 96)),
        ("chroma", np.int64, 328),
        ("bits_per_error", np.float64, 3),
        ("size", np.uint64),
    ]
)

Floats = NDArray[np.float64]


def record_of(library: str, task: tuple[Path, int, int, int]) -> NDArray[np.void]:
    """Code a picture; return what was taken down."""
    path, qp, effort, subsampling = task
    pixels = middle(path, CROP)
    height, width = pixels.shape[:2]
    record = np.zeros(1, RECORD)
    status = ctypes.CDLL(library).trace_encode(
        ctypes.c_void_p(pixels.ctypes.data),
        *(width, height, qp, effort, subsampling),
        ctypes.c_void_p(record.ctypes.data),
    )
    if status != 0:
        raise RuntimeError(f"the tracing encoder returned status {status}")
    return record


class Pictures:
    """What was taken down of all pictures, in one subsampling."""

    def __init__(self, paths: list[Path], effort: int, subsampling: int, library: str) -> None:
        """Code them."""
        tasks = [
            (path, qp, effort, subsampling)
            for i, path in enumerate(paths)
            for qp in QPS[i % len(QPS)]
        ]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            records = pool.map(partial(record_of, library), tasks, chunksize=8)
            self.records = np.concatenate(list(records))
        self.qps = np.array([qp for _, qp, _, _ in tasks], float)
        number = np.array([paths.index(path) for path, _, _, _ in tasks])
        self.held_back = number % HELD_BACK == HELD_BACK - 1

    def quadratics(self, sums: str, plane: int, features: list[int], target: int) -> "Quadratics":
        """Take the products of features and a target out of the sums."""
        weight = self.records["bits_per_error"][:, plane] / (8.0 * self.records["size"])
        products = self.records[sums].reshape(len(weight), -1, self.records[sums].shape[-1])

        def product(i: int, j: int) -> Floats:
            high, low = max(i, j), min(i, j)
            result: Floats = products[..., high * (high + 1) // 2 + low] * weight[:, None]
            return result

        a = np.stack([np.stack([product(i, j) for j in features], -1) for i in features], -2)
        return Quadratics(a, np.stack([product(i, target) for i in features], -1))


class Quadratics:
    """Squared errors of filters x, by picture and class, in shares of the files: x.A x - 2 b.x
    beyond what they are without."""

    def __init__(self, a: Floats, b: Floats) -> None:
        """a: [pictures][classes][n][n]; b: [pictures][classes][n]."""
        self.a, self.b = a, b

    def gains(self, filters: Floats) -> Floats:
        """Of [classes][n], by picture."""
        square = np.einsum("pcij,ci,cj->p", self.a, filters, filters, optimize=True)
        result: Floats = 2 * np.einsum("pci,ci->p", self.b, filters) - square
        return result

    def fitted(self, which: NDArray[np.bool_], usual: Floats) -> Floats:
        """Return the filters of some pictures, in whole units; near the usual ones for classes that
        are rare there."""
        a, b = self.a[which].sum(0), self.b[which].sum(0)
        size = np.trace(self.a.sum(0), axis1=1, axis2=2) / a.shape[-1]
        prior = (1e-4 * size + 1e-12)[:, None, None] * np.eye(a.shape[-1])
        exact = np.linalg.solve(a + prior, (b + np.einsum("cij,cj->ci", prior, usual))[..., None])
        return np.clip(np.rint(exact[..., 0] * UNIT), -COEF_MAX, COEF_MAX) / UNIT


def train(name: str, q: Quadratics, pictures: Pictures) -> NDArray[np.int8]:
    """Return filters, [sets][classes][n], in units; those for the lowest qps first."""
    learnt = ~pictures.held_back
    rank = np.argsort(np.argsort(pictures.qps, kind="stable"))
    choice = rank * SETS // len(rank)
    usual = q.fitted(learnt, np.zeros(q.b.shape[1:]))
    for _ in range(ROUNDS):
        sets = np.stack([q.fitted((choice == s) & learnt, usual) for s in range(SETS)])
        gains = np.stack([q.gains(filters) for filters in sets])
        choice = gains.argmax(0)
    for label, some in (("trained on", learnt), ("held back", pictures.held_back)):
        share = 100 * gains.max(0)[some].mean()
        print(f"{name}, {label}: {share:.3f} % of the file", file=sys.stderr)
    counts = np.maximum(np.bincount(choice, minlength=SETS), 1)
    order = np.argsort(np.bincount(choice, pictures.qps, SETS) / counts)
    return np.rint(sets[order] * UNIT).astype(np.int8)


def rows_of(values: NDArray[np.int8], indent: str) -> Iterator[str]:
    """Yield the lines of a table, as the formatter of C files sets them."""
    inside = indent + "    "
    line = f"{indent}{{{', '.join(map(str, values))}}},"
    if values.ndim == 1 and len(line) <= 100:
        yield line
        return
    yield indent + "{"
    if values.ndim > 1:
        for part in values:
            yield from rows_of(part, inside)
    else:
        text = ", ".join(map(str, values)) + ","
        yield from textwrap.wrap(text, 100, initial_indent=inside, subsequent_indent=inside)
    yield indent + "},"


def emit(declaration: str, values: NDArray[np.int8]) -> None:
    """Print a table."""
    lines = [line for part in values for line in rows_of(part, "    ")]
    print(f"\nconst {declaration} = {{", *lines, "};", sep="\n")


def emit_chroma(name: str, pictures: Pictures) -> None:
    """Train and print the filters of both planes; each has pairs of its own first."""
    count = 2 * PAIRS + AROUND[name]
    table = np.zeros((2, SETS, CHROMA_COEFS_MAX), np.int8)
    for plane in range(2):
        pairs = [list(range(PAIRS)), list(range(PAIRS, 2 * PAIRS))]
        features = pairs[plane] + pairs[1 - plane] + list(range(2 * PAIRS, count))
        q = pictures.quadratics("chroma", 1 + plane, features, count + plane)
        table[plane, :, :count] = train(f"{name}, plane {1 + plane}", q, pictures)[:, 0]
    emit(f"sv_alf_trained_chroma sv_alf_trained_{name}", table)


def main() -> None:
    """Code, train, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of training pictures")
    parser.add_argument("--effort", type=int, default=5)
    arguments = parser.parse_args()
    paths = files_in(arguments.pictures)
    print("/* Made by: python training/train_alf.py PICTURES */")
    print('#include "format/alf.h"')
    with tempfile.TemporaryDirectory() as folder:
        library = str(Path(folder) / "alf.so")
        flags = ["-O2", "-shared", "-fPIC", "-DSVAC2_TRACE_ALF"]
        core_build.link([Path(__file__).parent / "alf_stats.c"], Path(library), flags)
        size = ctypes.c_size_t.in_dll(ctypes.CDLL(library), "alf_record_size").value
        if size != RECORD.itemsize:
            raise RuntimeError(f"a record has {size} bytes, not {RECORD.itemsize}")
        for name, subsampling in SUBSAMPLING.items():
            pictures = Pictures(paths, arguments.effort, subsampling, library)
            if name == "444":
                q = pictures.quadratics("luma", 0, list(range(LUMA_COEFS)), LUMA_COEFS)
                dimensions = "[SV_ALF_TRAINED][SV_ALF_CLASSES][SV_ALF_LUMA_PAIRS]"
                emit(f"int8_t sv_alf_trained_luma{dimensions}", train("luma", q, pictures))
            emit_chroma(name, pictures)


if __name__ == "__main__":
    main()
