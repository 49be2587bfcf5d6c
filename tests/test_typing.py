"""What a checker of types finds in programs that call svac2."""

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import svac2
from svac2.decoding import Decoding
from svac2.encoding import Encoding
from svac2.keywords import DecodeManyOptions, DecodeOptions, EncodeManyOptions, EncodeOptions

INSTALLED = Path(svac2.__file__).parent.parent
PROGRAMS = Path(__file__).parent / "typing"

HEAD = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import svac2

Samples = NDArray[np.uint8] | NDArray[np.uint16]
pixels = np.zeros((4, 4, 3), np.uint8)
data = svac2.encode(pixels)
"""
RIGHT = """
import socket
import sys

data = svac2.encode(
    Path("photo.jpg"), quality=75.5, effort=np.int64(3), mode="auto", subsampling="4:2:0",
    icc_profile=None, exif=b"", xmp="keep", cicp=(1, 13, 0, True), limits=svac2.Limits.untrusted(),
    progress=lambda done, total: None, model=svac2.models()[0],
)
svac2.encode(Image.new("L", (1, 1)), cicp=svac2.Cicp(9, 16))
svac2.write("photo.svac2", "photo.jpg", quality=75, mode="multiscale", cicp=None)
svac2.write(BytesIO(), pixels, qp=30)
svac2.write(BytesIO(), pixels, lossless=True, max_error=np.uint8(2), exact=True)
svac2.encode(pixels, alpha_quality=90.5, max_error=None)
svac2.write(sys.stdout.buffer, BytesIO(b""), subsampling="4:4:4")
with open("frames", "rb") as file, open("copy", "wb", buffering=0) as raw:
    array: Samples = svac2.decode(file, enhance="auto", max_size=100)
    size: int = svac2.info(file, limits=svac2.Limits(max_metadata=None)).memory
    svac2.write(raw, array)
with socket.socket() as connection:
    svac2.decode(connection.makefile("rb"))
svac2.decode(data, out=pixels, max_size=4)
svac2.decode(data, out=np.zeros((4, 4), np.uint16))
svac2.decode(data, channels=np.int64(3), background=(255, np.uint8(128), 0))
svac2.read("photo.svac2", pillow=True, background=255)
same: Samples = svac2.read("photo.svac2", scale=1 / 2)
image: Image.Image = svac2.read(Path("photo.svac2"), pillow=True, enhance=0.5)
either: Samples | Image.Image = svac2.read("photo.svac2", pillow=bool(size))
profile: bytes | None = svac2.info(data).icc_profile
restored: Samples = svac2.enhance(image, qp=30, bit_depth=8)
names = [Path("photo.jpg"), Path("photo.png")]
with ThreadPoolExecutor() as threads, ProcessPoolExecutor() as processes:
    for many in svac2.encode_many(names, executor=threads, buffersize=9, model="guided"):
        content: bytes = many
    svac2.encode_many([pixels, "photo.jpg"], executor=processes).close()
    svac2.decode_many([data, Path("photo.svac2")], executor=None, max_size=300, threads=2)
for kept in svac2.decode_many(names, return_exceptions=True):
    outcome: Samples | svac2.SvacError | OSError = kept
"""
MISTAKES = """
svac2.encode(pixels, qualty=75)
svac2.encode(pixels, mode="multi")
svac2.encode(pixels, subsampling="420")
svac2.encode(pixels, effort="fast")
svac2.encode(pixels, limits=5)
svac2.encode(pixels, exif="drop")
svac2.encode(pixels, cicp=(9, 16))
svac2.encode(pixels, progress=3)
svac2.encode(pixels, lossless="yes")
svac2.encode(pixels, max_error=1.5)
svac2.encode(pixels, alpha_quality="high")
svac2.decode(data, channels="RGB")
svac2.decode(data, background="white")
svac2.decode(data, background=(1, 2))
svac2.decode(data, qualty=75)
svac2.decode(data, enhance="on")
svac2.decode(data, limits=None)
svac2.decode(data, mode="normal")
svac2.decode(data, out=bytearray(48))
svac2.decode(data, out=np.zeros((4, 4, 3)))
svac2.enhance(pixels, qp=30, effort=3)
svac2.enhance(pixels)
svac2.info(data, verify=True)
svac2.read("photo.svac2", qualty=75)
svac2.read("photo.svac2", max_size="large")
svac2.read("photo.svac2", pillow="yes")
svac2.read("photo.svac2", pillow=True, enhance="on")
svac2.write("photo.svac2", pixels, qualty=75)
svac2.write("photo.svac2", pixels, mode="multi")
svac2.write("photo.svac2", pixels, max_size=3)
svac2.Limits(max_pixel=5)
svac2.read("photo.svac2").save("photo.png")
svac2.read("photo.svac2", pillow=True).shape
svac2.info(data).exif.hex()
svac2.encode_many(pixels, qualty=75)
svac2.encode_many([data], progress=print)
svac2.encode_many([pixels], executor=4)
svac2.encode_many([pixels], buffersize="large")
svac2.encode_many("photo.jpg").read()
svac2.decode_many([data], out=pixels)
svac2.decode_many(5)
next(svac2.decode_many([data], return_exceptions=True)).shape
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for all of these tests, with what mypy remembers."""
    return tmp_path_factory.mktemp("typing")


def check(program: str, folder: Path) -> list[tuple[int, str]]:
    """Return the lines of errors that mypy finds, and what it says of them."""
    path = folder / "program.py"
    path.write_text(program)
    return check_by_mypy(path, folder)


def check_by_mypy(path: Path, folder: Path) -> list[tuple[int, str]]:
    api = pytest.importorskip("mypy.api")
    options = ["--strict", "--no-error-summary", "--cache-dir", str(folder / "cache")]
    options += ["--python-executable", sys.executable, "--config-file", ""]
    found, complaints, _ = api.run([*options, str(path)])
    assert complaints == ""
    errors = re.findall(r"\.py:(\d+): error: (.*)", found)
    assert len(errors) == found.count(": error: "), found
    return [(int(line), text) for line, text in errors]


def run_pyright(*arguments: object) -> dict[str, Any]:
    """Return what pyright says, whose package fetches the program when it is first called."""
    pytest.importorskip("pyright")
    command = [sys.executable, "-m", "pyright", "--outputjson", *map(str, arguments)]
    here = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={**os.environ, **here}
    )
    if not result.stdout.startswith("{"):
        pytest.skip(f"pyright does not run here: {(result.stdout + result.stderr)[-200:]}")
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def check_by_pyright(path: Path, folder: Path) -> list[tuple[int, str]]:
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(INSTALLED)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    copy = folder / path.name
    copy.write_text(path.read_text())
    report = run_pyright("--project", folder, "--pythonpath", sys.executable)
    copy.unlink()
    assert report["summary"]["filesAnalyzed"] == 1
    return [
        (problem["range"]["start"]["line"] + 1, problem["message"])
        for problem in report["generalDiagnostics"]
        if problem["severity"] == "error"
    ]


@pytest.mark.parametrize(
    "find", [check_by_mypy, pytest.param(check_by_pyright, marks=pytest.mark.slow)]
)
def test_seven_mistakes_in_a_program(find, folder):
    program = PROGRAMS / "mistakes.py"
    lines = program.read_text().splitlines()
    planted = [number for number, line in enumerate(lines, 1) if "# mistake" in line]
    assert len(planted) == 7
    assert sorted({line for line, _ in find(program, folder)}) == planted
    assert find(PROGRAMS / "right.py", folder) == []


@pytest.mark.slow
def test_all_that_is_public_has_types():
    report = run_pyright("--ignoreexternal", "--verifytypes", "svac2")
    public = re.compile(rf"svac2\.({'|'.join(svac2.__all__)}|api|pillow|keywords)\b")
    symbols = [s for s in report["typeCompleteness"]["symbols"] if public.match(s["name"])]
    assert len(symbols) > 150
    assert [symbol["name"] for symbol in symbols if not symbol["isTypeKnown"]] == []


def test_checker_finds_mistakes_and_nothing_else(folder):
    mistakes = MISTAKES.strip().splitlines()
    right = (HEAD + dedent(RIGHT)).strip().splitlines()
    errors = check("\n".join([*right, *mistakes, ""]), folder)
    found = {line for line, _ in errors}
    assert not {text for line, text in errors if line <= len(right)}
    missed = [text for line, text in enumerate(mistakes, len(right) + 1) if line not in found]
    assert missed == []


def keywords(function):
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (svac2.encode, EncodeOptions),
        (Encoding, EncodeManyOptions),
        (svac2.decode, DecodeOptions),
        (Decoding, DecodeManyOptions),
    ],
)
def test_keywords_that_are_handed_on(function, options):
    assert set(keywords(function)) == set(options.__annotations__)


def test_their_types_and_defaults_are_the_same():
    for function, options in ((svac2.encode, EncodeOptions), (svac2.decode, DecodeOptions)):
        for name, kind in options.__annotations__.items():
            assert function.__annotations__[name] == kind, name
    for functions in ((svac2.encode, Encoding), (svac2.decode, Decoding)):
        for name in keywords(functions[1]):
            defaults = [inspect.signature(f).parameters[name].default for f in functions]
            assert defaults[0] == defaults[1], name
