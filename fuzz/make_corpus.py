"""Make the seeds of the fuzz targets: tiny files that between them use every part of the format.

Run it again when the format, or how a target reads its bytes, changes: python fuzz/make_corpus.py
"""

import argparse
from collections.abc import Mapping
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
    "420-layers": (("gradient", 70, 75, 3), {"qp": 44, "mode": "multiscale", "base_scale": 2}),
    "444-layers": (
        ("gradient", 41, 33, 3),
        {"qp": 34, "mode": "multiscale", "base_scale": 8, "subsampling": "4:4:4"},
    ),
    "grey-layers": (("noise", 30, 37, 1), {"qp": 50, "mode": "multiscale", "base_scale": 4}),
    "grey-metadata": (
        ("gradient", 20, 20, 1),
        {"icc_profile": b"a profile", "exif": b"II*\0\x08\0\0\0\0\0", "xmp": b"<x:xmpmeta/>"},
    ),
    "444-cicp": (("edges", 12, 20, 3), {"qp": 44, "cicp": (9, 16, 0, True)}),
    "444-no-checksum": (("gradient", 8, 8, 3), {"qp": 36, "checksum": False}),
}


# Bits of model_fuzzer.c.
IN_RANGE, THREADS, RGB = 1, 2, 4
# The layers of clic2018 (docs/network.md): kernel side, outputs, sources.
PLAIN = [
    *((3, outputs, 1 << i) for i, outputs in enumerate((16, 14, 12, 11, 10, 9, 8))),
    *((1, 24, 0b11111110), (1, 8, 0b11111110), (3, 8, 1 << 9)),
    (1, 1, 1 << 8 | 1 << 10),
]
SMALL = [(3, 5, 1), (3, 6, 2), (1, 4, 6), (1, 3, 8)]


def model_seed(
    layers: list[tuple[int, int, int]],
    *,
    planes: int = 1,
    cell: int = 1,
    qps: tuple[int, ...] = (40,),
    wrong: int = 0,
    size: tuple[int, int] = (20, 12),
    strength: int = 32,
    qp: int = 44,
    flags: int = IN_RANGE,
    content: bytes = bytes(range(7, 256, 31)),
) -> bytes:
    """Lay out the input of model_fuzzer.c; the comment there names its parts."""
    width, height = (side - 1 for side in size)
    head = [planes - 1, cell - 1] if flags & IN_RANGE else [planes, cell]
    head += [len(layers), len(qps), wrong, width, height, strength, qp, flags]
    described = [
        bytes([side, outputs]) + sources.to_bytes(3, "little") for side, outputs, sources in layers
    ]
    return bytes(head) + b"".join(described) + bytes(qps) + content


NOISE = bytes((i * 40503 >> 3) % 256 for i in range(200))
MODEL_SEEDS = {
    "plain": model_seed(PLAIN, content=NOISE, size=(7, 5)),
    "plain-rgb": model_seed(PLAIN, content=NOISE, size=(8, 9), flags=IN_RANGE | RGB),
    "small": model_seed(SMALL, size=(70, 3), flags=IN_RANGE | RGB),
    "planes": model_seed(SMALL, planes=3, size=(9, 11)),
    "cells": model_seed(SMALL, cell=2, size=(70, 3), flags=IN_RANGE | RGB),
    "guided": model_seed(SMALL, planes=3, cell=2, size=(65, 7), content=NOISE),
    "no-planes": model_seed(SMALL, planes=0, flags=0, content=b"\x10\0"),
    "small-grey": model_seed(SMALL, size=(1, 1), strength=64),
    "sets": model_seed([*SMALL[:2], (1, 2, 6)], qps=(0, 20, 40, 63), content=NOISE, qp=31),
    "threads": model_seed(SMALL, size=(70, 70), flags=IN_RANGE | THREADS | RGB, strength=0),
    "heads": model_seed([(1, 8, 1), (1, 8, 2)], content=NOISE),
    "wide": model_seed([(3, 64, 1), (1, 64, 2), (1, 1, 4)], content=NOISE, size=(33, 2)),
    "deep": model_seed([(3, 1, 1 << i) for i in range(16)] + [(1, 1, 1 << 16)], size=(18, 18)),
    "extreme": model_seed(SMALL, content=b"\x7f\xff"),
    "as-given": model_seed(SMALL, flags=0, content=b"\x10\0"),
    "short-weights": model_seed(SMALL, wrong=6),
    "long-biases": model_seed(SMALL, wrong=2),
    "unread": model_seed([(3, 2, 1), (3, 2, 2), (1, 1, 2)]),
}


def write_seeds(folder: Path, suffix: str, seeds: Mapping[str, bytes]) -> None:
    """Fill a folder anew; what has another suffix stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*{suffix}"):
        old.unlink()
    for name, data in seeds.items():
        if len(data) > MAX_SIZE:
            raise SystemExit(f"{name} has {len(data)} bytes, more than {MAX_SIZE}")
        (folder / f"{name}{suffix}").write_bytes(data)


def main() -> None:
    """Write the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent, help="that holds the corpora"
    )
    folder = parser.parse_args().folder
    files = {
        name: svac2.encode(picture(*shape), **options) for name, (shape, options) in SEEDS.items()
    }
    write_seeds(folder / "corpus", ".svac2", files)
    write_seeds(folder / "model_corpus", ".model", MODEL_SEEDS)


if __name__ == "__main__":
    main()
