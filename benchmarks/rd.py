"""Rate-distortion curves of a folder of pictures, and BD-rates against other codecs."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bdrate import Comparison, compare
from pictures import find_pictures, psnr, read_rgb, squared_errors
from PIL import Image

Line = dict[str, Any]
"""One coded picture: one line of a result file."""

DEFAULT_QPS = [28, 33, 38, 43, 48, 53]
MEASURES = {"RGB": "psnr_rgb", "Y": "psnr_y"}


@dataclass(frozen=True)
class Task:
    """One picture to be coded at one qp."""

    path: Path
    qp: int
    label: str
    options: dict[str, Any]
    """Of svac2.encode."""


# --- coding ---------------------------------------------------------------------------------


def timed(function: Callable[[], Any]) -> tuple[Any, float, float]:
    """What the function returns, and the seconds it took: wall clock and processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def measure(task: Task) -> Line:
    import svac2

    picture = read_rgb(task.path)
    encode = partial(svac2.encode, qp=task.qp, threads=1, **task.options)
    data, enc_s, enc_cpu = timed(lambda: encode(picture))
    decoded, dec_s, dec_cpu = timed(lambda: svac2.decode(data, threads=1))
    if decoded.shape != picture.shape:
        raise ValueError(f"decoded to shape {decoded.shape}, not {picture.shape}")
    mse_rgb, mse_y = squared_errors(picture, decoded)
    height, width = picture.shape[:2]
    return {
        "codec": task.label,
        "setting": task.qp,
        "image": task.path.name,
        "width": width,
        "height": height,
        "bytes": len(data),
        "bpp": 8 * len(data) / (width * height),
        "mse_rgb": mse_rgb,
        "psnr_rgb": psnr(mse_rgb),
        "mse_y": mse_y,
        "psnr_y": psnr(mse_y),
        "enc_s": enc_s,
        "dec_s": dec_s,
        "enc_cpu": enc_cpu,
        "dec_cpu": dec_cpu,
        "io": "inproc",
        "effort": task.options["effort"],
    }


def attempt(task: Task) -> Line | str:
    """A failure is a result too: one bad picture shall not cost a long run."""
    try:
        return measure(task)
    except Exception as error:
        return f"{task.path.name} at qp {task.qp}: {type(error).__name__}: {error}"


def pixel_count(path: Path) -> int:
    with Image.open(path) as image:
        return image.width * image.height


def code_all(tasks: list[Task], jobs: int) -> tuple[list[Line], list[str]]:
    """Codes every task in `jobs` processes; returns the measured lines and the failures."""
    # The longest first, so that no process is left alone with a large picture at the end.
    tasks = sorted(tasks, key=lambda task: (-pixel_count(task.path), task.qp))
    lines: list[Line] = []
    failures: list[str] = []
    with multiprocessing.Pool(min(jobs, len(tasks))) as pool:
        for done, result in enumerate(pool.imap_unordered(attempt, tasks), start=1):
            if isinstance(result, str):
                failures.append(result)
            else:
                lines.append(result)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(tasks)} coded", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return sorted(lines, key=lambda line: (line["image"], line["setting"])), failures


# --- result files ---------------------------------------------------------------------------


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """JSON lines; a value that JSON lacks (the PSNR of a lossless picture) is null."""
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            finite = {
                key: None if isinstance(value, float) and math.isinf(value) else value
                for key, value in line.items()
            }
            file.write(json.dumps(finite) + "\n")


def read_lines(path: Path) -> list[Line]:
    with path.open(encoding="utf-8") as file:
        lines = [json.loads(text) for text in file if text.strip()]
    for line in lines:
        for key in MEASURES.values():
            line[key] = math.inf if line[key] is None else line[key]
    return lines


def by_codec(lines: Iterable[Line], suffix: str = "") -> dict[str, list[Line]]:
    """Lines of each codec; one codec at two efforts counts as two."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        effort = f" effort {line['effort']}" if "effort" in line else ""
        groups[line["codec"] + effort + suffix].append(line)
    return dict(groups)


def curves(lines: Iterable[Line], key: str) -> dict[str, list[tuple[float, float]]]:
    """Points (bits per pixel, PSNR) of each picture."""
    result: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        result[line["image"]].append((line["bpp"], line[key]))
    return result


def mean(lines: list[Line], key: str) -> float:
    total: float = sum(line[key] for line in lines)
    return total / len(lines)


def by_setting(lines: Iterable[Line]) -> dict[float, list[Line]]:
    groups: dict[float, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["setting"]].append(line)
    return dict(sorted(groups.items()))


# --- reports --------------------------------------------------------------------------------


def print_means(name: str, lines: list[Line]) -> None:
    """Means over the pictures; speeds are all pixels over all processor time of one thread."""
    pictures = len({line["image"] for line in lines})
    print(f"\n{name}: means over {pictures} pictures, speeds in megapixels per CPU second")
    print(f"{'setting':>8}{'bpp':>9}{'PSNR RGB':>10}{'PSNR Y':>9}{'encode':>9}{'decode':>9}")
    for setting, group in by_setting(lines).items():
        pixels = sum(line["width"] * line["height"] for line in group) / 1e6
        encode, decode = (
            pixels / max(sum(line[key] for line in group), 1e-9) for key in ("enc_cpu", "dec_cpu")
        )
        print(
            f"{setting:>8}{mean(group, 'bpp'):9.4f}{mean(group, 'psnr_rgb'):10.3f}"
            f"{mean(group, 'psnr_y'):9.3f}{encode:9.3f}{decode:9.2f}"
        )


def print_bd_rates(
    name: str, lines: list[Line], anchors: dict[str, list[Line]], each: bool
) -> None:
    """BD-rates in percent against each anchor over the pictures that both have."""
    print(f"\nBD-rate of {name} (less than 0: fewer bits at equal PSNR)")
    print(f"{'against':<32}{'pictures':>9}{'RGB':>10}{'Y':>10}")
    notes: list[str] = []
    for anchor, anchor_lines in anchors.items():
        results: dict[str, Comparison] = {
            measure: compare(curves(anchor_lines, key), curves(lines, key))
            for measure, key in MEASURES.items()
        }
        counts = [len(result.per_picture) for result in results.values()]
        count = str(counts[0]) if len(set(counts)) == 1 else "/".join(map(str, counts))
        cells = "".join(
            f"{result.mean:+9.2f}%" if result.per_picture else f"{'-':>10}"
            for result in results.values()
        )
        print(f"{anchor:<32}{count:>9}{cells}")
        if each:
            notes += [
                f"  {anchor}, {measure}: {picture} {change:+.2f}%"
                for measure, result in results.items()
                for picture, change in sorted(result.per_picture.items(), key=lambda item: item[1])
            ]
        notes += [
            f"  {anchor}, {measure}: left out, no common PSNR range: {', '.join(result.disjoint)}"
            for measure, result in results.items()
            if result.disjoint
        ]
    print(*notes, sep="\n", end="\n" if notes else "")


def save_plot(path: Path, name: str, lines: list[Line], anchors: dict[str, list[Line]]) -> None:
    """Mean PSNR over mean bits per pixel, beside the anchors that have all of the pictures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pictures = {line["image"] for line in lines}
    figure, axes = pyplot.subplots(figsize=(10, 7), layout="constrained")
    axes.set_prop_cycle(color=pyplot.get_cmap("tab20")(range(20)))
    for curve, curve_lines in {**anchors, name: lines}.items():
        common = [line for line in curve_lines if line["image"] in pictures]
        if {line["image"] for line in common} != pictures:
            continue
        groups = by_setting(common).values()
        points = sorted((mean(group, "bpp"), mean(group, "psnr_rgb")) for group in groups)
        ours = curve == name
        axes.plot(
            *zip(*points, strict=True),
            marker=".",
            label=curve,
            linewidth=2.5 if ours else 0.8,
            color="black" if ours else None,
        )
        if ours:
            low, high = points[0], points[-1]
            axes.set_xlim(0, 1.1 * high[0])
            axes.set_ylim(math.floor(low[1]) - 1, math.ceil(high[1]) + 1)
    axes.set(xlabel="bits per pixel (mean)", ylabel="PSNR of RGB in dB (mean)")
    axes.set_title(f"{len(pictures)} pictures")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", ncols=2)
    figure.savefig(path, dpi=120)


# --- command line ---------------------------------------------------------------------------


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "inputs", nargs="+", type=Path, help="folder of pictures, or files (see --compare-only)"
    )
    parser.add_argument("--qps", nargs="+", type=int, default=DEFAULT_QPS)
    parser.add_argument("--effort", type=int, default=5)
    parser.add_argument("--subsampling", default="auto")
    parser.add_argument("--mode", default="normal")
    parser.add_argument("--base-scale", type=int, default=8)
    parser.add_argument(
        "--no-enhance", dest="enhance", action="store_false", help="no restoration by a network"
    )
    parser.add_argument("--model", help="the network that restores (default: the encoder's)")
    parser.add_argument("--anchors", type=Path, metavar="JSONL", help="curves of other codecs")
    parser.add_argument("--against", type=Path, metavar="JSONL", help="an earlier result")
    parser.add_argument("--each", action="store_true", help="BD-rates of single pictures, too")
    parser.add_argument("--output", type=Path, default=Path("build/rd"), metavar="DIR")
    parser.add_argument("--label", default="svac2", help="the codec's name in the result file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--limit", type=int, help="code this many of the pictures, spread evenly")
    parser.add_argument(
        "--compare-only",
        action="store_true",
        help="code nothing: the inputs are result files, compared with the anchors or each other",
    )
    parser.add_argument(
        "--codecs", nargs="+", metavar="NAME", help="with --compare-only: these curves only"
    )
    return parser.parse_args(arguments)


def read_anchors(options: argparse.Namespace) -> dict[str, list[Line]]:
    anchors: dict[str, list[Line]] = {}
    if options.anchors:
        anchors |= by_codec(read_lines(options.anchors))
    if options.against:
        anchors |= by_codec(read_lines(options.against), suffix=f" ({options.against.stem})")
    return anchors


def compare_files(options: argparse.Namespace) -> int:
    curves_read = by_codec(line for path in options.inputs for line in read_lines(path))
    anchors = read_anchors(options) or curves_read
    names = options.codecs or list(curves_read)
    unknown = [name for name in names if name not in curves_read]
    if unknown:
        raise SystemExit(f"no curve {', '.join(unknown)}; there are: {', '.join(curves_read)}")
    for name in names:
        print_bd_rates(name, curves_read[name], anchors, options.each)
    return 0


def code_pictures(options: argparse.Namespace) -> int:
    paths = find_pictures(options.inputs, options.limit)
    if len({path.name for path in paths}) != len(paths):
        raise SystemExit("two pictures have the same file name, by which results are matched")
    anchors = read_anchors(options)
    names = ("effort", "subsampling", "enhance", "model", "mode", "base_scale")
    encode_options = {name: getattr(options, name) for name in names}
    tasks = [Task(path, qp, options.label, encode_options) for path in paths for qp in options.qps]
    lines, failures = code_all(tasks, options.jobs)
    print(*(f"failed: {failure}" for failure in failures), sep="\n", end="\n" if failures else "")
    if not lines:
        return 1
    options.output.mkdir(parents=True, exist_ok=True)
    result = options.output / f"{options.label}.jsonl"
    write_lines(result, lines)
    name = f"{options.label} effort {options.effort}"
    print_means(name, lines)
    if anchors:
        print_bd_rates(name, lines, anchors, options.each)
    print(f"\nresults: {result}")
    try:
        save_plot(options.output / "rd.png", name, lines, anchors)
        print(f"plot: {options.output / 'rd.png'}")
    except ImportError:
        print("plot: none, matplotlib is not installed")
    return 1 if failures else 0


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    return compare_files(options) if options.compare_only else code_pictures(options)


if __name__ == "__main__":
    sys.exit(main())
