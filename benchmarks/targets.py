"""How near encoding comes to a size or a PSNR that is asked for, and how long it takes.

Run: python benchmarks/targets.py PICTURES [--psnr] [--effort N]

Each picture gets ten targets that lie between what two qualities give; time counts in plain encodes
of the same picture, at the quality whose size is nearest.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pictures import read_rgb

import svac2
from svac2.metrics import psnr

TARGETS = 10
NEAR_SIZE, NEAR_PSNR = 0.98, 0.05
Picture = NDArray[np.uint8]
Encode = Callable[..., bytes]


def timed(function: Encode, picture: Picture, **options: float) -> tuple[bytes, float]:
    """Return what encode makes of a picture, and the seconds of processor time."""
    start = time.process_time()
    data = function(picture, **options)
    return data, time.process_time() - start


def reached(picture: Picture, data: bytes, *, by_psnr: bool) -> float:
    """Return what a file has of what targets are given in."""
    return psnr(picture, svac2.decode(data)).rgb if by_psnr else float(len(data))


def main() -> None:
    """Print a line for each picture, and what all of them come to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="a folder")
    parser.add_argument("--psnr", action="store_true", help="targets are dB instead of bytes")
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--every", type=int, default=1, help="take one of so many pictures")
    parser.add_argument("--qualities", type=int, nargs=2, default=(20, 90))
    arguments = parser.parse_args()

    def encode(picture: Picture, **options: float) -> bytes:
        return svac2.encode(picture, effort=arguments.effort, threads=1, **options)

    shares: list[float] = []
    times: list[float] = []
    missed = 0
    for path in sorted(arguments.pictures.iterdir())[:: arguments.every]:
        picture = read_rgb(path)
        ends = []
        for quality in arguments.qualities:
            data, plain = timed(encode, picture, quality=quality)
            ends.append((reached(picture, data, by_psnr=arguments.psnr), plain))
        (low, first), (high, last) = ends
        near = []
        for i in range(TARGETS):
            part = (i + 0.5) / TARGETS
            if arguments.psnr:
                goal = low + (high - low) * part
                data, seconds = timed(encode, picture, target_psnr=goal)
                over = reached(picture, data, by_psnr=True) - goal
                missed += over < 0
                shares.append(over)
            else:
                goal = round(low * (high / low) ** part)
                data, seconds = timed(encode, picture, target_size=goal)
                missed += len(data) > goal
                shares.append(len(data) / goal)
            near.append(shares[-1])
            times.append(seconds / (first + (last - first) * part))
        print(f"{path.stem:<24} {min(near):8.4f} {max(near):8.4f} {np.median(times[-10:]):6.2f}")
    is_near = [s <= NEAR_PSNR if arguments.psnr else s >= NEAR_SIZE for s in shares]
    unit = f"at most {NEAR_PSNR} dB above" if arguments.psnr else f"{NEAR_SIZE:.0%} used"
    print(
        f"{len(shares)} targets, {missed} missed; {unit} in {np.mean(is_near):.1%}; "
        f"time {np.median(times):.2f} plain encodes in the median, {max(times):.2f} at most"
    )


if __name__ == "__main__":
    main()
