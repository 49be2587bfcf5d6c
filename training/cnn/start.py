"""Weights to start from: of another run, or of a weight file, brought back to floating point."""

from pathlib import Path

import numpy as np
import torch
from integer import HEAD_SHIFT, PER_SET, architecture_of, layers_of
from network import ARCHITECTURES, Restoration, from_samples
from torch import Tensor, nn

ACTIVATION = 1 / 64  # what a step of an integer activation becomes
NEW_INPUTS = 0.02  # deviation of the weights of planes that the other network did not read


def start(network: Restoration, sources: list[Path], qp: float) -> None:
    """Fill a network from runs' folders, or from the sets of weight files that are for the qp.

    Of several it takes the mean: what lies half-way between the networks of neighbouring bands, one
    of which was trained from the other, serves the qps between them better than either. Of a weight
    file's heads it takes the first, which is the trained one. A network on cells of 2x2 can start
    from the one on single samples that it unfolds.
    """
    other = mean_network(
        [
            run_network(source)
            if source.is_dir()
            else file_network(source, qp, network.residual_scale)
            for source in sources
        ]
    )
    ours, theirs = network.architecture, other.architecture
    if theirs == ours:
        network.load_state_dict(other.state_dict())
    elif theirs.unfolded(ours.planes) == ours:
        unfold(other, network)
    else:
        raise ValueError(f"{sources[0]} holds a network that is not of these layers")


@torch.no_grad()
def mean_network(networks: list[Restoration]) -> Restoration:
    """Return the first of some networks of the same layers, made the mean of all."""
    first, *others = networks
    for other in others:
        rescale(other, first)
    for own, *more in zip(*(network.parameters() for network in networks), strict=True):
        own.copy_(torch.stack([own, *more]).mean(0))
    return first


def rescale(network: Restoration, like: Restoration) -> None:
    """Bring each output of each layer to the scale that it has in another network.

    Outputs times a factor, and the weights of what reads them divided by it, change nothing.
    """
    architecture, factors = network.architecture, list[Tensor]()
    for layer, own, other in zip(architecture.layers, network.layers, like.layers, strict=True):
        if 0 not in layer.sources:
            own.weight /= torch.cat([factors[i - 1] for i in layer.sources])[:, None, None]
        factor = other.weight.flatten(1).norm(dim=1) / own.weight.flatten(1).norm(dim=1)
        own.weight *= factor[:, None, None, None]
        own.bias *= factor
        factors.append(factor)
    read = torch.cat([factors[i - 1] for i in architecture.head_sources])
    network.head.weight /= read[:, None, None]


def run_network(folder: Path) -> Restoration:
    """Return the network that a run of train.py made."""
    result = torch.load(folder / "network.pt")
    network = Restoration(ARCHITECTURES[result["architecture"]], result["residual_scale"])
    network.load_state_dict(result["weights"])
    return network


def file_network(path: Path, qp: float, residual_scale: float) -> Restoration:
    """Return the network of a weight file, the set of the nearest qp, at a residual scale."""
    with np.load(path) as file:
        arrays = dict(file)
    nearest = int(np.abs(arrays["qps"] - qp).argmin())
    architecture = architecture_of(arrays)
    arrays |= {name: arrays[name][nearest] for name in PER_SET}
    head, bias = arrays["head_weights"][0], arrays["head_biases"][0]
    layers = layers_of(arrays)
    network = Restoration(architecture, residual_scale)
    with torch.no_grad():
        for i, (integer, layer) in enumerate(zip(layers, network.layers, strict=True)):
            unit = ACTIVATION * 2.0**-integer.shift
            if 0 in architecture.layers[i].sources:
                weight, offset = from_samples(integer.weight, architecture.planes)
            else:
                weight, offset = integer.weight / ACTIVATION, torch.zeros_like(integer.bias)
            layer.weight.copy_(weight * unit[:, None, None, None])
            layer.bias.copy_((integer.bias + offset) * unit)
        step = 2.0**-HEAD_SHIFT / residual_scale
        network.head.weight.copy_(torch.from_numpy(head * (step / ACTIVATION))[..., None, None])
        network.head.bias.copy_(torch.from_numpy(bias * step))
    return network


@torch.no_grad()
def unfold(source: Restoration, network: Restoration) -> None:
    """Make a network on cells of 2x2 compute what another one does on samples.

    Planes that the other did not read get small random weights.
    """
    for small, large in zip(
        (*source.layers, source.head), (*network.layers, network.head), strict=True
    ):
        unfold_layer(small, large)
    network.head.weight *= source.residual_scale / network.residual_scale
    network.head.bias *= source.residual_scale / network.residual_scale


def unfold_layer(small: nn.Conv2d, large: nn.Conv2d) -> None:
    """Set a convolution on cells to what another one is on samples."""
    outputs, inputs, side, _ = small.weight.shape
    half, known = side // 2, 4 * inputs
    weight = torch.zeros(outputs, 2, 2, inputs, 2, 2, side, side)
    for row, column in np.ndindex(2, 2):
        for r, c in np.ndindex(side, side):
            y, x = row + r - half, column + c - half
            to = (slice(None), row, column, slice(None), y % 2, x % 2, y // 2 + half, x // 2 + half)
            weight[to] = small.weight[:, :, r, c]
    nn.init.normal_(large.weight, std=NEW_INPUTS)
    large.weight[:, :known] = weight.reshape(4 * outputs, known, side, side)
    large.bias.copy_(small.bias.repeat_interleave(4))
