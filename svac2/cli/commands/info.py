"""svac2 info."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import svac2
from svac2.cli.pipes import input_of, naming_lost, recognising
from svac2.cli.printing import complain, explain, print_fields, print_json, print_lines
from svac2.errors import SvacError


def run(arguments: argparse.Namespace) -> int:
    """Show the headers of svac2 files; nothing is decoded.

    Of one file everything is shown, of several the main things in a line each; JSON has everything
    of each. The status is 1 if a file is not complete.
    """
    if len(arguments.files) > 1:
        return show_all(arguments.files, arguments.json)
    fields = fields_of(arguments.files[0])
    if not arguments.json:
        fields["layers"] = "; ".join(
            f"{layer['width']}x{layer['height']}, {svac2.Layer(**layer).level}, bytes "
            f"{layer['start']} to {layer['end']}"
            for layer in fields["layers"]
        )
    print_fields(fields, arguments.json)
    return 0 if _is_complete(fields) else 1


def show_all(paths: list[Path], as_json: bool) -> int:
    """Show several files; those that cannot be read are told of, and the others shown."""
    found = []
    for path in paths:
        try:
            found.append({"name": str(path)} | fields_of(path))
        except (SvacError, OSError) as error:
            complain(explain(error))
    if as_json:
        print_json(found)
    else:
        head = f"{'size':>11} {'bits':>4} {'channels':>8} {'bytes':>12} {'bits/pixel':>10}"
        print_lines([f"{head} {'complete':>8}  name"])
        print_lines(
            f"{fields['width']:>5}x{fields['height']:<5} {fields['bit_depth']:>4} "
            f"{fields['channels']:>8} {fields['file_size']:>12,} "
            f"{fields['bits_per_pixel']:>10.3f} {'yes' if _is_complete(fields) else 'no':>8}  "
            f"{fields['name']}"
            for fields in found
        )
    return 0 if len(found) == len(paths) and all(map(_is_complete, found)) else 1


def _is_complete(fields: dict[str, Any]) -> bool:
    complete: bool = fields.get("complete", True)  # of a pipe nobody knows
    return complete


def fields_of(path: Path) -> dict[str, Any]:
    """Return what a file says; of metadata, how many bytes there are."""
    source = input_of(path)
    with naming_lost(path, source), recognising(source):
        header = svac2.info(source)
    names = [field.name for field in dataclasses.fields(header) if field.name[0] != "_"]
    fields = {name: getattr(header, name) for name in names}
    fields["layers"] = [dataclasses.asdict(layer) for layer in header.layers]
    for name in ("icc_profile", "exif", "xmp"):
        try:
            content = getattr(header, name)
            fields[f"{name}_bytes"] = None if content is None else len(content)
        except SvacError as error:
            fields[f"{name}_bytes"] = str(error)
    fields |= {
        "mode": header.mode,
        "memory": header.memory,
        "bits_per_pixel": header.bits_per_pixel,
    }
    if isinstance(source, Path) and source.is_file():
        fields["complete"] = source.stat().st_size == header.file_size
    return fields


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 info."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a svac2 file; - is stdin"
    )
    parser.add_argument("--json", action="store_true", help="print JSON: of several files, a list")
