"""Builds the wheels that can be built on this machine, and checks them.

    python tools/build_wheels.py [TAG ...] --output DIST

One wheel serves Python 3.11 and later (abi3); those of other platforms are cross-compiled by Zig's
C compiler, which brings the C libraries of all of them. Needs Linux and the extra `wheels`. Wheels
for musl, macOS, Windows and free-threaded Python are built by cibuildwheel (see pyproject.toml):
Zig names musl's library otherwise than auditwheel and Alpine know it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The tag of the wheel, and the target for Zig: the oldest C library that it is to run with.
TARGETS = {
    "manylinux_2_17_x86_64": "x86_64-linux-gnu.2.17",
    "manylinux_2_17_aarch64": "aarch64-linux-gnu.2.17",
}
MAX_SIZE = 3_000_000  # bytes of a wheel


def build(source: Path, tag: str, folder: Path) -> Path:
    """Build the wheel of a platform from the source distribution, and return its path."""
    compiler = f"{sys.executable} -m ziglang cc -target {TARGETS[tag]}"
    environment = {
        "CC": compiler,
        "LDSHARED": f"{compiler} -shared",
        # What sysconfig then says of this machine, too: setup.py chooses the kernels by it.
        "_PYTHON_HOST_PLATFORM": "linux-" + tag.split("_", 3)[3],
    }
    words = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    option = f"--config-settings=--build-option=--plat-name={tag}"
    command = [sys.executable, *words, option, str(source)]
    subprocess.run(command, env={**os.environ, **environment}, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check(wheel: Path, tag: str) -> None:
    """Check the symbols that a wheel takes from the C library and from Python, and its size."""
    found = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", wheel], capture_output=True, text=True
    )
    if f'"{tag}"' not in " ".join(found.stdout.split()):
        raise SystemExit(
            f"{wheel.name}: auditwheel does not grant the tag\n{found.stdout}{found.stderr}"
        )
    subprocess.run([sys.executable, "-m", "abi3audit", "--strict", "--report", wheel], check=True)
    size = wheel.stat().st_size
    if size > MAX_SIZE:
        raise SystemExit(f"{wheel.name}: {size} bytes, more than {MAX_SIZE}")
    print(f"{wheel.name}: {size} bytes")


def main() -> None:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(
        description="Build and check the wheels that can be built here."
    )
    parser.add_argument("tags", nargs="*", metavar="TAG", help="of " + ", ".join(TARGETS))
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="default: dist/")
    arguments = parser.parse_args()
    unknown = set(arguments.tags) - set(TARGETS)
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = ["-m", "build", "--sdist", "--no-isolation", "--outdir", name, str(ROOT)]
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        (source,) = folder.glob("*.tar.gz")
        for tag in arguments.tags or TARGETS:
            wheel = build(source, tag, folder / tag)
            check(wheel, tag)
            shutil.move(wheel, arguments.output / wheel.name)


if __name__ == "__main__":
    main()
