"""svac2 files for Pillow: to import this module is to register it.

>>> import svac2.pillow
>>> from PIL import Image
>>> with Image.open("photo.svac2") as image:
...     image.thumbnail((256, 256))

`Image.open` reads the header and the metadata, `load` the pixels. What Pillow has no mode for,
colour of more than 8 bits, is opened in 8, as PNG files are; `info["bit_depth"]` tells. Errors are
those of Pillow: `UnidentifiedImageError`, `OSError` for damage, `ValueError` for options.
"""

import contextlib
import math
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, Literal, Never

from PIL import Image, ImageFile

from svac2 import options
from svac2._core import codec
from svac2.api import encode, info
from svac2.arrays import Samples
from svac2.decoding import Decoded, Decoding
from svac2.errors import OptionError, OutOfMemoryError, SvacError, TruncatedError
from svac2.files import PILLOW_NAME, SUFFIX, write_whole
from svac2.keywords import DecodeManyOptions
from svac2.limits import Limits
from svac2.models import ModelLike
from svac2.pillow.imageio import tell_imageio
from svac2.pillow.saving import encoder_options, storable
from svac2.streams import PictureFile

# Pillow has a limit of pixels of its own, MAX_IMAGE_PIXELS, and none for what is saved, which is in
# memory already.
OPEN_LIMITS = Limits(max_pixels=None)
_SAVE_LIMITS = Limits(max_pixels=None, max_memory=None)
_MODES = ("L", "LA", "RGB", "RGBA")


@contextlib.contextmanager
def _raising(kind: type[Exception]) -> Iterator[None]:
    """Raise what Pillow's users catch; wrong options are ValueErrors already."""
    try:
        yield
    except (OptionError, OutOfMemoryError):
        raise
    except TruncatedError as error:
        hint = "; ImageFile.LOAD_TRUNCATED_IMAGES = True loads the largest layer that is whole"
        is_tried = ImageFile.LOAD_TRUNCATED_IMAGES
        raise kind(f"image file is truncated: {error}{'' if is_tried else hint}") from error
    except SvacError as error:
        raise kind(str(error)) from error


class Svac2ImageFile(ImageFile.ImageFile):
    """A svac2 file that Pillow has opened."""

    format: str | None = PILLOW_NAME
    format_description: str | None = "svac2 still image"
    n_frames = 1
    is_animated = False
    tile: list[ImageFile._Tile]
    fp: IO[bytes] | None

    def __init__(
        self, fp: Any, filename: str | bytes | None = None, options: DecodeManyOptions | None = None
    ) -> None:
        """Read the header; the options are those of decode that leave the size and mode alone."""
        self._options: DecodeManyOptions = {"limits": OPEN_LIMITS, **(options or {})}
        super().__init__(fp, filename)

    def _open(self) -> None:
        assert self.fp is not None
        with _raising(SyntaxError):  # by which Pillow knows that a file is not of this format
            header = info(self._file, limits=self._options["limits"])
        is_deep = header.channels == 1 and header.bit_depth > 8
        self._mode = "I;16" if is_deep else _MODES[header.channels - 1]
        self._size = header.width, header.height
        self._scale_by(1)
        self.info["bit_depth"] = header.bit_depth
        with contextlib.suppress(SvacError):  # load() says what is wrong with them
            header.metadata.fill(self)

    @property
    def _file(self) -> Any:
        """The file at its beginning, where Pillow takes pictures to start."""
        assert self.fp is not None
        self.fp.seek(0)
        return self.fp

    def _scale_by(self, scale: float) -> None:
        """Let load() give the picture at a scale, in the size that Pillow's JPEG gives it."""
        self._scale = scale
        self._size = math.ceil(self.width * scale), math.ceil(self.height * scale)
        self.tile = [ImageFile._Tile("svac2", (0, 0, *self._size), 0, self._mode)]

    def draft(
        self, mode: str | None, size: tuple[int, int] | None
    ) -> tuple[str, tuple[int, int, float, float]] | None:
        """Let load() give an eighth to half of the size, if that is not less than size.

        That is what JPEG does; it takes the smallest layer that is large enough, and no
        restoration. The mode is ignored.
        """
        if not size or not self.tile or self._scale < 1:
            return None
        reduction = min(self.width // max(1, size[0]), self.height // max(1, size[1]))
        scale = min((scale for scale in options.SCALES if scale * reduction >= 1), default=1)
        if scale == 1:
            return None
        self._scale_by(scale)
        return self.mode, (0, 0, *self._size)

    def thumbnail(
        self,
        size: tuple[float, float],
        resample: Image.Resampling = Image.Resampling.BICUBIC,
        reducing_gap: float | None = 2.0,
    ) -> None:
        """Make a thumbnail, as of any image, from the smallest layer that is large enough.

        Of the box only what a picture of these proportions takes is asked of draft(), or else a
        panorama would be decoded whole.
        """
        width, height = map(math.floor, size)
        fitted = (
            min(width, math.ceil(height * self.width / self.height)),
            min(height, math.ceil(width * self.height / self.width)),
        )
        super().thumbnail(fitted, resample, reducing_gap)

    def load(self) -> Any:
        """Decode the picture; of a truncated one its largest layer, if Pillow is to load such."""
        if self.tile:
            if self.fp is None:
                raise ValueError("Operation on closed image")
            image = self._decode().image()
            if image.size != self.size:  # a layer before the one that was to come
                image = image.resize(self.size, Image.Resampling.BICUBIC)
            self.im = image.im
            self.tile = []
            self.readonly = 0
            if self._exclusive_fp:
                self.fp.close()
            self.fp = None
        return super().load()

    def load_seek(self, pos: int) -> None:
        """Do nothing; by this method ImageFile.Parser knows that load() is not the usual one."""

    def decode_samples(self) -> Samples:
        """Return the samples at the depth of the file, which Pillow may have no mode for."""
        return self._decode().pixels

    def _decode(self) -> Decoded:
        with _raising(OSError):
            chosen: DecodeManyOptions = {
                **self._options,
                "scale": self._scale,
                "allow_partial": bool(ImageFile.LOAD_TRUNCATED_IMAGES),
            }
            return Decoding(**chosen).run(self._file)

    def verify(self) -> None:
        """Compare the file with its checksums; nothing is decoded."""
        with _raising(OSError):
            PictureFile(self._file, is_stream=True).verify()
        super().verify()

    def _getexif(self) -> dict[int, Any] | None:
        """Return what getexif() does: programs call this of JPEG and WebP files."""
        return self.getexif()._get_merged_dict() if "exif" in self.info else None


def _accept(prefix: bytes) -> bool | str:
    """Tell a svac2 file by how it starts, or what Pillow shall warn of."""
    if not prefix.startswith(codec.SIGNATURE):
        return False
    try:
        codec.header_size(memoryview(prefix))
    except TruncatedError:
        return False
    except SvacError as error:
        return f"image file could not be identified: {error}"
    return True


def _save(image: Image.Image, file: Any, filename: str | bytes) -> None:
    with _raising(OSError):
        prepared, given = storable(image, image.encoderinfo)
        write_whole(file, encode(prepared, **{"limits": _SAVE_LIMITS, **encoder_options(given)}))


def _save_all(image: Image.Image, file: Any, filename: str | bytes) -> None:
    more = image.encoderinfo.pop("append_images", ())
    if more or getattr(image, "n_frames", 1) > 1:
        raise OSError("cannot write several pictures: a svac2 file holds one")
    _save(image, file, filename)


def register_svac2_opener(
    *,
    enhance: Literal["auto"] | bool | float = "auto",
    model: ModelLike | None = None,
    threads: int = 0,
    verify: bool = True,
    limits: Limits = OPEN_LIMITS,
    **unknown: Never,
) -> None:
    """Register the format with Pillow, and its extension with imageio, again if need be.

    Args:
        enhance, model, threads, verify, limits: those of decode, for all that is opened from now
            on. By default no number of pixels is too large, as Pillow has a limit of its own.
        unknown: other options are refused.
    """
    options.refuse_unknown(unknown, register_svac2_opener)
    chosen: DecodeManyOptions = {
        "enhance": enhance,
        "model": model,
        "threads": threads,
        "verify": verify,
        "limits": limits,
    }
    Decoding(**chosen)  # which says what is wrong with them
    Image.register_open(PILLOW_NAME, partial(Svac2ImageFile, options=chosen), _accept)
    Image.register_save(PILLOW_NAME, _save)
    Image.register_save_all(PILLOW_NAME, _save_all)
    Image.register_extension(PILLOW_NAME, SUFFIX)
    Image.register_mime(PILLOW_NAME, "image/x-svac2")
    tell_imageio()


register_svac2_opener()
