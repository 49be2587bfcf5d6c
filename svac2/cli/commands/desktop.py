"""svac2 desktop."""

import argparse
from pathlib import Path

from svac2.cli.arguments import add_command, number
from svac2.cli.printing import print_lines


def run(arguments: argparse.Namespace) -> None:
    """Let the desktop know svac2 files: their type, and thumbnails.

    For desktops by the specifications of freedesktop.org, on Linux and the BSDs.
    """  # one of the actions runs in place of this


def install(arguments: argparse.Namespace) -> None:
    """Install the MIME type and the thumbnailer.

    The latter calls this very command by its path: call this again if that changes.
    """
    from svac2 import desktop

    print_lines(desktop.install(system=arguments.system))
    program = desktop.command()[0]
    if not Path(program).is_relative_to("/usr"):
        told = (
            f"The file manager of GNOME lets thumbnailers see nothing but /usr, so not {program}: "
            "for it, svac2 must be installed there. Others need no more."
        )
        print_lines([told])


def remove(arguments: argparse.Namespace) -> None:
    """Remove what install has installed."""
    from svac2 import desktop

    print_lines(desktop.remove(system=arguments.system))


def thumbnail(arguments: argparse.Namespace) -> None:
    """Write a thumbnail as file managers want it.

    A PNG of 8 bits with the colour profile and no other metadata, whatever OUT is called.
    """
    from svac2 import desktop

    desktop.write_thumbnail(arguments.output, arguments.input, arguments.size)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the actions of svac2 desktop, each of which runs in its place."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for action in (install, remove):
        add_command(actions, action.__name__, action).add_argument(
            "--system", action="store_true", help="for all users, in /usr/local/share"
        )
    sub = add_command(actions, "thumbnail", thumbnail)
    sub.add_argument("input", type=Path, metavar="IN", help="the svac2 file")
    sub.add_argument("output", type=Path, metavar="OUT", help="the PNG file to write")
    sub.add_argument(
        "--size",
        type=number,
        default=256,
        metavar="N",
        help="the most pixels that a side may have (default: %(default)s)",
    )
