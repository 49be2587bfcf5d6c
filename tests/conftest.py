"""Pictures, files and C programs that the tests share."""

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2.demo import PICTURE

CORE = Path(__file__).parent.parent / "csrc"
C_CHECKS = Path(__file__).parent / "c"
COMPILE = [
    *shlex.split(os.environ.get("CC", "cc")),
    *("-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pthread"),
    *("-ffp-contract=off", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"),
]


def run_silently(*command: object) -> str:
    """Run a command that must succeed without a word on standard error; return its output."""
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    return result.stdout


@pytest.fixture(scope="session")
def run_sanitized(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a function that links C files with the core and runs the program.

    All is built with the address and undefined-behaviour sanitizers, whose reports are failures.
    """
    if not CORE.is_dir():
        pytest.skip("the sources are not beside the tests")
    if shutil.which(COMPILE[0]) is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("sanitized")
    x86 = platform.machine().lower() in {"x86_64", "amd64"}

    def compile_file(source: Path) -> Path:
        target = folder / "-".join(source.with_suffix(".o").parts[-3:])
        options = ["-DSVAC2_HAVE_AVX2=1"] if x86 else []
        if "x86" in source.parts:
            options.append("-mavx2")
        run_silently(*COMPILE, *options, f"-I{CORE}", f"-I{C_CHECKS}", "-c", source, "-o", target)
        return target

    sources = [file for file in CORE.rglob("*.c") if x86 or "x86" not in file.parts]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        core = list(pool.map(compile_file, sources))

    def run(own_sources: list[Path], *arguments: object) -> str:
        program = folder / own_sources[-1].stem
        if not program.exists():
            objects = map(compile_file, own_sources)
            run_silently(*COMPILE, *core, *objects, "-o", program, "-lm")
        return run_silently(program, *arguments)

    return run


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """Return a small RGB picture with edges, texture and a gradient."""
    with Image.open(PICTURE) as image:
        samples = np.asarray(image.crop((490, 180, 601, 253)))
    samples.setflags(write=False)
    return samples


@pytest.fixture(scope="session")
def grey(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a small grey picture."""
    return np.asarray(Image.fromarray(photo).convert("L"))


@pytest.fixture(scope="session")
def encoded(photo: NDArray[np.uint8]) -> bytes:
    """Return a file with a checksum."""
    return svac2.encode(photo, qp=32)
