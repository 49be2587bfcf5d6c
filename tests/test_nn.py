"""The network engine, without the rest of the library: builds tests/c/nn_check.c and runs it."""

from collections.abc import Callable

NETWORKS = 25


def test_engine(run_check: Callable[..., str]) -> None:
    output = run_check(["common", "nn"], "nn_*.c", NETWORKS, 2018)
    kernels, networks, refusals = output.splitlines()
    assert kernels.startswith("kernels: scalar")
    assert kernels.endswith(" agree")
    assert networks == f"networks: {NETWORKS} agree"
    assert refusals.startswith("refusals: ")
