"""Memory that is refused, and how much is taken: builds tests/c/allocation_check.c and runs it."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "c"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the linker must put our functions before others"
)


@pytest.fixture(scope="session")
def check(run_sanitized):
    """Return a function that runs it."""

    def run(*arguments: object) -> str:
        sources = [FOLDER / "drawing.c", FOLDER / "allocation_check.c"]
        return run_sanitized(
            sources, *arguments, link_flags=["-Wl,--wrap=aligned_alloc", "-Wl,--wrap=free"]
        )

    return run


def slow(*values: int) -> object:
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize("step", [7, slow(1)])
def test_allocations_fail_in_turn(check, step):
    assert check("failing", step).endswith("allocations fail in turn\n")


@pytest.mark.parametrize(
    ("width", "height"),
    [(16, 16), (1, 150), slow(300, 40), slow(40, 300), slow(270, 260), slow(700, 500)],
)
def test_memory_is_as_stated(check, width, height):
    """Never less than is taken; for large pictures at most half as much again, and 4 MiB."""
    assert check("memory", width, height) == "0 statements of memory are wrong\n"
