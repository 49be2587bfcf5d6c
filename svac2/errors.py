"""What svac2 raises, one tree under SvacError, and what it warns of."""

from typing import Any


class SvacError(Exception):
    """Anything that svac2 refuses or cannot do."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as exceptions are.

        Of those without a __reduce__ of their own, Dask takes each for a plain Exception, which
        OutOfMemoryError is not.
        """
        return type(self), self.args, self.__dict__


class OptionError(SvacError, ValueError):
    """An option whose value is out of range."""


class OptionTypeError(OptionError, TypeError):
    """An option that does not exist, or whose value is of the wrong type."""


class UnsupportedError(SvacError):
    """A picture or a file of a kind that this version does not serve."""


class FormatError(SvacError):
    """The data are not a svac2 file, are of another version, or are a damaged picture file."""


class CorruptError(FormatError):
    """The data contradict the format or their own checksum."""


class TruncatedError(CorruptError):
    """The data end too early."""


class EndOfStreamError(TruncatedError, EOFError):
    """Not a byte is left where a picture should begin: the stream has ended between pictures."""


class PartialWarning(UserWarning):
    """The file ends early: the picture is the best of its layers that are there whole."""


class LimitError(SvacError):
    """The picture, or what comes with it, is larger than the caller's limits allow."""


class OutOfMemoryError(SvacError, MemoryError):
    """Memory for the picture was refused."""


class ModelError(SvacError):
    """A bad weight file, or a model that is not installed or not the one that a file names."""
