"""BD-rate: how much more rate a codec needs than another one at equal PSNR.

G. Bjontegaard, "Calculation of average PSNR differences between RD-curves", VCEG-M33, 2001, with
the piecewise cubic Hermite interpolation (PCHIP) of later JCT-VC practice in place of one cubic
for the whole curve. The rate is integrated on a log scale over the PSNR range that both share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scipy.interpolate import PchipInterpolator

Curve = Iterable[tuple[float, float]]
"""Points (rate, PSNR) of one picture, in any order."""


@dataclass(frozen=True)
class Comparison:
    """BD-rates of the pictures that both codecs have, in percent; less than 0: fewer bits."""

    per_picture: dict[str, float] = field(default_factory=dict)
    disjoint: list[str] = field(default_factory=list)
    """Pictures whose two curves share no PSNR range, which no mean can count."""

    @property
    def mean(self) -> float:
        """Mean over the pictures that could be compared; NaN where there is none."""
        values = self.per_picture.values()
        return sum(values) / len(values) if values else math.nan


def _log_rate(curve: Curve) -> PchipInterpolator | None:
    """Log rate as a function of PSNR; None where fewer than two PSNR values are finite."""
    lowest: dict[float, float] = {}
    for rate, psnr in curve:
        if math.isfinite(psnr):
            lowest[psnr] = min(rate, lowest.get(psnr, math.inf))
    if len(lowest) < 2:
        return None
    psnrs = sorted(lowest)
    return PchipInterpolator(psnrs, [math.log(lowest[psnr]) for psnr in psnrs])


def bd_rate(anchor: Curve, test: Curve) -> float | None:
    """Mean rate change of `test` against `anchor` in percent, or None without a common range."""
    first, second = _log_rate(anchor), _log_rate(test)
    if first is None or second is None:
        return None
    low, high = max(first.x[0], second.x[0]), min(first.x[-1], second.x[-1])
    if low >= high:
        return None
    area = float(second.integrate(low, high) - first.integrate(low, high))
    return 100.0 * math.expm1(area / (high - low))


def compare(anchor: Mapping[str, Curve], test: Mapping[str, Curve]) -> Comparison:
    """BD-rate of every picture that both have; the keys are the pictures' names."""
    result = Comparison()
    for picture in sorted(anchor.keys() & test.keys()):
        change = bd_rate(anchor[picture], test[picture])
        if change is None:
            result.disjoint.append(picture)
        else:
            result.per_picture[picture] = change
    return result
