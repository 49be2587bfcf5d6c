"""Thumbnails from base layers against thumbnails of the decoded whole.

Run: python benchmarks/geometry.py PICTURES

Random cuts of the pictures, of any width and height, are coded with base layers of 1/2, 1/4 and
1/8 of the size. A thumbnail of that size is compared with what Lanczos' filter makes of the decoded
whole picture, and with the thumbnail of a base layer that is coded nearly without loss: the second
tells what the base layer's quantiser allows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pictures import Rgb, find_pictures, psnr, read_rgb, squared_errors
from PIL import Image

import svac2

SCALES = (2, 4, 8)
SIDES = (65, 700)


def cuts(paths: list[Path], count: int) -> Iterator[Rgb]:
    """Cut pieces out of pictures, the same in every run."""
    rng = np.random.default_rng(1)
    for number in range(count):
        picture = read_rgb(paths[number % len(paths)])
        size = [int(rng.integers(SIDES[0], min(SIDES[1], side) + 1)) for side in picture.shape[:2]]
        top, left = (
            int(rng.integers(0, whole - part + 1))
            for whole, part in zip(picture.shape[:2], size, strict=True)
        )
        yield picture[top : top + size[0], left : left + size[1]]


def compare(picture: Rgb, scale: int, quality: int) -> tuple[float, float]:
    """Return the PSNR of a thumbnail against Lanczos' of the whole, and against one of no loss."""
    data, fine = (
        svac2.encode(
            picture, quality=quality, effort=1, mode="multiscale", base_scale=scale, base_qp=qp
        )
        for qp in (None, 0)
    )
    thumbnail = svac2.decode(data, scale=1 / scale)
    whole = Image.fromarray(svac2.decode(data))
    height, width = thumbnail.shape[:2]
    wanted = np.asarray(whole.resize((width, height), Image.Resampling.LANCZOS))
    ideal = svac2.decode(fine, scale=1 / scale)
    found, allowed = (psnr(squared_errors(other, thumbnail)[0]) for other in (wanted, ideal))
    return found, allowed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+", help="files and folders of pictures")
    parser.add_argument("--count", type=int, default=200, help="how many cuts (default: 200)")
    parser.add_argument("--quality", type=int, default=75, help="1 to 100 (default: 75)")
    args = parser.parse_args()
    rows: dict[int, list[tuple[float, float]]] = {scale: [] for scale in SCALES}
    for cut in cuts(find_pictures(args.pictures), args.count):
        for scale in SCALES:
            rows[scale].append(compare(cut, scale, args.quality))
    print("scale  against the whole  allowed  difference: mean, 95 % of cuts, worst")
    for scale in SCALES:
        found, allowed = np.array(rows[scale]).T
        loss = allowed - found
        print(
            f"1/{scale:<4} {found.mean():>18.2f} {allowed.mean():>8.2f} {loss.mean():>17.2f} "
            f"{np.quantile(loss, 0.95):>11.2f} {loss.max():>6.2f}"
        )


if __name__ == "__main__":
    main()
