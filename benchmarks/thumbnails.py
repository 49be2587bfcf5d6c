"""Time and bytes that a thumbnail of a large photograph takes, beside JPEG, WebP and AVIF.

Run: python benchmarks/thumbnails.py PICTURES

The photograph is laid out of the pictures, as many as it takes. Every codec makes a file of it,
svac2 in both modes at the quality asked for, the others at that whose file is nearest to the first
one in size. Then thumbnails are made from files in memory that count what is read of them.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from peers import AVIF, JPEG, WEBP, Codec, quality_for_size
from pictures import Rgb, find_pictures, photograph, psnr, squared_errors
from PIL import Image

import svac2


class CountingFile(io.BytesIO):
    """A file in memory that knows how many of its bytes were read."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self.count += len(part)
        return part


@dataclass(frozen=True)
class Row:
    """A file and two ways to read it."""

    name: str
    data: bytes
    whole: Callable[[io.BytesIO], Rgb]
    thumbnail: Callable[[io.BytesIO], Rgb]


def whole_by_pillow(file: io.BytesIO) -> Rgb:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def thumbnail_by_pillow(size: int, file: io.BytesIO) -> Rgb:
    """As Pillow's users do it: thumbnail calls draft, by which JPEG decodes at a fraction."""
    with Image.open(file) as image:
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        return np.asarray(image.convert("RGB"))


def rows_for(picture: Rgb, quality: int, effort: int, size: int) -> list[Row]:
    rows = []
    for mode in ("multiscale", "normal"):
        data = svac2.encode(picture, quality=quality, effort=effort, mode=mode)
        whole = partial(svac2.decode, threads=1)
        rows.append(Row(f"svac2 {mode}", data, whole, partial(whole, max_size=size)))
    codecs: list[Codec] = [JPEG, WEBP, AVIF]
    for codec in codecs:
        data = codec.encode(picture, quality_for_size(codec, picture, len(rows[0].data)))
        by_pillow = partial(thumbnail_by_pillow, size)
        rows.append(Row(codec.name, data, whole_by_pillow, by_pillow))
    return rows


def seconds(function: Callable[[io.BytesIO], Rgb], data: bytes) -> float:
    start = time.perf_counter()
    function(io.BytesIO(data))
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path, help="folder of photographs, or files")
    parser.add_argument("--size", nargs=2, type=int, default=(4000, 3000), metavar=("W", "H"))
    parser.add_argument("--max-size", type=int, help="of the thumbnail (default: 1/8 of the width)")
    parser.add_argument("--quality", type=int, default=75)
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    picture = photograph(find_pictures(options.pictures), *options.size)
    size = options.max_size or options.size[0] // 8
    rows = rows_for(picture, options.quality, options.effort, size)
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):  # in turns, so that other work disturbs all alike
        for row in rows:
            for what in ("whole", "thumbnail"):
                elapsed = seconds(getattr(row, what), row.data)
                times.setdefault((row.name, what), []).append(elapsed)
    reference = Image.fromarray(picture)
    reference.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=None)
    width, height = options.size
    print(f"thumbnails of at most {size} pixels a side from {width}x{height}, one thread")
    print(
        f"{'':<20}{'file':>10}{'read':>10}{'':>7}{'whole':>10}{'thumbnail':>11}{'ratio':>7}{'PSNR':>7}"
    )
    for row in rows:
        file = CountingFile(row.data)
        preview = row.thumbnail(file)
        whole, small = (statistics.median(times[row.name, what]) for what in ("whole", "thumbnail"))
        level = psnr(squared_errors(np.asarray(reference), preview)[0])
        print(
            f"{row.name:<20}{len(row.data):>10}{file.count:>10}{file.count / len(row.data):>7.1%}"
            f"{whole * 1000:>7.0f} ms{small * 1000:>8.1f} ms{whole / small:>7.1f}{level:>7.1f}"
        )


if __name__ == "__main__":
    main()
