# PYTHON_ARGCOMPLETE_OK
"""Runs the command: python -m svac2."""

import sys

from svac2.cli import main

if __name__ == "__main__":
    sys.exit(main())
