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

SWIFT sees far in cells of 4x4, in which a layer costs a quarter, and sharply in cells of 2x2:

    planes -> context 1x1 -> 3x3 -> 3x3 -> 3x3 --+                           4x4
           -> detail 3x3 ------------------------+--> joint 1x1 -> last 3x3  2x2
                                                           |          |
                                                           +----------+--> head --> residual
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_ZERO, SAMPLE_SCALE = 512, 256  # luma to what the first layer is given
DIFFERENCE_SCALE = 32  # the other planes, less luma, to the same


@dataclass(frozen=True)
class Layer:
    """A convolution: side of its kernel, outputs, what it reads, and what its positions are."""

    side: int
    outputs: int
    sources: tuple[int, ...]  # 0: the planes; i: layer i - 1
    cell: int  # side of the square of samples that a position stands for


@dataclass(frozen=True)
class Architecture:
    """What a network is made of: the head, the linear layer at its end, left out."""

    planes: int  # that it reads, of those in make_data.py
    cell: int  # of the head
    layers: tuple[Layer, ...]
    head_sources: tuple[int, ...]

    @property
    def head(self) -> Layer:
        """The layer at the end."""
        return Layer(1, self.cell**2, self.head_sources, self.cell)

    @property
    def grid(self) -> int:
        """What sides of patches are multiples of: the largest cell."""
        return max(layer.cell for layer in self.layers)

    def inputs(self, layer: Layer) -> int:
        """Return how many channels a layer's sources have together."""
        return sum(
            self.layers[source - 1].outputs if source else self.planes * layer.cell**2
            for source in layer.sources
        )

    @cached_property
    def margins(self) -> tuple[int, ...]:
        """Samples around the result that later layers need of the planes and of each layer."""
        margins = [0] * (len(self.layers) + 1)
        for number, layer in reversed([*enumerate(self.layers, 1)]):
            margins[number] += -margins[number] % layer.cell
            needed = margins[number] + layer.side // 2 * layer.cell
            for source in layer.sources:
                margins[source] = max(margins[source], needed)
        margins[0] += -margins[0] % self.grid
        return tuple(margins)

    def gather(self, outputs: Sequence[Tensor], layer: Layer, margin: int) -> Tensor:
        """Return what a layer reads for the result and its own margin, in its cells.

        outputs: the planes and outputs of the layers, each with the margin that it has here. Those
        of larger cells are repeated.
        """
        parts = []
        for source in layer.sources:
            cut = self.margins[source] - margin - layer.side // 2 * layer.cell
            if source == 0:
                planes = crop(outputs[0], cut)
                parts.append(functional.pixel_unshuffle(planes, layer.cell))
            else:
                ratio = self.layers[source - 1].cell // layer.cell
                whole = outputs[source]
                if ratio > 1:
                    whole = functional.interpolate(whole, scale_factor=ratio)
                parts.append(crop(whole, cut // layer.cell))
        return torch.cat(parts, 1) if len(parts) > 1 else parts[0]

    def unfolded(self, planes: int) -> "Architecture":
        """Return the architecture that does in cells of 2x2 what this one does in smaller cells."""
        layers = tuple(Layer(n.side, 4 * n.outputs, n.sources, 2 * n.cell) for n in self.layers)
        return Architecture(planes, 2 * self.cell, layers, self.head_sources)

    def table(self, heads: int) -> NDArray[np.int32]:
        """Return side, outputs, mask of sources, cell of each layer: `layers` of a weight file."""
        rows = [
            (layer.side, layer.outputs, sum(1 << source for source in layer.sources), layer.cell)
            for layer in (*self.layers, Layer(1, heads, self.head_sources, self.cell))
        ]
        return np.array(rows, np.int32)

    def products(self) -> float:
        """Return how many products there are for a sample."""
        return sum(
            self.inputs(layer) * layer.side**2 * layer.outputs / layer.cell**2
            for layer in (*self.layers, self.head)
        )


CLIC2018 = Architecture(
    planes=1,
    cell=1,
    layers=(
        *(Layer(3, outputs, (i,), 1) for i, outputs in enumerate((16, 14, 12, 11, 10, 9, 8))),
        Layer(1, 24, tuple(range(1, 8)), 1),  # a1
        Layer(1, 8, tuple(range(1, 8)), 1),  # b1
        Layer(3, 8, (9,), 1),  # b2
    ),
    head_sources=(8, 10),
)
GUIDED = CLIC2018.unfolded(planes=3)
SWIFT = Architecture(
    planes=3,
    cell=2,
    layers=(
        Layer(1, 32, (0,), 4),  # context
        *(Layer(3, 32, (i,), 4) for i in (1, 2, 3)),
        Layer(3, 24, (0,), 2),  # detail
        Layer(1, 32, (4, 5), 2),  # joint
        Layer(3, 20, (6,), 2),  # last
    ),
    head_sources=(6, 7),
)
ARCHITECTURES = {"clic2018": CLIC2018, "guided": GUIDED, "swift": SWIFT}


class Restoration(nn.Module):
    """Maps decoded planes to the residual of luma, all on the 10-bit scale.

    No layer pads: an input of (N, planes, H + 2 margin, W + 2 margin), margin being the first of
    the architecture's, gives (N, 1, H, W); all sides are multiples of its grid. The border of a
    picture is extended by repetition once, before the first layer.

    residual_scale is the size of a typical residual, so that the last layer's weights are of a
    size that is learnt well at every qp.
    """

    def __init__(self, architecture: Architecture, residual_scale: float) -> None:
        super().__init__()
        self.architecture = architecture
        self.residual_scale = residual_scale
        self.layers = nn.ModuleList(
            nn.Conv2d(architecture.inputs(layer), layer.outputs, layer.side)
            for layer in architecture.layers
        )
        self.head = nn.Conv2d(architecture.inputs(architecture.head), architecture.cell**2, 1)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, planes: Tensor) -> Tensor:
        architecture = self.architecture
        luma, others = planes[:, :1], planes[:, 1:]
        start = [(luma - SAMPLE_ZERO) / SAMPLE_SCALE, (others - luma) / DIFFERENCE_SCALE]
        outputs = [torch.cat(start, 1)]
        for layer, module in zip(architecture.layers, self.layers, strict=True):
            inputs = architecture.gather(outputs, layer, architecture.margins[len(outputs)])
            outputs.append(torch.relu(module(inputs)))
        features = architecture.gather(outputs, architecture.head, 0)
        residual = self.head(features) * self.residual_scale
        return functional.pixel_shuffle(residual, architecture.cell)


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
