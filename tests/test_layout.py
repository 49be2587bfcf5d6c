"""The order of the parts, of the C core and of Python: each may use what stands before it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "csrc"
PACKAGE = ROOT / "svac2"

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


# Modules and packages of svac2; those of one line are beside each other.
PYTHON_FLOORS = [
    {"errors"},
    {"arrays", "files", "tables", "weight_files"},
    {"_core", "transparency"},
    {"layers", "metrics"},
    {"options"},
    {"fidelity", "limits", "metadata"},
    {"models", "streams"},
    {"info", "pictures"},
    {"wishes"},
    {"decoding", "encoding", "keywords"},
    {"api", "chunks", "executors"},
    {"comparison", "report"},
    {"demo", "desktop", "many", "numcodecs", "pillow", "zarr"},
    {"__init__"},
    {"cli"},
    {"__main__"},
]
FLOOR_OF = {part: floor for floor, parts in enumerate(PYTHON_FLOORS) for part in parts}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    """Return the module or package directly in svac2 that a dotted name leads to."""
    names = module.split(".")
    return names[1] if len(names) > 1 and names[1] in FLOOR_OF else "__init__"


def imports_of(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "svac2"}


def test_every_python_part_is_known():
    assert {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES} == set(FLOOR_OF)


@pytest.mark.parametrize("file", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports(file):
    part = file.relative_to(PACKAGE).with_suffix("").parts[0]
    for name in imports_of(ast.parse(file.read_text())):
        assert FLOOR_OF[part_of(name)] <= FLOOR_OF[part], f"{part} must not import {name}"
