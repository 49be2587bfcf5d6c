"""How many frames a second come through a pipe that another process writes.

Frames are drawn, one after the other, and decoded by `svac2.decode(pipe)` until the stream ends.
Beside it stands decoding the same frames from memory, which no pipe can be faster than.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import numpy as np

import svac2

WRITER = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer)"


def draw(number: int, width: int, height: int) -> np.ndarray:
    """A gradient that moves by a sample from frame to frame."""
    x, y = np.arange(width)[None, :, None], np.arange(height)[:, None, None]
    return ((x * [1, 2, 3] + y * [3, 1, 2] + number) % 256).astype(np.uint8)


def decode_all(path: str, threads: int) -> Iterator[np.ndarray]:
    command = [sys.executable, "-c", WRITER, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        while True:
            try:
                yield svac2.decode(process.stdout, threads=threads)
            except EOFError:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--size", type=int, nargs=2, default=(64, 48), metavar=("W", "H"))
    parser.add_argument("--quality", type=float, default=75)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    pictures = [draw(number, *options.size) for number in range(options.frames)]
    frames = [svac2.encode(p, quality=options.quality, effort=1) for p in pictures]
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(frames))
        file.flush()
        start = time.perf_counter()
        decoded = list(decode_all(file.name, options.threads))
        piped = time.perf_counter() - start
    start = time.perf_counter()
    expected = [svac2.decode(frame, threads=options.threads) for frame in frames]
    direct = time.perf_counter() - start
    are_equal = len(decoded) == len(expected) and all(map(np.array_equal, decoded, expected))
    size = sum(map(len, frames)) / len(frames)
    print(f"frames of {options.size[0]}x{options.size[1]}, {size:.0f} bytes each")
    print(f"through a pipe  {len(decoded) / piped:8.0f} frames/s, {len(decoded)} in order")
    print(f"from memory     {len(frames) / direct:8.0f} frames/s")
    if not are_equal:
        sys.exit("the frames that came through the pipe are not those that were written")


if __name__ == "__main__":
    main()
