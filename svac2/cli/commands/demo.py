"""svac2 demo."""

import argparse
from pathlib import Path

from svac2.cli.arguments import add_cpu, add_effort
from svac2.cli.printing import naming_output
from svac2.pictures.readers import register_plugins


def run(arguments: argparse.Namespace) -> None:
    """Show svac2 beside WebP and JPEG at the same file size.

    Encodes a picture at three qualities, decodes it, prints a table, and writes what each codec
    made of it as PNG.
    """
    from svac2 import demo  # which nothing else needs

    register_plugins()
    with naming_output():
        demo.run(arguments.input or demo.PICTURE, arguments.output, effort=arguments.effort)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 demo."""
    parser.add_argument(
        "input",
        type=Path,
        nargs="?",
        metavar="IMAGE",
        help="the picture (default: one that comes with svac2)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("svac2-demo"),
        metavar="DIR",
        help="the folder for the PNG files (default: %(default)s)",
    )
    add_effort(parser)
    add_cpu(parser)
