"""The integer network as the C engine computes it (docs/network.md), for training's side.

Exact where it comes from a weight file: all sums are whole numbers that float32 or, of layers that
read the planes, float64 can hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from network import ARCHITECTURES, Architecture, crop
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

HEAD_SHIFT = 14
WEIGHT_MAX, PLANE_WEIGHT_MAX = 64, 4096  # the latter of layers that read the planes
SAMPLE_MAX = 1023
ACTIVATION_MAX = 255
# Arrays of which a weight file has one for each set.
PER_SET = ("weights", "biases", "shifts", "head_weights", "head_biases")


@dataclass
class IntegerLayer:
    """One convolution: float tensors that hold whole numbers."""

    weight: Tensor  # (outputs, inputs, side, side)
    bias: Tensor  # (outputs,)
    shift: Tensor  # (outputs,)

    def check_exact(self, largest_input: int) -> None:
        """Raise where a sum could leave the whole numbers that the type can hold."""
        sums = largest_input * self.weight.abs().sum((1, 2, 3)) + self.bias.abs() + 2.0**self.shift
        if sums.max() >= 2 / torch.finfo(sums.dtype).eps:
            raise ValueError(f"sums of up to {sums.max():.0f} are not exact in {sums.dtype}")

    def __call__(self, x: Tensor) -> Tensor:
        half = torch.where(self.shift > 0, 2.0 ** (self.shift - 1), 0.0)
        total = functional.conv2d(x.to(self.weight.dtype), self.weight, self.bias + half)
        shifted = torch.floor(total * 2.0 ** -self.shift[:, None, None])
        return shifted.clamp(0, ACTIVATION_MAX).float()


def architecture_of(arrays: Mapping[str, NDArray[Any]]) -> Architecture:
    """Return the architecture of a weight file, if it is one of ours."""
    for architecture in ARCHITECTURES.values():
        table = architecture.table(heads=int(arrays["layers"][-1, 1]))
        if architecture.planes == arrays["planes"] and np.array_equal(table, arrays["layers"]):
            return architecture
    raise ValueError(f"a network of layers {arrays['layers'].tolist()} is not known here")


def layers_of(arrays: Mapping[str, NDArray[Any]]) -> list[IntegerLayer]:
    """Return the layers of one set of weights, as this side computes them."""
    layers: list[IntegerLayer] = []
    planes, channels = int(arrays["planes"]), [0]  # of each source; of the planes by cell
    weights, biases, shifts = (arrays[name] for name in ("weights", "biases", "shifts"))
    weight_at = output_at = 0
    for side, outputs, mask, cell in arrays["layers"][:-1].tolist():
        channels[0] = planes * cell**2
        inputs = sum(count for bit, count in enumerate(channels) if mask >> bit & 1)
        size, output_end = outputs * inputs * side * side, output_at + outputs
        weight = weights[weight_at : weight_at + size].reshape(outputs, inputs, side, side)
        kind = np.float64 if mask == 1 else np.float32
        layer = IntegerLayer(
            torch.from_numpy(weight.astype(kind)),
            torch.from_numpy(biases[output_at:output_end].astype(kind)),
            torch.from_numpy(shifts[output_at:output_end].astype(kind)),
        )
        layer.check_exact(SAMPLE_MAX if mask == 1 else ACTIVATION_MAX)
        layers.append(layer)
        channels.append(outputs)
        weight_at, output_at = weight_at + size, output_end
    return layers


def feature_planes(
    architecture: Architecture, layers: list[IntegerLayer], planes: Tensor
) -> Tensor:
    """Return the head's inputs, for planes (N, planes, H + 2 margin, W + 2 margin).

    They are (N, inputs, H / cell, W / cell).
    """
    outputs = [planes]
    for layer, integer in zip(architecture.layers, layers, strict=True):
        inputs = architecture.gather(outputs, layer, architecture.margins[len(outputs)])
        outputs.append(integer(inputs))
    return architecture.gather(outputs, architecture.head, 0)


def turned(weights: Tensor, view: int) -> Tensor:
    """Return what a view has in place of squares (..., side, side): the engine's sv_nn_turned.

    Bits 0 and 1: columns and rows are mirrored; 2: they are transposed then.
    """
    mirrored = weights.flip([-1 - bit for bit in (0, 1) if view >> bit & 1])
    return mirrored.transpose(-1, -2) if view & 4 else mirrored


def layers_of_view(
    architecture: Architecture, layers: list[IntegerLayer], view: int
) -> list[IntegerLayer]:
    """Return the layers as a view of the planes needs them."""
    result = []
    for layer, integer in zip(architecture.layers, layers, strict=True):
        weight = turned(integer.weight, view)
        if layer.sources == (0,):
            cells = (architecture.planes, layer.cell, layer.cell)
            squares = weight.unflatten(1, cells).movedim((2, 3), (-2, -1))
            weight = turned(squares, view).movedim((-2, -1), (2, 3)).flatten(1, 3)
        result.append(IntegerLayer(weight.contiguous(), integer.bias, integer.shift))
    return result


def restore(
    architecture: Architecture,
    layers: list[IntegerLayer],
    head_weights: NDArray[np.int16],
    head_biases: NDArray[np.int32],
    planes: Tensor,
    views: int = 1,
) -> NDArray[np.uint16]:
    """Restore luma with a head at strength 1: its weights (phases, inputs), its biases (phases,).

    planes: (1, planes, H + 2 margin, W + 2 margin); the result is (H, W). views: of which the mean
    is taken.
    """
    cell = architecture.cell
    weights = torch.from_numpy(head_weights.astype(np.int64)).T.unflatten(1, (cell, cell))
    biases = torch.from_numpy(head_biases.astype(np.int64)).unflatten(0, (cell, cell))
    total, bias = 0, torch.zeros(cell * cell, dtype=torch.int64)
    for view in range(views):
        features = feature_planes(architecture, layers_of_view(architecture, layers, view), planes)
        mean = ((turned(weights, view) + views // 2) // views).flatten(1)
        total += np.einsum("cp,chw->phw", mean.numpy(), features[0].numpy().astype(np.int64))
        bias += turned(biases, view).flatten()
    total += ((bias + views // 2) // views).numpy()[:, None, None] + (1 << (HEAD_SHIFT - 1))
    by_phase = torch.from_numpy(total >> HEAD_SHIFT)
    residual = functional.pixel_shuffle(by_phase, cell)[0].numpy()
    luma = crop(planes[0, 0], architecture.margins[0]).numpy().astype(np.int64)
    return (luma + residual.clip(-32768, 32767)).clip(0, SAMPLE_MAX).astype(np.uint16)
