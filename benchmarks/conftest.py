"""Options of `pytest benchmarks/speed.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The benchmarks are programs that share modules of this folder, not a package.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("svac2 speed")
    group.addoption(
        "--pictures", type=Path, help="folder of pictures or one file; default: the demo's picture"
    )
    group.addoption(
        "--kernel-check", type=Path, help="the kernel test program, to time each kernel"
    )
