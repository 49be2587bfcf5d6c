"""What a command found out, and what failed, in text or JSON."""

import json
import math
from typing import Any

from svac2.errors import LimitError, SvacError


def print_fields(fields: dict[str, object], as_json: bool) -> None:
    """Print what was found out, for a person or for a program."""
    if as_json:
        print_json(fields)
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        elif value is None:
            shown = "none"
        print(f"{name:<{width}}  {shown}")


def print_json(value: object) -> None:
    """Print JSON, which has no infinity."""
    print(json.dumps(_finite(value), indent=2))


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
    if isinstance(error, OSError):
        reason = f"{error.filename or 'standard output'}: {error.strerror}"
    if isinstance(error, LimitError):
        reason += " (--limits none, where the command has it, lifts them)"
    return reason.replace("\n", "\\n")
