"""Trains a model anew from pictures: all bands of qps, quantised, in one weight file.

Run: python training/cnn/retrain.py NETWORK PICTURES HELD_BACK_PICTURES WORK OUT.npz

NETWORK is clic2018, which starts from nothing, or guided, which starts from the weights of clic2018
that are installed.

Runs the other programs of this folder one after the other; what WORK holds already is not made
again, so that an interrupted run goes on where it stopped. Takes hours on two cores.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parents[1] / "svac2" / "weights"
HALF_BAND = 4


class Plan(NamedTuple):
    """How a model is trained."""

    start: Path | None  # weights from which the first band starts
    bands: tuple[tuple[int, tuple[int, ...], int], ...]  # qp, bands that it starts from, steps
    rates: tuple[float, float]  # of the first band and of the later ones


PLANS = {
    "clic2018": Plan(
        start=None,
        bands=(
            *((48, (), 24000), (40, (48,), 6000), (32, (40,), 6000), (24, (32,), 6000)),
            *((56, (48,), 4000), (44, (40, 48), 2500), (36, (32, 40), 2500)),
            *((52, (48, 56), 2500), (28, (24, 32), 2500)),
        ),
        rates=(2e-3, 1.5e-3),
    ),
    "guided": Plan(
        start=WEIGHTS / "clic2018.npz",
        bands=(
            *((48, (), 10000), (40, (48,), 5000), (32, (40,), 4000), (24, (32,), 5000)),
            *((56, (48,), 2500), (44, (40, 48), 3000), (36, (32, 40), 3000)),
            *((52, (48, 56), 3000), (28, (24, 32), 3000)),
        ),
        rates=(2.5e-3, 2.5e-3),
    ),
}


def run(program: str, *arguments: object) -> None:
    """Run one of the programs."""
    subprocess.run([sys.executable, FOLDER / program, *map(str, arguments)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=PLANS)
    parser.add_argument("pictures", type=Path, help="folder of lossless pictures to learn from")
    parser.add_argument("held_back", type=Path, help="folder of lossless pictures to measure on")
    parser.add_argument("work", type=Path, help="folder for data, checkpoints and logs")
    parser.add_argument("out", type=Path, help="the weight file")
    args = parser.parse_args()
    data, held_back = args.work / "data", args.work / "held_back"
    run("make_data.py", args.pictures, data)
    run("make_data.py", args.held_back, held_back)
    plan = PLANS[args.network]
    folders = []
    for qp, neighbours, steps in plan.bands:
        folder = args.work / f"{args.network}{qp}"
        starts = [args.work / f"{args.network}{neighbour}" for neighbour in neighbours]
        options = ["--steps", steps, "--rate", plan.rates[len(neighbours) > 0]]
        if plan.start is not None and not starts:
            starts = [plan.start]
        if starts:
            options += ["--start", *starts]
        if not (folder / "network.pt").exists():
            qps = (qp - HALF_BAND, qp, qp, qp + HALF_BAND)  # its own qp counts twice
            run("train.py", args.network, data, held_back, folder, "--qps", *qps, *options)
        if not (folder / "integer.npz").exists():
            run("quantise.py", data, held_back, folder)
        folders.append(folder)
    run("export.py", args.network, held_back, args.out, *folders)


if __name__ == "__main__":
    main()
