"""The command line."""

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Never

import svac2
from svac2._core import codec
from svac2.cli import commands
from svac2.cli.arguments import add_command
from svac2.cli.printing import printable

KERNELS = {"AVX-512": codec.CPU_AVX512_VNNI, "AVX2": codec.CPU_AVX2, "scalar": 0}


class Parser(argparse.ArgumentParser):
    """Reports a wrong call in one line."""

    def error(self, message: str) -> Never:
        """Print the line and exit."""
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


class Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *arguments: Any) -> Never:
        """Print the line and exit."""
        kernels = next(name for name in KERNELS if KERNELS[name] & ~codec.cpu_features() == 0)
        print(f"svac2 {svac2.__version__} ({kernels} kernels)")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(
        prog="svac2", description="Encode, decode and examine svac2 pictures.", allow_abbrev=False
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in commands.NAMES:
        module = import_module(f"svac2.cli.commands.{name}")
        command = add_command(subparsers, name, module.run)
        command.set_defaults(cpu=None)
        module.describe(command)
    return parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
        complete(parser)
    arguments, rest = parser.parse_known_args(argv)
    files = getattr(arguments, "files", None)
    if files is not None and all(word == "-" or not word.startswith("-") for word in rest):
        files += map(Path, rest)  # those that come after an option
    elif rest:
        arguments.command.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell, and exit, if the package argcomplete is installed."""
    with suppress(ImportError):
        import_module("argcomplete").autocomplete(parser)
