"""imageio is told that svac2 files are for Pillow: now, or when a program imports it.

Files of names that it does not know it gives to the first plugin that takes them, which writes
TIFF. It has no entry points, and to import it here would cost programs that have no use for it.
"""

import sys
from importlib import import_module
from importlib.abc import MetaPathFinder

from svac2.files import SUFFIX

_EXTENSIONS, _IMPORTED_AFTER_THEM = "imageio.config.extensions", "imageio.config.plugins"


class _Waiting(MetaPathFinder):
    """Finds no module, but sees that imageio is imported."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == _IMPORTED_AFTER_THEM:
            sys.meta_path.remove(self)
            _add_extension()


def tell_imageio() -> None:
    """Let imageio give files of our name to Pillow."""
    if _EXTENSIONS in sys.modules:
        _add_extension()
    elif not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


def _add_extension() -> None:
    extensions = import_module(_EXTENSIONS)
    if SUFFIX not in extensions.known_extensions:
        kind = extensions.FileExtension(name="svac2", extension=SUFFIX, priority=["pillow"])
        extensions.known_extensions[SUFFIX] = [kind]
        extensions.extension_list.append(kind)
