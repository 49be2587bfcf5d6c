"""How options become what the core is given."""

import os

import numpy as np
import pytest

from svac2 import fidelity, options
from svac2._core import codec
from svac2.errors import OptionError, OptionTypeError
from svac2.fidelity import Fidelity


def test_quality_covers_the_quantisers():
    steps = [fidelity.qp_of_quality(quality) for quality in range(1, 101)]
    assert steps == sorted(steps, reverse=True)
    assert [steps[quality - 1] / 8 for quality in (1, 50, 75, 100)] == [63, 39, 29, 4]


def test_quality_between_integers():
    fine = [fidelity.qp_of_quality(quality) for quality in np.linspace(1, 100, 20000)]
    assert fine == sorted(fine, reverse=True)
    assert set(fine) == set(range(4 * 8, 63 * 8 + 1))


@pytest.mark.parametrize(
    ("quality", "qp", "chosen"),
    [(None, None, 29), (50, None, 39), (None, 7, 7), (None, 7.06, 7), (None, 7.07, 7.125)],
)
def test_choose_qp(quality, qp, chosen):
    level = Fidelity(quality=quality, qp=qp).at(8)
    assert level == {
        "qp": 8 * chosen,
        "target_size": 0,
        "target_psnr": 0,
        "base_qp": codec.BASE_QP_CHOSEN,
        "max_error": 0,
        "alpha_qp": codec.ALPHA_LOSSLESS,
    }


@pytest.mark.parametrize(
    ("options_given", "names"),
    [
        ({"quality": 75, "target_size": 9}, "quality and target_size were both given"),
        ({"lossless": True, "quality": 75}, "lossless=True and quality=75 were both given"),
        ({"lossless": True, "qp": 0}, "lossless=True and qp=0 "),
        ({"lossless": True, "target_size": 9}, "lossless=True and target_size=9 "),
        ({"lossless": True, "target_psnr": 40}, "lossless=True and target_psnr=40 "),
        ({"lossless": True, "alpha_quality": 90}, "lossless=True and alpha_quality=90 "),
        ({"lossless": True, "subsampling": "4:2:0"}, "lossless=True and subsampling='4:2:0' "),
        ({"lossless": True, "subsampling": "4:2:2"}, "lossless=True and subsampling='4:2:2' "),
        ({"max_error": 2}, "max_error=2 without lossless=True"),
    ],
)
def test_contradictions_name_both(options_given, names):
    with pytest.raises(OptionError, match=names):
        Fidelity(**options_given)


def test_without_loss():
    for subsampling in ("auto", "4:4:4"):
        level = Fidelity(lossless=True, subsampling=subsampling, base_qp=30).at(8)
        assert (level["qp"], level["max_error"], level["base_qp"]) == (0, 0, 240)
    assert Fidelity(lossless=True, max_error=0).at(8)["max_error"] == 0
    assert Fidelity(lossless=True, max_error=np.uint8(255)).at(8)["max_error"] == 255
    deep = Fidelity(lossless=True, max_error=256)
    assert deep.at(10)["max_error"] == 256
    with pytest.raises(OptionError, match=r"max_error=256 .* from 0 to 255 for 8 bits"):
        deep.at(8)
    for wrong in (-1, 512):
        with pytest.raises(OptionError, match=rf"max_error={wrong} .* to 511, for 8 bits to 255"):
            Fidelity(lossless=True, max_error=wrong)
    for wrong in ("2", True, 1.5):
        with pytest.raises(OptionTypeError, match="max_error must be an integer"):
            Fidelity(lossless=True, max_error=wrong)
    with pytest.raises(OptionTypeError, match="lossless must be True or False, not 1"):
        Fidelity(lossless=1)


def test_quality_of_alpha():
    for bit_depth in (8, 12):
        level = Fidelity(alpha_quality=90).at(bit_depth)
        assert level["alpha_qp"] == fidelity.qp_of_quality(90, bit_depth)
        assert level["qp"] == fidelity.qp_of_quality(75, bit_depth)
    with pytest.raises(OptionError, match="alpha_quality=0 is out of range: it goes from 1 to 100"):
        Fidelity(alpha_quality=0)
    with pytest.raises(OptionTypeError, match="alpha_quality must be a number from 1 to 100"):
        Fidelity(alpha_quality="high")


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
