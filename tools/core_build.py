"""How the C core is compiled: its sources and flags, for all that builds them.

setup.py, the tests and the training take them from here. By hand, this links C files with the core:

    python tools/core_build.py -o PROGRAM FILE.c ... -- -g -O1 -fsanitize=address,undefined

where the flags after the dashes are the compiler's, which is $CC or cc.
"""

import argparse
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IS_X86_64 = sysconfig.get_platform().endswith(("x86_64", "amd64"))

# Products and sums are not contracted, so that every machine takes the same decisions.
FLAGS = ["-std=c11", "-ffp-contract=off", "-pthread"]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
MACROS = [("SVAC2_HAVE_X86", "1")] if IS_X86_64 else []
# By the ending of a file's name: kernels for processors that have more than the base set.
X86_FLAGS = {
    "_avx2": ["-mavx2"],
    "_avx512": ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"],
}


def compiler() -> list[str]:
    """Return the command of the C compiler."""
    return shlex.split(os.environ.get("CC", "cc"))


def core_sources(core: Path, *parts: str) -> list[Path]:
    """List the C files of parts of the core; without any, of them all.

    Those in x86 folders serve x86-64 only.
    """
    folders = [core / part for part in parts] or [core]
    files = sorted(file for folder in folders for file in folder.rglob("*.c"))
    return [file for file in files if IS_X86_64 or "x86" not in file.parts]


def kernel_flags(source: Path) -> list[str]:
    """Return the flags for the instruction set that a file of kernels is written for."""
    return next((X86_FLAGS[end] for end in X86_FLAGS if source.stem.endswith(end)), [])


def compile_command(source: Path, target: Path, flags: Iterable[str]) -> list[str]:
    """Return the command that compiles a C file of the core, or one that includes it."""
    macros = [f"-D{name}={value}" for name, value in MACROS]
    own = [*FLAGS, *flags, *macros, *kernel_flags(source), f"-I{ROOT / 'csrc'}"]
    return [*compiler(), *own, "-c", str(source), "-o", str(target)]


def link(sources: list[Path], program: Path, flags: list[str]) -> None:
    """Compile C files and the whole core, and link them."""
    sources = [*core_sources(ROOT / "csrc"), *sources]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = [Path(folder) / f"{i}-{source.stem}.o" for i, source in enumerate(sources)]
        commands = [
            compile_command(source, target, flags)
            for source, target in zip(sources, objects, strict=True)
        ]
        list(pool.map(lambda command: subprocess.run(command, check=True), commands))
        words = [*compiler(), *flags, "-pthread", *objects, "-o", program, "-lm"]
        subprocess.run([str(word) for word in words], check=True)


def main() -> int:
    """Link what the command line names."""
    parser = argparse.ArgumentParser(description="Compile C files, link them with the core.")
    parser.add_argument("-o", dest="program", type=Path, required=True, help="what is made")
    parser.add_argument("sources", type=Path, nargs="+", help="C files beside the core's")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:end])
    try:
        link(arguments.sources, arguments.program, words[end + 1 :])
    except subprocess.CalledProcessError as failure:
        return int(failure.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
