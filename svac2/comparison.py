"""Two pictures beside each other: what they are, and how far they are apart."""

import io
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from svac2._core import codec
from svac2.api import info
from svac2.arrays import CHANNEL_NAMES, Samples, scaled
from svac2.decoding import Decoding
from svac2.files import AnyPath, is_file, load_bytes, naming
from svac2.info import ImageInfo
from svac2.limits import DEFAULT_LIMITS, Limits
from svac2.metadata import Metadata
from svac2.metrics import Psnr, psnr, similarity
from svac2.pictures.images import ImageLike, load_picture


@dataclass(frozen=True, slots=True, repr=False, eq=False, kw_only=True)
class Compared:
    """One of two pictures that are compared.

    Attributes:
        samples: (height, width) or (height, width, channels), uint8, or uint16 of more than 8 bits.
        bit_depth: their bits.
        metadata: its colour, EXIF and XMP.
        name: that of its file, without the folder; None where it came from none.
        file_size: bytes of the file; None of an array or a Pillow image.
        info: of a svac2 file, what its header says.
    """

    samples: Samples
    bit_depth: int
    metadata: Metadata
    name: str | None = None
    file_size: int | None = None
    info: ImageInfo | None = None

    @classmethod
    def of(cls, image: ImageLike | bytes, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Return a picture of any kind that encode takes, or what a svac2 file holds."""
        source: Any = image
        is_path = isinstance(image, (str, os.PathLike))
        with naming(image):
            if not (is_path or is_file(image) or isinstance(image, (bytes, bytearray, memoryview))):
                return cls(**load_picture(image, limits=limits)._asdict())
            data = load_bytes(source, limits.max_memory)
            limits.check_memory(len(data))
            is_own = data[: len(codec.SIGNATURE)] == codec.SIGNATURE
            samples, metadata, bit_depth = (
                Decoding(limits=limits).run(data, with_metadata=True)
                if is_own
                else load_picture(io.BytesIO(data), limits=limits)
            )
            return cls(
                samples=samples,
                bit_depth=bit_depth,
                metadata=metadata,
                name=Path(os.fsdecode(source)).name if is_path else None,
                file_size=len(data),
                info=info(data, limits=limits) if is_own else None,
            )

    @property
    def width(self) -> int:
        """The width in pixels."""
        return int(self.samples.shape[1])

    @property
    def height(self) -> int:
        """The height in pixels."""
        return int(self.samples.shape[0])

    @property
    def channels(self) -> int:
        """1 for grey, 2 for grey with alpha, 3 for RGB, 4 for RGBA."""
        return 1 if self.samples.ndim == 2 else int(self.samples.shape[2])

    @property
    def kind(self) -> str:
        """Its channels and bits in words."""
        return f"{CHANNEL_NAMES[self.channels]}, {self.bit_depth} bits"

    @property
    def bits_per_pixel(self) -> float | None:
        """Bits of the file for each pixel; None where there is no file."""
        if self.file_size is None:
            return None
        return 8 * self.file_size / (self.width * self.height)


@dataclass(frozen=True, slots=True, repr=False, eq=False, kw_only=True)
class Comparison:
    """How far two pictures are apart.

    Attributes:
        a, b: the pictures.
        psnr: in dB over RGB and over luma (BT.601, full range): psnr.rgb and psnr.y; infinite
            where there is no difference.
        ssim: structural similarity of luma (Wang and others, 2004): 1 where there is none.
        ms_ssim: the same at up to five scales (Wang and others, 2003), which is nearer to what
            people see. docs/guides/looking.md says exactly what both are.
    """

    a: Compared
    b: Compared
    psnr: Psnr
    ssim: float
    ms_ssim: float

    @classmethod
    def of(cls, a: Compared, b: Compared) -> Self:
        """Measure the difference; samples of fewer bits are brought to the range of the others."""
        depth = max(a.bit_depth, b.bit_depth)
        first, second = (scaled(side.samples, side.bit_depth, depth) for side in (a, b))
        level, alike = psnr(first, second, depth), similarity(first, second, depth)
        return cls(a=a, b=b, psnr=level, ssim=alike.ssim, ms_ssim=alike.ms_ssim)

    @property
    def width(self) -> int:
        """The width of both in pixels."""
        return self.a.width

    @property
    def height(self) -> int:
        """The height of both in pixels."""
        return self.a.height

    def write_html(self, file: AnyPath | BinaryIO) -> None:
        """Write a page to look at both: one file that loads nothing else.

        It shows one picture beside the other at a line that can be moved, either alone, or their
        difference, at any zoom; the figures; and what the header of a svac2 file says.

        Args:
            file: a path that ends in .html, or an open binary file.
        """
        from svac2 import report  # with what only a page needs

        report.write(file, self)

    def __repr__(self) -> str:
        """Return the gist."""
        return (
            f"<svac2.Comparison {self.width}x{self.height}, PSNR {self.psnr.rgb:.2f} dB, "
            f"luma {self.psnr.y:.2f} dB, SSIM {self.ssim:.4f}, MS-SSIM {self.ms_ssim:.4f}>"
        )

    def _repr_html_(self) -> str:
        """Return tables of the figures for a notebook."""
        from svac2.tables import html_table  # as above

        sides = (self.a, self.b)
        names = [
            f"A: {self.a.name}" if self.a.name else "A",
            f"B: {self.b.name}" if self.b.name else "B",
        ]
        rows = [
            ("size", *(f"{self.width} x {self.height}, {side.kind}" for side in sides)),
            ("file", *(_file_of(side) for side in sides)),
        ]
        figures = [
            ("PSNR of RGB", _decibels(self.psnr.rgb)),
            ("PSNR of luma", _decibels(self.psnr.y)),
            ("SSIM of luma", f"{self.ssim:.5f}"),
            ("MS-SSIM of luma", f"{self.ms_ssim:.5f}"),
        ]
        return html_table(rows, heading=("", *names)) + html_table(figures)


def compare(
    a: ImageLike | bytes, b: ImageLike | bytes, /, *, limits: Limits = DEFAULT_LIMITS
) -> Comparison:
    """Compare two pictures of one size.

    With transparency what is compared is how they look on black and on white.

    Args:
        a, b: what encode takes, a svac2 file, or the bytes of a file of either kind.
        limits: what each picture may take.

    Raises:
        UnsupportedError: they differ in size.
        SvacError: as decode and encode do, for what is wrong with one of them.
    """
    Limits.checked(limits)
    return Comparison.of(Compared.of(a, limits), Compared.of(b, limits))


def _file_of(side: Compared) -> str:
    if side.file_size is None or side.bits_per_pixel is None:
        return "none"
    return f"{side.file_size:,} bytes, {side.bits_per_pixel:.3f} bits per pixel"


def _decibels(value: float) -> str:
    return "no difference" if value == math.inf else f"{value:.2f} dB"
