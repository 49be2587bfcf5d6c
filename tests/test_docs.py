"""The documents: their examples run, their links lead somewhere, the site builds from them."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sybil import Sybil
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import svac2
from svac2.demo import PICTURE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = [page for page in PAGES if page.name == "README.md" or page.parent.name == "guides"]

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").is_dir(), reason="the documents are not beside the tests"
)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pictures that the examples name, in the folder that they run in."""
    monkeypatch.chdir(tmp_path)
    with Image.open(PICTURE) as image:
        photo = image.convert("RGB").reduce(3)
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    photo.save("photo.png")
    photo.save("photo.jpg", quality=95, exif=exif)
    scan = np.asarray(photo.convert("L")).astype(np.uint16) * 257
    Image.fromarray(scan).save("scan.png")
    logo = photo.reduce(4).convert("RGBA")
    logo.putalpha(Image.radial_gradient("L").resize(logo.size).point(lambda level: 255 - level))
    logo.save("logo.png")
    Path("folder").mkdir()
    for i in range(6):
        photo.reduce(4 + i).save(f"folder/{i}.{'jpg' if i % 2 else 'png'}")


@pytest.mark.parametrize("page", EXAMPLES, ids=name_of)
@pytest.mark.usefixtures("pictures")
@pytest.mark.filterwarnings("ignore::svac2.PartialWarning")
def test_examples(page: Path) -> None:
    """Those of a page run one after the other; its shell commands do not."""
    sybil = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()])
    document: Document = sybil.parse(page)
    document.namespace["__name__"] = "__main__"  # as in a script
    for example in document.examples():
        example.evaluate()


def anchors_of(page: Path) -> set[str]:
    """Return what a page's headings are called in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if ":" in target:  # the web
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors_of(found), f"there is no heading for {target}"


def test_format_version() -> None:
    version = svac2.encode(np.zeros((1, 1), np.uint8))[3]
    page = (ROOT / "docs" / "bitstream.md").read_text()
    for text in (f"version {version}\n", f"| {version:02x} |", f"format version, {version} |"):
        assert text in page


def test_site(tmp_path: Path) -> None:
    """MkDocs builds the site without a warning, the docstrings of the API in it."""
    pytest.importorskip("mkdocs", reason="needs the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    result = subprocess.run(
        [*command, "--site-dir", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    page = (tmp_path / "site" / "api" / "index.html").read_text()
    for name in set(svac2.__all__) - {"__version__"}:
        assert f'id="svac2.{name}"' in page, f"docs/api.md leaves {name} out"
