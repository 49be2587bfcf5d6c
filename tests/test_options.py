"""How options become what the core is given."""

import os

import numpy as np
import pytest

from svac2 import options
from svac2._core import codec
from svac2.errors import OptionError


def test_quality_covers_the_quantisers():
    steps = [options.qp_of_quality(quality) for quality in range(1, 101)]
    assert steps == sorted(steps, reverse=True)
    assert [steps[quality - 1] / 8 for quality in (1, 50, 75, 100)] == [63, 39, 29, 4]


def test_quality_between_integers():
    fine = [options.qp_of_quality(quality) for quality in np.linspace(1, 100, 20000)]
    assert fine == sorted(fine, reverse=True)
    assert set(fine) == set(range(4 * 8, 63 * 8 + 1))


@pytest.mark.parametrize(
    ("quality", "qp", "chosen"),
    [(None, None, 29), (50, None, 39), (None, 7, 7), (None, 7.06, 7), (None, 7.07, 7.125)],
)
def test_choose_qp(quality, qp, chosen):
    level = options.choose_level(quality, qp, None, None, 8)
    assert level == {"qp": 8 * chosen, "target_size": 0, "target_psnr": 0}


def test_thread_count(monkeypatch):
    assert options.thread_count(3) == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 5, 7}, raising=False)
    assert options.thread_count(0) == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(200)), raising=False)
    assert options.thread_count(0) == codec.MAX_THREADS
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert options.thread_count(0) == 1


def test_subsampling_of_grey():
    with pytest.raises(OptionError, match="grey is always '4:0:0'"):
        options.subsampling_code("4:0:0")


def test_cpu_mask(monkeypatch):
    monkeypatch.delenv("SVAC2_CPU", raising=False)
    assert options.cpu_mask() == codec.CPU_ALL
    monkeypatch.setenv("SVAC2_CPU", "")
    assert options.cpu_mask() == codec.CPU_ALL
    monkeypatch.setenv("SVAC2_CPU", "scalar")
    assert options.cpu_mask() == 0
    monkeypatch.setenv("SVAC2_CPU", "avx2")
    assert options.cpu_mask() == codec.CPU_AVX2
    monkeypatch.setenv("SVAC2_CPU", "avx512")
    assert options.cpu_mask() == codec.CPU_AVX2 | codec.CPU_AVX512_VNNI


def test_subsampling():
    for name in options.SUBSAMPLING_CHOICES:
        assert options.SUBSAMPLING_NAMES[options.subsampling_code(name)] == name


@pytest.mark.parametrize(
    ("value", "units"), [(0, 0), (0.01, 0), (0.02, 1), (1, 32), (np.float32(0.5), 16), (2.0, 64)]
)
def test_strength(value, units):
    assert options.strength("strength", value) == units
    assert options.restoration(value) == units


def test_restoration():
    assert options.restoration("auto") == codec.STRENGTH_CODED
    assert options.restoration(True) == codec.STRENGTH_ONE
    assert options.restoration(False) == 0
