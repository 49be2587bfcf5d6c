"""svac2 verify."""

import argparse
from pathlib import Path

from svac2.cli.pipes import input_of, recognising
from svac2.cli.printing import complain, explain, print_lines
from svac2.cli.sources import Sources
from svac2.errors import CorruptError, SvacError
from svac2.files import SUFFIX, naming
from svac2.streams import PictureFile


def run(arguments: argparse.Namespace) -> int:
    """Find out whether svac2 files are whole.

    Each must be complete, and agree with its checksums; nothing is decoded. Files without checksums
    are told of, as nothing but their length shows damage: decode shows more. The status is 1 if a
    file is bad.
    """
    sources = Sources({SUFFIX})
    for path in arguments.files:
        sources.add(path, recursive=arguments.recursive)
    for error in sources.failures:
        complain(explain(error))
    counts = {"good": 0, "without checksums": 0, "bad": len(sources.failures)}
    for path, _ in sources.files:
        counts[judge(path)] += 1
    width = max(len(f"{count:,}") for count in counts.values())
    print_lines(f"{name:<17} {count:>{width},}" for name, count in counts.items())
    return 1 if counts["bad"] else 0


def judge(path: Path) -> str:
    """Return what a file is, and tell what is to be told of it."""
    try:
        has_checksums = verify(path)
    except (SvacError, OSError, MemoryError) as error:
        complain(explain(error))
        return "bad"
    if not has_checksums:
        complain(f"warning: {path}: it has no checksums, so only its length could be verified")
    return "good" if has_checksums else "without checksums"


def verify(path: Path) -> bool:
    """Fail if a file is not whole; return whether it has checksums."""
    source = input_of(path)
    with naming(path), recognising(source), PictureFile.of(source) as picture:
        picture.verify()
        if path.is_file() and path.stat().st_size > picture.size:
            raise CorruptError(f"bytes follow the end of the picture, which has {picture.size}")
        return bool(picture.header["checksum"])


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 verify."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILES", help="svac2 files; - is stdin"
    )
    parser.add_argument(
        "-r", "--recursive", action="store_true", help="take the svac2 files in folders, too"
    )
