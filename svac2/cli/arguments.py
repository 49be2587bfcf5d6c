"""What the commands share of their arguments: types of values, and options."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import svac2
from svac2 import options
from svac2._core import codec


def number(text: str) -> float | str:
    """Return an option's number; what is none is for svac2.options to refuse."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def byte_count(text: str) -> float | str:
    """Return the bytes of --target-size; k and M stand for thousands and millions."""
    unit = {"k": 1000, "K": 1000, "M": 1_000_000}.get(text[-1:])
    value = number(text[:-1] if unit else text)
    with suppress(ValueError, OverflowError):  # of what is no number, or not a finite one
        whole = int(value)
        return whole if whole == value and not unit else round(float(value) * (unit or 1))
    return text


def restoration(text: str) -> str | bool | float:
    """Return what --enhance asks for; what is no choice is for svac2.options to refuse."""
    words: dict[str, bool] = {"on": True, "off": False}
    return words[text] if text in words else number(text)


def fraction(text: str) -> float | str:
    """Return the number of --scale, as in 1/8; what is none is for svac2.options to refuse."""
    with suppress(ValueError, ArithmeticError):
        return float(Fraction(text))
    return text


def colour(text: str) -> Any:
    """Return what --background names, N or R,G,B; what is none is for svac2.options to refuse."""
    parts = tuple(map(number, text.split(",")))
    return parts if len(parts) > 1 else parts[0]


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], object]
) -> argparse.ArgumentParser:
    """Add a command, or an action of one, that the docstring of a function describes."""
    text = run.__doc__ or name
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text.split(".\n")[0].rstrip("."), description=text, allow_abbrev=False
    )
    parser.set_defaults(function=run, command=parser)
    return parser


def add_cpu(parser: argparse.ArgumentParser) -> None:
    """Add --cpu."""
    parser.add_argument(
        "--cpu",
        choices=options.CPU_CHOICES,
        help="which variant of the kernels to run; the result is the same (default: the variable "
        "SVAC2_CPU, or auto, the best that this processor has)",
    )


def add_model(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add --model; `usual` is what serves without it."""
    parser.add_argument(
        "--model",
        metavar="NAME_OR_PATH",
        help="the network: the name of one that svac2 models lists, or a weight file (.npz) "
        f"(default: {usual})",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads."""
    parser.add_argument(
        "--threads",
        type=number,
        default=0,
        metavar="N",
        help=f"0 to {codec.MAX_THREADS}; 0 uses every CPU this process may (default: 0)",
    )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add --limits."""
    parser.add_argument(
        "--limits",
        choices=("default", "untrusted", "none"),
        default="default",
        help="what the picture may take of pixels, memory and metadata; untrusted is for files of "
        "strangers (default: default)",
    )


def add_effort(parser: argparse.ArgumentParser) -> None:
    """Add --effort."""
    parser.add_argument(
        "-e",
        "--effort",
        type=number,
        default=options.DEFAULT_EFFORT,
        metavar="N",
        help=f"1 to {codec.MAX_EFFORT}; higher is slower, and smaller at the same error; "
        f"files of 9 are slow to decode, too (default: {options.DEFAULT_EFFORT})",
    )


def add_files(parser: argparse.ArgumentParser, what: str, output: str) -> None:
    """Add IN and OUT, or FILES... -o DIR, and what goes with the latter."""
    name = parser.prog
    parser.usage = f"{name} [OPTIONS] IN {output}\n       {name} [OPTIONS] FILES... -o DIR"
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILES",
        help=f"IN, {what}, and {output}, the file to write, which is replaced, - being stdin and "
        "stdout; with -o any number of files",
    )
    many = parser.add_argument_group("many files")
    many.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="the folder to write to, each file by the name of its source and with its date; it is "
        "made if it is not there",
    )
    existing = many.add_mutually_exclusive_group()
    only_with_folder = (
        many.add_argument(
            "-r",
            "--recursive",
            action="store_true",
            help="take the files in folders, too, and keep the folders in them",
        ),
        many.add_argument(
            "-j",
            "--jobs",
            type=number,
            metavar="N",
            help="how many files to work on at once, each in a process with one thread; 0, as many "
            "as there are CPUs (default: 1, with all threads)",
        ),
        existing.add_argument(
            "--resume",
            action="store_true",
            help="pass over what an earlier call has done: files that have the date of their "
            "source",
        ),
        existing.add_argument("--overwrite", action="store_true", help="replace files that exist"),
        many.add_argument(
            "--keep-suffix",
            action="store_true",
            help="add to the whole name: a.jpg becomes a.jpg.svac2, not a.svac2",
        ),
    )
    parser.set_defaults(only_with_folder=[option.dest for option in only_with_folder])
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print a line for each file that is written"
    )


def limits_of(arguments: argparse.Namespace, usual: svac2.Limits) -> svac2.Limits:
    """Return the limits of a call."""
    none = svac2.Limits(max_pixels=None, max_side=None, max_memory=None, max_metadata=None)
    limits = {"default": usual, "untrusted": svac2.Limits.untrusted(), "none": none}
    return limits[arguments.limits]
