"""Rounds the layers of a trained network to those of integer.py."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from integer import ACTIVATION_MAX, PLANE_WEIGHT_MAX, WEIGHT_MAX, IntegerLayer
from network import Restoration, for_samples
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

BATCH = 16
PEAK_LUMA, SHARE_OF_PEAK = 1020, 0.6
DAMPING = 1e-3


def ranges(network: Restoration, patches: Tensor) -> list[Tensor]:
    """Return how far the activations of each output of each layer are to reach.

    What holds much of luma must not be clipped in any bright picture; of what answers to detail,
    the strongest answers may be, so that all others are finer.
    """
    flat = torch.linspace(0, PEAK_LUMA, len(patches))[:, None, None, None].expand_as(patches)
    return [
        torch.maximum(SHARE_OF_PEAK * detail, level)
        for detail, level in zip(
            activation_peaks(network, patches), activation_peaks(network, flat), strict=True
        )
    ]


@torch.no_grad()
def activation_peaks(network: Restoration, patches: Tensor) -> list[Tensor]:
    """Return the largest activation of each output of each layer."""
    peaks = [torch.full((len(layer.bias),), 1e-4) for layer in network.layers]

    def note(index: int):
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            peaks[index] = torch.maximum(peaks[index], output.amax((0, 2, 3)))

        return hook

    hooks = [layer.register_forward_hook(note(i)) for i, layer in enumerate(network.layers)]
    for part in patches.split(BATCH):
        network(part)
    for hook in hooks:
        hook.remove()
    return peaks


class Rounded:
    """A network whose layers compute in integers.

    A sum has the unit of its weights, step; shifted, it has the unit of the activation, scale =
    step * 2^shift. The scale is chosen for the peak, the shift as large as the weights allow. Where
    weights have few bits, the scale then grows, less than twofold, until the largest weight of the
    output is as large as it may be: at qp 28 this halved what rounding loses.
    """

    def __init__(self, network: Restoration, peaks: list[Tensor]) -> None:
        self.network = network
        self.architecture = network.architecture
        self.scales: list[Tensor] = []
        self.shifts: list[Tensor] = []
        for index, peak in enumerate(peaks):
            weight, _ = self.scaled(index)
            largest, most = weight.abs().amax((1, 2, 3)), self.weight_max(index)
            scale = torch.maximum(peak / ACTIVATION_MAX, largest / most)
            shift = torch.log2(most * scale / largest)
            if most == WEIGHT_MAX:
                shift = torch.ceil(shift)
                scale = largest * 2.0**shift / most
            self.scales.append(scale)
            self.shifts.append(torch.floor(shift).clamp(0, 24))

    def weight_max(self, index: int) -> int:
        """Return how large a layer's weights can be."""
        return PLANE_WEIGHT_MAX if 0 in self.architecture.layers[index].sources else WEIGHT_MAX

    def scaled(self, index: int) -> tuple[Tensor, Tensor]:
        """Return a layer's weight and bias for inputs that are whole numbers."""
        layer, sources = self.network.layers[index], self.architecture.layers[index].sources
        if 0 in sources:
            return for_samples(layer.weight, layer.bias, self.architecture.planes)
        unit = torch.cat([self.scales[source - 1] for source in sources])
        return layer.weight * unit[None, :, None, None], layer.bias

    def layers(self, planes: Tensor, errors: NDArray[np.float32]) -> list[IntegerLayer]:
        """Return the integer layers, fitted on patches of pictures with these errors.

        One after the other they are brought to do what those of the network do, but from inputs
        that layers before them have rounded.
        """
        gather, margins = self.architecture.gather, self.architecture.margins
        real, whole, layers = [planes], [planes], []
        for index, layer in enumerate(self.architecture.layers):
            weight, bias = self.scaled(index)
            step = self.scales[index] * 2.0 ** -self.shifts[index]
            matrix = torch.cat([weight.flatten(1), bias[:, None]], 1) / step[:, None]
            inputs, rounded_inputs = (
                gather(outputs, layer, margins[index + 1]) for outputs in (real, whole)
            )
            if 0 not in layer.sources:
                # In units of whole numbers, like the inputs of the rounded layer.
                unit = torch.cat([self.scales[source - 1] for source in layer.sources])
                inputs = inputs / unit[:, None, None]
                columns = [unfolded(x, layer.side) for x in (inputs, rounded_inputs)]
                matrix = fitted(matrix, *columns, errors, self.weight_max(index))
            sums = functional.conv2d(inputs, weight, bias)
            real.append(torch.relu(sums))
            matrix = torch.round(matrix)
            integer = IntegerLayer(
                matrix[:, :-1].reshape(weight.shape), matrix[:, -1], self.shifts[index]
            )
            layers.append(integer)
            whole.append(integer(rounded_inputs))
        return layers

    def head(self) -> tuple[Tensor, Tensor]:
        """Return the head for inputs that are whole numbers: weights (phases, inputs), biases."""
        head, sources = self.network.head, self.architecture.head_sources
        unit = torch.cat([self.scales[source - 1] for source in sources])
        scale = self.network.residual_scale
        return head.weight[..., 0, 0] * unit * scale, head.bias * scale


def unfolded(planes: Tensor, side: int) -> Iterator[Tensor]:
    """Yield of each patch what each position's sum is made of, and a constant.

    They are (inputs * side^2 + 1, positions).
    """
    for plane in planes:
        columns = functional.unfold(plane[None], side)[0]
        yield torch.cat([columns, torch.ones(1, columns.shape[1])])


def fitted(
    matrix: Tensor,
    inputs: Iterable[Tensor],
    rounded_inputs: Iterable[Tensor],
    errors: NDArray[np.float32],
    most: int,
) -> Tensor:
    """Fit a layer's matrix, (outputs, columns), to rounded inputs, in whole numbers up to `most`.

    It is to give of them what it gave of the inputs. As in training, each patch counts relative to
    the error of its picture. The last column, the biases, is of any size and not rounded.

    Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
    Transformers" (ICLR 2023): column by column, and what rounding one changes is made up for by
    those that are still to come.
    """
    matrix = matrix.double()
    gram = torch.zeros(matrix.shape[1], matrix.shape[1], dtype=torch.float64)
    lost = torch.zeros_like(matrix)
    for real, whole, error in zip(inputs, rounded_inputs, errors, strict=True):
        gram += (whole @ whole.T).double() / error
        lost += matrix @ ((real - whole) @ whole.T).double() / error
    damped = gram + DAMPING * gram.diagonal().mean() * torch.eye(len(gram))
    matrix = matrix + torch.linalg.solve(damped, lost.T).T
    order = torch.cat([gram.diagonal()[:-1].argsort(descending=True), torch.tensor([-1])])
    upper = torch.linalg.cholesky(torch.linalg.inv(damped)[order][:, order], upper=True)
    matrix = matrix[:, order]
    for i in range(matrix.shape[1] - 1):
        column = matrix[:, i].round().clamp(-most, most)
        excess = (matrix[:, i] - column) / upper[i, i]
        matrix[:, i + 1 :] -= torch.outer(excess, upper[i, i + 1 :])
        matrix[:, i] = column
    result = torch.empty_like(matrix)
    result[:, order] = matrix
    return result.float()
