"""The core as clang -O2 builds it decodes the golden files to the same samples.

What a network does with them is left to the tests of its engine: C reads no weight file.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
HASHES = json.loads((GOLDEN / "pixels.json").read_text())


@pytest.fixture(scope="module")
def decoded_by_clang(link_optimised, run_program, tmp_path_factory):
    """Return a function that decodes a file with a build by clang -O2."""
    if shutil.which("clang") is None:
        pytest.skip("no clang")
    folder = tmp_path_factory.mktemp("clang")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", "clang")
        link_optimised("golden_check.c", folder / "golden_check")

    def run(file: Path) -> bytes:
        run_program(folder / "golden_check", file, folder / "planes")
        return (folder / "planes").read_bytes()

    return run


@pytest.mark.parametrize("name", HASHES)
def test_golden(name, decoded_by_clang):
    decoded = decoded_by_clang(GOLDEN / f"{name}.svac2")
    hashes = HASHES[name]  # a lossless file has no planes: its pixels are compared
    expected = hashes.get("planes", hashes["layers"]["1/1"]["sha256"])
    assert hashlib.sha256(decoded).hexdigest() == expected
