"""Joins the integer networks of several bands of qps into one weight file.

Run: python training/cnn/export.py NAME DATA OUT.npz RUN... [--views 8]

Each RUN was quantised; the middle of its qps is the qp of its set. The file gets golden tensors,
small cuts of decoded pictures and what this side's integer network makes of them, by which the
tests see that the C engine computes the same.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from integer import PER_SET, architecture_of, layers_of, restore
from numpy.typing import NDArray
from samples import Picture, Pictures

from svac2._core import codec
from svac2.models import Model
from svac2.weight_files import FORMAT, weights_hash

GOLDEN_HEIGHT, GOLDEN_WIDTH = 45, 71


def middle(picture: Picture) -> Picture:
    """Return a small cut out of the middle of a picture."""
    y, x = (
        (side - cut) // 2
        for side, cut in zip(picture.source.shape, (GOLDEN_HEIGHT, GOLDEN_WIDTH), strict=True)
    )
    cut = (slice(y, y + GOLDEN_HEIGHT), slice(x, x + GOLDEN_WIDTH))
    planes = [plane[cut] for plane in picture.planes]
    return Picture(picture.name, picture.qp, planes, *2 * (picture.source[cut],))


def golden(run: dict[str, NDArray[Any]], data: Path, views: int) -> tuple[NDArray[np.uint16], ...]:
    """Return a cut of a decoded picture, the liveliest, and the same restored."""
    architecture = architecture_of(run)
    pictures = Pictures(data, run["qps"].tolist(), architecture)
    cut = max(map(middle, pictures), key=lambda picture: float(np.std(picture.planes[0])))
    layers = layers_of(run)
    head = run["head_weights"][0], run["head_biases"][0]
    restored = restore(architecture, layers, *head, cut.extended(architecture), views)
    return np.stack(cut.planes), restored[:GOLDEN_HEIGHT, :GOLDEN_WIDTH]


def check(path: Path) -> None:
    """Raise unless svac2 accepts the file and computes the same."""
    model = Model.load(path)
    with np.load(path) as file:
        for qp, planes, expected in zip(
            file["golden_qps"], file["golden_planes"], file["golden_restored"], strict=True
        ):
            restored = codec.restore_luma(
                planes,
                network=model.network,
                qp=int(qp) * codec.QP_ONE,
                strength=codec.STRENGTH_ONE,
                threads=1,
                cpu_mask=codec.CPU_ALL,
            )
            if not np.array_equal(restored, expected):
                raise ValueError(f"{path}: at qp {qp} svac2 computes something else")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("data", type=Path, help="pictures that make_data.py made")
    parser.add_argument("out", type=Path, help="the weight file")
    parser.add_argument(
        "--views", type=int, choices=(1, 2, 4, 8), default=1, help="of which the mean is taken"
    )
    parser.add_argument("runs", type=Path, nargs="+", help="quantised runs of the bands")
    args = parser.parse_args()
    runs = [dict(np.load(run / "integer.npz")) for run in args.runs]
    order = np.argsort([np.mean(run["qps"]) for run in runs])
    runs, folders = [runs[i] for i in order], [args.runs[i] for i in order]
    arrays: dict[str, Any] = {name: runs[0][name] for name in ("planes", "layers")}
    arrays["qps"] = np.array([round(np.mean(run["qps"])) for run in runs], np.int32)
    arrays["views"] = np.int32(args.views)
    for name in PER_SET:
        arrays[name] = np.stack([run[name] for run in runs])
    cuts = [golden(run, args.data, args.views) for run in runs]
    logs = [(folder / "log.jsonl").read_text().splitlines()[-1] for folder in folders]
    record = {
        "commands": ["make_data.py", "train.py", "quantise.py", "export.py"],
        "bands": [
            {"qps": run["qps"].tolist(), "last": json.loads(log)}
            for run, log in zip(runs, logs, strict=True)
        ],
        "torch": torch.__version__,
    }
    np.savez_compressed(
        args.out,
        format=np.int32(FORMAT),
        name=np.array(args.name),
        hash=np.array(weights_hash(arrays)),
        golden_qps=arrays["qps"],
        golden_planes=np.stack([cut for cut, _ in cuts]),
        golden_restored=np.stack([restored for _, restored in cuts]),
        training=np.array(json.dumps(record)),
        **arrays,
    )
    check(args.out)
    print(f"{args.out}: {args.out.stat().st_size} bytes, qps {arrays['qps'].tolist()}")


if __name__ == "__main__":
    main()
