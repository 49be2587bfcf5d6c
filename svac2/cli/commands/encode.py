"""svac2 encode."""

import argparse
from functools import partial
from pathlib import Path
from typing import BinaryIO

from svac2 import options
from svac2.cli import batch, single
from svac2.cli.arguments import (
    add_cpu,
    add_effort,
    add_files,
    add_limits,
    add_model,
    add_threads,
    byte_count,
    limits_of,
    number,
)
from svac2.cli.pipes import STANDARD
from svac2.cli.plan import Naming
from svac2.encoding import Encoding
from svac2.fidelity import DEFAULT_QUALITY
from svac2.files import SUFFIX, check_suffix
from svac2.keywords import EncodeManyOptions
from svac2.limits import DEFAULT_ENCODE_LIMITS
from svac2.models import DEFAULT, DEFAULT_SLOW, SLOW_EFFORT
from svac2.options import Progress
from svac2.pictures.readers import picture_suffixes, register_plugins


def run(arguments: argparse.Namespace) -> int:
    """Encode pictures to svac2 files.

    Grey and RGB pictures of 8 bits are accepted, with or without transparency, in any file format
    that Pillow reads, alone or with the packages pillow-heif and pillow-jxl-plugin, and of 10 to 16
    in PNG, TIFF, PGM, PPM, and, where pillow-heif reads them, AVIF and HEIF. A file is replaced
    only once the whole new one has been made. Metadata are kept.
    """
    work = partial(encode_file, encoding_of(arguments))
    if arguments.output is not None:
        register_plugins()
        return batch.run(arguments, work, Naming(SUFFIX, picture_suffixes()), "encoding")
    source, target = batch.pair(arguments)
    if target != STANDARD:
        check_suffix(target)
    return single.run(arguments, work, source, target, "encoding")


def encode_file(encoding: Encoding, source: Path | BinaryIO, *, progress: Progress | None) -> bytes:
    """Return the bytes of a svac2 file of a picture."""
    register_plugins()
    return encoding.run(source, progress=progress)


def encoding_of(arguments: argparse.Namespace) -> Encoding:
    """Return what is asked for; a wrong call is refused before any picture is touched."""
    chosen: EncodeManyOptions = {
        "quality": arguments.quality,
        "qp": arguments.qp,
        "target_size": arguments.target_size,
        "target_psnr": arguments.target_psnr,
        "lossless": arguments.lossless,
        "max_error": arguments.max_error,
        "alpha_quality": arguments.alpha_quality,
        "exact": arguments.exact,
        "effort": arguments.effort,
        "mode": arguments.mode,
        "base_scale": arguments.base_scale,
        "base_qp": arguments.base_qp,
        "subsampling": arguments.subsampling,
        "enhance": arguments.enhance == "on",
        "model": arguments.model,
        "threads": batch.thread_count(arguments),
        "checksum": not arguments.no_checksum,
        "limits": limits_of(arguments, DEFAULT_ENCODE_LIMITS),
    }
    if arguments.strip:
        chosen |= {"icc_profile": None, "exif": None, "xmp": None, "cicp": None}
    return Encoding(**chosen)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 encode."""
    add_files(parser, "the picture", "OUT")
    _add_level(parser)
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
    _add_layers(parser)
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
    add_model(parser, f"{DEFAULT}, {DEFAULT_SLOW} from effort {SLOW_EFFORT} on")
    add_threads(parser)
    parser.add_argument(
        "--no-checksum", action="store_true", help="leave out the checksums that find damage"
    )
    parser.add_argument(
        "--strip", action="store_true", help="leave out metadata and colour profile"
    )
    add_limits(parser)
    add_cpu(parser)


def _add_level(parser: argparse.ArgumentParser) -> None:
    """Add what tells how near to the picture the file must be, or how small."""
    level = parser.add_mutually_exclusive_group()
    level.add_argument(
        "-q",
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
        "-l", "--lossless", action="store_true", help="keep every sample of colour as it is"
    )
    parser.add_argument(
        "--max-error",
        type=number,
        metavar="N",
        help="with --lossless, let each sample of colour be wrong by so much (default: 0)",
    )


def _add_layers(parser: argparse.ArgumentParser) -> None:
    """Add what is for a base layer."""
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
