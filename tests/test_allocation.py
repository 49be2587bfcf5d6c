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


def test_each_allocation_fails_in_turn(check):
    assert check("failing").endswith("allocations fail in turn\n")
