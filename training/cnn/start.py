"""Weights to start from: of another run, or of a weight file, brought back to floating point."""

from pathlib import Path

import numpy as np
import torch
from integer import HEAD_SHIFT, LAYER_NAMES, layers_of
from network import SAMPLE_SCALE, SAMPLE_ZERO, Restoration

ACTIVATION = 1 / 64  # what a step of an integer activation becomes


def start(network: Restoration, source: Path, qp: float) -> None:
    """Fill a network from a run's folder, or from the set of a weight file that is for the qp.

    Of a weight file's heads it takes the first, which is the trained one.
    """
    if source.is_dir():
        network.load_state_dict(torch.load(source / "network.pt")["weights"])
        return
    with np.load(source) as file:
        nearest = int(np.abs(file["qps"] - qp).argmin())
        one = {name: file[name][nearest] for name in ("weights", "biases", "shifts")}
        head, bias = file["head_weights"][nearest, 0], file["head_biases"][nearest, 0]
        layers = layers_of({"layers": file["layers"], **one})
    with torch.no_grad():
        for name in LAYER_NAMES:
            integer, layer = layers[name], network.get_submodule(name)
            unit = ACTIVATION * 2.0**-integer.shift
            if name == LAYER_NAMES[0]:  # reads luma
                offset = SAMPLE_ZERO * integer.weight.sum((1, 2, 3))
                scale = SAMPLE_SCALE
            else:
                offset, scale = 0.0, 1 / ACTIVATION
            layer.weight.copy_(integer.weight * scale * unit[:, None, None, None])
            layer.bias.copy_((integer.bias + offset) * unit)
        step = 2.0**-HEAD_SHIFT / network.residual_scale
        network.head.weight.copy_(torch.from_numpy(head * (step / ACTIVATION))[None, :, None, None])
        network.head.bias.fill_(float(bias) * step)
