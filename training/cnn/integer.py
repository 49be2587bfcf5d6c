"""The integer network as the C engine computes it (docs/network.md), for training's side.

Exact: all sums stay below 2^24, so that float32 convolutions give whole numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from network import A1_OUTPUTS, B_OUTPUTS, FEATURES, RADIUS, crop
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

HEAD_SHIFT = 14
WEIGHT_MAX = 64
SAMPLE_MAX = 1023
ACTIVATION_MAX = 255

COUNT = len(FEATURES)
LAYER_NAMES = (*(f"features.{i}" for i in range(COUNT)), "a1", "b1", "b2")


def layer_table(heads: int) -> NDArray[np.int32]:
    """Return kernel side, outputs and source mask of each layer: the `layers` of a weight file."""
    features = sum(1 << (i + 1) for i in range(COUNT))
    rows = [(3, outputs, 1 << i) for i, outputs in enumerate(FEATURES)]
    rows += [(1, A1_OUTPUTS, features), (1, B_OUTPUTS, features), (3, B_OUTPUTS, 1 << (COUNT + 2))]
    rows += [(1, heads, 1 << (COUNT + 1) | 1 << (COUNT + 3))]
    return np.array(rows, np.int32)


def straight_through(rounding: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Round, with the gradient of the identity (Bengio, Leonard, Courville, 2013)."""
    return x + (rounding(x) - x).detach()


@dataclass
class IntegerLayer:
    """One convolution: float tensors that hold whole numbers."""

    weight: Tensor  # (outputs, inputs, side, side), -64..64
    bias: Tensor  # (outputs,)
    shift: Tensor  # (outputs,)

    def check_exact(self, largest_input: int) -> None:
        """Raise where a sum could leave the whole numbers of float32."""
        sums = largest_input * self.weight.abs().sum((1, 2, 3)) + self.bias.abs() + 2.0**self.shift
        if sums.max() >= 2**24:
            raise ValueError(f"sums of up to {sums.max():.0f} are not exact in float32")

    def __call__(self, x: Tensor) -> Tensor:
        half = torch.where(self.shift > 0, 2.0 ** (self.shift - 1), 0.0)
        total = functional.conv2d(x, self.weight, self.bias + half)
        shifted = straight_through(torch.floor, total * 2.0 ** -self.shift[:, None, None])
        return shifted.clamp(0, ACTIVATION_MAX)


def layers_of(run: Mapping[str, NDArray[Any]]) -> dict[str, IntegerLayer]:
    """Return the layers of a quantised run, one set of weights, as this side computes them."""
    layers, outputs = {}, [row[1] for row in run["layers"][:-1]]
    sides = [row[0] for row in run["layers"][:-1]]
    features = outputs[:COUNT]
    inputs = [1, *features[:-1], sum(features), sum(features), outputs[-2]]
    weight_at = output_at = 0
    for name, count, ins, side in zip(LAYER_NAMES, outputs, inputs, sides, strict=True):
        size, output_end = count * ins * side * side, output_at + count
        weight = run["weights"][weight_at : weight_at + size].reshape(count, ins, side, side)
        layers[name] = IntegerLayer(
            torch.from_numpy(weight.astype(np.float32)),
            torch.from_numpy(run["biases"][output_at:output_end].astype(np.float32)),
            torch.from_numpy(run["shifts"][output_at:output_end].astype(np.float32)),
        )
        layers[name].check_exact(SAMPLE_MAX if ins == 1 else ACTIVATION_MAX)
        weight_at, output_at = weight_at + size, output_end
    return layers


def feature_planes(layers: dict[str, IntegerLayer], luma: Tensor) -> Tensor:
    """Return the head's inputs for luma (N, 1, H + 16, W + 16): (N, 32, H, W)."""
    x, planes = luma, []
    for index in range(COUNT):
        x = layers[f"features.{index}"](x)
        planes.append(crop(x, COUNT - 1 - index))
    joined = torch.cat(planes, 1)
    return torch.cat([crop(layers["a1"](joined), 1), layers["b2"](layers["b1"](joined))], 1)


def restore(
    layers: dict[str, IntegerLayer],
    head_weights: NDArray[np.int16],
    head_biases: NDArray[np.int32],
    luma: NDArray[np.uint16],
) -> NDArray[np.uint16]:
    """Restore luma (H, W) with the first head at strength 1."""
    padded = torch.from_numpy(np.pad(luma.astype(np.float32), RADIUS, mode="edge"))[None, None]
    features = feature_planes(layers, padded)[0].numpy().astype(np.int64)
    total = np.einsum("c,chw->hw", head_weights[0].astype(np.int64), features)
    residual = (total + head_biases[0] + (1 << (HEAD_SHIFT - 1))) >> HEAD_SHIFT
    return (luma + residual.clip(-32768, 32767)).clip(0, SAMPLE_MAX).astype(np.uint16)
