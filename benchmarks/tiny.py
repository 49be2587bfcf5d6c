"""What threads cost where there is no work for them: tiny pictures with threads=0 and threads=1.

Encoding and decoding are timed together. The two take turns; the medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

import svac2

BAR = 1.3


Samples = list[tuple[float, float]]


def timed(encode: Callable[..., bytes], threads: int, repeats: int) -> tuple[float, float]:
    """Seconds of processor and of wall time that one picture takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        svac2.decode(encode(threads=threads), threads=threads)
    return (time.process_time() - cpu) / repeats, (time.perf_counter() - wall) / repeats


def measure(encode: Callable[..., bytes], options: argparse.Namespace) -> tuple[Samples, Samples]:
    """Samples with the given count of threads, and with one."""
    many, one = [], []
    for _ in range(options.rounds):
        many.append(timed(encode, options.threads, options.repeats))
        one.append(timed(encode, 1, options.repeats))
    return many, one


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--threads", type=int, default=0, help="what is compared with 1")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--repeats", type=int, default=20, help="pictures in a round")
    options = parser.parse_args()
    shape = options.side, options.side, 3
    y, x, c = np.indices(shape)
    noise = np.random.default_rng(1).integers(0, 9, shape)
    picture = (5 * x + 3 * y + 40 * c + noise).astype(np.uint8)
    print(f"encode + decode of {options.side}x{options.side}, ms per picture, bar {BAR}")
    print(f"{'':<22} {f'threads={options.threads}':>10} {'threads=1':>10} {'ratio':>6}")
    for enhance in (True, False):
        many, one = measure(partial(svac2.encode, picture, enhance=enhance), options)
        for place, name in enumerate(("processor", "wall")):
            a, b = (statistics.median(sample[place] for sample in s) for s in (many, one))
            label = f"{name}{'' if enhance else ', no enhance'}"
            print(f"{label:<22} {1e3 * a:>10.3f} {1e3 * b:>10.3f} {a / b:>6.3f}")


if __name__ == "__main__":
    main()
