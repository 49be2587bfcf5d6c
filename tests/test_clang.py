"""The core as clang -O2 builds it decodes the golden files to the same samples.

Those that a network has restored are left to the tests of the network engine: C reads no weight
file.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
HASHES = json.loads((GOLDEN / "pixels.json").read_text())


@pytest.fixture(scope="module")
def decoded_hash(link_optimised, run_program, tmp_path_factory):
    """Return a function that gives the hash of what a layer decodes to."""
    if shutil.which("clang") is None:
        pytest.skip("no clang")
    folder = tmp_path_factory.mktemp("clang")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", "clang")
        link_optimised("golden_check.c", folder / "golden_check")

    def run(file: Path, layer: int, kind: str) -> str:
        run_program(folder / "golden_check", file, layer, folder / "output", kind)
        return hashlib.sha256((folder / "output").read_bytes()).hexdigest()

    return run


@pytest.mark.parametrize("name", HASHES)
def test_golden(name, decoded_hash):
    file = GOLDEN / f"{name}.svac2"
    *base, _ = HASHES[name]["layers"].values()
    for layer, expected in enumerate(base):
        assert decoded_hash(file, layer, "pixels") == expected["sha256"]
    assert decoded_hash(file, len(base), "planes") == HASHES[name]["planes"]
