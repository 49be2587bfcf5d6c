"""Turns a trained network into an integer one, and gives it more heads.

Run: python training/cnn/quantise.py DATA HELD_BACK RUN

Reads RUN/network.pt, writes RUN/integer.npz, and prints what is lost on held-back pictures. Scales
are taken from the activations on training pictures. The first head is the trained one; the others
are the directions in which the best heads of single patches stray from it the most, so that an
encoder reaches much of a picture's own best head with few numbers.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from integer import (
    ACTIVATION_MAX,
    HEAD_SHIFT,
    PLANE_WEIGHT_MAX,
    SAMPLE_MAX,
    WEIGHT_MAX,
    IntegerLayer,
    feature_planes,
    layers_of,
    restore,
)
from network import Restoration, crop, for_samples
from numpy.typing import NDArray
from samples import Pictures, psnr, squared_error
from start import run_network
from torch import Tensor, nn
from torch.nn import functional
from train import HELD_BACK_EVERY

SEED = 7
HEADS = 4
CROP = 192  # side of the patches that scales and heads are fitted on
SCALE_PATCHES, HEAD_PATCHES, BATCH = 32, 640, 16
PEAK_LUMA, SHARE_OF_PEAK = 1020, 0.6
SHRINK = 0.1  # heads of single patches are drawn to the first as if by so much of a mean patch


def ranges(network: Restoration, pictures: Pictures, rng: np.random.Generator) -> list[Tensor]:
    """Return how far the activations of each output of each layer are to reach.

    What holds much of luma must not be clipped in any bright picture; of what answers to detail,
    the strongest answers may be, so that all others are finer.
    """
    decoded, _, _ = pictures.patches(rng, SCALE_PATCHES, CROP)
    flat = torch.linspace(0, PEAK_LUMA, SCALE_PATCHES)[:, None, None, None].expand_as(decoded)
    return [
        torch.maximum(SHARE_OF_PEAK * detail, level)
        for detail, level in zip(
            activation_peaks(network, decoded), activation_peaks(network, flat), strict=True
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
    step * 2^shift. The scale is chosen for the peak, the shift as large as the weights allow.
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
            self.scales.append(scale)
            self.shifts.append(torch.floor(torch.log2(most * scale / largest)).clamp(0, 24))

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

    def layers(self) -> list[IntegerLayer]:
        """Return the integer layers."""
        layers = []
        for index, (scale, shift) in enumerate(zip(self.scales, self.shifts, strict=True)):
            weight, bias = self.scaled(index)
            step = scale * 2.0**-shift
            most = self.weight_max(index)
            weight = (weight / step[:, None, None, None]).clamp(-most, most)
            layers.append(IntegerLayer(torch.round(weight), torch.round(bias / step), shift))
        return layers

    def head(self) -> tuple[Tensor, Tensor]:
        """Return the head for inputs that are whole numbers: weights (phases, inputs), biases."""
        head, sources = self.network.head, self.architecture.head_sources
        unit = torch.cat([self.scales[source - 1] for source in sources])
        scale = self.network.residual_scale
        return head.weight[..., 0, 0] * unit * scale, head.bias * scale


class Sums:
    """Normal equations of the heads, patch by patch: features and a constant against targets."""

    def __init__(self) -> None:
        self.gram: list[NDArray[np.float64]] = []  # (inputs + 1, inputs + 1)
        self.cross: list[NDArray[np.float64]] = []  # (inputs + 1, phases)

    def add(self, features: Tensor, targets: Tensor, errors: NDArray[np.float32]) -> None:
        """Add patches; as in training, each counts relative to the error of its picture."""
        for inputs, target, error in zip(features, targets, errors, strict=True):
            a = torch.cat([inputs.flatten(1), torch.ones(1, inputs[0].numel())]).double()
            self.gram.append((a @ a.T).numpy() / error)
            self.cross.append((a @ target.flatten(1).T.double()).numpy() / error)


def heads_around(first: NDArray[np.float64], sums: Sums) -> NDArray[np.float64]:
    """Return the first head (inputs + 1, phases) and more: (HEADS, inputs + 1, phases)."""
    mean = np.mean(sums.gram, 0)
    # In coordinates in which the features are white, distances are squared errors.
    values, vectors = np.linalg.eigh(mean)
    values = values.clip(values[-1] * 1e-9)
    whiten, unwhiten = vectors * np.sqrt(values), vectors / np.sqrt(values)
    strays = np.array(
        [
            whiten.T @ np.linalg.solve(gram + SHRINK * mean, cross - gram @ first)
            for gram, cross in zip(sums.gram, sums.cross, strict=True)
        ]
    )
    # Each direction counts by what its patch would gain, outliers no more than the others.
    gains = np.array(
        [
            np.sum(stray * (unwhiten.T @ gram @ unwhiten @ stray))
            for stray, gram in zip(strays, sums.gram, strict=True)
        ]
    )
    flat = strays.reshape(len(strays), -1)
    weights = np.minimum(gains, np.quantile(gains, 0.98)) / (flat**2).sum(1).clip(1e-12)
    _, directions = np.linalg.eigh((flat * weights[:, None]).T @ flat)
    heads = [first]
    for direction in directions.T[::-1][: HEADS - 1]:
        typical = np.sqrt(np.mean((flat @ direction) ** 2))
        heads.append(unwhiten @ direction.reshape(first.shape) * typical)
    return np.array(heads)


def mean_gains(
    network: Restoration, arrays: Mapping[str, NDArray[Any]], pictures: Pictures
) -> tuple[float, float]:
    """Return the mean PSNR gains of the float network, rounded, and of the integer one."""
    layers, gains = layers_of(arrays), []
    head = arrays["head_weights"][0], arrays["head_biases"][0]
    for picture in pictures.some(HELD_BACK_EVERY):
        height, width = picture.source.shape
        target, before = picture.target(), picture.decoded()
        planes = picture.extended(network.architecture)
        with torch.no_grad():
            residual = network(planes)[..., :height, :width]
        real = torch.round(before + residual).clamp(0, SAMPLE_MAX)
        restored = restore(network.architecture, layers, *head, planes)[:height, :width]
        whole = torch.from_numpy(restored.astype(np.float32))[None, None]
        errors = [squared_error(p - target).item() for p in (before, real, whole)]
        gains.append([psnr(e) - psnr(errors[0]) for e in errors[1:]])
    real_gain, whole_gain = np.mean(gains, 0)
    return float(real_gain), float(whole_gain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("held_back", type=Path)
    parser.add_argument("run", type=Path)
    args = parser.parse_args()
    qps = torch.load(args.run / "network.pt")["qps"]
    network = run_network(args.run)
    architecture = network.architecture
    rng = np.random.default_rng(SEED)
    pictures = Pictures(args.data, qps, architecture)
    before = pictures.errors()
    with torch.no_grad():
        rounded = Rounded(network, ranges(network, pictures, rng))
        layers = rounded.layers()
        weight, bias = rounded.head()
        first = torch.cat([weight, bias[:, None]], 1).T.double().numpy()
        sums = Sums()
        for _ in range(HEAD_PATCHES // BATCH):
            planes, source, numbers = pictures.patches(rng, BATCH, CROP)
            target = source - crop(planes[:, :1], architecture.margin)
            targets = functional.pixel_unshuffle(target, architecture.cell)
            sums.add(feature_planes(architecture, layers, planes), targets, before[numbers])
    scaled = np.rint(heads_around(first, sums) * 2**HEAD_SHIFT).transpose(0, 2, 1)
    head_weights = scaled[..., :-1].clip(-32768, 32767).astype(np.int16)
    head_biases = scaled[..., -1].astype(np.int32)
    arrays = {
        "planes": np.int32(architecture.planes),
        "cell": np.int32(architecture.cell),
        "layers": architecture.table(HEADS),
        "weights": np.concatenate([n.weight.numpy().ravel() for n in layers]).astype(np.int16),
        "biases": np.concatenate([n.bias.numpy() for n in layers]).astype(np.int32),
        "shifts": np.concatenate([n.shift.numpy() for n in layers]).astype(np.uint8),
        "head_weights": head_weights,
        "head_biases": head_biases,
    }
    real, whole = mean_gains(network, arrays, Pictures(args.held_back, qps, architecture))
    print(f"{args.run.name}: gain {real:.4f} dB in floating point, {whole:.4f} dB in integers")
    np.savez(args.run / "integer.npz", qps=np.array(qps, np.int32), **arrays)


if __name__ == "__main__":
    main()
