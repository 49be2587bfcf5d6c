"""Trains the kernels of the secondary transforms.

Run: python training/train_secondary.py PICTURES > tables.c
     mv tables.c csrc/format/secondary_tables.c

Pictures are coded with the installed library and read back by a build of the C core that takes down
the residual of each luma block (residual_blocks.c). The blocks of a class of modes are then split
between no kernel and those of the class, each block to what costs it least, and each kernel becomes
the Karhunen-Loeve transform of its blocks; and so on, a few times.
"""

import argparse
import ctypes
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import svac2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import core_build
from training_pictures import files_in, middle

QPS = ((24, 40), (28, 44), (32, 48), (36, 52))  # of one picture and the next
CROP = 512
ROUNDS = 12
KEPT = 16  # SV_SECONDARY_KEPT
SCALE = 128  # 2^SV_SECONDARY_BITS
# What the syntax takes to say, about: no kernel; one of the two.
NONE_BITS, KERNEL_BITS = 1.5, 2.3
KINDS = (
    ("4x4", "SV_SECONDARY_CLASSES", 13, 16),
    ("4x8", "SV_SECONDARY_TALL_CLASSES", 24, 32),
    ("8x8", "SV_SECONDARY_CLASSES", 13, 64),
)
RECORD = np.dtype(
    [
        ("shape", np.int32, 2),
        ("qp", np.int32),
        ("mode", np.int32),
        ("cost", np.float32),
        ("energy", np.float32),
        ("corner", np.float32, 64),
    ]
)


def encode(task: tuple[Path, int, int]) -> bytes:
    """Code one picture."""
    path, qp, effort = task
    return svac2.encode(middle(path, CROP), qp=qp, effort=effort, mode="normal", threads=1)


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    """Return what C takes for an array."""
    return ctypes.c_void_p(array.ctypes.data)


def karhunen_loeve(vectors: np.ndarray) -> np.ndarray:
    """Return the basis of a set of blocks, each of which counts by its shape, not its size."""
    energy = (vectors**2).sum(1, keepdims=True)
    scaled = (vectors / np.sqrt(4 + energy)).astype(np.float64)
    _, basis = np.linalg.eigh(scaled.T @ scaled + 1e-6 * np.eye(vectors.shape[1]))
    rows = basis[:, ::-1].T[:KEPT]
    signs = np.sign(np.take_along_axis(rows, np.abs(rows).argmax(1)[:, None], 1))
    return np.ascontiguousarray(rows * signs, np.float32)


class Blocks:
    """The blocks of a class of modes, and the split of them."""

    def __init__(
        self, core: ctypes.CDLL, records: np.ndarray, which: np.ndarray, size: int
    ) -> None:
        """which: the numbers of the blocks among the records; size: of the corner."""
        self.core = core
        self.which = np.ascontiguousarray(which, np.int32)
        self.corners = np.ascontiguousarray(records["corner"][which][:, :size])
        self.none = records["cost"][which] + NONE_BITS
        self.choice = np.random.default_rng(1).integers(1, 3, len(which))
        self.kernels: list[np.ndarray] = []

    def cost_with(self, kernel: np.ndarray) -> np.ndarray:
        """Return the cost of each block with a kernel."""
        kept = np.ascontiguousarray(self.corners @ kernel.T)
        costs = np.empty(len(kept), np.float32)
        self.core.kernel_costs(pointer(self.which), len(kept), pointer(kept), pointer(costs))
        return costs + KERNEL_BITS

    def refine(self) -> float:
        """Make kernels of the split, then split anew; return the cost of all blocks."""
        self.kernels = [karhunen_loeve(self.corners[self.choice == i]) for i in (1, 2)]
        costs = np.stack([self.none, *map(self.cost_with, self.kernels)])
        self.choice = costs.argmin(0)
        return float(costs.min(0).sum())


def emit(name: str, dimension: str, kernels: list[list[np.ndarray]]) -> None:
    """Print the kernels of a kind."""
    print(f"\nconst sv_secondary_{name}_kernel")
    print(f"    sv_secondary_{name}[{dimension}][SV_SECONDARY_INDICES] = {{")
    for pair in kernels:
        print("        {")
        for kernel in pair:
            integers = np.clip(np.rint(SCALE * kernel.ravel()), -127, 127).astype(int)
            print("            {")
            line = "               "
            for item in (f" {value}," for value in integers):
                if len(line) + len(item) > 98:
                    print(line)
                    line = "               "
                line += item
            print(line + "\n            },")
        print("        },")
    print("};")


def main() -> None:
    """Code, take down, train, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of training pictures")
    parser.add_argument("--effort", type=int, default=5)
    arguments = parser.parse_args()
    paths = files_in(arguments.pictures)
    tasks = [
        (path, qp, arguments.effort) for i, path in enumerate(paths) for qp in QPS[i % len(QPS)]
    ]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "blocks.so"
        flags = ["-O2", "-shared", "-fPIC", "-DSVAC2_TRACE_BLOCKS"]
        core_build.link([Path(__file__).parent / "residual_blocks.c"], library, flags)
        core = ctypes.CDLL(str(library))
    with ProcessPoolExecutor(2) as pool:
        for task, data in zip(tasks, pool.map(encode, tasks), strict=True):
            pixels = middle(task[0], CROP)
            status = core.trace_blocks(
                data,
                ctypes.c_size_t(len(data)),
                pointer(pixels),
                ctypes.c_ssize_t(pixels.strides[0]),
            )
            if status != 0:
                raise RuntimeError(f"the tracing decoder returned status {status}")
    count = ctypes.c_uint32.in_dll(core, "block_record_count").value
    memory = (ctypes.c_char * (count * RECORD.itemsize)).in_dll(core, "block_records")
    records = np.frombuffer(memory, RECORD)
    classes = np.empty(count, np.int32)
    core.block_classes(pointer(classes))
    kinds = (records["shape"] > 2).sum(1)
    print("/* Made by: python training/train_secondary.py PICTURES */")
    print('#include "format/secondary.h"')
    for kind, (name, dimension, class_count, size) in enumerate(KINDS):
        kernels = []
        before = after = 0.0
        for number in range(class_count):
            which = np.flatnonzero((kinds == kind) & (classes == number))
            blocks = Blocks(core, records, which, size)
            for _ in range(ROUNDS):
                cost = blocks.refine()
            before += float(records["cost"][which].sum())
            after += cost
            kernels.append(blocks.kernels)
        emit(name, dimension, kernels)
        print(f"{name}: {100 * (after / before - 1):.2f} % of the cost", file=sys.stderr)


if __name__ == "__main__":
    main()
