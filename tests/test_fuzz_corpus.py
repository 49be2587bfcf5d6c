"""The fuzz targets, without a fuzzing engine, over their seeds and damaged variants of them."""

from pathlib import Path

import pytest

import svac2

FUZZ = Path(__file__).parent.parent / "fuzz"
SEEDS = sorted((FUZZ / "corpus").glob("*.svac2"))


@pytest.mark.parametrize(
    ("target", "corpus", "changes"),
    [
        ("decode_fuzzer.c", "corpus", 8),
        ("encode_fuzzer.c", "encode_corpus", 2),
        ("model_fuzzer.c", "model_corpus", 80),
    ],
)
def test_replay(run_sanitized, target, corpus, changes):
    files = len([path for path in (FUZZ / corpus).iterdir() if path.name[0] != "."])
    assert files > 0
    sources = [FUZZ / target, FUZZ / "replay.c"]
    output = run_sanitized(sources, "--damage", changes, FUZZ / corpus)
    assert output == f"{files} files, {changes} changes of each\n"


@pytest.mark.slow
def test_replay_with_more_damage(run_sanitized):
    sources = [FUZZ / "decode_fuzzer.c", FUZZ / "replay.c"]
    run_sanitized(sources, "--damage", 1000, FUZZ / "corpus")


def test_seeds_are_small_and_of_this_format():
    assert SEEDS
    for seed in SEEDS:
        assert seed.stat().st_size < 1000
        svac2.decode(seed, enhance=False)
