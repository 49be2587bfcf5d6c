"""Turns a trained network into an integer one, and gives it more heads.

Run: python training/cnn/quantise.py DATA HELD_BACK RUN

Reads RUN/network.pt, writes RUN/integer.npz, and prints what is lost on held-back pictures. Scales
are taken from the activations on training pictures; then training goes on with all rounding in
place (as in Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", CVPR 2018). The first head is the trained one; the others are
the directions in which the best heads of single patches stray from it the most, so that an encoder
reaches much of a picture's own best head with few numbers.
"""

import argparse
import copy
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from integer import (
    ACTIVATION_MAX,
    COUNT,
    HEAD_SHIFT,
    LAYER_NAMES,
    SAMPLE_MAX,
    WEIGHT_MAX,
    IntegerLayer,
    feature_planes,
    layer_table,
    restore,
    straight_through,
)
from network import RADIUS, SAMPLE_SCALE, SAMPLE_ZERO, Restoration
from numpy.typing import NDArray
from samples import Pictures, extended, psnr, squared_error
from torch import Tensor, nn
from torch.nn import functional
from train import learning_rate, step_loss

SEED = 7
HEADS = 4
CROP = 192  # side of the patches that scales and heads are fitted on
SCALE_PATCHES, HEAD_PATCHES, BATCH = 32, 320, 16
PEAK_LUMA = 1020
STEPS, RATE = 1000, 2e-4  # of training with rounding
HELD_BACK_EVERY = 4  # of the held-back pictures, one in so many is measured
RIDGE = 1e-6


def inputs_of(name: str) -> list[str]:
    """Return the layers whose outputs a layer reads, in order; none for luma."""
    if name in ("a1", "b1"):
        return [f"features.{i}" for i in range(COUNT)]
    if name == "b2":
        return ["b1"]
    index = int(name.split(".")[1])
    return [f"features.{index - 1}"] if index > 0 else []


def calibration(pictures: Pictures, rng: np.random.Generator) -> Tensor:
    """Return patches from which scales are taken: decoded ones, and flat ones of every luma.

    Activations that hold much of luma must not be clipped in any bright picture.
    """
    decoded, _, _ = pictures.patches(rng, SCALE_PATCHES, CROP)
    levels = torch.linspace(0, PEAK_LUMA, SCALE_PATCHES)[:, None, None, None]
    flat = levels.expand_as(decoded)
    steps = flat.clone()
    steps[..., : steps.shape[-1] // 2] = PEAK_LUMA - steps[..., : steps.shape[-1] // 2]
    return torch.cat([decoded, flat, steps])


@torch.no_grad()
def activation_peaks(network: Restoration, luma: Tensor) -> dict[str, Tensor]:
    """Return the largest activation of each output of each layer."""
    peaks: dict[str, Tensor] = {}
    modules = dict(network.named_modules())

    def note(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            peaks[name] = torch.relu(output).amax((0, 2, 3)).clamp(min=1e-4)

        return hook

    hooks = [modules[name].register_forward_hook(note(name)) for name in LAYER_NAMES]
    network(luma)
    for hook in hooks:
        hook.remove()
    return peaks


class Rounded(nn.Module):
    """A network whose layers compute in integers, and can be trained all the same.

    A sum has the unit of its weights, step; shifted, it has the unit of the activation, scale =
    step * 2^shift. The scale is chosen for the peak, the shift as large as the weights allow. Then
    both stay, and training moves the weights.
    """

    def __init__(self, network: Restoration, luma: Tensor) -> None:
        super().__init__()
        self.network = network
        self.scales: dict[str, Tensor] = {}
        self.shifts: dict[str, Tensor] = {}
        peaks = activation_peaks(network, luma)
        for name in LAYER_NAMES:
            weight, _ = self.scaled(name)
            largest = weight.detach().abs().amax((1, 2, 3)).clamp(min=1e-9)
            scale = torch.maximum(peaks[name] / ACTIVATION_MAX, largest / WEIGHT_MAX)
            self.scales[name] = scale
            self.shifts[name] = torch.floor(torch.log2(WEIGHT_MAX * scale / largest)).clamp(0, 24)

    def scaled(self, name: str) -> tuple[Tensor, Tensor]:
        """Return a layer's weight and bias for inputs that are whole numbers."""
        layer = self.network.get_submodule(name)
        weight, bias = layer.weight, layer.bias
        if sources := inputs_of(name):
            unit = torch.cat([self.scales[source] for source in sources])
            return weight * unit[None, :, None, None], bias
        offset = weight.sum((1, 2, 3)) * SAMPLE_ZERO / SAMPLE_SCALE
        return weight / SAMPLE_SCALE, bias - offset

    def layers(self) -> dict[str, IntegerLayer]:
        """Return the integer layers."""
        layers = {}
        for name in LAYER_NAMES:
            weight, bias = self.scaled(name)
            step = self.scales[name] * 2.0 ** -self.shifts[name]
            weight = (weight / step[:, None, None, None]).clamp(-WEIGHT_MAX, WEIGHT_MAX)
            layers[name] = IntegerLayer(
                straight_through(torch.round, weight),
                straight_through(torch.round, bias / step),
                self.shifts[name],
            )
        return layers

    def head(self) -> Tensor:
        """Return the head for inputs that are whole numbers: weights, then the bias."""
        head, unit = self.network.head, torch.cat([self.scales["a1"], self.scales["b2"]])
        both = torch.cat([head.weight[0, :, 0, 0] * unit, head.bias])
        return both * self.network.residual_scale

    def forward(self, luma: Tensor) -> Tensor:
        head = self.head()
        planes = feature_planes(self.layers(), luma)
        return functional.conv2d(planes, head[None, :-1, None, None], head[-1:])


def fine_tune(rounded: Rounded, pictures: Pictures, before: dict[tuple[str, int], float]) -> None:
    """Let the weights adapt to their rounding and to that of the activations."""
    optimiser = torch.optim.Adam(rounded.parameters(), lr=RATE)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, STEPS, RATE)
        loss = step_loss(rounded, pictures, before, [SEED, step])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


class Sums:
    """Normal equations of the heads, patch by patch: features and a constant against targets."""

    def __init__(self) -> None:
        self.gram: list[NDArray[np.float64]] = []  # (inputs, inputs)
        self.cross: list[NDArray[np.float64]] = []  # (inputs,)

    def add(self, features: Tensor, targets: Tensor, errors: list[float]) -> None:
        """Add patches; as in training, each counts relative to the error of its picture."""
        for inputs, target, error in zip(features, targets, errors, strict=True):
            a = torch.cat([inputs.flatten(1), torch.ones(1, inputs[0].numel())]).double()
            self.gram.append((a @ a.T).numpy() / error)
            self.cross.append((a @ target.flatten().double()).numpy() / error)


def solve(gram: NDArray[np.float64], cross: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares, kept near nought where features say nothing."""
    ridge = RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    return np.linalg.solve(gram + ridge, cross)


def heads_around(first: NDArray[np.float64], sums: Sums) -> NDArray[np.float64]:
    """Return the first head and more: (HEADS, inputs + 1), the last column the bias."""
    total = np.sum(sums.gram, 0)
    # In coordinates in which the features are white, distances are squared errors.
    values, vectors = np.linalg.eigh(total / len(sums.gram))
    values = values.clip(values[-1] * 1e-9)
    whiten, unwhiten = vectors * np.sqrt(values), vectors / np.sqrt(values)
    strays = np.array(
        [
            whiten.T @ (solve(gram, cross) - first)
            for gram, cross in zip(sums.gram, sums.cross, strict=True)
        ]
    )
    # Each direction counts by what its patch would gain, outliers no more than the others.
    gains = np.array(
        [
            stray @ (unwhiten.T @ g @ unwhiten) @ stray
            for stray, g in zip(strays, sums.gram, strict=True)
        ]
    )
    weights = np.minimum(gains, np.quantile(gains, 0.98)) / (strays**2).sum(1).clip(1e-12)
    _, directions = np.linalg.eigh((strays * weights[:, None]).T @ strays)
    heads = [first]
    for direction in directions.T[::-1][: HEADS - 1]:
        typical = np.sqrt(np.mean((strays @ direction) ** 2))
        heads.append(unwhiten @ direction * typical)
    return np.array(heads)


def mean_gains(
    network: Restoration,
    layers: dict[str, IntegerLayer],
    heads: tuple[NDArray[np.int16], NDArray[np.int32]],
    pictures: Pictures,
) -> tuple[float, float]:
    """Return the mean PSNR gains of the float network, rounded, and of the integer one."""
    gains = []
    for _, _, decoded, source in islice(pictures.whole(), 0, None, HELD_BACK_EVERY):
        target = torch.from_numpy(source.astype(np.float32))[None, None]
        before = torch.from_numpy(decoded.astype(np.float32))[None, None]
        with torch.no_grad():
            real = torch.round(before + network(extended(decoded))).clamp(0, SAMPLE_MAX)
        whole = torch.from_numpy(restore(layers, *heads, decoded).astype(np.float32))[None, None]
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
    result = torch.load(args.run / "network.pt")
    qps = result["qps"]
    network = Restoration(result["residual_scale"])
    network.load_state_dict(result["weights"])
    rng = np.random.default_rng(SEED)
    pictures = Pictures(args.data, qps)
    before = pictures.errors()
    rounded = Rounded(copy.deepcopy(network), calibration(pictures, rng))
    rounded.to(memory_format=torch.channels_last)
    fine_tune(rounded, pictures, before)
    with torch.no_grad():
        layers, first = rounded.layers(), rounded.head().double().numpy()
        sums = Sums()
        for _ in range(HEAD_PATCHES // BATCH):
            decoded, source, origins = pictures.patches(rng, BATCH, CROP)
            target = source - decoded[..., RADIUS:-RADIUS, RADIUS:-RADIUS]
            errors = [before[origin] for origin in origins]
            sums.add(feature_planes(layers, decoded), target, errors)
    scaled = np.rint(heads_around(first, sums) * 2**HEAD_SHIFT)
    head_weights = scaled[:, :-1].clip(-32768, 32767).astype(np.int16)
    head_biases = scaled[:, -1].astype(np.int32)
    real, whole = mean_gains(
        network, layers, (head_weights, head_biases), Pictures(args.held_back, qps)
    )
    print(f"{args.run.name}: gain {real:.4f} dB in floating point, {whole:.4f} dB in integers")
    np.savez(
        args.run / "integer.npz",
        qps=np.array(qps, np.int32),
        layers=layer_table(HEADS),
        weights=np.concatenate([layers[n].weight.numpy().ravel() for n in LAYER_NAMES]).astype(
            np.int8
        ),
        biases=np.concatenate([layers[n].bias.numpy() for n in LAYER_NAMES]).astype(np.int32),
        shifts=np.concatenate([layers[n].shift.numpy() for n in LAYER_NAMES]).astype(np.uint8),
        head_weights=head_weights,
        head_biases=head_biases,
    )


if __name__ == "__main__":
    main()
