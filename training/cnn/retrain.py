"""Trains the model clic2018 anew from pictures: all bands of qps, quantised, in one weight file.

Run: python training/cnn/retrain.py PICTURES HELD_BACK_PICTURES WORK OUT.npz

Runs the other programs of this folder one after the other; what WORK holds already is not made
again, so that an interrupted run goes on where it stopped. Takes hours on two cores.
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
# The band that is trained from nothing, then those that start from a neighbour: qp, start, steps.
BANDS = (
    *((48, None, 24000), (40, 48, 6000), (32, 40, 6000), (24, 32, 6000), (56, 48, 4000)),
    *((44, 40, 2500), (36, 40, 2500), (52, 48, 2500), (28, 32, 2500)),
)
FIRST_RATE, LATER_RATE = 2e-3, 1.5e-3
HALF_BAND = 4


def run(program: str, *arguments: object) -> None:
    """Run one of the programs."""
    subprocess.run([sys.executable, FOLDER / program, *map(str, arguments)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of lossless pictures to learn from")
    parser.add_argument("held_back", type=Path, help="folder of lossless pictures to measure on")
    parser.add_argument("work", type=Path, help="folder for data, checkpoints and logs")
    parser.add_argument("out", type=Path, help="the weight file")
    args = parser.parse_args()
    data, held_back = args.work / "data", args.work / "held_back"
    run("make_data.py", args.pictures, data)
    run("make_data.py", args.held_back, held_back)
    for qp, start, steps in BANDS:
        folder = args.work / f"band{qp}"
        options = ["--steps", steps, "--rate", FIRST_RATE if start is None else LATER_RATE]
        if start is not None:
            options += ["--start", args.work / f"band{start}"]
        if not (folder / "network.pt").exists():
            qps = (qp - HALF_BAND, qp, qp, qp + HALF_BAND)  # its own qp counts twice
            run("train.py", data, held_back, folder, "--qps", *qps, *options)
        if not (folder / "integer.npz").exists():
            run("quantise.py", data, held_back, folder)
    folders = [args.work / f"band{qp}" for qp, _, _ in BANDS]
    run("export.py", "clic2018", 1, held_back, args.out, *folders)


if __name__ == "__main__":
    main()
