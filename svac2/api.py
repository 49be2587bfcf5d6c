"""Encode, decode and restore pictures."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Never, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from svac2 import options
from svac2._core import codec
from svac2.errors import ModelError, OptionError
from svac2.files import (
    AnyPath,
    DataLike,
    check_path,
    check_target,
    naming,
    write_atomically,
)
from svac2.images import ImageLike, load_samples
from svac2.layers import (
    Layer,
    largest_complete,
    layers_of,
    load_header,
    load_layers,
    shrink,
    smallest_layer,
    warn_of_cut,
)
from svac2.models import (
    DEFAULT_ENHANCE,
    Model,
    ModelLike,
    choose,
    default,
    describe,
    find,
    short_hash,
)
from svac2.options import Progress


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the header of a svac2 file says.

    Attributes:
        width, height: the size in pixels.
        channels: 1 for grey, 3 for RGB.
        bit_depth: bits of each sample that the encoder was given.
        qp: the quantiser, 0..63; the step is 2^(qp/8).
        subsampling: of chroma: "4:2:0" or "4:4:4", and "4:0:0" for grey.
        checksum: whether the file carries a checksum.
        model: the name of the model that restores the decoded luma; of one that is not
            installed "id N, hash XXXX"; None where the file names none. Chroma may be restored all
            the same: the header does not say.
        strength: of that restoration, 0..2, 1 being what the model was trained for; None without
            a model.
        version: the version of the format.
        header_size: bytes before the first layer.
        layers: the coded pictures, the smallest first; the last one has the whole size. One in
            mode "normal", two in mode "multiscale".
    """

    width: int
    height: int
    channels: int
    bit_depth: int
    qp: int
    subsampling: str
    checksum: bool
    model: str | None
    strength: float | None
    version: int
    header_size: int
    layers: tuple[Layer, ...]

    @property
    def mode(self) -> str:
        """How the picture was coded: "normal" or "multiscale"."""
        return "normal" if len(self.layers) == 1 else "multiscale"

    @property
    def file_size(self) -> int:
        """The bytes of the whole file."""
        return self.layers[-1].end


def encode(
    image: ImageLike,
    /,
    *,
    quality: float | None = None,
    qp: SupportsIndex | None = None,
    effort: SupportsIndex = options.DEFAULT_EFFORT,
    mode: str = "normal",
    base_scale: SupportsIndex = options.DEFAULT_BASE_SCALE,
    base_qp: SupportsIndex | None = None,
    subsampling: str = "auto",
    enhance: bool = True,
    model: ModelLike | None = None,
    threads: SupportsIndex = 0,
    checksum: bool = True,
    progress: Progress | None = None,
    **unknown: Never,
) -> bytes:
    """Encode a picture and return the bytes of a svac2 file.

    Args:
        image: a uint8 array (H, W), (H, W, 1) or (H, W, 3) of any strides; a Pillow image of mode
            L, RGB, 1, P or YCbCr, or LA, PA or RGBA if it is opaque; or the path of a picture
            file, or an open one. The last three are turned upright as their EXIF data say.
        quality: 1..100, higher is better and larger; 75 if neither it nor qp is given.
        qp: 0..63, the quantiser itself, instead of quality: higher is coarser and smaller.
        effort: 1..9, higher is slower and smaller at the same error.
        mode: "normal", the picture alone; "multiscale", a smaller one before it, the base layer,
            from which it is predicted, and which decode(max_size=...) gets from the first few
            percent of the file; "auto", whichever is smaller at equal error.
        base_scale: how many times smaller a base layer is: 2, 4 or 8. The larger this is, the
            less it costs. It serves thumbnails up to its own size.
        base_qp: 0..63, the quantiser of a base layer. None chooses by bits and error: that is
            good for the whole picture, and for thumbnails a little coarser than qp. For finer
            ones take a lower number, and a few percent more bits.
        subsampling: of the chroma of RGB: "4:2:0", "4:4:4", or "auto", which takes what costs less.
            Grey pictures have none and are always "4:0:0".
        enhance: let decoders restore luma by a network, and chroma from the other planes, where
            and as strongly as it brings the picture nearest to the original.
        model: the network: the name of an installed one (see models), the path of a weight file
            (.npz), which decoders must be given too, or a Model; None for the default,
            "guided". "clic2018" takes a quarter of its time and gains less.
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        checksum: add a checksum of the file, by which a decoder finds damage.
        progress: called with (done, total) from time to time; what it raises ends the call.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is unknown or out of range.
        UnsupportedError: a picture of another kind.
        FormatError: a damaged picture file.
        ModelError: a bad weight file.
    """
    options.refuse_unknown(unknown, encode)
    encode_samples = partial(
        codec.encode,
        qp=options.choose_qp(quality, qp),
        effort=options.effort_level(effort),
        mode=codec.MODES[options.choice("mode", mode, options.MODE_CHOICES)],
        base_log2_scale=options.base_log2_scale(base_scale),
        base_qp=options.base_qp(base_qp),
        subsampling=options.subsampling_code(subsampling),
        threads=options.thread_count(threads),
        checksum=options.flag("checksum", checksum),
        cpu_mask=options.cpu_mask(),
        progress=options.progress_function(progress),
    )
    is_restored = options.flag("enhance", enhance)
    chosen = None if model is None else choose(model)
    samples = load_samples(image)
    network = (chosen or default()).network if is_restored else None
    return encode_samples(samples, network=network)


def decode(
    data: DataLike,
    /,
    *,
    enhance: str | bool | float = "auto",
    model: ModelLike | None = None,
    max_size: SupportsIndex | None = None,
    scale: float = 1,
    allow_partial: bool = False,
    threads: SupportsIndex = 0,
    verify: bool = True,
    max_pixels: SupportsIndex | None = options.DEFAULT_MAX_PIXELS,
    progress: Progress | None = None,
    **unknown: Never,
) -> NDArray[np.uint8]:
    """Decode a svac2 file to an array of shape (H, W) if it is grey, else (H, W, 3).

    Args:
        data: the bytes of a svac2 file, its path, or an open binary file, which is read from where
            it stands, as far as needed.
        enhance: what to do about restoration: "auto", what the file says; False, none; True, luma
            at the strength that the model was trained for, 1.0, whatever the file says; or at
            another strength, 0..2, taken in steps of 1/32, 0 being False. Chroma is restored as
            the file says, or not at all. Only whole pictures are restored, not base layers.
        model: the network: the name of an installed one (see models), the path of a weight file
            (.npz), or a Model; None for the one that the file names, and if it names none for the
            default, "guided". With "auto" it must be the one that the file names.
        max_size: the longest side that the result may have, 1..65535: a larger picture is made
            smaller, keeping its proportions. Only the layers that this takes are read and decoded,
            and the rest of the way is done by Pillow's Lanczos filter.
        scale: instead of max_size: 1, 1/2, 1/4 or 1/8 of the size, rounded up.
        allow_partial: of a file that ends early, return the largest layer that is there whole, at
            its own size, with a PartialWarning.
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        verify: refuse a file whose checksum does not agree.
        max_pixels: refuse, before any memory is used, a layer with more pixels; None for no limit.
        progress: called with (done, total) from time to time; what it raises ends the call.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is unknown or out of range.
        FormatError: not a svac2 file; CorruptError if it is a damaged one, TruncatedError if it
            ends early.
        LimitError: more pixels than max_pixels.
        ModelError: a bad weight file, or the whole picture is wanted and the file names a model
            that is neither installed nor given.
    """
    options.refuse_unknown(unknown, decode)
    strength = options.restoration(enhance)
    size = options.output_size(max_size, scale)
    is_partial = options.flag("allow_partial", allow_partial)
    decode_bytes = partial(
        codec.decode,
        strength=strength,
        threads=options.thread_count(threads),
        verify=options.flag("verify", verify),
        max_pixels=options.pixel_limit(max_pixels),
        cpu_mask=options.cpu_mask(),
        progress=options.progress_function(progress),
    )
    chosen = None if model is None else choose(model)
    with naming(data):
        content = load_layers(data, size)
        header = codec.read_info(content)
        layers = layers_of(header)
        wanted = smallest_layer(layers, size)
        layer = largest_complete(layers, wanted, len(content), is_partial)
        decode_layer = partial(decode_bytes, content, layer=layer)
        is_whole = layer == len(layers) - 1
        try:
            network = _restorer(header, strength, chosen) if is_whole else None
        except ModelError:
            # If the file is damaged, say so instead: the name of the model may be, too.
            decode_layer(strength=0)
            raise
        pixels = decode_layer(network=network)
    if layer < wanted:
        warn_of_cut(layers, layer, len(content), data)
    return shrink(pixels, size.of(header["width"], header["height"]))


def _restorer(header: dict[str, Any], strength: int, chosen: Model | None) -> codec.Network | None:
    """Return the network to restore a picture with, if it is to be restored."""
    if strength == 0 or (strength == codec.STRENGTH_CODED and not header["enhanced"]):
        return None
    key = header["model_id"], header["model_hash"]
    if chosen is not None:
        own = chosen.id, short_hash(chosen.hash)
        if strength == codec.STRENGTH_CODED and own != key:
            raise ModelError(
                f"the file names the model {describe(*key)}, not {describe(*own)}: leave model "
                "(--model) out, or ask for a strength, as enhance=True does (--enhance on)"
            )
        return chosen.network
    if not header["enhanced"]:
        return default().network
    named = find(*key)
    if named is None:
        raise ModelError(
            f"the picture is to be restored by a model that is not installed ({describe(*key)}): "
            "give its weight file by model=... (--model), or leave this out by enhance=False "
            "(--enhance off)"
        )
    return named.network


def enhance(
    image: ImageLike,
    /,
    *,
    qp: SupportsIndex,
    strength: float = 1.0,
    model: ModelLike | None = None,
    threads: SupportsIndex = 0,
    **unknown: Never,
) -> NDArray[np.uint8]:
    """Restore the luma of a decoded picture by a network and return it in the same shape.

    Grey is all luma. Pictures that decode returns have been restored already, unless it was called
    with enhance=False.

    Args:
        image: a decoded picture: what encode accepts.
        qp: 0..63, the quantiser that it was coded with.
        strength: 0..2, taken in steps of 1/32; 1 is what the model was trained for.
        model: the name of an installed one (see models), the path of a weight file (.npz), or a
            Model; None for the default, "clic2018". It must be one that reads nothing but luma
            (Model.planes is 1).
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is unknown or out of range.
        UnsupportedError: a picture of another kind.
        FormatError: a damaged picture file.
        ModelError: a bad weight file.
    """
    options.refuse_unknown(unknown, enhance)
    enhance_samples = partial(
        codec.enhance,
        qp=options.integer("qp", qp, 0, codec.MAX_QP),
        strength=options.strength("strength", strength),
        threads=options.thread_count(threads),
        cpu_mask=options.cpu_mask(),
    )
    chosen = None if model is None else choose(model)
    if chosen is not None and chosen.planes > 1:
        raise OptionError(
            f"model={chosen.name!r} serves encode and decode alone: it reads {chosen.planes} "
            f"planes, and enhance takes models of 1, like {DEFAULT_ENHANCE!r}"
        )
    samples = load_samples(image)
    restored = enhance_samples(samples, network=(chosen or default(DEFAULT_ENHANCE)).network)
    return restored.reshape(image.shape) if isinstance(image, np.ndarray) else restored


def info(data: DataLike, /) -> ImageInfo:
    """Read the header of a svac2 file, given as its bytes, its path, or an open binary file."""
    with naming(data):
        fields = codec.read_info(load_header(data))
    return ImageInfo(
        width=fields["width"],
        height=fields["height"],
        channels=fields["channels"],
        bit_depth=fields["bit_depth"],
        qp=fields["qp"],
        subsampling=options.SUBSAMPLING_NAMES[fields["subsampling"]],
        checksum=bool(fields["checksum"]),
        model=describe(fields["model_id"], fields["model_hash"]) if fields["enhanced"] else None,
        strength=fields["strength"] / codec.STRENGTH_ONE if fields["enhanced"] else None,
        version=fields["version"],
        header_size=fields["header_size"],
        layers=layers_of(fields),
    )


def read(path: AnyPath, /, **decode_options: Any) -> NDArray[np.uint8]:
    """Decode the file at a path, with the options of decode."""
    return decode(check_path(path), **decode_options)


def write(path: AnyPath, image: ImageLike, /, **encode_options: Any) -> None:
    """Encode a picture to the file at a path, with the options of encode.

    The file appears whole or not at all: a file that was there stays as it is if this fails.
    """
    check_target(path, image)
    write_atomically(path, encode(image, **encode_options))
