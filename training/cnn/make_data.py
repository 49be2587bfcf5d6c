"""Makes the data that restoration networks learn from: decoded pictures beside their sources.

Run: python training/cnn/make_data.py PICTURES DATA

Every picture of a folder is coded and decoded by the installed library at each qp of the grid.
DATA/source/NAME.npy holds the luma of the source, DATA/PLANE/qpNN/NAME.npy what networks read of
the decoded picture: luma after all loop filters, its prediction, and luma before the loop filters;
all uint16 of shape (H, W), 10 bits. What is there already is not made again, so that an interrupted
run goes on where it stopped.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2._core import codec

PLANES = ("luma", "prediction", "unfiltered")  # in the order of codec.decode_planes
QPS = tuple(range(20, 64, 4))
EFFORT = 5
# BT.601, full range, on the scale of internal samples (docs/bitstream.md, Colour).
LUMA = 4 * np.array([0.299, 0.587, 0.114])


def source_luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the luma of an RGB picture, as the encoder computes it."""
    return np.rint(rgb @ LUMA).astype(np.uint16)


def decoded_planes(rgb: NDArray[np.uint8], qp: int) -> NDArray[np.uint16]:
    """Code a picture and return what its decoder gives to a network: (planes, H, W)."""
    data = svac2.encode(rgb, qp=qp, effort=EFFORT, threads=1, enhance=False)
    return codec.decode_planes(memoryview(data), threads=1, cpu_mask=codec.CPU_ALL)


def save(path: Path, array: NDArray[np.uint16]) -> None:
    """Write an array; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, array)
    part.replace(path)


def make(data: Path, qps: list[int], picture: Path) -> str:
    """Make the files of one picture."""
    source = data / "source" / f"{picture.stem}.npy"
    with Image.open(picture) as image:
        rgb = np.asarray(image.convert("RGB"))
    if not source.exists():
        save(source, source_luma(rgb))
    for qp in qps:
        targets = [data / plane / f"qp{qp}" / f"{picture.stem}.npy" for plane in PLANES]
        if not all(target.exists() for target in targets):
            for target, plane in zip(targets, decoded_planes(rgb, qp), strict=True):
                save(target, plane)
    return picture.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of lossless pictures")
    parser.add_argument("data", type=Path, help="folder to make or to complete")
    parser.add_argument("--qps", type=int, nargs="+", default=QPS, help="the grid of qps")
    args = parser.parse_args()
    pictures = sorted(p for p in args.pictures.iterdir() if p.suffix.lower() in {".png", ".webp"})
    if len({p.stem for p in pictures}) < len(pictures):
        parser.error(f"two pictures in {args.pictures} differ only in their suffix")
    if not pictures:
        parser.error(f"no .png or .webp pictures in {args.pictures}")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(partial(make, args.data, args.qps), pictures)
        for count, name in enumerate(done, 1):
            print(f"{count}/{len(pictures)} {name}", flush=True)


if __name__ == "__main__":
    main()
