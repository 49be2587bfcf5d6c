"""svac2 encode."""

import argparse
import sys
from pathlib import Path

import svac2
from svac2 import options
from svac2.cli.arguments import (
    add_cpu,
    add_effort,
    add_limits,
    add_model,
    add_threads,
    byte_count,
    limits_of,
    number,
)
from svac2.cli.pipes import input_of, naming_lost, target_of
from svac2.cli.progress import ProgressBar
from svac2.fidelity import DEFAULT_QUALITY
from svac2.limits import DEFAULT_ENCODE_LIMITS
from svac2.models import DEFAULT


def run(arguments: argparse.Namespace) -> None:
    """Encode a picture to a svac2 file.

    Grey and RGB pictures of 8 bits are accepted, with or without transparency, in any file format
    that Pillow reads, and of 10 to 16 in PNG, TIFF, PGM, PPM, and, where the package pillow-heif
    reads them, AVIF and HEIF. OUT is replaced only once the whole file has been made. Metadata are
    kept.
    """
    stripped: dict[str, None] = dict.fromkeys(("icc_profile", "exif", "xmp", "cicp"))
    source = input_of(arguments.input)
    with (
        ProgressBar("encoding", sys.stderr) as progress,
        naming_lost(arguments.input, source),
    ):
        svac2.write(
            target_of(arguments.output),
            source,
            quality=arguments.quality,
            qp=arguments.qp,
            target_size=arguments.target_size,
            target_psnr=arguments.target_psnr,
            lossless=arguments.lossless,
            max_error=arguments.max_error,
            alpha_quality=arguments.alpha_quality,
            exact=arguments.exact,
            effort=arguments.effort,
            mode=arguments.mode,
            base_scale=arguments.base_scale,
            base_qp=arguments.base_qp,
            subsampling=arguments.subsampling,
            enhance=arguments.enhance == "on",
            model=arguments.model,
            threads=arguments.threads,
            checksum=not arguments.no_checksum,
            limits=limits_of(arguments, DEFAULT_ENCODE_LIMITS),
            progress=progress,
            **(stripped if arguments.strip else {}),
        )


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 encode."""
    parser.add_argument("input", type=Path, metavar="IN", help="the picture; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT", help="the svac2 file to write; - is stdout"
    )
    level = parser.add_mutually_exclusive_group()
    level.add_argument(
        "--quality",
        type=number,
        metavar="Q",
        help=f"1 to 100; higher is better and larger (default: {DEFAULT_QUALITY})",
    )
    level.add_argument(
        "--qp",
        type=number,
        metavar="N",
        help=f"0, of more than 8 bits less, to {options.MAX_QP}; the quantiser itself, higher is "
        "coarser and smaller",
    )
    level.add_argument(
        "--target-size",
        type=byte_count,
        metavar="BYTES",
        help="the most that the file may have, like 30000, 30k or 1.5M: metadata included",
    )
    level.add_argument(
        "--target-psnr",
        type=number,
        metavar="DB",
        help="the least PSNR that the decoded picture may have",
    )
    level.add_argument(
        "--lossless", action="store_true", help="keep every sample of colour as it is"
    )
    parser.add_argument(
        "--max-error",
        type=number,
        metavar="N",
        help="with --lossless, let each sample of colour be wrong by so much (default: 0)",
    )
    parser.add_argument(
        "--alpha-quality",
        type=number,
        metavar="Q",
        help="1 to 100, of an alpha channel (default: it is kept as it is)",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="keep the colour of pixels that are wholly transparent",
    )
    add_effort(parser)
    parser.add_argument(
        "--mode",
        choices=options.MODE_CHOICES,
        default="normal",
        help="multiscale puts a smaller picture first, which thumbnails are made from; auto does "
        "so only where that makes the file smaller at equal error (default: normal)",
    )
    parser.add_argument(
        "--base-scale",
        type=number,
        default=options.DEFAULT_BASE_SCALE,
        metavar="N",
        help="how many times smaller that picture is: 2, 4 or 8 (default: %(default)s)",
    )
    parser.add_argument(
        "--base-qp",
        type=number,
        metavar="N",
        help="the quantiser of that picture, like --qp (default: chosen by bits and error)",
    )
    parser.add_argument(
        "--subsampling",
        choices=options.SUBSAMPLING_CHOICES,
        default="auto",
        help="of the chroma of RGB, grey is always 4:0:0; auto takes 4:2:0 or 4:4:4, whichever "
        "costs less (default: auto)",
    )
    parser.add_argument(
        "--enhance",
        choices=("on", "off"),
        default="on",
        help="let decoders restore the picture as far as that helps (default: on)",
    )
    add_model(parser, DEFAULT)
    add_threads(parser)
    parser.add_argument(
        "--no-checksum", action="store_true", help="leave out the checksums that find damage"
    )
    parser.add_argument(
        "--strip", action="store_true", help="leave out metadata and colour profile"
    )
    add_limits(parser)
    add_cpu(parser)
