"""The BD-rate that the benchmarks print, against cases with a known answer."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the benchmarks' extra is not installed")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
bdrate = pytest.importorskip("bdrate", reason="the benchmarks are not beside the tests")
pictures = pytest.importorskip("pictures")
rd = pytest.importorskip("rd")

CURVE = [(0.12, 27.1), (0.25, 29.4), (0.52, 32.3), (0.93, 35.0), (1.48, 37.5)]


def scaled(factor: float) -> list[tuple[float, float]]:
    return [(factor * rate, psnr) for rate, psnr in CURVE]


def test_curve_against_itself_is_zero() -> None:
    assert bdrate.bd_rate(CURVE, CURVE) == 0.0


@pytest.mark.parametrize("factor", [0.5, 0.85, 1.0 + 1e-9, 1.25, 3.0])
def test_constant_factor_is_its_own_bd_rate(factor: float) -> None:
    expected = 100.0 * (factor - 1.0)
    assert bdrate.bd_rate(CURVE, scaled(factor)) == pytest.approx(expected, rel=1e-6)


def test_exchange_inverts_the_ratio() -> None:
    test = [(0.10, 26.5), (0.31, 30.1), (0.70, 34.2), (1.30, 37.0)]
    forth, back = bdrate.bd_rate(CURVE, test), bdrate.bd_rate(test, CURVE)
    assert (1 + forth / 100) * (1 + back / 100) == pytest.approx(1.0)


def test_order_of_points_does_not_matter() -> None:
    assert bdrate.bd_rate(CURVE[::-1], scaled(0.9)) == bdrate.bd_rate(CURVE, scaled(0.9))


def test_two_points_are_a_line_in_log_rate() -> None:
    # On the common range 31..33 the difference of log2 rates falls from 0.5 to 0: 0.25 on average.
    anchor = [(1.0, 30.0), (4.0, 34.0)]
    test = [(2.0, 31.0), (2.0 * 2**0.5, 33.0)]
    assert bdrate.bd_rate(anchor, test) == pytest.approx(100.0 * (2**0.25 - 1))


def test_integral_is_that_of_the_interpolation() -> None:
    from scipy.interpolate import PchipInterpolator

    test = [(0.10, 26.5), (0.31, 30.1), (0.70, 34.2), (1.30, 37.0)]
    psnr = np.linspace(27.1, 37.0, 200_001)
    logs = [
        PchipInterpolator([p for _, p in curve], np.log([rate for rate, _ in curve]))(psnr)
        for curve in (CURVE, test)
    ]
    expected = 100.0 * math.expm1(float(np.mean(logs[1] - logs[0])))
    assert bdrate.bd_rate(CURVE, test) == pytest.approx(expected, abs=1e-3)


def test_repeated_and_infinite_psnr() -> None:
    extended = [*CURVE, (0.6, 32.3), (5.0, math.inf)]
    assert bdrate.bd_rate(CURVE, extended) == 0.0


@pytest.mark.parametrize(
    "other", [[], [(1.0, 30.0)], [(2.0, 40.0), (3.0, 45.0)], [(1.5, 37.5), (2.0, 40.0)]]
)
def test_no_common_range(other: list[tuple[float, float]]) -> None:
    assert bdrate.bd_rate(CURVE, other) is None


def test_comparison_of_pictures_counts_what_it_leaves_out() -> None:
    anchor = {"a": CURVE, "b": CURVE, "c": CURVE, "only": CURVE}
    test = {"a": scaled(0.8), "b": scaled(1.1), "c": [(2.0, 40.0), (3.0, 45.0)], "other": CURVE}
    result = bdrate.compare(anchor, test)
    assert result.per_picture == pytest.approx({"a": -20.0, "b": 10.0})
    assert result.disjoint == ["c"]
    assert result.mean == pytest.approx(-5.0)
    assert math.isnan(bdrate.compare({}, test).mean)


def test_squared_errors() -> None:
    original = np.zeros((2, 3, 3), np.uint8)
    decoded = original.copy()
    decoded[0, 0] = (255, 0, 0)
    mse_rgb, mse_y = pictures.squared_errors(original, decoded)
    assert mse_rgb == pytest.approx(255**2 / 18)
    assert mse_y == pytest.approx((0.299 * 255) ** 2 / 6)
    assert pictures.psnr(mse_rgb) == pytest.approx(10 * math.log10(18))
    assert pictures.psnr(0.0) == math.inf


def result_lines(codec: str, factor: float) -> list[dict[str, object]]:
    return [
        {"codec": codec, "setting": i, "image": name, "bpp": rate, "psnr_rgb": p, "psnr_y": p + 1}
        for name in ("a.png", "b.png")
        for i, (rate, p) in enumerate([*scaled(factor), (9.0, math.inf)])
    ]


def test_result_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    anchors, result = tmp_path / "anchors.jsonl", tmp_path / "result.jsonl"
    rd.write_lines(anchors, result_lines("peer", 1.0))
    rd.write_lines(result, result_lines("ours", 0.9))
    assert "Infinity" not in result.read_text()
    assert rd.main(["--compare-only", str(result), "--anchors", str(anchors)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["peer", "2", "-10.00%", "-10.00%"] in rows


def test_folder_and_limit(tmp_path: Path) -> None:
    for name in ("a.png", "b.webp", "c.jpg", "d.png", "notes.txt"):
        (tmp_path / name).touch()
    names = [path.name for path in pictures.find_pictures([tmp_path])]
    assert names == ["a.png", "b.webp", "c.jpg", "d.png"]
    assert [path.name for path in pictures.find_pictures([tmp_path], 2)] == ["a.png", "c.jpg"]
