"""Peak memory of encoding and decoding, in bytes per pixel beyond input and output arrays.

Each step runs in a process of its own, whose peak is read before and after: the difference is what
the step took. A picture is drawn when none is given.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

# NumPy and the codec are imported in the children only: a new process starts with its parent's
# peak, which must stay below their own.


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # macOS counts bytes


def prepare(picture_path: Path, options: argparse.Namespace) -> dict[str, int]:
    """Writes the picture as a plain array, so that the measured processes need no image library."""
    import numpy as np

    if options.picture:
        from pictures import read_rgb

        picture = read_rgb(options.picture)
    else:
        width, height = options.size
        x = np.arange(width, dtype=np.float32)[None, :, None]
        y = np.arange(height, dtype=np.float32)[:, None, None]
        period = np.array([37, 53, 71], dtype=np.float32)
        waves = 128 + 60 * np.sin(x / period) + 40 * np.sin((x + 2 * y) / (3 * period))
        noise = np.random.default_rng(1).integers(-12, 13, waves.shape, dtype=np.int8)
        picture = np.clip(waves + noise, 0, 255).astype(np.uint8)
    np.save(picture_path, picture)
    return {"width": picture.shape[1], "height": picture.shape[0]}


def measure_encode(
    picture_path: Path, coded_path: Path, options: argparse.Namespace
) -> dict[str, int]:
    import numpy as np

    import svac2

    picture = np.load(picture_path)
    encode = partial(svac2.encode, qp=options.qp, effort=options.effort, threads=options.threads)
    encode(picture[:64, :64])  # what is allocated once is not the picture's
    before = peak_bytes()
    data = encode(picture)
    peak = peak_bytes() - before
    coded_path.write_bytes(data)
    return {"peak": peak, "output": len(data)}


def measure_decode(coded_path: Path, options: argparse.Namespace) -> dict[str, int]:
    import numpy as np

    import svac2

    small = svac2.encode(np.zeros((64, 64, 3), np.uint8), threads=options.threads)
    svac2.decode(small, threads=options.threads)
    data = coded_path.read_bytes()
    before = peak_bytes()
    output = svac2.decode(data, threads=options.threads)
    return {"peak": peak_bytes() - before, "output": output.nbytes}


def run_child(step: str, folder: Path) -> dict[str, int]:
    """This program again, in a new process, for one step; its answer is the last line printed."""
    command = [sys.executable, __file__, *sys.argv[1:], "--step", step, "--folder", str(folder)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, int] = json.loads(result.stdout.splitlines()[-1])
    return answer


def report(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape = run_child("prepare", folder)
        pixels = shape["width"] * shape["height"]
        print(f"{shape['width']}x{shape['height']}, {options.threads} threads, qp {options.qp}")
        for step in ("encode", "decode"):
            used = run_child(step, folder)
            beyond = used["peak"] - used["output"]
            print(
                f"{step}: {beyond / pixels:6.2f} bytes per pixel beyond the output "
                f"({used['peak'] / 2**20:.1f} MiB in all, output {used['output'] / 2**20:.1f} MiB)"
            )


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", nargs="?", type=Path, help="default: one that is drawn")
    parser.add_argument("--size", nargs=2, type=positive, default=[6000, 4000], metavar=("W", "H"))
    parser.add_argument("--qp", type=int, default=38)
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--step", choices=["prepare", "encode", "decode"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step is None:
        report(options)
        return 0
    picture_path, coded_path = options.folder / "picture.npy", options.folder / "picture.svac2"
    if options.step == "prepare":
        answer = prepare(picture_path, options)
    elif options.step == "encode":
        answer = measure_encode(picture_path, coded_path, options)
    else:
        answer = measure_decode(coded_path, options)
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
