"""The layers of a file: which one a wanted size takes, and what that takes of the file."""

import math
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svac2._core import codec
from svac2.errors import PartialWarning, SvacError, TruncatedError
from svac2.files import DataLike, load_bytes


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the coded pictures in a svac2 file.

    Attributes:
        width, height: its size in pixels.
        scale: that size over the picture's: 1, 1/2, 1/4 or 1/8; rounded up.
        qp: its quantiser, 0..63.
        start, end: the bytes of the file that it takes: data[start:end]. To decode it, those of
            the header and of the layers before it are needed, too.
    """

    width: int
    height: int
    scale: float
    qp: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OutputSize:
    """The size of picture that decode is asked for: with max_size, scale is 1."""

    max_size: int | None
    scale: float

    def of(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height to make of a picture's."""
        longest = max(width, height)
        if self.max_size is None:
            return math.ceil(width * self.scale), math.ceil(height * self.scale)
        if longest <= self.max_size:
            return width, height
        factor = self.max_size / longest
        return max(1, round(width * factor)), max(1, round(height * factor))


def layers_of(header: dict[str, Any]) -> tuple[Layer, ...]:
    """Return the layers that a header lists, the smallest first."""
    return tuple(
        Layer(
            width=layer["width"],
            height=layer["height"],
            scale=1 / 2 ** layer["log2_scale"],
            qp=layer["qp"],
            start=layer["offset"],
            end=layer["offset"] + layer["size"],
        )
        for layer in header["layers"]
    )


def load_header(data: DataLike) -> memoryview:
    """Return the first bytes of a file, in which its header lies."""
    return load_bytes(data, len)


def load_layers(data: DataLike, size: OutputSize) -> memoryview:
    """Return as much of a file as it takes to decode a picture of a size."""
    return load_bytes(data, partial(_bytes_needed, size))


def _bytes_needed(size: OutputSize, head: memoryview) -> int | None:
    try:
        layers = layers_of(codec.read_info(head))
    except SvacError:  # which the caller will meet, too
        return len(head)
    wanted = smallest_layer(layers, size)
    return None if wanted == len(layers) - 1 else layers[wanted].end


def smallest_layer(layers: Sequence[Layer], size: OutputSize) -> int:
    """Return the number of the smallest layer that is large enough."""
    width, height = size.of(layers[-1].width, layers[-1].height)
    return [layer.width >= width and layer.height >= height for layer in layers].index(True)


def largest_complete(layers: Sequence[Layer], wanted: int, size: int, data: DataLike) -> int:
    """Return the wanted layer, or, with a warning, the largest below it of which all is there.

    size is that of the data, as far as they were loaded.
    """
    complete = next((n for n in range(wanted, -1, -1) if layers[n].end <= size), None)
    there = f"the file has {size} of {layers[-1].end} bytes"
    if complete is None:
        raise TruncatedError(f"{there}, no complete layer")
    if complete < wanted:
        name = f"{os.fsdecode(data)}: " if isinstance(data, (str, os.PathLike)) else ""
        here, whole = layers[complete], layers[-1]
        warnings.warn(
            f"{name}{there}: this is its layer of {here.width}x{here.height} pixels, "
            f"not the picture of {whole.width}x{whole.height}",
            PartialWarning,
            stacklevel=_depth_of_caller(),
        )
    return complete


def _depth_of_caller() -> int:
    """Return how many frames above our caller the code is that called svac2."""
    depth, frame = 0, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("svac2."):
        depth, frame = depth + 1, frame.f_back
    return depth + 1


def shrink(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Make a picture smaller that is larger than a width and height."""
    height, width = pixels.shape[:2]
    if width <= size[0] and height <= size[1]:
        return pixels
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
