"""Turns a trained network into an integer one, and gives it more heads.

Run: python training/cnn/quantise.py DATA HELD_BACK RUN

Reads RUN/network.pt, writes RUN/integer.npz, and prints what is lost on held-back pictures. Scales
are taken from the activations on training pictures. The first head is the trained one, fitted to
the rounded layers, again to what the teacher made if the network learnt from one: fitted to the
sources of the training pictures it lost 0.004 dB on others. The other heads are the directions in
which the best heads of single patches stray from it the most, so that an encoder reaches much of a
picture's own best head with few numbers.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from heads import Sums, heads_around, refitted
from integer import HEAD_SHIFT, SAMPLE_MAX, IntegerLayer, feature_planes, layers_of, restore
from network import Restoration, crop
from numpy.typing import NDArray
from rounding import Rounded, ranges
from samples import Pictures, psnr, squared_error
from start import run_network
from torch.nn import functional
from train import HELD_BACK_EVERY

SEED = 7
HEADS = 4
CROP = 192  # side of the patches that scales and heads are fitted on
LAYER_PATCHES, HEAD_PATCHES, BATCH = 32, 640, 16


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


def head_sums(pictures: Pictures, layers: list[IntegerLayer], before: NDArray[np.float32]) -> Sums:
    """Return the normal equations of heads on patches of the pictures, always the same ones."""
    rng, sums = np.random.default_rng(SEED), Sums()
    for _ in range(HEAD_PATCHES // BATCH):
        planes, goal, numbers = pictures.patches(rng, BATCH, CROP)
        target = goal - crop(planes[:, :1], pictures.architecture.margins[0])
        targets = functional.pixel_unshuffle(target, pictures.architecture.cell)
        sums.add(feature_planes(pictures.architecture, layers, planes), targets, before[numbers])
    return sums


@torch.no_grad()
def integer_arrays(
    network: Restoration, pictures: Pictures, taught: Pictures
) -> dict[str, NDArray[Any]]:
    """Return a network in whole numbers: arrays of a weight file, of one set.

    The first head is to give what the network learnt, as it may come from a teacher; the others
    lead to what is best for the sources.
    """
    before = pictures.errors()
    planes, _, numbers = pictures.patches(np.random.default_rng(SEED), LAYER_PATCHES, CROP)
    rounded = Rounded(network, ranges(network, planes))
    layers = rounded.layers(planes, before[numbers])
    weight, bias = rounded.head()
    sums = head_sums(pictures, layers, before)
    learnt = sums if taught is pictures else head_sums(taught, layers, before)
    first = refitted(torch.cat([weight, bias[:, None]], 1).T.double().numpy(), learnt)
    scaled = np.rint(heads_around(first, sums, HEADS) * 2**HEAD_SHIFT).transpose(0, 2, 1)
    return {
        "planes": np.array(network.architecture.planes, np.int32),
        "layers": network.architecture.table(HEADS),
        "weights": np.concatenate([n.weight.numpy().ravel() for n in layers]).astype(np.int16),
        "biases": np.concatenate([n.bias.numpy() for n in layers]).astype(np.int32),
        "shifts": np.concatenate([n.shift.numpy() for n in layers]).astype(np.uint8),
        "head_weights": scaled[..., :-1].clip(-32768, 32767).astype(np.int16),
        "head_biases": scaled[..., -1].astype(np.int32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("held_back", type=Path)
    parser.add_argument("run", type=Path)
    args = parser.parse_args()
    result = torch.load(args.run / "network.pt")
    qps, network = result["qps"], run_network(args.run)
    pictures = Pictures(args.data, qps, network.architecture)
    taught = pictures
    if result["taught"]:
        taught = Pictures(args.data, qps, network.architecture, taught=True)
    arrays = integer_arrays(network, pictures, taught)
    held_back = Pictures(args.held_back, qps, network.architecture)
    real, whole = mean_gains(network, arrays, held_back)
    print(f"{args.run.name}: gain {real:.4f} dB in floating point, {whole:.4f} dB in integers")
    np.savez(args.run / "integer.npz", qps=np.array(qps, np.int32), **arrays)


if __name__ == "__main__":
    main()
