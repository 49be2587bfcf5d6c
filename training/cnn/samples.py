"""Access to what make_data.py wrote: random patches to learn from, whole pictures to measure on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from make_data import PLANES, TEACHER
from network import Architecture
from numpy.typing import NDArray
from torch import Tensor


@dataclass
class Picture:
    """A decoded picture: its planes, luma first, beside the luma of its source; mapped arrays.

    goal is the luma to learn: the source, or what a teacher made.
    """

    name: str
    qp: int
    planes: list[NDArray[np.uint16]]
    source: NDArray[np.uint16]
    goal: NDArray[np.uint16]

    def error(self) -> float:
        """Return the mean squared error of the decoded luma."""
        return float(np.mean(np.subtract(self.planes[0], self.source, dtype=np.float32) ** 2))

    def target(self) -> Tensor:
        """Return the source (1, 1, H, W), float."""
        return torch.from_numpy(self.source.astype(np.float32))[None, None]

    def decoded(self) -> Tensor:
        """Return decoded luma (1, 1, H, W), float."""
        return torch.from_numpy(self.planes[0].astype(np.float32))[None, None]

    def extended(self, architecture: Architecture) -> Tensor:
        """Return the planes, their border repeated: (1, planes, H + 2 margin, W + 2 margin), float.

        Sides that are no multiple of the largest cell are extended to one at the end.
        """
        height, width = self.source.shape
        margin, grid = architecture.margins[0], architecture.grid
        around = ((margin, margin + -height % grid), (margin, margin + -width % grid))
        planes = [np.pad(plane.astype(np.float32), around, mode="edge") for plane in self.planes]
        return torch.from_numpy(np.stack(planes))[None].to(memory_format=torch.channels_last)


class Pictures:
    """Decoded pictures of some qps, with the planes that a network reads."""

    def __init__(
        self, data: Path, qps: list[int], architecture: Architecture, *, taught: bool = False
    ) -> None:
        self.architecture, self.qps = architecture, qps
        names = sorted(path.stem for path in (data / "source").glob("*.npy"))
        self._pictures = [
            Picture(
                name,
                qp,
                [load(data / p / f"qp{qp}" / f"{name}.npy") for p in PLANES[: architecture.planes]],
                load(data / "source" / f"{name}.npy"),
                load(data / (f"{TEACHER}/qp{qp}" if taught else "source") / f"{name}.npy"),
            )
            for name in names
            for qp in qps
        ]

    def __iter__(self) -> Iterator[Picture]:
        return iter(self._pictures)

    def some(self, every: int) -> Iterator[Picture]:
        """Go through one in so many pictures, each at all qps."""
        for index, picture in enumerate(self):
            if index // len(self.qps) % every == 0:
                yield picture

    def errors(self) -> NDArray[np.float32]:
        """Return the mean squared error of every decoded picture."""
        return np.array([picture.error() for picture in self], np.float32)

    def patches(
        self, rng: np.random.Generator, count: int, size: int
    ) -> tuple[Tensor, Tensor, list[int]]:
        """Return random patches, each turned over by chance: mirrored, transposed, or both.

        They are decoded planes (count, planes, size + 2 margin, size + 2 margin), the luma to learn
        (count, 1, size, size), and for each the number of its picture. They start at multiples of
        the largest cell, as they do in a whole picture.
        """
        margin, grid = self.architecture.margins[0], self.architecture.grid
        side = size + 2 * margin
        decoded = np.empty((count, self.architecture.planes, side, side), np.float32)
        goal = np.empty((count, 1, size, size), np.float32)
        numbers = rng.integers(len(self._pictures), size=count).tolist()
        for i, number in enumerate(numbers):
            picture = self._pictures[number]
            y, x = (grid * rng.integers((n - side) // grid + 1) for n in picture.source.shape)
            turned = turn(rng.integers(8))
            for p, plane in enumerate(picture.planes):
                decoded[i, p] = turned(plane[y : y + side, x : x + side])
            y, x = y + margin, x + margin
            goal[i, 0] = turned(picture.goal[y : y + size, x : x + size])
        planes = torch.from_numpy(decoded).to(memory_format=torch.channels_last)
        return planes, torch.from_numpy(goal), numbers


def load(path: Path) -> NDArray[np.uint16]:
    """Map a file of make_data.py."""
    array: NDArray[np.uint16] = np.load(path, mmap_mode="r")
    return array


def turn(which: int):
    """Return one of the eight symmetries of the square."""

    def turned(patch: NDArray[np.uint16]) -> NDArray[np.uint16]:
        patch = patch[:: -1 if which & 1 else 1, :: -1 if which & 2 else 1]
        return patch.T if which & 4 else patch

    return turned


def squared_error(difference: Tensor) -> Tensor:
    """Return the mean squared error of each of N patches (N, 1, H, W)."""
    return difference.square().mean((1, 2, 3))


def psnr(mean_squared_error: float) -> float:
    """Return the PSNR for a peak of 1020, white on the 10-bit scale."""
    return float(10 * np.log10(1020**2 / mean_squared_error))
