"""What svac2 raises, one tree under SvacError, and what it warns of."""


class SvacError(Exception):
    """Anything that svac2 refuses or cannot do."""


class OptionError(SvacError, ValueError):
    """An option that does not exist or whose value is out of range."""


class OptionTypeError(OptionError, TypeError):
    """An option whose value is of the wrong type."""


class UnsupportedError(SvacError):
    """A picture or a file of a kind that this version does not serve."""


class FormatError(SvacError):
    """The data are not a svac2 file, are of another version, or are a damaged picture file."""


class CorruptError(FormatError):
    """The data contradict the format or their own checksum."""


class TruncatedError(CorruptError):
    """The data end too early."""


class PartialWarning(UserWarning):
    """The file ends early: the picture is the best of its layers that are there whole."""


class LimitError(SvacError):
    """The picture has more pixels than the caller allows."""


class OutOfMemoryError(SvacError, MemoryError):
    """Memory for the picture was refused."""


class ModelError(SvacError):
    """A bad weight file, or a model that is not installed or not the one that a file names."""
