"""The commands, a module each: describe() adds the arguments to a parser, run() does the work.

The text of --help is that of run. All of the modules are imported to parse a command line: what one
of them alone needs, it imports as it runs.
"""

NAMES = (
    "encode",
    "decode",
    "enhance",
    "info",
    "verify",
    "models",
    "compare",
    "desktop",
    "demo",
)
