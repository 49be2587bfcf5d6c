"""Still-image codec: a modern block codec in a C core, with a Pythonic API.

>>> data = svac2.encode("photo.png", quality=75)
>>> picture = svac2.decode(data)
"""

try:
    import svac2._core.codec  # noqa: F401
except ModuleNotFoundError as _error:
    if _error.name != "svac2._core.codec":
        raise
    raise ImportError(
        f"svac2 is not compiled in {__path__[0]}: install it with pip; in its source folder, "
        "call python -P, or leave the folder, to reach the installed package"
    ) from None

from svac2.api import decode, encode, enhance, info, read, write
from svac2.comparison import Compared, Comparison, compare
from svac2.errors import (
    CorruptError,
    EndOfStreamError,
    FormatError,
    LimitError,
    ModelError,
    OptionError,
    OptionTypeError,
    OutOfMemoryError,
    PartialWarning,
    SvacError,
    TruncatedError,
    UnsupportedError,
)
from svac2.info import ImageInfo
from svac2.layers import Layer
from svac2.limits import Limits
from svac2.many import decode_many, encode_many
from svac2.metadata import Cicp, Metadata
from svac2.models import Model, models

__version__ = "0.1.0"

__all__ = [
    "Cicp",
    "Compared",
    "Comparison",
    "CorruptError",
    "EndOfStreamError",
    "FormatError",
    "ImageInfo",
    "Layer",
    "LimitError",
    "Limits",
    "Metadata",
    "Model",
    "ModelError",
    "OptionError",
    "OptionTypeError",
    "OutOfMemoryError",
    "PartialWarning",
    "SvacError",
    "TruncatedError",
    "UnsupportedError",
    "__version__",
    "compare",
    "decode",
    "decode_many",
    "encode",
    "encode_many",
    "enhance",
    "info",
    "models",
    "read",
    "write",
]
