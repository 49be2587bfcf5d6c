"""What importing svac2 takes."""

import importlib.metadata
import subprocess
import sys

import svac2

# Each takes milliseconds, and most programs have no need of it while they start.
IDLE = {
    "argparse",
    "asyncio",
    "concurrent.futures",
    "email",
    "hashlib",
    "html",
    "importlib.metadata",
    "json",
    "tempfile",
    "zipfile",
    "PIL.PngImagePlugin",
    "dask",
    "imageio",
    "numcodecs",
    "zarr",
}


def test_nothing_idle_is_imported():
    program = "import sys, numpy; before = set(sys.modules); import svac2; "
    program += "print(*sorted(set(sys.modules) - before))"
    command = [sys.executable, "-c", program]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "svac2.api" in names
    assert not IDLE.intersection(names)


def test_version():
    assert importlib.metadata.version("svac2") == svac2.__version__
