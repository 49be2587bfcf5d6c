"""Access to what make_data.py wrote: random patches to learn from, whole pictures to measure on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from network import RADIUS
from numpy.typing import NDArray
from torch import Tensor


class Pictures:
    """Decoded pictures of some qps beside their sources, mapped into memory."""

    def __init__(self, data: Path, qps: list[int]) -> None:
        self.names = sorted(path.stem for path in (data / "source").glob("*.npy"))
        self.qps = qps
        self._source = {name: load(data / "source" / f"{name}.npy") for name in self.names}
        self._decoded = {
            (name, qp): load(data / f"qp{qp}" / f"{name}.npy") for name in self.names for qp in qps
        }

    def errors(self) -> dict[tuple[str, int], float]:
        """Return the mean squared error of every decoded picture."""
        return {
            (name, qp): squared_error(
                torch.from_numpy(np.subtract(decoded, source, dtype=np.float32))[None, None]
            ).item()
            for name, qp, decoded, source in self.whole()
        }

    def patches(
        self, rng: np.random.Generator, count: int, size: int
    ) -> tuple[Tensor, Tensor, list[tuple[str, int]]]:
        """Return random patches, each turned over by chance: mirrored, transposed, or both.

        They are decoded luma (count, 1, size + 16, size + 16), source luma without the
        margin, and for each the name and qp of its picture.
        """
        origins = []
        decoded = np.empty((count, 1, size + 2 * RADIUS, size + 2 * RADIUS), np.float32)
        source = np.empty((count, 1, size, size), np.float32)
        for i in range(count):
            name = self.names[rng.integers(len(self.names))]
            qp = self.qps[rng.integers(len(self.qps))]
            picture = self._decoded[name, qp]
            origins.append((name, qp))
            y, x = (rng.integers(side - size - 2 * RADIUS + 1) for side in picture.shape)
            turned = turn(rng.integers(8))
            decoded[i, 0] = turned(picture[y : y + size + 2 * RADIUS, x : x + size + 2 * RADIUS])
            y, x = y + RADIUS, x + RADIUS
            source[i, 0] = turned(self._source[name][y : y + size, x : x + size])
        return torch.from_numpy(decoded), torch.from_numpy(source), origins

    def whole(self) -> Iterator[tuple[str, int, NDArray[np.uint16], NDArray[np.uint16]]]:
        """Go through name, qp, decoded picture and source of all."""
        for (name, qp), decoded in self._decoded.items():
            yield name, qp, decoded, self._source[name]


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


def extended(picture: NDArray[np.uint16]) -> Tensor:
    """Return luma with its border repeated RADIUS times: (1, 1, H + 16, W + 16), float."""
    return torch.from_numpy(np.pad(picture.astype(np.float32), RADIUS, mode="edge"))[None, None]


def squared_error(difference: Tensor) -> Tensor:
    """Return the mean squared error of each of N patches (N, 1, H, W)."""
    return difference.square().mean((1, 2, 3))


def psnr(mean_squared_error: float) -> float:
    """Return the PSNR for a peak of 1020, white on the 10-bit scale."""
    return float(10 * np.log10(1020**2 / mean_squared_error))
