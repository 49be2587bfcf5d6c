"""The page on which two pictures are compared: one file that loads nothing else.

What it shows of the pictures and their names comes from strangers, so it is escaped, put in by one
substitution, and the page's policy lets no script run but ours, which it names by its hash.
"""

import hashlib
from base64 import b64encode
from html import escape
from pathlib import Path
from string import Template
from typing import BinaryIO

from svac2.comparison import Compared, Comparison
from svac2.errors import OptionError
from svac2.files import AnyPath, check_path, check_target, is_path, write_whole
from svac2.pictures.png import preview_png
from svac2.transparency import has_alpha

_TEMPLATES = Path(__file__).with_name("data")
# Of larger ones a browser would have to hold too much, and might refuse the address.
MAX_PIXELS = 50_000_000


def check(path: AnyPath, *sources: object) -> None:
    """Fail, before the work is done, where a page could not be written, or is not meant to be."""
    if check_path(path).suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"{path}: the report is an HTML page, so its name must end in .html")
    for source in (None, *sources):
        check_target(path, source)


def write(file: AnyPath | BinaryIO, comparison: Comparison) -> None:
    """Write the page to a path or an open file."""
    if is_path(file):
        check(file)
    write_whole(file, _page(comparison).encode("utf-8", "backslashreplace"))


def _page(comparison: Comparison) -> str:
    a, b = comparison.a, comparison.b
    style, script = ((_TEMPLATES / f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))
    reduction = _reduction_of(comparison)
    tables = [f"<h2>Figures</h2>{comparison._repr_html_()}"]
    for letter, side in (("A", a), ("B", b)):
        if side.info is not None:
            tables.append(f"<h2>The svac2 file {letter}</h2>{side.info._repr_html_()}")
    return Template((_TEMPLATES / "report.html").read_text("utf-8")).substitute(
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        name_a=escape(a.name or "A"),
        name_b=escape(b.name or "B"),
        width=-(-comparison.width // reduction),
        height=-(-comparison.height // reduction),
        picture_a=_address(a, reduction),
        picture_b=_address(b, reduction),
        ground_hidden="" if has_alpha(a.channels) or has_alpha(b.channels) else "hidden",
        note=_note(comparison, reduction),
        tables="\n".join(tables),
    )


def _hash(content: str) -> str:
    return b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _reduction_of(comparison: Comparison) -> int:
    """Return how many times smaller the pictures are shown."""
    reduction = 1
    while comparison.width * comparison.height > MAX_PIXELS * reduction**2:
        reduction += 1
    return reduction


def _address(side: Compared, reduction: int) -> str:
    """Return a picture as an address that holds it."""
    png = preview_png(side.samples, side.metadata, side.bit_depth, reduction=reduction)
    return f"data:image/png;base64,{b64encode(png).decode()}"


def _note(comparison: Comparison, reduction: int) -> str:
    """Say what is not shown as it is."""
    notes = []
    if max(comparison.a.bit_depth, comparison.b.bit_depth) > 8:
        notes.append("Samples of more than 8 bits are shown with 8; the figures are of all bits.")
    if reduction > 1:
        notes.append(
            f"Pictures are shown at 1/{reduction} of the size; the figures are of all of it."
        )
    return " ".join(notes)
