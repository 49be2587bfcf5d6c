"""Trains the initial state of every context: probability by qp, confidence, adaptation speed.

Run: python training/train_contexts.py PICTURES > states.c
     mv states.c csrc/format/context_states.c

Pictures are coded with the installed library and read back by a build of the C core that records
its bins (SVAC2_TRACE). Each context's parameters are then chosen by the exact cost of coding its
recorded bins, picture after picture.
"""

import argparse
import ctypes
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

import svac2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import core_build

QPS = (24, 34, 44, 54)  # SV_INIT_FIRST_QP, SV_INIT_QP_STEP, SV_INIT_NODES
SPEEDS = 4
SEEN = (0, 1, 2, 4, 7, 12, 20, 35, 60)
STEPS = (0.5, 0.2, 0.08)  # of the search over probabilities, in logits

# What stands behind the rows in the table's file.
TABLE_END = """
#define CONTEXTS(name, count) \\
    static_assert(sizeof name == (count) * sizeof(sv_context_init), "train anew: " #name);
#include "format/contexts.def"
#undef CONTEXTS

const sv_context_row sv_context_rows[SV_CONTEXT_ROWS] = {
#define CONTEXTS(name, count) {#name, name, count},
#include "format/contexts.def"
#undef CONTEXTS
};"""


def build(folder: Path) -> Path:
    """Compile the tracing core and the cost function into one library."""
    library = folder / "trace.so"
    core_build.link(
        [Path(__file__).parent / "context_cost.c"],
        library,
        ["-O2", "-shared", "-fPIC", "-DSVAC2_TRACE"],
    )
    return library


def trace(core: ctypes.CDLL, data: bytes) -> np.ndarray:
    """Decode a file and return its bins, context * 2 + value."""
    info = svac2.info(data)
    pixels = np.empty((info.height, info.width, info.channels), np.uint8)
    size = ctypes.c_uint32.in_dll(core, "sv_trace_size")
    size.value = 0
    status = core.trace_decode(
        data,
        ctypes.c_size_t(len(data)),
        ctypes.c_void_p(pixels.ctypes.data),
        ctypes.c_ssize_t(pixels.strides[0]),
    )
    if status != 0:
        raise RuntimeError(f"the tracing decoder returned status {status}")
    buffer = (ctypes.c_uint16 * (1 << 26)).in_dll(core, "sv_trace")
    return np.frombuffer(buffer, np.uint16, size.value).copy()


def encode(mode: str, task: tuple[Path, int, int]) -> bytes:
    """Code one picture."""
    path, qp, effort = task
    with Image.open(path) as image:
        return svac2.encode(image.convert("RGB"), qp=qp, effort=effort, mode=mode, threads=1)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities in 16 bits."""
    return np.clip(65536 / (1 + np.exp(-logits)), 256, 65280).astype(np.uint16)


class Trainer:
    """The bins of one context and the search for its parameters."""

    def __init__(self, core: ctypes.CDLL, streams: list[np.ndarray], qps: list[int]) -> None:
        """streams: the bins of each picture; qps: at which each was coded."""
        self.core = core
        self.bins = np.ascontiguousarray(np.concatenate(streams).astype(np.uint8))
        self.ends = np.cumsum([len(s) for s in streams]).astype(np.uint32)
        self.nodes = np.array([QPS.index(qp) for qp in qps])

    def cost(self, logits: np.ndarray, seen: int, speed: int) -> float:
        """Bits in 1/4096."""
        probabilities = np.ascontiguousarray(sigmoid(logits)[self.nodes])
        return float(
            self.core.context_cost(
                self.bins.ctypes.data_as(ctypes.c_void_p),
                self.ends.ctypes.data_as(ctypes.c_void_p),
                probabilities.ctypes.data_as(ctypes.c_void_p),
                ctypes.c_size_t(len(self.ends)),
                seen,
                speed,
            )
        )

    def start(self) -> np.ndarray:
        """Logits of the mean probabilities per qp; empty nodes take the mean of all."""
        starts = np.concatenate([[0], self.ends[:-1]])
        counts = np.zeros((len(QPS), 2))
        for node, first, end in zip(self.nodes, starts, self.ends, strict=True):
            ones = int(self.bins[first:end].sum())
            counts[node] += (int(end - first) - ones, ones)
        counts += 0.02 * counts.sum(0) + 1
        return np.log(counts[:, 1] / counts[:, 0])

    def train(self) -> tuple[np.ndarray, int, int]:
        """Coordinate descent over confidence, speed and the probability at each qp."""
        logits, seen, speed = self.start(), 4, 1
        if len(self.bins) < 50:
            return logits, seen, speed
        best = self.cost(logits, seen, speed)
        for step in STEPS:
            for candidate in SEEN:
                cost = self.cost(logits, candidate, speed)
                if cost < best:
                    best, seen = cost, candidate
            for candidate in range(SPEEDS):
                cost = self.cost(logits, seen, candidate)
                if cost < best:
                    best, speed = cost, candidate
            for node in range(len(QPS)):
                for delta in (-step, step):
                    trial = logits.copy()
                    trial[node] += delta
                    cost = self.cost(trial, seen, speed)
                    if cost < best:
                        best, logits = cost, trial
        return logits, seen, speed


def main() -> None:
    """Code, trace, train, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of training pictures")
    parser.add_argument("--limit", type=int, default=40, help="how many pictures, spread evenly")
    parser.add_argument("--efforts", type=int, nargs="+", default=[5, 9])
    parser.add_argument(
        "--mode", default="normal", help="multiscale for the rows INTER_LAYER alone"
    )
    arguments = parser.parse_args()
    paths = sorted(p for p in arguments.pictures.iterdir() if p.is_file())
    paths = paths[:: max(1, len(paths) // arguments.limit)][: arguments.limit]
    tasks = [
        (path, qp, arguments.efforts[i % len(arguments.efforts)])
        for i, path in enumerate(paths)
        for qp in QPS
    ]
    with tempfile.TemporaryDirectory() as folder:
        core = ctypes.CDLL(str(build(Path(folder))))
    core.context_cost.restype = ctypes.c_double
    with ProcessPoolExecutor(2) as pool:
        traces = [trace(core, data) for data in pool.map(partial(encode, arguments.mode), tasks)]
    order = [np.argsort(t >> 1, kind="stable") for t in traces]
    grouped = [t[o] for t, o in zip(traces, order, strict=True)]
    print(
        f"/* Made by: python training/train_contexts.py PICTURES --limit {arguments.limit} "
        f"--efforts {' '.join(map(str, arguments.efforts))} */"
    )
    print('#include "format/contexts.h"\n\n#include <assert.h>')
    core.context_row_name.restype = ctypes.c_char_p
    bits, context = 0.0, 0
    for row in range(ctypes.c_int.in_dll(core, "context_rows").value):
        print(f"\nstatic const sv_context_init {core.context_row_name(row).decode()}[] = {{")
        for _ in range(core.context_row_count(row)):
            streams = [
                g[np.searchsorted(g, context * 2) : np.searchsorted(g, context * 2 + 2)] & 1
                for g in grouped
            ]
            context += 1
            trainer = Trainer(core, streams, [qp for _, qp, _ in tasks])
            logits, seen, speed = trainer.train()
            bits += trainer.cost(logits, seen, speed) if len(trainer.bins) else 0
            p = sigmoid(logits)
            print(f"    {{{{{p[0]}, {p[1]}, {p[2]}, {p[3]}}}, {seen}, {speed}}},")
        print("};")
    print(TABLE_END)
    print(f"{bits / 4096 / 8:.0f} bytes of adaptive bins", file=sys.stderr)


if __name__ == "__main__":
    main()
