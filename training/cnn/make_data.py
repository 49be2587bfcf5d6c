"""Makes the data that restoration networks learn from: decoded pictures beside their sources.

Run: python training/cnn/make_data.py PICTURES DATA [--teacher MODEL]

Every picture of a folder is coded and decoded by the installed library at each qp of the grid.
DATA/source/NAME.npy holds the luma of the source, DATA/PLANE/qpNN/NAME.npy what networks read of
the decoded picture: luma after all loop filters, its prediction, and luma before the loop filters;
all uint16 of shape (H, W), 10 bits. DATA/teacher/qpNN/NAME.npy is luma as an installed model, the
teacher, restores it: from that a small network learns sooner than from the source, whose grain no
network can foretell (Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015).
What is there already is not made again, so that an interrupted
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
from svac2.models import choose

PLANES = ("luma", "prediction", "unfiltered")  # in the order of codec.decode_planes
TEACHER = "teacher"
QPS = tuple(range(20, 64, 4))
Planes = list[NDArray[np.uint16]]
# BT.601, full range, on the scale of internal samples (docs/bitstream.md, Colour).
LUMA = 4 * np.array([0.299, 0.587, 0.114])


def source_luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the luma of an RGB picture, as the encoder computes it."""
    return np.rint(rgb @ LUMA).astype(np.uint16)


def decoded_planes(rgb: NDArray[np.uint8], qp: int, args: argparse.Namespace) -> Planes:
    """Code a picture; return what its decoder gives to a network, and the teacher's result."""
    data = svac2.encode(rgb, qp=qp, effort=args.effort, threads=1, enhance=False)
    planes = codec.decode_planes(memoryview(data), threads=1, cpu_mask=codec.CPU_ALL)
    return [*planes, taught(planes, qp, args.teacher)] if args.teacher is not None else [*planes]


def taught(planes: NDArray[np.uint16], qp: int, model: str) -> NDArray[np.uint16]:
    """Return luma as a model restores it."""
    network = choose(model).network
    return codec.restore_luma(
        planes[: network.planes],
        network=network,
        qp=qp * codec.QP_ONE,
        strength=codec.STRENGTH_ONE,
        threads=1,
        cpu_mask=codec.CPU_ALL,
    )


def save(path: Path, array: NDArray[np.uint16]) -> None:
    """Write an array; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, array)
    part.replace(path)


def make(args: argparse.Namespace, picture: Path) -> str:
    """Make the files of one picture that are not there."""
    kinds = PLANES if args.teacher is None else (*PLANES, TEACHER)
    name = f"{picture.stem}.npy"
    source = args.data / "source" / name
    files = {qp: [args.data / kind / f"qp{qp}" / name for kind in kinds] for qp in args.qps}
    missing = [qp for qp in args.qps if not all(file.exists() for file in files[qp])]
    if source.exists() and not missing:
        return picture.name
    with Image.open(picture) as image:
        rgb = np.asarray(image.convert("RGB"))
    save(source, source_luma(rgb))
    for qp in missing:
        for file, plane in zip(files[qp], decoded_planes(rgb, qp, args), strict=True):
            save(file, plane)
    return picture.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of lossless pictures")
    parser.add_argument("data", type=Path, help="folder to make or to complete")
    parser.add_argument("--qps", type=int, nargs="+", default=QPS, help="the grid of qps")
    parser.add_argument("--effort", type=int, default=5, help="with which pictures are coded")
    parser.add_argument("--teacher", help="an installed model whose results are kept, too")
    args = parser.parse_args()
    pictures = sorted(p for p in args.pictures.iterdir() if p.suffix.lower() in {".png", ".webp"})
    if len({p.stem for p in pictures}) < len(pictures):
        parser.error(f"two pictures in {args.pictures} differ only in their suffix")
    if not pictures:
        parser.error(f"no .png or .webp pictures in {args.pictures}")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(partial(make, args), pictures)
        for count, name in enumerate(done, 1):
            print(f"{count}/{len(pictures)} {name}", flush=True)


if __name__ == "__main__":
    main()
