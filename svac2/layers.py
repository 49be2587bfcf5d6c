"""The layers of a file: which one a wanted size takes, and what that takes of the file."""

import math
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svac2._core import codec
from svac2.arrays import Samples
from svac2.errors import PartialWarning, TruncatedError
from svac2.transparency import has_alpha


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the coded pictures in a svac2 file.

    Attributes:
        width, height: its size in pixels.
        scale: what it is of the picture's, 1, 1/2, 1/4 or 1/8; the size is rounded up.
        qp: its quantiser, in steps of 1/8, at most 63; 0 of a lossless one.
        lossless: whether its colour was coded without loss, or nearly so.
        start, end: the bytes of the file that it takes: data[start:end]. To decode it, those of
            the header and of the layers before it are needed, too.
        memory: bytes that decoding it takes at most, the result included, on one thread; weights
            of networks, once for a process, come on top,
        thread_memory: and on each further one.
    """

    width: int
    height: int
    scale: float
    qp: float
    lossless: bool
    start: int
    end: int
    memory: int
    thread_memory: int = field(repr=False)

    @property
    def level(self) -> str:
        """How near to the original it is, in a word."""
        return "lossless" if self.lossless else f"qp {self.qp:g}"


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


@dataclass(frozen=True, slots=True)
class Reduction:
    """How a picture of the wanted size is made from a decoded layer.

    Attributes:
        decoded: width and height of the layer.
        covered: how many columns and rows of it the picture takes. In a layer at 1/8 that is an
            eighth of its sides, to which the last column and row may belong in part.
        size: width and height of the result.
    """

    decoded: tuple[int, int]
    covered: tuple[float, float]
    size: tuple[int, int]

    @classmethod
    def of(cls, layers: Sequence[Layer], number: int, wanted: OutputSize) -> Self:
        """Return what is to be done to a layer."""
        layer, whole = layers[number], layers[-1]
        width, height = wanted.of(whole.width, whole.height)
        return cls(
            decoded=(layer.width, layer.height),
            covered=(whole.width * layer.scale, whole.height * layer.scale),
            size=(min(layer.width, width), min(layer.height, height)),
        )

    @property
    def is_needed(self) -> bool:
        """Tell whether the layer is not the result itself."""
        return not self.decoded == self.covered == self.size

    def apply(self, pixels: Samples, out: Samples | None, bit_depth: int) -> Samples:
        """Return the picture of the wanted size, in an array if one is given."""
        if not self.is_needed:
            return pixels
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        if bit_depth == 8 and not has_alpha(channels):
            reduced = self._resized(pixels)
        else:
            exact = self._resized_planes(pixels.reshape(*pixels.shape[:2], channels))
            rounded = np.rint(exact).clip(0, 2**bit_depth - 1).astype(pixels.dtype)
            reduced = rounded[:, :, 0] if pixels.ndim == 2 else rounded
        if out is None:
            return reduced.copy()
        out[...] = reduced
        return out

    def _resized_planes(self, samples: Samples) -> NDArray[np.float32]:
        """Resize with floating-point numbers: colour by how much each pixel shows of it."""
        planes = list(np.moveaxis(samples, 2, 0))
        if not has_alpha(len(planes)):
            return np.stack([self._resized(plane.astype(np.float32)) for plane in planes], 2)
        weights = planes.pop().astype(np.float32)
        alpha = self._resized(weights)
        shown = np.where(alpha < 0.5, np.inf, alpha)  # nothing is, where that is rounded to 0
        colours = [self._resized(plane * weights) / shown for plane in planes]
        return np.stack([*colours, alpha], 2)

    def _resized(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Resize what Pillow can: 8 bits, or a plane of floating-point numbers."""
        box = (0, 0, *self.covered)
        image = Image.fromarray(pixels)
        return np.asarray(image.resize(self.size, Image.Resampling.LANCZOS, box=box))


def layers_of(header: dict[str, Any]) -> tuple[Layer, ...]:
    """Return the layers that a header lists, the smallest first."""
    return tuple(
        Layer(
            width=layer["width"],
            height=layer["height"],
            scale=1 / 2 ** layer["log2_scale"],
            qp=layer["qp"] / codec.QP_ONE,
            lossless=bool(layer["lossless"]),
            start=layer["offset"],
            end=layer["offset"] + layer["size"],
            memory=layer["memory"],
            thread_memory=layer["thread_memory"],
        )
        for layer in header["layers"]
    )


def smallest_layer(layers: Sequence[Layer], size: OutputSize) -> int:
    """Return the number of the smallest layer that is large enough."""
    whole = layers[-1]
    wanted = size.of(whole.width, whole.height)
    if wanted == (whole.width, whole.height):  # of tiny pictures, layers can have that size, too
        return len(layers) - 1
    return [max(layer.width, layer.height) >= max(wanted) for layer in layers].index(True)


def largest_complete(layers: Sequence[Layer], wanted: int, size: int, is_partial: bool) -> int:
    """Return the number of the wanted layer, or of the largest below it that is there whole.

    size is that of the data, as far as they were loaded. Where there is none, it is the wanted one.
    """
    for number in range(wanted, -1, -1):
        layer = layers[number]
        if layer.end <= size:
            if number < wanted and not is_partial:
                raise TruncatedError(
                    f"the file has {size} of {layers[-1].end} bytes; its layer of "
                    f"{layer.width}x{layer.height} pixels is complete: allow_partial=True "
                    "(--allow-partial) decodes that"
                )
            return number
    return wanted


def describe_cut(layers: Sequence[Layer], number: int, size: int) -> str:
    """Say that the file is cut, and which layer is there whole."""
    here, whole = layers[number], layers[-1]
    lost = (
        f"this is its layer of {here.width}x{here.height} pixels, the whole picture has "
        f"{whole.width}x{whole.height}"
        if here != whole
        else "the picture is whole, but not its metadata"
    )
    return f"the file ends early, after {size} bytes: {lost}"


def warn_of_part(message: str) -> None:
    """Give a warning that points at the code that called svac2."""
    warnings.warn(message, PartialWarning, stacklevel=_depth_of_caller())


def _depth_of_caller() -> int:
    """Return how many frames above our caller the code is that called svac2."""
    depth, frame = 0, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("svac2."):
        depth, frame = depth + 1, frame.f_back
    return depth + 1
