"""The restoration networks in floating point, as they are trained.

Source of CLIC2018: Hu, Li, Xia, Zhang, "Combine Traditional Compression Method With Convolutional
Neural Networks" (CLIC 2018), after the DCSCN of Yamanaka, Kuwashima, Kurita (2017): the outputs of
seven 3x3 layers are concatenated and meet in 1x1 layers; one more 1x1 layer gives the residual.

    planes -> c1 -> c2 -> ... -> c7         3x3, ReLU
               |     |           |
               +-----+----...----+--> a1 -----------+      1x1, ReLU
                                 +--> b1 --> b2 ----+--> head --> residual
                                     1x1     3x3

GUIDED is the same network on cells of 2x2 samples (pixel unshuffle: Shi et al., "Real-Time Single
Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", CVPR
2016), which reads, too, how luma was predicted and what it was before the loop filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_ZERO, SAMPLE_SCALE = 512, 256  # luma to what the first layer is given
DIFFERENCE_SCALE = 32  # the other planes, less luma, to the same


@dataclass(frozen=True)
class Layer:
    """A convolution: side of its kernel, outputs, and what it reads."""

    side: int
    outputs: int
    sources: tuple[int, ...]  # 0: the planes; i: layer i - 1


@dataclass(frozen=True)
class Architecture:
    """What a network is made of, the linear layer at its end, the head, left out."""

    planes: int  # that it reads, of those in make_data.py
    cell: int  # side of the square of samples that a position stands for
    layers: tuple[Layer, ...]
    head_sources: tuple[int, ...]

    def inputs(self, sources: Sequence[int]) -> int:
        """Return how many channels some sources have together."""
        return sum(
            self.layers[source - 1].outputs if source else self.planes * self.cell**2
            for source in sources
        )

    @property
    def margin(self) -> int:
        """Samples around the result that are read, a multiple of the cell."""
        margins = [0]
        for layer in self.layers:
            margins.append(max(margins[source] for source in layer.sources) + layer.side // 2)
        return self.cell * max(margins[source] for source in self.head_sources)

    def unfolded(self, planes: int) -> "Architecture":
        """Return the architecture that does in cells of 2x2 what this one does in smaller cells."""
        layers = tuple(Layer(n.side, 4 * n.outputs, n.sources) for n in self.layers)
        return Architecture(planes, 2 * self.cell, layers, self.head_sources)

    def table(self, heads: int) -> NDArray[np.int32]:
        """Return side, outputs and mask of sources of each layer: `layers` of a weight file."""
        rows = [
            (layer.side, layer.outputs, sum(1 << source for source in layer.sources))
            for layer in (*self.layers, Layer(1, heads, self.head_sources))
        ]
        return np.array(rows, np.int32)


CLIC2018 = Architecture(
    planes=1,
    cell=1,
    layers=(
        *(Layer(3, outputs, (i,)) for i, outputs in enumerate((16, 14, 12, 11, 10, 9, 8))),
        Layer(1, 24, tuple(range(1, 8))),  # a1
        Layer(1, 8, tuple(range(1, 8))),  # b1
        Layer(3, 8, (9,)),  # b2
    ),
    head_sources=(8, 10),
)
GUIDED = CLIC2018.unfolded(planes=3)
ARCHITECTURES = {"clic2018": CLIC2018, "guided": GUIDED}


def join(planes: list[tuple[Tensor, int]]) -> tuple[Tensor, int]:
    """Concatenate outputs that lack margins of their own: all get the largest of these."""
    largest = max(margin for _, margin in planes)
    cut = [crop(tensor, largest - margin) for tensor, margin in planes]
    return (torch.cat(cut, 1) if len(cut) > 1 else cut[0]), largest


class Restoration(nn.Module):
    """Maps decoded planes to the residual of luma, all on the 10-bit scale.

    No layer pads: an input of (N, planes, H + 2 margin, W + 2 margin) gives (N, 1, H, W). The
    border of a picture is extended by repetition once, before the first layer.

    residual_scale is the size of a typical residual, so that the last layer's weights are of a
    size that is learnt well at every qp.
    """

    def __init__(self, architecture: Architecture, residual_scale: float) -> None:
        super().__init__()
        self.architecture = architecture
        self.residual_scale = residual_scale
        self.layers = nn.ModuleList(
            nn.Conv2d(architecture.inputs(layer.sources), layer.outputs, layer.side)
            for layer in architecture.layers
        )
        features = architecture.inputs(architecture.head_sources)
        self.head = nn.Conv2d(features, architecture.cell**2, 1)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, planes: Tensor) -> Tensor:
        luma, others = planes[:, :1], planes[:, 1:]
        start = [(luma - SAMPLE_ZERO) / SAMPLE_SCALE, (others - luma) / DIFFERENCE_SCALE]
        cells = functional.pixel_unshuffle(torch.cat(start, 1), self.architecture.cell)
        outputs = [(cells, 0)]
        for layer, module in zip(self.architecture.layers, self.layers, strict=True):
            inputs, margin = join([outputs[source] for source in layer.sources])
            # Samples have more bits than a bfloat16.
            device = inputs.device.type
            allowed = torch.is_autocast_enabled(device) and 0 not in layer.sources
            with torch.autocast(device, enabled=allowed):
                outputs.append((torch.relu(module(inputs)), margin + layer.side // 2))
        features, _ = join([outputs[source] for source in self.architecture.head_sources])
        residual = self.head(features) * self.residual_scale
        return functional.pixel_shuffle(residual, self.architecture.cell)


def for_samples(weight: Tensor, bias: Tensor, planes: int) -> tuple[Tensor, Tensor]:
    """Turn weights for what Restoration gives its first layer into those for samples."""
    by_plane = weight.unflatten(1, (planes, -1))
    luma, others = by_plane[:, 0] / SAMPLE_SCALE, by_plane[:, 1:] / DIFFERENCE_SCALE
    offset = luma.sum((1, 2, 3)) * SAMPLE_ZERO
    return torch.cat([luma - others.sum(1), others.flatten(1, 2)], 1), bias - offset


def from_samples(weight: Tensor, planes: int) -> tuple[Tensor, Tensor]:
    """Turn that back: the weights, and what the bias has to grow by."""
    by_plane = weight.unflatten(1, (planes, -1))
    luma = by_plane.sum(1) * SAMPLE_SCALE
    others = by_plane[:, 1:].flatten(1, 2) * DIFFERENCE_SCALE
    return torch.cat([luma, others], 1), SAMPLE_ZERO * weight.sum((1, 2, 3))


def crop(planes: Tensor, margin: int) -> Tensor:
    """Cut a margin off all four sides."""
    return planes[..., margin : planes.shape[-2] - margin, margin : planes.shape[-1] - margin]


def quantiser_step(qp: float) -> float:
    """Return the quantiser step on the 10-bit scale."""
    return 4 * 2 ** (qp / 8)
