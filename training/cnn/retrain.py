"""Trains a model anew from pictures: all bands of qps, quantised, in one weight file.

Run: python training/cnn/retrain.py NETWORK PICTURES HELD_BACK_PICTURES WORK OUT.npz

NETWORK is swift, which starts from nothing and learns what the installed guided makes of pictures;
guided, which starts from the installed clic2018; or clic2018, which starts from nothing.

Runs the other programs of this folder one after the other; what WORK holds already is not made
again, so that an interrupted run goes on where it stopped. Takes an hour of one core for swift,
days of two for guided. Networks as small as swift are trained as fast by one thread as by two:
OMP_NUM_THREADS=1 leaves the other core free.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parents[1] / "svac2" / "weights"


class Band(NamedTuple):
    """How the weights for one qp are trained."""

    qp: int
    starts: tuple[int, ...]  # bands that it starts from
    steps: int
    qps: tuple[int, ...]  # of the pictures that it learns from; their mean is its own
    batch: int = 8  # patches in a step


class Plan(NamedTuple):
    """How a model is trained."""

    start: Path | None  # weights from which the first band starts
    bands: tuple[Band, ...]
    rates: tuple[float, float]  # of the first band and of the later ones
    effort: int  # with which the pictures are coded
    teacher: str | None = None  # model whose results are learnt
    views: int = 1  # of which the mean is taken


def wide(qp: int, starts: tuple[int, ...], steps: int) -> Band:
    """Return a band that reaches over its qp and those 4 away, its own qp counting twice."""
    return Band(qp, starts, steps, (qp - 4, qp, qp, qp + 4))


def sharp(qp: int, starts: tuple[int, ...], steps: int, batch: int) -> Band:
    """Return a band of one qp or, of two starts, one between theirs."""
    return Band(qp, starts, steps, starts if len(starts) == 2 else (qp,), batch)


PLANS = {
    "clic2018": Plan(
        start=None,
        bands=(
            *(wide(48, (), 24000), wide(40, (48,), 6000), wide(32, (40,), 6000)),
            *(wide(24, (32,), 6000), wide(56, (48,), 4000), wide(44, (40, 48), 2500)),
            *(wide(36, (32, 40), 2500), wide(52, (48, 56), 2500), wide(28, (24, 32), 2500)),
        ),
        rates=(2e-3, 1.5e-3),
        effort=5,
    ),
    "guided": Plan(
        start=WEIGHTS / "clic2018.npz",
        bands=(
            *(wide(48, (), 10000), wide(40, (48,), 5000), wide(32, (40,), 4000)),
            *(wide(24, (32,), 5000), wide(56, (48,), 2500), wide(44, (40, 48), 3000)),
            *(wide(36, (32, 40), 3000), wide(52, (48, 56), 3000), wide(28, (24, 32), 3000)),
        ),
        rates=(2.5e-3, 2.5e-3),
        effort=5,
        views=8,
    ),
    "swift": Plan(
        start=None,
        bands=(
            *(sharp(48, (), 10000, 8), sharp(40, (48,), 8000, 8), sharp(32, (40,), 8000, 4)),
            *(sharp(44, (40, 48), 1500, 4), sharp(36, (32, 40), 1500, 4)),
            *(sharp(24, (32,), 4000, 4), sharp(28, (24, 32), 1500, 4)),
            *(sharp(56, (48,), 2000, 4), sharp(52, (48, 56), 1000, 4)),
        ),
        rates=(5e-3, 4e-3),
        effort=3,
        teacher="guided",
    ),
}


def run(program: str, *arguments: object) -> None:
    """Run one of the programs."""
    subprocess.run([sys.executable, FOLDER / program, *map(str, arguments)], check=True)


def make_data(plan: Plan, args: argparse.Namespace) -> tuple[Path, Path]:
    """Code both sets of pictures; return the folders."""
    data, held_back = args.work / "data", args.work / "held_back"
    qps = sorted({qp for band in plan.bands for qp in band.qps})
    teacher = ["--teacher", plan.teacher] if plan.teacher is not None else []
    run("make_data.py", args.pictures, data, "--qps", *qps, "--effort", plan.effort, *teacher)
    run("make_data.py", args.held_back, held_back, "--qps", *qps)
    return data, held_back


def train(band: Band, plan: Plan, data: Path, held_back: Path, args: argparse.Namespace) -> Path:
    """Train and quantise the weights for one qp; return their folder."""
    folder = args.work / f"{args.network}{band.qp}"
    starts = [args.work / f"{args.network}{qp}" for qp in band.starts]
    if plan.start is not None and not starts:
        starts = [plan.start]
    options = ["--steps", band.steps, "--batch", band.batch]
    options += ["--rate", plan.rates[len(band.starts) > 0]]
    options += ["--start", *starts] if starts else []
    options += ["--taught"] if plan.teacher is not None else []
    if not (folder / "network.pt").exists():
        run("train.py", args.network, data, held_back, folder, "--qps", *band.qps, *options)
    if not (folder / "integer.npz").exists():
        run("quantise.py", data, held_back, folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=PLANS)
    parser.add_argument("pictures", type=Path, help="folder of lossless pictures to learn from")
    parser.add_argument("held_back", type=Path, help="folder of lossless pictures to measure on")
    parser.add_argument("work", type=Path, help="folder for data, checkpoints and logs")
    parser.add_argument("out", type=Path, help="the weight file")
    args = parser.parse_args()
    plan = PLANS[args.network]
    data, held_back = make_data(plan, args)
    folders = [train(band, plan, data, held_back, args) for band in plan.bands]
    run("export.py", args.network, held_back, args.out, *folders, "--views", plan.views)


if __name__ == "__main__":
    main()
