"""The pictures of a training folder."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def files_in(folder: Path) -> list[Path]:
    """List them in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def middle(path: Path, size: int) -> NDArray[np.uint8]:
    """Read the middle of a picture, of at most so many pixels a side."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    top, left = (max(0, (side - size) // 2) for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + size, left : left + size])
