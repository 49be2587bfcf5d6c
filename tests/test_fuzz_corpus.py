"""The fuzz target, without a fuzzing engine, over its seeds and damaged variants of them."""

from pathlib import Path

import svac2

FUZZ = Path(__file__).parent.parent / "fuzz"
SEEDS = sorted((FUZZ / "corpus").glob("*.svac2"))


def test_replay(run_sanitized):
    sources = [FUZZ / "decode_fuzzer.c", FUZZ / "replay.c"]
    output = run_sanitized(sources, "--damage", 300, FUZZ / "corpus")
    assert output == f"{len(SEEDS)} files, 300 changes of each\n"


def test_seeds_are_small_and_of_this_format():
    assert SEEDS
    for seed in SEEDS:
        assert seed.stat().st_size < 1000
        svac2.decode(seed)
