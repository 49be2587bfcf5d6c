"""Speed of svac2 beside Pillow's codecs, one thread each.

`pytest benchmarks/speed.py` times every effort, decoding, the peers and the kernels.
`python benchmarks/speed.py FOLDER` prints how many pixels per second svac2 codes for each one of
AVIF's, from runs in turn.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from peers import AVIF, JPEG, WEBP, Codec, quality_for_size, svac2_codec
from pictures import Rgb, find_pictures, read_rgb

DEFAULT_EFFORT = 5
MIDDLE_QP = 38
PEERS = [AVIF, WEBP, JPEG]


def default_pictures() -> list[Path]:
    """The picture that `svac2 demo` uses."""
    return find_pictures([Path(str(files("svac2") / "data"))])


# --- pytest-benchmark -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> list[Rgb]:
    chosen = pytestconfig.getoption("pictures")
    return [read_rgb(p) for p in (find_pictures([chosen]) if chosen else default_pictures())]


@pytest.fixture(scope="session")
def files_of_default_effort(pictures: list[Rgb]) -> list[bytes]:
    return [svac2_codec(DEFAULT_EFFORT).encode(picture, MIDDLE_QP) for picture in pictures]


@pytest.fixture(scope="session")
def qualities(
    pictures: list[Rgb], files_of_default_effort: list[bytes]
) -> Callable[[Codec], list[int]]:
    """Settings at which a Pillow codec's files are as large as those of svac2."""
    known: dict[str, list[int]] = {}

    def find(codec: Codec) -> list[int]:
        if codec.name not in known:
            known[codec.name] = [
                quality_for_size(codec, picture, len(data))
                for picture, data in zip(pictures, files_of_default_effort, strict=True)
            ]
        return known[codec.name]

    return find


def run_benchmark(
    benchmark: Any, function: Callable[[], Any], pictures: list[Rgb], rounds: int
) -> Any:
    """Times the coding of all pictures, and notes megapixels per second of the median round."""
    result = benchmark.pedantic(function, rounds=rounds, warmup_rounds=int(rounds > 1))
    megapixels = sum(picture.shape[0] * picture.shape[1] for picture in pictures) / 1e6
    if benchmark.stats is not None:  # None with --benchmark-disable
        rate = megapixels / benchmark.stats.stats.median
        benchmark.extra_info["megapixels_per_second"] = round(rate, 3)
    return result


def encode_all(
    benchmark: Any, codec: Codec, pictures: list[Rgb], settings: list[int], rounds: int
) -> None:
    def encode() -> list[bytes]:
        return [codec.encode(p, setting) for p, setting in zip(pictures, settings, strict=True)]

    coded = run_benchmark(benchmark, encode, pictures, rounds)
    benchmark.extra_info["bytes"] = sum(map(len, coded))


@pytest.mark.benchmark(group="encode")
@pytest.mark.parametrize("effort", range(1, 10))
def test_encode_svac2(benchmark: Any, pictures: list[Rgb], effort: int) -> None:
    settings = [MIDDLE_QP] * len(pictures)
    rounds = 5 if effort <= DEFAULT_EFFORT else 1  # the slow ones are long enough to be stable
    encode_all(benchmark, svac2_codec(effort), pictures, settings, rounds)


@pytest.mark.benchmark(group="encode")
@pytest.mark.parametrize("codec", PEERS, ids=lambda codec: codec.name)
def test_encode_peer(
    benchmark: Any, pictures: list[Rgb], qualities: Callable[[Codec], list[int]], codec: Codec
) -> None:
    encode_all(benchmark, codec, pictures, qualities(codec), rounds=5)


@pytest.mark.benchmark(group="decode")
def test_decode_svac2(
    benchmark: Any, pictures: list[Rgb], files_of_default_effort: list[bytes]
) -> None:
    decode = svac2_codec(DEFAULT_EFFORT).decode
    run_benchmark(benchmark, lambda: list(map(decode, files_of_default_effort)), pictures, 9)


@pytest.mark.benchmark(group="decode")
@pytest.mark.parametrize("codec", PEERS, ids=lambda codec: codec.name)
def test_decode_peer(
    benchmark: Any, pictures: list[Rgb], qualities: Callable[[Codec], list[int]], codec: Codec
) -> None:
    settings = zip(pictures, qualities(codec), strict=True)
    coded = [codec.encode(picture, quality) for picture, quality in settings]
    run_benchmark(benchmark, lambda: list(map(codec.decode, coded)), pictures, 9)


def test_kernels(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows the C program's own table: a call of a kernel is too short to be timed from here."""
    program = pytestconfig.getoption("kernel_check")
    if program is None:
        pytest.skip("no --kernel-check program given")
    result = subprocess.run([program, "--bench"], capture_output=True, text=True, check=True)
    with capsys.disabled():
        print(f"\n\nkernels\n{result.stdout}")


# --- ratios ---------------------------------------------------------------------------------


class Times(NamedTuple):
    """Seconds of one call. The share of the calling thread is 1 where no other one worked."""

    wall: float
    process: float
    thread: float


@dataclass(frozen=True)
class Job:
    """One codec's work on one picture."""

    codec: Codec
    picture: Rgb
    setting: int


def timed(function: Callable[[], Any]) -> tuple[Any, Times]:
    clocks = time.perf_counter, time.process_time, time.thread_time
    before = [clock() for clock in clocks]
    result = function()
    return result, Times(*(clock() - start for clock, start in zip(clocks, before, strict=True)))


def time_in_turn(jobs: list[Job], rounds: int) -> dict[tuple[str, str], Times]:
    """Seconds of each (codec, step): the jobs in turn, median of the rounds per picture, summed."""
    samples: dict[tuple[str, str, int], list[Times]] = defaultdict(list)
    for round_index in range(rounds + 1):
        for job in jobs:
            data, encode = timed(partial(job.codec.encode, job.picture, job.setting))
            _, decode = timed(partial(job.codec.decode, data))
            if round_index > 0:  # the first round warms up
                samples[job.codec.name, "encode", id(job.picture)].append(encode)
                samples[job.codec.name, "decode", id(job.picture)].append(decode)
    totals: dict[tuple[str, str], list[Times]] = defaultdict(list)
    for (name, step, _), times in samples.items():
        totals[name, step].append(Times(*map(statistics.median, zip(*times, strict=True))))
    return {key: Times(*map(sum, zip(*times, strict=True))) for key, times in totals.items()}


def print_ratios(paths: list[Path], ours: Codec, qp: int, rounds: int) -> None:
    jobs: list[Job] = []
    sizes = {ours.name: 0, AVIF.name: 0}
    megapixels = 0.0
    for path in paths:
        picture = read_rgb(path)
        size = len(ours.encode(picture, qp))
        quality = quality_for_size(AVIF, picture, size)
        sizes[ours.name] += size
        sizes[AVIF.name] += len(AVIF.encode(picture, quality))
        megapixels += picture.shape[0] * picture.shape[1] / 1e6
        jobs += [Job(ours, picture, qp), Job(AVIF, picture, quality)]
    times = time_in_turn(jobs, rounds)

    print(f"{len(paths)} pictures, {megapixels:.2f} megapixels, qp {qp}, {rounds} rounds")
    print(f"\n{'':<32}{'bytes':>10}{'wall MP/s':>11}{'CPU MP/s':>10}{'CPU/wall':>10}{'caller':>8}")
    for step in ("encode", "decode"):
        for name, size in sizes.items():
            spent = times[name, step]
            print(
                f"{name + ' ' + step:<32}{size:>10}{megapixels / spent.wall:>11.3f}"
                f"{megapixels / spent.process:>10.3f}{spent.process / spent.wall:>10.2f}"
                f"{spent.thread / spent.process:>8.0%}"
            )
    print("\nCPU/wall at most 1, caller 100%: the calling thread alone has worked")
    print(f"\npixels per second of {ours.name} for each one of {AVIF.name}")
    for step in ("encode", "decode"):
        mine, peer = times[ours.name, step], times[AVIF.name, step]
        print(
            f"{step}: {peer.wall / mine.wall:.3f} by wall clock, "
            f"{peer.process / mine.process:.3f} by CPU time"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", nargs="*", type=Path, help="pictures; default: the demo's")
    parser.add_argument("--effort", type=int, default=DEFAULT_EFFORT)
    parser.add_argument("--qp", type=int, default=MIDDLE_QP)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-enhance", action="store_true", help="decode without restoration")
    parser.add_argument("--limit", type=int, help="this many of the pictures, spread evenly")
    options = parser.parse_args()
    inputs = options.inputs or default_pictures()
    paths = find_pictures(inputs, options.limit)
    ours = svac2_codec(options.effort, enhance=not options.no_enhance)
    print_ratios(paths, ours, options.qp, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
