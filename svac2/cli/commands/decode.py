"""svac2 decode."""

import argparse
import warnings
from pathlib import Path
from typing import BinaryIO, NamedTuple

import svac2
from svac2 import options
from svac2.arrays import scaled
from svac2.cli import batch, single
from svac2.cli.arguments import (
    add_cpu,
    add_files,
    add_limits,
    add_model,
    add_threads,
    colour,
    fraction,
    limits_of,
    number,
    restoration,
)
from svac2.cli.pipes import STANDARD, recognising
from svac2.cli.plan import Naming
from svac2.cli.printing import complain
from svac2.cli.writers import (
    DEFAULT_QUALITY,
    FORMATS,
    check_format,
    format_of_name,
    picture_file,
)
from svac2.decoding import Decoding
from svac2.errors import OptionError
from svac2.files import SUFFIX, naming
from svac2.keywords import DecodeManyOptions
from svac2.limits import DEFAULT_LIMITS
from svac2.metadata import Metadata
from svac2.options import Progress


def run(arguments: argparse.Namespace) -> int:
    """Decode svac2 files to PNG, JPEG, TIFF, WebP or AVIF.

    Without -o, the end of the name of OUT tells the format. What a format cannot hold is refused:
    transparency in JPEG, unless --background says what to lay the picture on, and more than 8 bits
    outside of PNG and grey TIFF, unless --bit-depth 8 reduces them. In those, samples of 10 to 14
    bits are brought to the range of 16. A file is replaced only once the picture has been decoded.
    Metadata are kept. With --max-size or --scale a file of mode multiscale is read only as far as
    needed.
    """
    pair = None if arguments.output is not None else batch.pair(arguments)
    decoding = decoding_of(arguments)
    name = format_of(arguments, pair and pair[1])
    work = FileDecoder(
        decoding, name, quality_of(arguments, name), arguments.bit_depth, arguments.strip
    )
    if pair is None:
        names = Naming(FORMATS[name].suffixes[0], {SUFFIX})
        return batch.run(arguments, work, names, "decoding")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", svac2.PartialWarning)
        single.run(arguments, work, *pair, "decoding")
    for warning in caught:
        if warning.category is svac2.PartialWarning:
            complain(f"warning: {warning.message}")
    return 0


class FileDecoder(NamedTuple):
    """Makes a picture file of a svac2 file."""

    decoding: Decoding
    format: str
    quality: int | None
    bit_depth: int | None
    is_stripped: bool

    def __call__(self, source: Path | BinaryIO, *, progress: Progress | None) -> bytes:
        """Return the bytes of the picture file."""
        with recognising(source):
            if isinstance(source, Path) and source.is_file():  # a pipe cannot be read twice
                header = svac2.info(source)
                with naming(source):
                    self._check(header)
            samples, metadata, bit_depth = self.decoding.run(
                source, progress=progress, with_metadata=True
            )
        if self.bit_depth is not None:
            samples, bit_depth = scaled(samples, bit_depth, self.bit_depth), self.bit_depth
        metadata = Metadata() if self.is_stripped else metadata
        with naming(source):
            return picture_file(self.format, samples, metadata, bit_depth, self.quality)

    def _check(self, header: svac2.ImageInfo) -> None:
        """Refuse, before it is decoded, what the format cannot hold."""
        channels = self.decoding.channels_of(header.channels, header.bit_depth)
        check_format(self.format, channels, self.bit_depth or header.bit_depth)


def format_of(arguments: argparse.Namespace, target: Path | None) -> str:
    """Return the format to write, which the name of OUT tells, or --format."""
    asked: str | None = arguments.format
    if target is None or target == STANDARD or not target.suffix:  # such as pipes
        return asked or "png"
    with_name = format_of_name(target)
    if asked not in (None, with_name):
        raise OptionError(f"{target}: a name of another format than --format {asked}")
    return with_name


def quality_of(arguments: argparse.Namespace, name: str) -> int | None:
    """Return the quality, which only some formats have."""
    if arguments.quality is None:
        return None
    if not FORMATS[name].has_quality:
        raise OptionError(f"--quality is nothing to {name}, which has no loss")
    return options.integer("quality", arguments.quality, 1, 100)


def decoding_of(arguments: argparse.Namespace) -> Decoding:
    """Return what is asked for; a wrong call is refused before any file is touched."""
    chosen: DecodeManyOptions = {
        "enhance": arguments.enhance,
        "model": arguments.model,
        "max_size": arguments.max_size,
        "scale": arguments.scale,
        "channels": arguments.channels,
        "background": arguments.background,
        "allow_partial": arguments.allow_partial,
        "threads": batch.thread_count(arguments),
        "verify": not arguments.no_verify,
        "limits": limits_of(arguments, DEFAULT_LIMITS),
    }
    return Decoding(**chosen).with_background_of(arguments.bit_depth)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 decode."""
    add_files(parser, "the svac2 file", "OUT")
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        help="what to write (default: what the name of OUT tells, else png)",
    )
    parser.add_argument(
        "-q",
        "--quality",
        type=number,
        metavar="Q",
        help=f"1 to 100, of jpg, webp and avif (default: {DEFAULT_QUALITY})",
    )
    parser.add_argument(
        "--bit-depth",
        type=int,
        choices=(8,),
        help="reduce samples of more bits to this, rounded (default: keep them)",
    )
    parser.add_argument(
        "--strip", action="store_true", help="leave out metadata and colour profile"
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
        help="lay a picture with transparency on this colour, in units of its samples, or of "
        "those of 8 bits with --bit-depth 8, like 255",
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
