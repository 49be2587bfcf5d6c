"""Still-image codec: a modern block codec in a C core, with a Pythonic API.

>>> data = svac2.encode("photo.png", quality=75)
>>> picture = svac2.decode(data)
"""

from importlib.metadata import version

from svac2.api import ImageInfo, decode, encode, info, read, write
from svac2.errors import (
    CorruptError,
    FormatError,
    LimitError,
    OptionError,
    OptionTypeError,
    OutOfMemoryError,
    SvacError,
    TruncatedError,
    UnsupportedError,
)

__version__ = version("svac2")

__all__ = [
    "CorruptError",
    "FormatError",
    "ImageInfo",
    "LimitError",
    "OptionError",
    "OptionTypeError",
    "OutOfMemoryError",
    "SvacError",
    "TruncatedError",
    "UnsupportedError",
    "__version__",
    "decode",
    "encode",
    "info",
    "read",
    "write",
]
