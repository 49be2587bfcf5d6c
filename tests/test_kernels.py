"""Every variant of every kernel equals its scalar reference: builds tests/c and runs it."""

import os
import platform
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "csrc"
COMPILER = shlex.split(os.environ.get("CC", "cc"))
IS_X86_64 = platform.machine().lower() in {"x86_64", "amd64"}
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pthread"]
SANITIZE = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]

pytestmark = [
    pytest.mark.skipif(not CORE.is_dir(), reason="the sources are not beside the tests"),
    pytest.mark.skipif(shutil.which(COMPILER[0]) is None, reason="no C compiler"),
]


def run(command: list[str], *, folder: Path) -> str:
    """Run a command that must succeed without a word on standard error; return its output."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    return result.stdout


def build(folder: Path, flags: list[str]) -> Path:
    """Compile the program as setup.py does: only what is in x86 folders may use AVX2."""
    compile_command = [*COMPILER, *FLAGS, *flags, f"-I{CORE}", "-c"]
    sources = [*(CORE / "common").glob("*.c"), *(CORE / "dsp").glob("*.c")]
    sources += (ROOT / "tests" / "c").glob("kernel_*.c")
    if IS_X86_64:
        compile_command.append("-DSVAC2_HAVE_AVX2=1")
        variants = map(str, (CORE / "dsp" / "x86").glob("*.c"))
        run([*compile_command, "-mavx2", *variants], folder=folder)
    run([*compile_command, *map(str, sources)], folder=folder)
    program = folder / "kernel_check"
    objects = map(str, folder.glob("*.o"))
    run([*COMPILER, *flags, "-pthread", *objects, "-o", str(program), "-lm"], folder=folder)
    return program


@pytest.mark.parametrize(
    "flags",
    [pytest.param(["-O2"], id="optimised"), pytest.param(["-O1", *SANITIZE], id="sanitized")],
)
def test_variants_equal_the_reference(tmp_path: Path, flags: list[str]) -> None:
    lines = run([str(build(tmp_path, flags))], folder=tmp_path).splitlines()
    kernels = (CORE / "dsp" / "kernels.def").read_text().count("\nKERNEL(")
    assert len(lines) == kernels
    assert all(line.endswith(" agree") for line in lines)
