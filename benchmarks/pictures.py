"""What the benchmarks share: finding and reading pictures, measuring errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Rgb = npt.NDArray[np.uint8]

LUMA_BT601 = (0.299, 0.587, 0.114)


def find_pictures(inputs: Sequence[Path], limit: int | None = None) -> list[Path]:
    """The files named, and those of each folder that Pillow can open.

    `limit` keeps that many, spread evenly, since neighbours in a folder tend to be alike.
    """
    known = Image.registered_extensions()
    found: list[Path] = []
    for path in inputs:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix.lower() in known)
        else:
            found.append(path)
    if not found:
        raise SystemExit(f"no picture in {', '.join(map(str, inputs))}")
    if limit is not None and limit < len(found):
        found = [found[i * len(found) // limit] for i in range(limit)]
    return found


def read_rgb(path: Path) -> Rgb:
    """An (H, W, 3) array of 8-bit RGB samples."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def photograph(paths: list[Path], width: int, height: int) -> Rgb:
    """Lay pictures side by side, row below row, and cut off what is too much."""
    canvas = np.zeros((height, width, 3), np.uint8)
    y = number = 0
    while y < height:
        x = tallest = 0
        while x < width:
            picture = read_rgb(paths[number % len(paths)])[: height - y, : width - x]
            canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
            x, tallest = x + picture.shape[1], max(tallest, picture.shape[0])
            number += 1
        y += tallest
    return canvas


def squared_errors(original: Rgb, decoded: Rgb) -> tuple[float, float]:
    """Mean squared error over the three channels, and of BT.601 full-range luma (not rounded)."""
    difference = original.astype(np.int32) - decoded
    # Luma is linear in RGB, so the luma of the difference is the difference of the lumas.
    luma = sum(difference[..., i] * weight for i, weight in enumerate(LUMA_BT601))
    return float(np.mean(np.square(difference))), float(np.mean(np.square(luma)))


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio of 8-bit samples in decibels; infinite without an error."""
    return 10.0 * math.log10(255.0**2 / mse) if mse > 0 else math.inf
