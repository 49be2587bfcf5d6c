"""Every variant of every kernel equals its scalar reference: builds tests/c and runs it."""

from collections.abc import Callable
from pathlib import Path

KERNELS = Path(__file__).parent.parent / "csrc" / "dsp" / "kernels.def"


def test_variants_equal_the_reference(run_check: Callable[..., str]) -> None:
    lines = run_check(["common", "format", "dsp"], "kernel_*.c").splitlines()
    assert len(lines) == KERNELS.read_text().count("\nKERNEL(")
    assert all(line.endswith(" agree") for line in lines)
