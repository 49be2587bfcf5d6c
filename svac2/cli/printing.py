"""What a command found out, and what failed, in text or JSON."""

import json
import math
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from svac2.errors import LimitError, SvacError

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, surrogates, separators of lines
OUTPUT = "standard output"  # in place of the name of a file


@contextmanager
def naming_output() -> Iterator[None]:
    """Let errors of the system name standard output, as it is written to."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = OUTPUT
        raise


def print_lines(lines: Iterable[object]) -> None:
    """Print at once, whatever comes afterwards."""
    for line in lines:
        with naming_output():
            print(printable(str(line)), flush=True)


def complain(message: str) -> None:
    """Tell what failed, or what to heed, at once."""
    print(f"svac2: {printable(message)}", file=sys.stderr)


def printable(text: str) -> str:
    """Escape what would steer a terminal or forge a line, such as names of files may hold."""
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode()


def print_fields(fields: dict[str, object], as_json: bool) -> None:
    """Print what was found out, for a person or for a program."""
    if as_json:
        print_json(fields)
        return
    width = max(map(len, fields))
    print_lines(f"{name:<{width}}  {_shown(value)}" for name, value in fields.items())


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def print_json(value: object) -> None:
    """Print JSON, which has no infinity."""
    print_lines(json.dumps(_finite(value), indent=2).split("\n"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return None if value == math.inf else value


def explain(error: BaseException) -> str:
    """Say in one line what failed."""
    reason = str(error)
    if isinstance(error, MemoryError):
        reason = reason or "not enough memory"
    elif not isinstance(error, (SvacError, OSError)):  # a fault of ours, or of a reader
        reason = f"{type(error).__name__}: {reason}"
    if isinstance(error, OSError) and error.strerror:
        named = "" if error.filename is None else f"{error.filename}: "
        reason = f"{named}{error.strerror}"
    if isinstance(error, LimitError):
        reason += " (--limits none, where the command has it, lifts them)"
    return reason
