"""How long `import svac2` takes, over that of NumPy: the least of starts in turn.

`python benchmarks/import_time.py --starts 20` prints milliseconds, of a clock and of the processor.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

PROGRAMS = {"python": "pass", "numpy": "import numpy", "svac2": "import numpy, svac2"}


def times_of(program: str) -> tuple[float, float]:
    """Return the seconds that a program takes, of a clock and of the processor."""
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", program], check=True)
    clock, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system
    return clock, used - before.children_user - before.children_system


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=20)
    starts = parser.parse_args(argv).starts
    taken = {name: [times_of(program)] for name, program in PROGRAMS.items()}
    for _ in range(starts):
        for name, program in PROGRAMS.items():
            taken[name].append(times_of(program))
    # The first start reads what is not yet in memory, and may compile.
    least = {
        name: [1000 * min(one) for one in zip(*taken[name][1:], strict=True)] for name in taken
    }
    print(f"{'':<22} {'clock':>8} {'processor':>10}")
    for name, (clock, processor) in least.items():
        print(f"{name:<22} {clock:>5.0f} ms {processor:>7.0f} ms")
    over = [own - numpy for own, numpy in zip(least["svac2"], least["numpy"], strict=True)]
    print(f"{'svac2 over numpy':<22} {over[0]:>5.0f} ms {over[1]:>7.0f} ms")


if __name__ == "__main__":
    main()
