# PYTHON_ARGCOMPLETE_OK
"""The command svac2: main() reads the command line and runs the command that it names."""

import io
import os
import sys
import warnings
from collections.abc import Sequence

from svac2.cli.parser import parse
from svac2.cli.printing import OUTPUT, complain, explain, naming_output
from svac2.errors import OptionError, SvacError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    That is 0, 1 if something failed, 2 for a wrong call, 130 after an interrupt (Ctrl-C), 141 where
    what reads the output has ended.
    """
    for stream in (sys.stdout, sys.stderr):  # names of files may hold what the locale does not
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = parse(argv)
    if arguments.cpu is not None:
        os.environ["SVAC2_CPU"] = arguments.cpu
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of files that it reads all the same
            status: int = arguments.function(arguments) or 0
        with naming_output():
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except (SvacError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.filename == OUTPUT:
            discard_output()
            if isinstance(error, BrokenPipeError):
                return 141  # as if the signal of it had ended us
        complain(explain(error))
        return 2 if isinstance(error, OptionError) else 1
    return status


def discard_output() -> None:
    """Keep Python from trying once more, as it ends, to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
