"""Trains a restoration network for one band of qps.

Run: python training/cnn/train.py NETWORK DATA HELD_BACK RUN --qps 44 48 52 [--start RUN_OR_FILE]
     [--taught]

NETWORK is one of network.py. DATA and HELD_BACK are folders that make_data.py filled.
RUN/checkpoint.pt is written again and again, and a run that was interrupted goes on from there with
the same random numbers; RUN/log.jsonl takes one line each time: steps, loss, and the mean PSNR gain
on some of the held-back pictures. A start from a neighbouring band's run, or from a weight file of
the same network, converges in a fraction of the steps; guided can start from clic2018, which it
unfolds. --taught learns what the teacher of make_data.py made, not the source.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from network import ARCHITECTURES, Restoration, crop, quantiser_step
from numpy.typing import NDArray
from samples import Pictures, psnr, squared_error
from soap import Soap
from start import start
from torch import Tensor

SEED = 2018
PATCH = 96
EVERY = 500  # steps between checkpoints
HELD_BACK_EVERY = 2  # of the held-back pictures, one in so many is measured


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Warm up, then fall along a cosine to a hundredth."""
    warm_up = min(1.0, (step + 1) / 200)
    return peak * warm_up * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * step / steps)))


def step_loss(
    network: Restoration,
    pictures: Pictures,
    before: NDArray[np.float32],
    batch: int,
    seed: list[int],
) -> Tensor:
    """Return the loss on random patches, which depend on the seed alone.

    The error of a patch is taken relative to that of its decoded picture (before), so that each
    picture's gain in dB counts the same.
    """
    planes, goal, numbers = pictures.patches(np.random.default_rng(seed), batch, PATCH)
    target = goal - crop(planes[:, :1], pictures.architecture.margins[0])
    return (squared_error(network(planes) - target) / torch.from_numpy(before[numbers])).mean()


@torch.no_grad()
def mean_gain(network: Restoration, pictures: Pictures) -> float:
    """Return by how many dB the network raises the PSNR, on average over the pictures."""
    gains = []
    for picture in pictures.some(HELD_BACK_EVERY):
        height, width = picture.source.shape
        decoded, target = picture.decoded(), picture.target()
        residual = network(picture.extended(pictures.architecture))
        restored = decoded + residual[..., :height, :width]
        before, after = (squared_error(p - target).item() for p in (decoded, restored))
        gains.append(psnr(after) - psnr(before))
    return float(np.mean(gains))


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(SEED)
    args.run.mkdir(parents=True, exist_ok=True)
    step_size = quantiser_step(float(np.mean(args.qps)))
    architecture = ARCHITECTURES[args.network]
    network = Restoration(architecture, step_size / 4).to(memory_format=torch.channels_last)
    optimiser = Soap(network.parameters(), lr=args.rate)
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999)
    )
    checkpoint, first = args.run / "checkpoint.pt", 0
    settings = {
        name: getattr(args, name) for name in ("network", "qps", "steps", "rate", "batch", "taught")
    }
    if checkpoint.exists():
        state = torch.load(checkpoint)
        if state["settings"] != settings:
            raise SystemExit(f"{args.run} was begun with {state['settings']}, not {settings}")
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    elif args.start is not None:
        start(network, args.start, float(np.mean(args.qps)))
        averaged = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999)
        )
    pictures = Pictures(args.data, args.qps, architecture, taught=args.taught)
    held_back = Pictures(args.held_back, args.qps, architecture)
    before = pictures.errors()
    began, losses = time.monotonic(), []
    for step in range(first, args.steps):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.rate)
        loss = step_loss(network, pictures, before, args.batch, [SEED, step])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        averaged.update_parameters(network)
        losses.append(loss.item())
        if (step + 1) % EVERY == 0 or step + 1 == args.steps:
            gain = mean_gain(averaged.module, held_back)
            line = {
                "step": step + 1,
                "loss": float(np.mean(losses)),
                "gain": gain,
                "seconds": round(time.monotonic() - began),
            }
            losses.clear()
            state = {
                "network": network.state_dict(),
                "averaged": averaged.state_dict(),
                "optimiser": optimiser.state_dict(),
                "step": step + 1,
                "settings": settings,
            }
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
            with (args.run / "log.jsonl").open("a") as log:
                print(json.dumps(line), file=log)
            print(line, flush=True)
    result = {
        "architecture": args.network,
        "weights": averaged.module.state_dict(),
        "residual_scale": network.residual_scale,
        "qps": args.qps,
        "taught": args.taught,
    }
    torch.save(result, args.run / "network.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=ARCHITECTURES)
    parser.add_argument("data", type=Path, help="pictures to learn from")
    parser.add_argument("held_back", type=Path, help="pictures to measure on")
    parser.add_argument("run", type=Path, help="folder of this run")
    parser.add_argument("--qps", type=int, nargs="+", required=True, help="qps of the band")
    parser.add_argument(
        "--start", type=Path, nargs="+", help="run or weight file; of several their mean"
    )
    parser.add_argument("--taught", action="store_true", help="learn what the teacher made")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=8, help="patches in a step")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
