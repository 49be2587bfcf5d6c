"""The order of the parts of the C core: each may include only what stands before it."""

import re
from pathlib import Path

import pytest

CORE = Path(__file__).parent.parent / "csrc"

# Beside its own files, the public header and common/.
MAY_INCLUDE = {
    "include": set(),
    "common": set(),
    "nn": set(),
    "format": set(),
    "dsp": {"format"},
    "image": {"format", "dsp"},
    "entropy": {"format", "dsp"},
    "recon": {"format", "dsp", "nn", "image", "entropy"},
    "dec": {"format", "dsp", "image", "entropy", "recon", "nn"},
    "enc": {"format", "dsp", "image", "entropy", "recon", "nn"},
    "api": {"format", "dsp", "image", "entropy", "recon", "nn", "dec", "enc"},
}
FILES = sorted(path for path in CORE.rglob("*") if path.suffix in {".c", ".h", ".inc", ".def"})

pytestmark = pytest.mark.skipif(not FILES, reason="the sources are not beside the tests")


def test_every_part_is_known():
    assert {path.relative_to(CORE).parts[0] for path in FILES} <= set(MAY_INCLUDE)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_includes(file):
    part = file.relative_to(CORE).parts[0]
    allowed = MAY_INCLUDE[part] | {part, "include", "common"}
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read_text(), re.MULTILINE):
        assert (CORE / name).is_file(), f'"{name}" is not a path from csrc/'
        assert name.split("/")[0] in allowed, f"{part} must not include {name}"
