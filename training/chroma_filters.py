"""Choose the chroma resampling filters by least squares.

Chroma of 4:2:0 lies in the middle of its 2x2 luma samples, so the up-sampler has the phases 1/4
and 3/4 (mirror images of each other) and the down-sampler is symmetric with an even length. Both
are fitted in turn to minimise the squared error of up(down(x)) over the rows and the columns of
real chroma, weighted by what a chroma error costs in RGB. The sums are held at one; the integer
taps are rounded so that they keep the sum.

    python training/chroma_filters.py FOLDER --pictures 30
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from training_pictures import files_in

Array = NDArray[np.float64]

TO_YCC = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.299 / 1.772, -0.587 / 1.772, 0.5],
        [0.5, -0.587 / 1.402, -0.114 / 1.402],
    ]
)
TO_RGB = np.linalg.inv(TO_YCC)
CHROMA_WEIGHTS = (TO_RGB[:, 1:] ** 2).sum(axis=0)
UP_BITS = 6
DOWN_BITS = 7


def load(path: Path) -> Array:
    """Y, Cb, Cr on the 10-bit scale, chroma centred on zero."""
    rgb = np.asarray(Image.open(path).convert("RGB"), dtype=np.float64)
    height, width = (size // 8 * 8 for size in rgb.shape[:2])
    ycc: Array = np.moveaxis(rgb[:height, :width] @ TO_YCC.T, 2, 0)
    return 4 * ycc


def down_axis(x: Array, taps: Array, axis: int) -> Array:
    """2:1 along an axis; taps[k] weighs both samples k + 1/2 away from the centre."""
    x = np.moveaxis(x, axis, -1)
    half = len(taps)
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="edge")
    size = x.shape[-1]
    low = sum(
        taps[k]
        * (
            padded[..., half - k : half - k + size : 2]
            + padded[..., half + 1 + k : half + 1 + k + size : 2]
        )
        for k in range(half)
    )
    return np.moveaxis(np.asarray(low), -1, axis)


def up_axis(x: Array, taps: Array, axis: int) -> Array:
    """1:2 along an axis; taps of the even outputs (1/4 before the sample taps[len / 2])."""
    x = np.moveaxis(x, axis, -1)
    half = len(taps) // 2
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="edge")
    size = x.shape[-1]
    out = np.empty((*x.shape[:-1], 2 * size))
    out[..., 0::2] = sum(taps[t] * padded[..., t : t + size] for t in range(2 * half))
    out[..., 1::2] = sum(taps[-1 - t] * padded[..., t + 1 : t + 1 + size] for t in range(2 * half))
    return np.moveaxis(out, -1, axis)


def segments(pictures: list[Array], length: int, count: int, rng: np.random.Generator) -> Array:
    """Random stretches of chroma rows and columns, scaled by their weight in RGB."""
    found = []
    per_plane = count // (4 * len(pictures))
    for picture in pictures:
        for plane in (1, 2):
            for x in (picture[plane], picture[plane].T):
                rows = rng.integers(0, x.shape[0], per_plane)
                starts = rng.integers(0, x.shape[1] - length, per_plane)
                stretch = x[rows[:, None], starts[:, None] + np.arange(length)]
                found.append(stretch * np.sqrt(CHROMA_WEIGHTS[plane - 1]))
    return np.concatenate(found)


def constrained(gram: Array, cross: Array, row: Array, total: float) -> Array:
    """Least squares with row . taps = total."""
    n = len(cross)
    system = np.block([[gram, row[:, None]], [row[None, :], np.zeros((1, 1))]])
    solution: Array = np.linalg.solve(system, np.append(cross, total))[:n]
    return solution


def fit(data: Array, up_taps: int, down_half: int) -> tuple[Array, Array]:
    """Alternate between the best up-sampler and the best down-sampler."""
    reach = up_taps // 2 + 1
    centre = data.shape[1] // 2 // 2
    down = np.zeros(down_half)
    down[0] = 0.5

    def sums(i: int) -> Array:
        at = 2 * (centre + i)
        return np.stack([data[:, at - k] + data[:, at + 1 + k] for k in range(down_half)], axis=1)

    lows = {i: sums(i) for i in range(-reach, reach + 1)}
    targets = data[:, 2 * centre], data[:, 2 * centre + 1]
    up = np.zeros(up_taps)
    for _ in range(40):
        before = np.stack([lows[t - up_taps // 2] @ down for t in range(up_taps)], axis=1)
        after = np.stack([lows[up_taps // 2 - t] @ down for t in range(up_taps)], axis=1)
        gram = before.T @ before + after.T @ after
        cross = before.T @ targets[0] + after.T @ targets[1]
        up = constrained(gram, cross, np.ones(up_taps), 1.0)
        first = sum(up[t] * lows[t - up_taps // 2] for t in range(up_taps))
        second = sum(up[t] * lows[up_taps // 2 - t] for t in range(up_taps))
        gram = first.T @ first + second.T @ second
        cross = first.T @ targets[0] + second.T @ targets[1]
        down = constrained(gram, cross, np.full(down_half, 2.0), 1.0)
    return up, down


def to_integers(taps: Array, total: int) -> NDArray[np.int64]:
    """Rounded taps with the given sum; what is missing goes where rounding erred most."""
    exact = taps / taps.sum() * total
    rounded: NDArray[np.int64] = np.rint(exact).astype(np.int64)
    while rounded.sum() != total:
        step = 1 if rounded.sum() < total else -1
        rounded[np.argmax(step * (exact - rounded))] += step
    return rounded


def rgb_psnr(picture: Array, up: Array, down: Array) -> float:
    """PSNR of the picture with its chroma taken down and up again, luma untouched."""
    chroma = np.rint(down_axis(down_axis(picture[1:], down, 2), down, 1))
    chroma = up_axis(up_axis(chroma, up, 1), up, 2)
    planes = np.concatenate([picture[:1], chroma])
    rgb = np.clip(np.rint(np.moveaxis(planes, 0, 2) @ TO_RGB.T / 4), 0, 255)
    source = np.rint(np.moveaxis(picture, 0, 2) @ TO_RGB.T / 4)
    return float(10 * np.log10(255**2 / np.mean((rgb - source) ** 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="pictures to fit and measure on")
    parser.add_argument("--pictures", type=int, default=30)
    options = parser.parse_args()

    paths = files_in(options.folder)
    paths = paths[:: max(1, len(paths) // options.pictures)][: options.pictures]
    pictures = [load(path) for path in paths]
    data = segments(pictures, 40, 100_000, np.random.default_rng(0))

    bilinear, box = np.array([1.0, 3.0]) / 4, np.array([0.5])
    trials = {"bilinear up, box down": (bilinear, box)}
    for up_taps in (4, 6):
        for down_half in (3, 4, 5):
            up, down = fit(data, up_taps, down_half)
            up_int = to_integers(up, 1 << UP_BITS)
            down_int = to_integers(down, 1 << (DOWN_BITS - 1))
            name = f"up {up_int.tolist()} down {down_int.tolist()}"
            trials[name] = up_int / (1 << UP_BITS), down_int / (1 << DOWN_BITS)
    print("mean RGB PSNR, filters")
    for name, (up, down) in trials.items():
        psnr = np.mean([rgb_psnr(picture, up, down) for picture in pictures])
        print(f"{psnr:.3f}  {name}")


if __name__ == "__main__":
    main()
