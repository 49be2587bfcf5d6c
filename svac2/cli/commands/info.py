"""svac2 info."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import svac2
from svac2.cli.pipes import input_of, recognising
from svac2.cli.printing import print_fields
from svac2.errors import SvacError


def run(arguments: argparse.Namespace) -> None:
    """Show the header of a svac2 file; nothing is decoded."""
    source = input_of(arguments.input)
    with recognising(arguments.input, source):
        header = svac2.info(source)
    fields = fields_of(header)
    if isinstance(source, Path):
        fields["complete"] = source.stat().st_size == header.file_size
    if not arguments.json:
        fields["layers"] = "; ".join(
            f"{layer.width}x{layer.height}, {layer.level}, bytes {layer.start} to {layer.end}"
            for layer in header.layers
        )
    print_fields(fields, arguments.json)


def fields_of(header: svac2.ImageInfo) -> dict[str, Any]:
    """Return what a file says; of metadata, how many bytes there are."""
    names = [field.name for field in dataclasses.fields(header) if field.name[0] != "_"]
    fields = {name: getattr(header, name) for name in names}
    fields["layers"] = [dataclasses.asdict(layer) for layer in header.layers]
    for name in ("icc_profile", "exif", "xmp"):
        try:
            content = getattr(header, name)
            fields[f"{name}_bytes"] = None if content is None else len(content)
        except SvacError as error:
            fields[f"{name}_bytes"] = str(error)
    return fields | {
        "mode": header.mode,
        "memory": header.memory,
        "bits_per_pixel": header.bits_per_pixel,
    }


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 info."""
    parser.add_argument("input", type=Path, metavar="FILE", help="the svac2 file; - is stdin")
    parser.add_argument("--json", action="store_true", help="print JSON")
