"""A program with seven mistakes, in the lines that say so."""

from pathlib import Path

import numpy as np

import svac2
from svac2.pillow import register_svac2_opener


def thumbnails(folder: Path, side: float) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in folder.glob("*.svac2"):
        small = svac2.read(path, max_size=side)  # mistake: side may not be whole
        found[path.stem] = svac2.encode(small, quality=60, effort=3)
    return found


def convert(path: Path) -> None:
    svac2.write(path.with_suffix(".svac2"), path, quailty=75)  # mistake: no such option
    svac2.write(path.with_suffix(".svac2"), path, subsampling="420")  # mistake: no such choice


def profile_of(data: bytes) -> bytes:
    return svac2.info(data).icc_profile  # mistake: there may be none


def mean(path: Path) -> float:
    picture = svac2.read(path, pillow=True)
    return float(picture.mean())  # mistake: of a Pillow image


def decoded(data: bytes) -> None:
    out = np.zeros((8, 8), np.float32)
    svac2.decode(data, out=out)  # mistake: samples are integers


def opener() -> None:
    register_svac2_opener(limits=10**8)  # mistake: a number is no Limits
