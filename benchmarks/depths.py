"""Pictures of more than 8 bits: error, bits and time at high qualities, and what restoration gains.

Run: python benchmarks/depths.py PICTURES [--limit N] [--effort N]

Samples with bits of their own come of pictures of 8 bits that are halved by a Lanczos filter in
floating point. Beside them stands a grey gradient.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pictures import find_pictures, read_rgb
from PIL import Image

import svac2
from svac2.metrics import psnr

Samples = NDArray[np.uint16]
QUALITIES = (100, 90, 75)
QPS = (16, 24, 32, 40, 48)


def halved(path: Path, bit_depth: int) -> Samples:
    """Return a picture of half the size, with samples of a depth."""
    picture = read_rgb(path)
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    planes = [
        Image.fromarray(picture[:, :, c].astype(np.float32)).resize(size, Image.Resampling.LANCZOS)
        for c in range(3)
    ]
    most = 2**bit_depth - 1
    samples = np.stack([np.asarray(plane) for plane in planes], 2) * (most / 255)
    return (samples + 0.5).clip(0, most).astype(np.uint16)


def gradient(bit_depth: int) -> Samples:
    """Return a grey ramp along both sides."""
    y, x = np.mgrid[:256, :512]
    return ((x + 2 * y) * (2**bit_depth - 1) / (511 + 2 * 255) + 0.5).astype(np.uint16)


def coded(samples: Samples, bit_depth: int, **options: float) -> NDArray[np.float64]:
    """Return PSNR, bits per pixel, and seconds per megapixel that encoder and decoder take."""
    pixels = samples.shape[0] * samples.shape[1]
    start = time.process_time()
    data = svac2.encode(samples, bit_depth=bit_depth, threads=1, **options)
    middle = time.process_time()
    decoded = svac2.decode(data, threads=1)
    end = time.process_time()
    times = ((middle - start) * 1e6 / pixels, (end - middle) * 1e6 / pixels)
    return np.array((psnr(decoded, samples, bit_depth).rgb, 8 * len(data) / pixels, *times))


def print_qualities(paths: list[Path], effort: int) -> None:
    print("bits  picture      quality    PSNR  bits/pixel  encode s/MP  decode s/MP")
    for bit_depth in (10, 12, 16):
        kinds = {
            "gradient": [gradient(bit_depth)],
            "photographs": [halved(path, bit_depth) for path in paths],
        }
        for name, pictures in kinds.items():
            for quality in QUALITIES:
                rows = [coded(p, bit_depth, quality=quality, effort=effort) for p in pictures]
                error, rate, encoding, decoding = np.mean(rows, 0)
                print(
                    f"{bit_depth:4}  {name:11}  {quality:7}  {error:6.2f}  {rate:10.3f}"
                    f"  {encoding:11.2f}  {decoding:11.2f}"
                )


def print_gains(paths: list[Path], effort: int) -> None:
    print("\nbits  qp  PSNR plain  restored: gain  least gain  more bytes")
    for bit_depth in (8, 10, 12):
        pictures = [halved(path, bit_depth) for path in paths]
        for qp in QPS:
            plain, restored = (
                np.array(
                    [coded(p, bit_depth, qp=qp, effort=effort, enhance=on)[:2] for p in pictures]
                )
                for on in (False, True)
            )
            gains = restored[:, 0] - plain[:, 0]
            more = restored[:, 1].sum() / plain[:, 1].sum() - 1
            print(
                f"{bit_depth:4}  {qp:2}  {plain[:, 0].mean():10.2f}  {gains.mean():14.3f}"
                f"  {gains.min():10.3f}  {more:10.2%}"
            )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+", help="folders or files, of 8 bits")
    parser.add_argument("--limit", type=int, help="take so many of the pictures")
    parser.add_argument("--effort", type=int, default=5)
    arguments = parser.parse_args()
    paths = find_pictures(arguments.pictures, arguments.limit)
    print_qualities(paths, arguments.effort)
    print_gains(paths, arguments.effort)


if __name__ == "__main__":
    main()
