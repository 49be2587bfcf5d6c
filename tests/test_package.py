"""The source distribution, the wheel that is built from it, and the wheel as installed."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from svac2.models import DEFAULT, DEFAULT_ENHANCE

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not (ROOT / "setup.py").exists(), reason="the sources are not beside the tests"
)


def run(*command: str | Path, **options: object) -> None:
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Build both; the wheel is made from the unpacked source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


def test_source_distribution(distributions):
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = [
        path.relative_to(ROOT).as_posix()
        for folder in ("csrc", "svac2", "tests", "tools")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so", ".o"}
    ]
    assert set(tracked) <= names
    assert {"LICENSE", "README.md", "pyproject.toml", "setup.py", "run-tests"} <= names
    assert not [name for name in names if name.endswith((".so", ".o", ".pyc"))]
    assert not [name for name in names if name.startswith("build/")]


def test_wheel(distributions):
    with zipfile.ZipFile(distributions[1]) as archive:
        names = archive.namelist()
    files = [name for name in names if not name.startswith("svac2-")]
    kinds = {Path(name).suffix for name in files}
    assert kinds <= {".py", ".pyi", ".typed", ".png", ".npz", ".so", ".html", ".css", ".js", ".xml"}
    expected = {"py.typed", "_core/codec.pyi", "data/demo.png"}
    expected |= {"data/svac2.xml"} | {f"data/report.{kind}" for kind in ("html", "css", "js")}
    expected |= {f"weights/{name}.npz" for name in (DEFAULT, DEFAULT_ENHANCE)}
    assert {f"svac2/{name}" for name in expected} <= set(files)
    assert len([name for name in files if name.endswith(".so")]) == 1


def test_installed_wheel(distributions, tmp_path):
    """It encodes and decodes, away from the sources; all other tests run on what pip installed."""
    target = tmp_path / "installed"
    run(
        *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"),
        *("--target", target, distributions[1]),
    )
    check = f"import svac2; assert svac2.__file__.startswith({str(target)!r}), svac2.__file__"
    environment = {**os.environ, "PYTHONPATH": str(target), "PYTHONSAFEPATH": "1"}
    run(sys.executable, "-c", check, env=environment, cwd=tmp_path)
    run(target / "bin" / "svac2", "demo", "--output", tmp_path / "demo", env=environment)


def test_no_compiler_is_said(tmp_path):
    """Who installs from the sources reads what is missing, and where to get it."""
    command = [sys.executable, "setup.py", "build_ext", "--build-temp", tmp_path]
    result = subprocess.run(
        [*command, "--build-lib", tmp_path],
        env={**os.environ, "CC": "no-such-compiler"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "there is no C compiler: 'no-such-compiler' was not found" in result.stderr
    assert "apt install gcc" in result.stderr
    assert "Traceback" not in result.stderr
