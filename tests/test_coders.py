"""The coders of the one syntax agree: builds tests/c/coder_check.c and runs it."""

from pathlib import Path

FOLDER = Path(__file__).parent / "c"


def test_coders_agree(run_sanitized):
    sources = ["drawing.c", "range_check.c", "coder_check.c"]
    assert run_sanitized([FOLDER / name for name in sources]).endswith(" files\n")
