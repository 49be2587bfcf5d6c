"""Memory and processor time of the costliest files below a kilobyte that we know how to make.

Run: python benchmarks/hostile.py

A C program (tests/c/hostile_file.c) makes them: as large as a kilobyte and the limits allow, in
blocks of every size, with all filters on, and with the restoration that a header can ask for. Each
is decoded by a process of its own, on one thread, at the default limits and at Limits.untrusted().
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import svac2

ROOT = Path(__file__).resolve().parent.parent
MAX_BYTES = 1000
SIDES = [64 * i for i in (*range(1, 16), *range(16, 256, 8))]
DECODE = """
import json, resource, sys, time
import svac2
untrusted, path = sys.argv[1:]
limits = svac2.Limits.untrusted() if untrusted == "1" else svac2.Limits()
svac2.models()
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    svac2.decode(path, threads=1, limits=limits)
    outcome = "decoded"
except svac2.SvacError as error:
    outcome = type(error).__name__
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([outcome, seconds, peak / 1024]))
"""


class Kind(NamedTuple):
    """What a file is made of: subsampling by its number, log2 of the blocks' side, and so on."""

    subsampling: int
    block: int
    model: str
    bit_depth: int


def make(program: Path, kind: Kind, side: int, path: Path) -> int:
    """Make a square picture's file and return its size."""
    words = [program, side, side, kind.subsampling, kind.block, kind.model, kind.bit_depth]
    path.write_bytes(
        subprocess.run([str(w) for w in words], capture_output=True, check=True).stdout
    )
    return path.stat().st_size


def make_largest(program: Path, kind: Kind, limits: svac2.Limits, path: Path) -> int:
    """Make the largest picture that the bytes and the limits allow; return its side."""
    low, high = 0, len(SIDES) - 1
    while low < high:
        middle = (low + high + 1) // 2
        is_small = make(program, kind, SIDES[middle], path) <= MAX_BYTES
        if is_small and is_allowed(path, limits):
            low = middle
        else:
            high = middle - 1
    make(program, kind, SIDES[low], path)
    return SIDES[low]


def is_allowed(path: Path, limits: svac2.Limits) -> bool:
    """Tell whether a file is decoded at all, by its header."""
    try:
        info = svac2.info(path)
        limits.check_size(info.width, info.height)
        limits.check_memory(info.memory)
    except svac2.SvacError:
        return False
    return True


def main() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    from core_build import link

    limits = {"default": svac2.Limits(), "untrusted": svac2.Limits.untrusted()}
    models = ["0", *(model.hash[:16] for model in svac2.models() if model.planes > 1)]
    worst = dict.fromkeys(limits, (0.0, 0.0))
    print(
        f"{'limits':<10} {'bits':>4} {'blocks':>6} {'side':>6} {'bytes':>6} {'outcome':<14} "
        f"{'s':>6} {'MiB':>6}"
    )
    with tempfile.TemporaryDirectory() as folder:
        program, path = Path(folder) / "hostile_file", Path(folder) / "hostile.svac2"
        link([ROOT / "tests" / "c" / "hostile_file.c"], program, ["-O2"])
        kinds = itertools.product(limits, (1, 2, 3, 4), (2, 3, 4, 6), models, (8, 16))
        for name, *kind in kinds:
            side = make_largest(program, Kind(*kind), limits[name], path)
            words = [sys.executable, "-P", "-c", DECODE, str(int(name == "untrusted")), str(path)]
            output = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            outcome, seconds, peak = json.loads(output)
            worst[name] = max(worst[name][0], seconds), max(worst[name][1], peak)
            print(
                f"{name:<10} {kind[3]:>4} {1 << kind[1]:>6} {side:>6} {path.stat().st_size:>6} "
                f"{outcome:<14} {seconds:>6.2f} {peak:>6.0f}",
                flush=True,
            )
    for name, (seconds, peak) in worst.items():
        print(f"worst, {name}: {seconds:.2f} s, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
