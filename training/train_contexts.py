"""Trains the initial state of every context: probability by qp, confidence, adaptation speed.

Run: python training/train_contexts.py PICTURES > states.c
     mv states.c csrc/format/context_states.c

Pictures are coded with the installed library and read back by a build of the C core that records
its bins (SVAC2_TRACE). Each context's parameters are then chosen by the exact cost of coding its
recorded bins, picture after picture: at first as if it were alone, in further rounds beside the
contexts that it shares bins with, as those were in the round before.
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
from training_pictures import files_in

QPS = (24, 34, 44, 54)  # SV_INIT_FIRST_QP, SV_INIT_QP_STEP, SV_INIT_NODES
SPEEDS = 4
SEEN = (0, 1, 2, 4, 7, 12, 20, 35, 60)
STEPS = (0.5, 0.2, 0.08)  # of the search over probabilities, in logits
BINS_MIN = 50  # of a context that is trained

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
    """Decode a file and return its bins, as syntax_read.c records them."""
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
    buffer = (ctypes.c_uint32 * (1 << 25)).in_dll(core, "sv_trace")
    return np.frombuffer(buffer, np.uint32, size.value).copy()


def encode(mode: str, task: tuple[Path, int, int]) -> bytes:
    """Code one picture."""
    path, qp, effort = task
    with Image.open(path) as image:
        return svac2.encode(image.convert("RGB"), qp=qp, effort=effort, mode=mode, threads=1)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities in 16 bits."""
    return np.clip(65536 / (1 + np.exp(-logits)), 256, 65280).astype(np.uint16)


def address(array: np.ndarray) -> ctypes.c_void_p:
    """Point at an array."""
    return ctypes.c_void_p(array.ctypes.data)


class States:
    """What is trained: of each context logits by qp, confidence, and speed."""

    def __init__(self, count: int) -> None:
        """Start from what is usual."""
        self.logits = np.zeros((count, len(QPS)))
        self.seen = np.full(count, 4, np.uint8)
        self.speed = np.full(count, 1, np.uint8)


class Traces:
    """The bins of all pictures, by context: with what the other context of each says of it."""

    def __init__(self, core: ctypes.CDLL, traces: list[np.ndarray], nodes: list[int]) -> None:
        """nodes: of the qp that each picture was coded at, in QPS."""
        self.core, self.traces, self.nodes = core, traces, np.array(nodes)
        self.bits = np.zeros(0)
        self.order, self.bounds, self.bins = [], [], []
        count = core.context_count()
        for t in traces:
            contexts = np.concatenate([t >> 1 & 0x7FFF, (t >> 16) - 1]).astype(np.int32)
            order = np.argsort(contexts, kind="stable")
            self.order.append(order)
            self.bounds.append(np.searchsorted(contexts[order], np.arange(count + 1)))
            self.bins.append(np.concatenate([t & 1, t & 1]).astype(np.uint8)[order])
        self.others = [np.zeros(len(order), np.uint32) for order in self.order]

    def replay(self, states: States) -> float:
        """Note what contexts of these states say of each other's bins; return what all cost."""
        total, self.bits = 0.0, np.zeros(len(states.seen))
        probabilities = np.ascontiguousarray(sigmoid(states.logits).T)
        for i, t in enumerate(self.traces):
            estimates = np.empty((len(t), 2), np.uint32)
            total += self.core.context_replay(
                address(t),
                ctypes.c_size_t(len(t)),
                address(probabilities[self.nodes[i]]),
                address(states.seen),
                address(states.speed),
                address(estimates),
                address(self.bits),
            )
            pairs = estimates[:, 1] != 0
            others = np.concatenate([estimates[:, 1], np.where(pairs, estimates[:, 0], 0)])
            self.others[i] = others[self.order[i]]
        return total

    def trainer(self, context: int) -> "Trainer":
        """Take out the bins of a context."""
        bounds = [slice(b[context], b[context + 1]) for b in self.bounds]
        bins = [b[at] for b, at in zip(self.bins, bounds, strict=True)]
        others = [o[at] for o, at in zip(self.others, bounds, strict=True)]
        return Trainer(self.core, bins, others, self.nodes)


class Trainer:
    """The bins of one context and the search for its parameters."""

    def __init__(
        self,
        core: ctypes.CDLL,
        bins: list[np.ndarray],
        others: list[np.ndarray],
        nodes: np.ndarray,
    ) -> None:
        """bins, others: of each picture; nodes: of the qp at which each was coded."""
        self.core = core
        self.bins = np.concatenate(bins)
        self.others = np.concatenate(others)
        self.ends = np.cumsum([len(b) for b in bins]).astype(np.uint32)
        self.nodes = nodes

    def cost(self, logits: np.ndarray, seen: int, speed: int) -> float:
        """Bits in 1/4096."""
        probabilities = np.ascontiguousarray(sigmoid(logits)[self.nodes])
        return float(
            self.core.context_cost(
                address(self.bins),
                address(self.others),
                address(self.ends),
                address(probabilities),
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

    def train(self, states: States, context: int) -> None:
        """Coordinate descent over confidence, speed and the probability at each qp."""
        if len(self.bins) < BINS_MIN:
            return
        logits = states.logits[context]
        seen, speed = int(states.seen[context]), int(states.speed[context])
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
        states.logits[context], states.seen[context], states.speed[context] = logits, seen, speed


def fit(traces: Traces, count: int, rounds: int) -> States:
    """Fit each context, round after round."""
    states = States(count)
    for context in range(count):
        states.logits[context] = traces.trainer(context).start()
    for _ in range(rounds):
        for context in range(count):
            traces.trainer(context).train(states, context)
        print(f"{traces.replay(states) / 4096 / 8:.0f} bytes of adaptive bins", file=sys.stderr)
    return states


def main() -> None:
    """Code, trace, train, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of training pictures")
    parser.add_argument("--limit", type=int, default=40, help="how many pictures, spread evenly")
    parser.add_argument("--efforts", type=int, nargs="+", default=[5, 9])
    parser.add_argument("--rounds", type=int, default=2, help="of fitting")
    parser.add_argument(
        "--mode", default="normal", help="multiscale for the rows INTER_LAYER alone"
    )
    arguments = parser.parse_args()
    paths = files_in(arguments.pictures)
    paths = paths[:: max(1, len(paths) // arguments.limit)][: arguments.limit]
    tasks = [
        (path, qp, arguments.efforts[i % len(arguments.efforts)])
        for i, path in enumerate(paths)
        for qp in QPS
    ]
    with tempfile.TemporaryDirectory() as folder:
        core = ctypes.CDLL(str(build(Path(folder))))
    core.context_cost.restype = core.context_replay.restype = ctypes.c_double
    core.context_row_name.restype = ctypes.c_char_p
    with ProcessPoolExecutor(2) as pool:
        traces = [trace(core, data) for data in pool.map(partial(encode, arguments.mode), tasks)]
    states = fit(
        Traces(core, traces, [QPS.index(qp) for _, qp, _ in tasks]),
        core.context_count(),
        arguments.rounds,
    )
    print(
        f"/* Made by: python training/train_contexts.py PICTURES --limit {arguments.limit} "
        f"--efforts {' '.join(map(str, arguments.efforts))} */"
    )
    print('#include "format/contexts.h"\n\n#include <assert.h>')
    context = 0
    for row in range(ctypes.c_int.in_dll(core, "context_rows").value):
        print(f"\nstatic const sv_context_init {core.context_row_name(row).decode()}[] = {{")
        for _ in range(core.context_row_count(row)):
            p = ", ".join(map(str, sigmoid(states.logits[context])))
            print(f"    {{{{{p}}}, {states.seen[context]}, {states.speed[context]}}},")
            context += 1
        print("};")
    print(TABLE_END)


if __name__ == "__main__":
    main()
