"""What a command found out, and what failed, in text or JSON."""

import json
import math

from svac2.errors import LimitError


def print_fields(fields: dict[str, object], as_json: bool) -> None:
    """Print what was found out, for a person or for a program."""
    if as_json:  # which has no infinity
        known = {name: None if value == math.inf else value for name, value in fields.items()}
        print(json.dumps(known, indent=2))
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        elif value is None:
            shown = "none"
        print(f"{name:<{width}}  {shown}")


def explain(error: BaseException) -> str:
    """Say in one line what failed."""
    reason = str(error) or "not enough memory"
    if isinstance(error, OSError):
        reason = f"{error.filename or 'standard output'}: {error.strerror}"
    if isinstance(error, LimitError):
        reason += " (--limits none, where the command has it, lifts them)"
    return reason.replace("\n", "\\n")
