"""Make the seeds of the fuzz target: tiny files that between them use every part of the format.

Run it again when the format changes: python fuzz/make_corpus.py
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import svac2

MAX_SIZE = 1000


def picture(kind: str, height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Draw a picture; the numbers are the same on every machine."""
    y, x, c = np.ogrid[:height, :width, :channels]
    if kind == "gradient":
        samples = 3 * x + 2 * y + 40 * c
    elif kind == "edges":
        samples = 255 * ((x + 2 * y) // (7 + c) % 2)
    elif kind == "text":
        samples = 255 * ((x * 5 + y * 3 + (x * y) // 7 + c) % 11 > 2)
    else:  # noise: the low bits of a multiplicative hash
        samples = (x * 40503 + y * 30637 + c * 10007 + x * y * 2749) >> 3
    return (samples % 256).astype(np.uint8) + np.zeros((1, 1, channels), np.uint8)


# name: (kind, height, width, channels), options
SEEDS = {
    "grey-pixel": (("gradient", 1, 1, 1), {"qp": 32}),
    "grey-gradient": (("gradient", 40, 70, 1), {"qp": 24, "effort": 3}),
    "grey-edges": (("edges", 33, 48, 1), {"qp": 40, "effort": 9}),
    "grey-noise": (("noise", 16, 16, 1), {"qp": 16, "effort": 5}),
    "grey-lossless-like": (("noise", 9, 9, 1), {"qp": 0, "effort": 7}),
    "grey-row": (("text", 1, 90, 1), {"qp": 30, "effort": 8}),
    "420-gradient": (("gradient", 65, 66, 3), {"qp": 30, "subsampling": "4:2:0"}),
    "420-edges": (("edges", 24, 40, 3), {"qp": 44, "subsampling": "4:2:0", "effort": 9}),
    "420-text": (("text", 20, 20, 3), {"qp": 40, "subsampling": "4:2:0", "effort": 8}),
    "420-coarse": (("noise", 72, 72, 3), {"qp": 63, "subsampling": "4:2:0", "effort": 2}),
    "444-gradient": (("gradient", 30, 65, 3), {"qp": 20, "subsampling": "4:4:4", "effort": 6}),
    "444-edges": (("edges", 16, 24, 3), {"qp": 40, "subsampling": "4:4:4", "effort": 9}),
    "444-text": (("text", 16, 16, 3), {"qp": 44, "subsampling": "4:4:4", "effort": 7}),
    "444-column": (("noise", 60, 1, 3), {"qp": 40, "subsampling": "4:4:4", "effort": 1}),
    "444-no-checksum": (("gradient", 8, 8, 3), {"qp": 36, "checksum": False}),
}


def main() -> None:
    """Write the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent / "corpus", help="to fill"
    )
    folder = parser.parse_args().folder
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svac2"):
        old.unlink()
    for name, (shape, options) in SEEDS.items():
        data = svac2.encode(picture(*shape), **options)
        if len(data) > MAX_SIZE:
            raise SystemExit(f"{name} has {len(data)} bytes, more than {MAX_SIZE}")
        (folder / f"{name}.svac2").write_bytes(data)


if __name__ == "__main__":
    main()
