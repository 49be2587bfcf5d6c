"""svac2 models."""

import argparse

import svac2
from svac2.cli.printing import print_json, print_lines


def run(arguments: argparse.Namespace) -> None:
    """List the networks that are installed.

    Files name them by the first 16 digits of the hash.
    """
    names = ("name", "hash", "qps", "planes", "views")
    rows = [{name: getattr(model, name) for name in names} for model in svac2.models()]
    if arguments.json:
        print_json(rows)
        return
    print_lines([f"{'name':<16} {'hash':<16}  {'planes':>6}  {'views':>5}  qps"])
    for row in rows:
        qps = " ".join(map(str, row["qps"]))
        sight = f"{row['planes']:>6}  {row['views']:>5}"
        print_lines([f"{row['name']:<16} {row['hash'][:16]}  {sight}  {qps}"])


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 models."""
    parser.add_argument("--json", action="store_true", help="print JSON")
