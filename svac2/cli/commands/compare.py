"""svac2 compare."""

import argparse
from pathlib import Path

from svac2.cli.arguments import add_cpu
from svac2.cli.pipes import input_of, naming_lost
from svac2.cli.printing import print_fields
from svac2.comparison import Compared, Comparison
from svac2.pictures.readers import register_plugins


def run(arguments: argparse.Namespace) -> None:
    """Compare two pictures.

    Prints PSNR over RGB and over luma (BT.601, full range) in dB, SSIM and MS-SSIM of luma, and
    what both files take. Each may be a svac2 file or any other that Pillow reads; of one of fewer
    bits than the other, the samples are brought to its range. With transparency what is compared is
    how they look on black and on white. --html also writes a page to look at them.
    """
    if arguments.html is not None:
        from svac2 import report

        report.check(arguments.html, arguments.first, arguments.second)
    register_plugins()
    found = Comparison.of(load(arguments.first), load(arguments.second))
    if arguments.html is not None:
        found.write_html(arguments.html)
    fields: dict[str, object] = {
        "width": found.width,
        "height": found.height,
        "psnr_rgb": found.psnr.rgb,
        "psnr_y": found.psnr.y,
        "ssim": found.ssim,
        "ms_ssim": found.ms_ssim,
        "bytes_a": found.a.file_size,
        "bytes_b": found.b.file_size,
        "bits_per_pixel_a": found.a.bits_per_pixel,
        "bits_per_pixel_b": found.b.bits_per_pixel,
    }
    print_fields(fields, arguments.json)


def load(path: Path) -> Compared:
    """Return one of the pictures."""
    source = input_of(path)
    with naming_lost(path, source):
        return Compared.of(source)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 compare."""
    parser.add_argument("first", type=Path, metavar="A", help="a picture; - is stdin")
    parser.add_argument("second", type=Path, metavar="B", help="another of the same size")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--html",
        type=Path,
        metavar="OUT.html",
        help="write a page that shows both beside each other and their difference",
    )
    add_cpu(parser)
