"""What a batch of the command costs beside two processes of the plain API, each doing half.

And beside threads of one process. The ways take turns, and the least of each counts: other work on
the machine only adds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pictures import find_pictures
from PIL import Image

BAR = 1.05
PLAIN = """
import sys
from pathlib import Path
import svac2
out, effort, *names = sys.argv[1:]
for name in names:
    svac2.write(Path(out, Path(name).stem + ".svac2"), name, effort=int(effort), threads=1)
"""
THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import svac2
out, effort, *names = sys.argv[1:]
def write(name):
    svac2.write(Path(out, Path(name).stem + ".svac2"), name, effort=int(effort), threads=1)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(write, names))
"""


def make_pictures(sources: list[Path], folder: Path, count: int, side: int) -> list[str]:
    """Cut squares out of the pictures, one after the other; every other one becomes a JPEG."""
    names = []
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            size = min(side, *image.size)
            x, y = (
                (number * 37) % (image.width - size + 1),
                (number * 53) % (image.height - size + 1),
            )
            path = folder / f"{number:04}.{'jpg' if number % 2 else 'png'}"
            image.convert("RGB").crop((x, y, x + size, y + size)).save(path)
        names.append(str(path))
    return names


def commands(way: str, names: list[str], out: Path, effort: int) -> list[list[str]]:
    """The processes of a way, which run side by side."""
    python = [sys.executable, "-P"]
    tail = [str(out), str(effort)]
    if way == "two processes":
        return [[*python, "-c", PLAIN, *tail, *names[first::2]] for first in (0, 1)]
    if way == "two threads":
        return [[*python, "-c", THREADS, *tail, *names]]
    return [[*python, "-m", "svac2", "encode", *names, "-o", *tail[:1], "-e", tail[1], "-j", "2"]]


def timed(way: str, names: list[str], out: Path, effort: int) -> tuple[float, float]:
    """Seconds of the clock and of the processors."""
    out.mkdir()
    before, start = os.times(), time.perf_counter()
    processes = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for command in commands(way, names, out, effort)
    ]
    states = [process.wait() for process in processes]
    if any(states):
        raise SystemExit(f"{way}: failed")
    wall, after = time.perf_counter() - start, os.times()
    if len(list(out.iterdir())) != len(names):
        raise SystemExit(f"{way}: files are missing")
    shutil.rmtree(out)
    used = after.children_user + after.children_system
    return wall, used - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--side", type=int, default=256, help="of the squares that are cut out")
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ways = ("two processes", "two threads", "svac2 encode -j 2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "in")
        folder.mkdir()
        sources = find_pictures(options.pictures)
        names = make_pictures(sources, folder, options.count, options.side)
        rounds = [
            {way: timed(way, names, Path(name, "out"), options.effort) for way in ways}
            for _ in range(options.rounds)
        ]
    print(f"{options.count} pictures of {options.side}x{options.side}, effort {options.effort}")
    print(f"{'':<18} {'clock s':>8} {'ratio':>6} {'processor s':>12} {'ratio':>6}")
    for way in ways:
        row = f"{way:<18}"
        for place, width in ((0, 8), (1, 12)):
            seconds, base = (
                min(found[which][place] for found in rounds) for which in (way, ways[0])
            )
            row += f" {seconds:>{width}.2f} {seconds / base:>6.3f}"
        print(row)
    print(f"The bar of the last is {BAR}.")


if __name__ == "__main__":
    main()
