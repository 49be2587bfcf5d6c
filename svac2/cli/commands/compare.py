"""svac2 compare."""

import argparse
import io
from pathlib import Path

import svac2
from svac2._core import codec
from svac2.arrays import Samples, scaled
from svac2.cli.arguments import add_cpu
from svac2.cli.pipes import input_of
from svac2.cli.printing import print_fields
from svac2.files import load_bytes, naming
from svac2.images import load_picture
from svac2.limits import DEFAULT_LIMITS
from svac2.metrics import psnr


def run(arguments: argparse.Namespace) -> None:
    """Compare two pictures.

    Prints PSNR over RGB and over luma (BT.601, full range) in dB, and the bits per pixel of both
    files. Each may be a svac2 file or any other that Pillow reads; of one of fewer bits than the
    other, the samples are brought to its range. With transparency what is compared is how they
    look on black and on white.
    """
    first, depth_a, bits_a = load(arguments.first)
    second, depth_b, bits_b = load(arguments.second)
    depth = max(depth_a, depth_b)
    level = psnr(scaled(first, depth_a, depth), scaled(second, depth_b, depth), depth)
    height, width = first.shape[:2]
    fields = {
        "width": width,
        "height": height,
        "psnr_rgb": level.rgb,
        "psnr_y": level.y,
        "bits_per_pixel_a": bits_a,
        "bits_per_pixel_b": bits_b,
    }
    print_fields(fields, arguments.json)


def load(path: Path) -> tuple[Samples, int, float]:
    """Return the samples of a svac2 file or of any other picture, their depth, and the bit rate."""
    source = input_of(path)
    data = load_bytes(source)
    is_own = data[: len(codec.SIGNATURE)] == codec.SIGNATURE
    with naming(path):
        samples: Samples
        if is_own:
            samples, depth = svac2.decode(data), svac2.info(data).bit_depth
        else:
            samples, _, depth = load_picture(io.BytesIO(data), limits=DEFAULT_LIMITS)
    return samples, depth, 8 * len(data) / (samples.shape[0] * samples.shape[1])


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 compare."""
    parser.add_argument("first", type=Path, metavar="A", help="a picture")
    parser.add_argument("second", type=Path, metavar="B", help="another of the same size")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_cpu(parser)
