"""What tells a desktop of svac2 files: their MIME type, and how to make thumbnails of them.

That is for desktops by the specifications of freedesktop.org: "Shared MIME-info Database", "Desktop
Entry Specification" (how a command line is quoted), "XDG Base Directory Specification".
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svac2.decoding import Decoding
from svac2.errors import SvacError, UnsupportedError
from svac2.files import AnyPath, check_target, write_atomically
from svac2.limits import Limits
from svac2.pictures.png import preview_png

_OTHER_SYSTEMS = {"darwin": "macOS", "win32": "Windows", "cygwin": "Windows"}
_MIME_TYPES = Path(__file__).with_name("data") / "svac2.xml"
_UPDATE = "update-mime-database"
_THUMBNAIL_LIMITS = Limits(max_memory=2**31)  # of files that were downloaded a moment ago
_SYSTEM_FOLDER = Path("/usr/local/share")


def install(*, system: bool = False) -> list[Path]:
    """Install both for this user, or for all of them; return the files."""
    _check_system()
    update = shutil.which(_UPDATE)
    if update is None:
        raise UnsupportedError(
            f"there is no {_UPDATE}, which makes the type known: install the package "
            "shared-mime-info, then call this again"
        )
    types, thumbnailer = _targets(system)
    with _readable_by_all(system):
        for target, content in (
            (types, _MIME_TYPES.read_bytes()),
            (thumbnailer, _thumbnailer().encode("utf-8", "surrogateescape")),
        ):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)
        _update_types(update, types)
    return [types, thumbnailer]


def remove(*, system: bool = False) -> list[Path]:
    """Undo that; return the files that there were."""
    _check_system()
    found = [target for target in _targets(system) if target.exists()]
    for target in found:
        target.unlink()
    update = shutil.which(_UPDATE)
    if found and update is not None:
        with _readable_by_all(system):
            _update_types(update, _targets(system)[0])
    return found


def write_thumbnail(target: AnyPath, file: AnyPath, size: int) -> None:
    """Write a PNG of at most so many pixels a side.

    Of 8 bits, as the "Thumbnail Managing Standard" wants them. One thread: file managers run
    several of these at once, in places that may allow no more.
    """
    check_target(target, file)
    decoding = Decoding(max_size=size, threads=1, limits=_THUMBNAIL_LIMITS)
    samples, metadata, bit_depth = decoding.run(file, with_metadata=True)
    write_atomically(target, preview_png(samples, metadata, bit_depth))


def command() -> list[str]:
    """Return the words by which the command svac2 can be called from anywhere."""
    script = Path(sys.argv[0]).absolute()
    if script.name == "svac2" and os.access(script, os.X_OK) and script.is_file():
        return [str(script)]
    return [sys.executable, "-P", "-m", "svac2"]


def _check_system() -> None:
    if sys.platform in _OTHER_SYSTEMS:
        raise UnsupportedError(
            "svac2 desktop is for desktops by freedesktop.org, as on Linux and the BSDs, not for "
            + _OTHER_SYSTEMS[sys.platform]
        )


@contextmanager
def _readable_by_all(system: bool) -> Iterator[None]:
    """Make files and folders, also those of the program, that all may read if they are for all."""
    if not system:
        yield
        return
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def _targets(system: bool) -> tuple[Path, Path]:
    """Return the places of both files."""
    asked = Path(os.environ.get("XDG_DATA_HOME", ""))  # to be ignored if it is not absolute
    user_folder = asked if asked.is_absolute() else Path.home() / ".local" / "share"
    folder = _SYSTEM_FOLDER if system else user_folder
    return folder / "mime/packages/svac2.xml", folder / "thumbnailers/svac2.thumbnailer"


def _update_types(update: str, types: Path) -> None:
    result = subprocess.run([update, types.parents[1]], capture_output=True, check=False)
    if result.returncode != 0:
        reason = os.fsdecode(result.stderr).strip() or f"status {result.returncode}"
        raise SvacError(f"{_UPDATE} failed: {reason}")


def _thumbnailer() -> str:
    words = command()
    line = " ".join([*map(_quoted, words), "desktop", "thumbnail", "--size", "%s", "%i", "%o"])
    return (
        "[Thumbnailer Entry]\n"
        f"TryExec={_escaped(words[0])}\n"
        f"Exec={_escaped(line)}\n"
        "MimeType=image/x-svac2;\n"
    )


def _quoted(word: str) -> str:
    """Return a word for a command line, as far as it needs quotes."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return '"' + re.sub(r'["`$\\]', r"\\\g<0>", word) + '"'


def _escaped(value: str) -> str:
    """Return the value of a key."""
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return value
