"""svac2 enhance."""

import argparse
from pathlib import Path

import svac2
from svac2 import options
from svac2.cli.arguments import add_cpu, add_model, add_threads, number
from svac2.cli.pipes import check_png_target, input_of, naming_lost, target_of
from svac2.limits import DEFAULT_ENCODE_LIMITS
from svac2.models import DEFAULT_ENHANCE
from svac2.pictures.images import load_picture
from svac2.pictures.png import write_png
from svac2.pictures.readers import register_plugins


def run(arguments: argparse.Namespace) -> None:
    """Restore a picture by a network, and write it as PNG.

    For pictures that were decoded with --enhance off, or by other means: what decode writes by
    default has been restored as its file says.
    """
    check_png_target(arguments)
    register_plugins()
    source = input_of(arguments.input)
    with naming_lost(arguments.input, source):
        picture = load_picture(source, limits=DEFAULT_ENCODE_LIMITS)
    samples = svac2.enhance(
        picture.samples if picture.samples.shape[2] > 1 else picture.samples[:, :, 0],
        qp=arguments.qp,
        bit_depth=picture.bit_depth,
        strength=arguments.strength,
        model=arguments.model,
        threads=arguments.threads,
    )
    with target_of(arguments.output) as target:
        write_png(target, samples, picture.metadata, picture.bit_depth)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 enhance."""
    parser.add_argument("input", type=Path, metavar="IN", help="the picture; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT.png", help="the PNG file to write; - is stdout"
    )
    parser.add_argument(
        "--qp",
        type=number,
        required=True,
        metavar="N",
        help=f"0 to {options.MAX_QP}; the quantiser that the picture was coded with",
    )
    parser.add_argument(
        "--strength",
        type=number,
        default=1,
        metavar="S",
        help=f"0 to {options.MAX_STRENGTH:g}; 1 is what the network was trained for (default: 1)",
    )
    add_model(parser, f"{DEFAULT_ENHANCE}; it must read luma alone")
    add_threads(parser)
    add_cpu(parser)
