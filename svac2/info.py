"""What the header of a svac2 file says."""

from dataclasses import dataclass, field
from typing import Any, Self

from svac2 import options
from svac2._core import codec
from svac2.arrays import CHANNEL_NAMES
from svac2.errors import SvacError
from svac2.layers import Layer, layers_of
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata, with_prefix
from svac2.models import describe
from svac2.streams import PictureFile
from svac2.transparency import has_alpha


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class ImageInfo:
    r"""What a svac2 file says of its picture.

    Attributes:
        width, height: the size in pixels.
        channels: 1 for grey, 2 for grey with alpha, 3 for RGB, 4 for RGBA.
        bit_depth: bits of each sample that the encoder was given.
        qp: the quantiser, -8 * (bit_depth - 8)..63, in steps of 1/8; its step is 2^(qp/8) on the
            scale of 8 bits. Of a lossless picture 0, and it says nothing.
        lossless, max_error: as encode was given them; with lossless and no max_error, colour is
            exact.
        alpha_qp: the quantiser of alpha; None where it is lossless, or there is none.
        subsampling: of chroma: "4:2:0", "4:2:2" or "4:4:4", and "4:0:0" for grey.
        checksum: whether the file carries checksums.
        model: the name of the model that restores the decoded luma; of one that is not
            installed "hash" and 16 digits; None where the file names none. Chroma may be restored
            all the same: the header does not say.
        strength: of that restoration, 0..2, 1 being what the model was trained for; None without
            a model.
        cicp: code points of the colour, or None.
        version: the version of the format.
        header_size: bytes before the first layer.
        file_size: bytes of the whole file.
        layers: the coded pictures, the smallest first; the last one has the whole size. One in
            mode "normal", two in mode "multiscale".
    """

    width: int
    height: int
    channels: int
    bit_depth: int
    qp: float
    lossless: bool
    max_error: int
    alpha_qp: float | None
    subsampling: str
    checksum: bool
    model: str | None
    strength: float | None
    cicp: Cicp | None
    version: int
    header_size: int
    file_size: int
    layers: tuple[Layer, ...]
    _metadata: Metadata | SvacError = field(compare=False)

    @classmethod
    def of(cls, file: PictureFile, limits: Limits) -> Self:
        """Return what a file says; its metadata are read, too, if they are there."""
        fields = file.header
        is_restored = bool(fields["enhanced"])
        return cls(
            width=fields["width"],
            height=fields["height"],
            channels=fields["channels"],
            bit_depth=fields["bit_depth"],
            qp=fields["qp"] / codec.QP_ONE,
            lossless=bool(fields["lossless"]),
            max_error=fields["max_error"],
            alpha_qp=_alpha_qp_of(fields),
            subsampling=options.SUBSAMPLING_NAMES[fields["subsampling"]],
            checksum=bool(fields["checksum"]),
            model=describe(fields["model_hash"]) if is_restored else None,
            strength=fields["strength"] / codec.STRENGTH_ONE if is_restored else None,
            cicp=file.cicp,
            version=fields["version"],
            header_size=fields["header_size"],
            file_size=fields["file_size"],
            layers=layers_of(fields),
            _metadata=_try_metadata(file, limits),
        )

    @property
    def mode(self) -> str:
        """How the picture was coded: "normal" or "multiscale"."""
        return "normal" if len(self.layers) == 1 else "multiscale"

    @property
    def memory(self) -> int:
        """Bytes that decoding the whole picture takes at most, the result included.

        That is on one thread; each further thread takes `layers[-1].thread_memory`.
        """
        return self.layers[-1].memory

    @property
    def metadata(self) -> Metadata:
        """The metadata.

        Raises:
            TruncatedError: the data end before them; CorruptError, if they are damaged.
            LimitError: they are larger than the limits.
        """
        if isinstance(self._metadata, SvacError):
            raise type(self._metadata)(*self._metadata.args)
        return self._metadata

    @property
    def icc_profile(self) -> bytes | None:
        """The ICC profile, or None; raises what `metadata` does."""
        return self.metadata.icc_profile

    @property
    def exif(self) -> bytes | None:
        r"""EXIF, with the prefix b"Exif\0\0", or None; raises what `metadata` does."""
        return self.metadata.exif

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet, or None; raises what `metadata` does."""
        return self.metadata.xmp

    def __repr__(self) -> str:
        """Return the gist."""
        kind = self._kind
        kind += f" {self.subsampling}" if self.channels > 2 and not self.lossless else ""
        kind += f", {self.bit_depth} bits" if self.bit_depth > 8 else ""
        return (
            f"<svac2.ImageInfo {self.width}x{self.height} {kind}, {self._level}, {self.mode}, "
            f"{self.file_size} bytes>"
        )

    @property
    def _kind(self) -> str:
        return CHANNEL_NAMES[self.channels]

    @property
    def _level(self) -> str:
        """How near to the original the picture is."""
        level = f"qp {self.qp:g}"
        if self.lossless:
            level = "lossless" if self.max_error == 0 else f"error up to {self.max_error}"
        return level if self.alpha_qp is None else f"{level}, alpha qp {self.alpha_qp:g}"

    @property
    def bits_per_pixel(self) -> float:
        """Bits of the file for each pixel."""
        return 8 * self.file_size / (self.width * self.height)

    def _repr_html_(self) -> str:
        """Return tables for a notebook."""
        from svac2.tables import html_table  # with html, which nothing else needs

        has_subsampling = self.channels > 2 and not self.lossless
        restoration = "none" if self.model is None else f"{self.model}, strength {self.strength:g}"
        rows = {
            "size": f"{self.width} x {self.height}, {self._kind}, {self.bit_depth} bits",
            "file": f"{self.file_size:,} bytes, {self.bits_per_pixel:.3f} bits per pixel",
            "coded": self._level + (f", {self.subsampling}" if has_subsampling else ""),
            "mode": self.mode,
            "restoration of luma": restoration,
            "metadata": self._content_of_metadata,
            "checksums": "yes" if self.checksum else "no",
            "memory to decode": f"{self.memory / 1e6:,.1f} MB",
            "format": f"version {self.version}, a header of {self.header_size} bytes",
        }
        layers = [
            (
                f"{layer.width} x {layer.height}",
                layer.level,
                f"{layer.start:,}",
                f"{layer.end - layer.start:,}",
            )
            for layer in self.layers
        ]
        heading = ("layer", "coded", "first byte", "bytes")
        return html_table(rows.items()) + html_table(layers, heading)

    @property
    def _content_of_metadata(self) -> str:
        """How much there is of each kind, or what is wrong with them."""
        try:
            items = self.metadata.items()
        except SvacError as error:
            return str(error)
        names = {"icc_profile": "ICC profile", "exif": "EXIF", "xmp": "XMP"}
        found = [f"{names[name]}, {len(content):,} bytes" for name, content in items.items()]
        if self.cicp is not None:
            found.append(f"primaries {self.cicp.primaries}, transfer {self.cicp.transfer}")
        return "; ".join(found) or "none"


def _alpha_qp_of(fields: dict[str, Any]) -> float | None:
    qp = fields["alpha_qp"]
    is_coded = has_alpha(fields["channels"]) and qp != codec.ALPHA_LOSSLESS
    return qp / codec.QP_ONE if is_coded else None


def _try_metadata(file: PictureFile, limits: Limits) -> Metadata | SvacError:
    """Return the metadata, or what is wrong with them."""
    try:
        limits.check_metadata(file.metadata_size)
        return metadata_of(file)
    except SvacError as error:
        return error.with_traceback(None)


def metadata_of(file: PictureFile, *, verify: bool = True, allow_partial: bool = False) -> Metadata:
    """Return the metadata of a file."""
    items = file.metadata(verify=verify, allow_partial=allow_partial)
    exif = items.get("exif")
    return Metadata(
        icc_profile=items.get("icc_profile"),
        exif=exif and with_prefix(exif),
        xmp=items.get("xmp"),
        cicp=file.cicp,
    )
