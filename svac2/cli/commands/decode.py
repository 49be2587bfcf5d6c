"""svac2 decode."""

import argparse
import sys
import warnings
from pathlib import Path

import svac2
from svac2 import options
from svac2.cli.arguments import (
    add_cpu,
    add_limits,
    add_model,
    add_threads,
    colour,
    fraction,
    limits_of,
    number,
    restoration,
)
from svac2.cli.pipes import check_png_target, input_of, recognising, target_of
from svac2.cli.progress import ProgressBar
from svac2.decoding import Decoding
from svac2.limits import DEFAULT_LIMITS
from svac2.png import write_png


def run(arguments: argparse.Namespace) -> None:
    """Decode a svac2 file to PNG.

    Of a picture of more than 8 bits the file has 16: samples of 10 to 14 are brought to that
    range. Transparency stays, unless --background says what to lay the picture on. OUT is replaced
    only once the picture has been decoded. With --max-size or --scale a file of mode multiscale is
    read only as far as needed.
    """
    check_png_target(arguments)
    source = input_of(arguments.input)
    with (
        recognising(arguments.input, source),
        ProgressBar("decoding", sys.stderr) as progress,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always", svac2.PartialWarning)
        decoding = Decoding(
            enhance=arguments.enhance,
            model=arguments.model,
            max_size=arguments.max_size,
            scale=arguments.scale,
            channels=arguments.channels,
            background=arguments.background,
            allow_partial=arguments.allow_partial,
            threads=arguments.threads,
            verify=not arguments.no_verify,
            limits=limits_of(arguments, DEFAULT_LIMITS),
            progress=progress,
        )
        samples, metadata, bit_depth = decoding.run(source, with_metadata=True)
    write_png(target_of(arguments.output), samples, metadata, bit_depth)
    for warning in caught:
        if warning.category is svac2.PartialWarning:
            print(f"svac2: warning: {warning.message}", file=sys.stderr)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 decode."""
    parser.add_argument("input", type=Path, metavar="IN", help="the svac2 file; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT.png", help="the PNG file to write; - is stdout"
    )
    parser.add_argument(
        "--enhance",
        type=restoration,
        default="auto",
        metavar="auto|on|off|STRENGTH",
        help="restoration of whole pictures: as the file says, luma at strength 1, not at all, or "
        f"luma at a strength of 0 to {options.MAX_STRENGTH:g} (default: auto)",
    )
    add_model(parser, "the one that the file names")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--max-size",
        type=number,
        metavar="N",
        help="make the picture smaller so that its longest side is at most N pixels",
    )
    size.add_argument(
        "--scale",
        type=fraction,
        default=1,
        metavar="S",
        help="1, 1/2, 1/4 or 1/8 of the size, rounded up (default: 1)",
    )
    parser.add_argument(
        "--channels",
        type=number,
        metavar="N",
        help="1 grey, 2 grey with alpha, 3 RGB, 4 RGBA (default: those of the file)",
    )
    parser.add_argument(
        "--background",
        type=colour,
        metavar="N|R,G,B",
        help="lay a picture with transparency on this colour, in units of its samples, like 255",
    )
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="of a file that ends early, decode the largest layer that is there whole, and say so",
    )
    add_threads(parser)
    parser.add_argument(
        "--no-verify", action="store_true", help="decode although the checksum does not agree"
    )
    add_limits(parser)
    add_cpu(parser)
