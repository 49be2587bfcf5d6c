"""What restoration gains: PSNR of pictures decoded with it, less that of the same files without.

Every picture is coded at every qp and decoded three times: without restoration; as the file says,
which is what a decoder does by default; and by the plain network at full strength.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pictures import find_pictures, read_rgb
from rd import Line, by_setting, write_lines

DEFAULT_QPS = [24, 32, 40, 48, 56]
PLAIN = "clic2018"
WAYS: dict[str, dict[str, Any]] = {
    "none": {"enhance": False},
    "default": {"enhance": "auto"},
    "plain": {"enhance": True, "model": PLAIN},
}
"""Options of decode."""
MEASURES = {"y": "luma", "rgb": "RGB"}


@dataclass(frozen=True)
class Task:
    """One picture to be coded at one qp."""

    path: Path
    qp: int
    effort: int


def gain_of(restored: float, plain: float) -> float:
    """The difference of two PSNRs, which may both be infinite."""
    return 0.0 if restored == plain else restored - plain


def measure(task: Task) -> Line:
    import svac2
    from svac2.metrics import psnr

    picture = read_rgb(task.path)
    data = svac2.encode(picture, qp=task.qp, effort=task.effort, threads=1)
    info = svac2.info(data)
    line: Line = {
        "image": task.path.name,
        "setting": task.qp,
        "effort": task.effort,
        "bytes": len(data),
        "bpp": 8 * len(data) / (picture.shape[0] * picture.shape[1]),
        "model": info.model,
        "strength": info.strength,
    }
    found = {
        way: psnr(picture, svac2.decode(data, threads=1, **options))
        for way, options in WAYS.items()
    }
    for key in MEASURES:
        for way, value in found.items():
            line[f"psnr_{key}_{way}"] = getattr(value, key)
        for way in ("default", "plain"):
            restored, without = line[f"psnr_{key}_{way}"], line[f"psnr_{key}_none"]
            line[f"gain_{key}_{way}"] = gain_of(restored, without)
    return line


def measure_all(tasks: list[Task], jobs: int) -> list[Line]:
    lines: list[Line] = []
    with multiprocessing.Pool(min(jobs, len(tasks))) as pool:
        for done, line in enumerate(pool.imap_unordered(measure, tasks), start=1):
            lines.append(line)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(tasks)} coded", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return sorted(lines, key=lambda line: (line["image"], line["setting"]))


def print_gains(lines: list[Line], key: str, title: str) -> None:
    print(f"\n{title}: gain in dB")
    print(f"{'qp':>4}{'mean':>9}{'worst':>9}{'best':>9}{'below 0':>9}  worst picture")
    for qp, group in by_setting(lines).items():
        gains = [line[key] for line in group]
        worst = min(group, key=lambda line: line[key])
        print(
            f"{qp:>4}{sum(gains) / len(gains):>+9.3f}{min(gains):>+9.3f}{max(gains):>+9.3f}"
            f"{sum(gain < 0 for gain in gains):>9}  {worst['image']}"
        )


def save_plot(path: Path, lines: list[Line]) -> None:
    """Mean gain against qp; the band reaches from the worst picture to the best."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(MEASURES), figsize=(11, 4.5), sharey=True, layout="constrained"
    )
    groups = by_setting(lines)
    qps = list(groups)
    for axes, (measure_key, measure_name) in zip(panels, MEASURES.items(), strict=True):
        for way, label in (("default", "default"), ("plain", f"plain network ({PLAIN})")):
            key = f"gain_{measure_key}_{way}"
            gains = [[line[key] for line in group] for group in groups.values()]
            means = [sum(values) / len(values) for values in gains]
            (curve,) = axes.plot(qps, means, marker=".", label=label)
            axes.fill_between(
                qps,
                [min(values) for values in gains],
                [max(values) for values in gains],
                color=curve.get_color(),
                alpha=0.15,
                linewidth=0,
            )
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set(xlabel="qp", title=f"PSNR of {measure_name}", xticks=qps)
        axes.grid(alpha=0.3)
    pictures = len({line["image"] for line in lines})
    panels[0].set_ylabel(f"gain in dB: mean, worst, best of {pictures} pictures")
    panels[0].legend()
    figure.savefig(path, dpi=120)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", nargs="+", type=Path, help="folder of pictures, or files")
    parser.add_argument("--qps", nargs="+", type=int, default=DEFAULT_QPS)
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--output", type=Path, required=True, metavar="JSONL", help="the results")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="gain against qp")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--limit", type=int, help="this many of the pictures, spread evenly")
    options = parser.parse_args()
    paths = find_pictures(options.inputs, options.limit)
    tasks = [Task(path, qp, options.effort) for path in paths for qp in sorted(set(options.qps))]
    lines = measure_all(tasks, options.jobs)
    write_lines(options.output, lines)
    for way, title in (("default", "default decode"), ("plain", f"{PLAIN} at strength 1")):
        for key, name in MEASURES.items():
            print_gains(lines, f"gain_{key}_{way}", f"{title}, PSNR of {name}")
    if options.plot is not None:
        save_plot(options.plot, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
