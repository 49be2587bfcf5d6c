"""svac2 models."""

import argparse
import json

import svac2


def run(arguments: argparse.Namespace) -> None:
    """List the networks that are installed.

    Files name them by the first 16 digits of the hash.
    """
    names = ("name", "hash", "qps", "planes")
    rows = [{name: getattr(model, name) for name in names} for model in svac2.models()]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'name':<16} {'hash':<16}  {'planes':>6}  qps")
    for row in rows:
        qps = " ".join(map(str, row["qps"]))
        print(f"{row['name']:<16} {row['hash'][:16]}  {row['planes']:>6}  {qps}")


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 models."""
    parser.add_argument("--json", action="store_true", help="print JSON")
