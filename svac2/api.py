"""Encode, decode and restore pictures."""

from functools import partial
from typing import Any, BinaryIO, Literal, Never, SupportsIndex, Unpack, overload

import numpy as np
from PIL import Image

from svac2 import options
from svac2._core import codec
from svac2.arrays import Samples
from svac2.decoding import Decoding
from svac2.encoding import Encoding
from svac2.errors import OptionError
from svac2.files import (
    AnyPath,
    DataLike,
    check_path,
    check_suffix,
    check_target,
    is_file,
    is_path,
    naming,
    write_whole,
)
from svac2.info import ImageInfo
from svac2.keywords import DecodeOptions, EncodeOptions
from svac2.limits import DEFAULT_ENCODE_LIMITS, DEFAULT_LIMITS, Limits
from svac2.metadata import Cicp
from svac2.models import DEFAULT_ENHANCE, ModelLike, choose, default
from svac2.options import Background, Mode, Progress, Subsampling
from svac2.pictures.images import ImageLike, load_picture
from svac2.streams import PictureFile
from svac2.transparency import colour_and_alpha, with_alpha
from svac2.wishes import Keep


def encode(
    image: ImageLike,
    /,
    *,
    quality: float | None = None,
    qp: float | None = None,
    target_size: SupportsIndex | None = None,
    target_psnr: float | None = None,
    lossless: bool = False,
    max_error: SupportsIndex | None = None,
    alpha_quality: float | None = None,
    exact: bool = False,
    effort: SupportsIndex = options.DEFAULT_EFFORT,
    mode: Mode = "normal",
    base_scale: SupportsIndex = options.DEFAULT_BASE_SCALE,
    base_qp: float | None = None,
    subsampling: Subsampling = "auto",
    bit_depth: SupportsIndex | None = None,
    enhance: bool = True,
    model: ModelLike | None = None,
    icc_profile: bytes | Keep | None = "keep",
    exif: bytes | Keep | None = "keep",
    xmp: bytes | Keep | None = "keep",
    cicp: Cicp | tuple[int, int, int, bool] | Keep | None = "keep",
    threads: SupportsIndex = 0,
    checksum: bool = True,
    limits: Limits = DEFAULT_ENCODE_LIMITS,
    progress: Progress | None = None,
    **unknown: Never,
) -> bytes:
    r"""Encode a picture and return the bytes of a svac2 file.

    Args:
        image: an array (H, W) or (H, W, 1 to 4) of uint8 or uint16, of any strides, alpha last and
            straight; a Pillow image of mode L, LA, RGB, RGBA, I;16, 1, P, PA or YCbCr; or the
            path of a picture file, or an open one. The last three are turned upright as their
            EXIF data say, and keep their metadata; transparent colours become alpha.
        quality: 1..100, higher is better and larger; 75 if neither it nor qp is given.
        qp: 0..63, taken in steps of 1/8: the quantiser itself, instead of quality; higher is
            coarser and smaller. Its step is 2^(qp/8) in units of 8-bit samples at every depth; of
            more bits it may be less, down to -8 * (bit_depth - 8), a step of one sample.
        target_size: instead of these, the bytes that the file shall have at most, metadata
            included; a step of qp less would take more.
        target_psnr: or the PSNR in dB, over all samples of colour, that the decoded picture shall
            have at least.
        lossless: or no error at all: decoding gives every sample as it was, but for what exact is
            about.
        max_error: with lossless, how far from the original each sample of colour may be, up to 511,
            by which the file becomes smaller; None or 0, not at all.
        alpha_quality: 1..100, on the scale of quality, of an alpha channel that is to be coded with
            loss; None without. It is nothing to pictures that have none.
        exact: keep the colour where alpha is 0, which nobody sees: otherwise the encoder takes
            what costs least there.
        effort: 1..9, higher is slower and smaller at the same error. Files of 9 are slow to decode,
            too, unless model is "swift".
        mode: "normal", the picture alone; "multiscale", a smaller one before it, the base layer,
            from which it is predicted, and which decode(max_size=...) gets from the first few
            percent of the file; "auto", whichever is smaller at equal error.
        base_scale: how many times smaller a base layer is: 2, 4 or 8. The larger this is, the
            less it costs. It serves thumbnails up to its own size.
        base_qp: likewise the quantiser of a base layer. None chooses by bits and error:
            that is good for the whole picture, and for thumbnails a little coarser than qp. For
            finer ones take a lower number, and a few percent more bits.
        subsampling: of the chroma of RGB: "4:2:0", "4:2:2", "4:4:4", or "auto", which takes the
            first or the last of them, whichever costs less.
            Grey pictures have none and are always "4:0:0".
        bit_depth: 8, 10, 12, 14 or 16, of an array of uint16 or a Pillow image of mode I;16 whose
            samples have less than 16 bits, the values in the low ones.
        enhance: let decoders restore luma by a network, and chroma from the other planes, where
            and as strongly as it brings the picture nearest to the original.
        model: the network: the name of an installed one (see models), the path of a weight file
            (.npz), which decoders must be given too, or a Model; None for the default, "swift", or
            at effort 9 "guided", which gains more and takes 20 to 100 times as long to decode.
        icc_profile: "keep", that of the picture; other bytes; or None, none.
        exif: the same; with or without the prefix b"Exif\0\0". The picture is not turned by bytes
            that are given; where they tell an orientation, 1 is stored.
        xmp: the same, an XMP packet.
        cicp: the same, code points of the colour (ITU-T H.273): a svac2.Cicp.
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        checksum: add checksums, by which a decoder finds damage.
        limits: what the picture may take; by default 125 million pixels and 8 GiB.
        progress: called with (done, total) from time to time; what it raises ends the call.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is out of range, or a target that cannot be reached;
            OptionTypeError, if it is unknown or of the wrong type.
        UnsupportedError: a picture of another kind.
        FormatError: a damaged picture file; EndOfStreamError, if there is not a byte.
        LimitError: a picture, or metadata, larger than the limits.
        ModelError: a bad weight file.
    """
    options.refuse_unknown(unknown, encode)
    encoding = Encoding(
        quality=quality,
        qp=qp,
        target_size=target_size,
        target_psnr=target_psnr,
        lossless=lossless,
        max_error=max_error,
        alpha_quality=alpha_quality,
        exact=exact,
        effort=effort,
        mode=mode,
        base_scale=base_scale,
        base_qp=base_qp,
        subsampling=subsampling,
        bit_depth=bit_depth,
        enhance=enhance,
        model=model,
        icc_profile=icc_profile,
        exif=exif,
        xmp=xmp,
        cicp=cicp,
        threads=threads,
        checksum=checksum,
        limits=limits,
    )
    return encoding.run(image, progress=progress)


def decode(
    data: DataLike,
    /,
    *,
    enhance: Literal["auto"] | bool | float = "auto",
    model: ModelLike | None = None,
    max_size: SupportsIndex | None = None,
    scale: float = 1,
    channels: SupportsIndex | None = None,
    background: Background | None = None,
    allow_partial: bool = False,
    threads: SupportsIndex = 0,
    verify: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    out: Samples | None = None,
    **unknown: Never,
) -> Samples:
    """Decode a svac2 file to an array of shape (H, W) if it is grey, else (H, W, channels).

    Those are 2 for grey and alpha, 3 for RGB, 4 for RGBA, alpha being straight. The array is of
    uint8 if the picture has 8 bits, else of uint16, the values in the low bits:
    info(data).bit_depth tells how many.

    Args:
        data: the bytes of a svac2 file, its path, or an open binary file or stream, which is read
            from where it stands to the end of the picture and no further, so that pictures one
            after the other can be decoded one by one. With max_size or scale no more is read than
            that takes; of a file that can seek the rest is passed over, in a stream it is left.
        enhance: what to do about restoration: "auto", what the file says; False, none; True, luma
            at the strength that the model was trained for, 1.0, whatever the file says; or at
            another strength, 0..2, taken in steps of 1/32, 0 being False. Chroma is restored as
            the file says, or not at all. Only whole pictures are restored, not base layers, and
            with "auto" only those of which more than half the size is wanted.
        model: the network: the name of an installed one (see models), the path of a weight file
            (.npz), or a Model; None for the one that the file names, and if it names none for the
            default, "swift". With "auto" it must be the one that the file names.
        max_size: the longest side that the result may have, 1..65535: a larger picture is made
            smaller, keeping its proportions. Only the layers that this takes are read and decoded,
            and the rest of the way is done by Pillow's Lanczos filter.
        scale: instead of max_size: 1, 1/2, 1/4 or 1/8 of the size, rounded up.
        channels: how many the result shall have, whatever the file has: 1 to 4; grey becomes RGB,
            an alpha channel that is added is opaque, and one that is left out takes a background.
        background: the colour that a picture with alpha is laid on, a number for grey or (r, g, b),
            in units of its samples; without channels the result then has no alpha. It is nothing
            to pictures that have none.
        allow_partial: of a file that ends early, return the largest layer that is there whole, at
            its own size, with a PartialWarning.
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        verify: refuse a file whose checksums do not agree.
        limits: what the picture may take, checked before any of it is read; by default 125
            million pixels and 4 GiB.
        progress: called with (done, total) from time to time; what it raises ends the call.
        out: an array to decode into, which is returned: of the shape and type that the result
            would have without it, the samples of each row contiguous. It is not touched where an
            option or the header is refused; after any other error, CorruptError say, it may hold
            anything.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is out of range; OptionTypeError, if it is unknown or of the
            wrong type.
        FormatError: not a svac2 file; CorruptError if it is a damaged one, TruncatedError if it
            ends early; EndOfStreamError, which is an EOFError as well, if there is not a byte.
        UnsupportedError: a file with something that only a later version knows.
        LimitError: a picture, or metadata, larger than the limits.
        ModelError: a bad weight file, or the whole picture is wanted and the file names a model
            that is neither installed nor given.
    """
    options.refuse_unknown(unknown, decode)
    decoding = Decoding(
        enhance=enhance,
        model=model,
        max_size=max_size,
        scale=scale,
        channels=channels,
        background=background,
        allow_partial=allow_partial,
        threads=threads,
        verify=verify,
        limits=limits,
    )
    return decoding.run(data, progress=progress, out=out).pixels


def enhance(
    image: ImageLike,
    /,
    *,
    qp: float,
    bit_depth: SupportsIndex | None = None,
    strength: float = 1.0,
    model: ModelLike | None = None,
    threads: SupportsIndex = 0,
    **unknown: Never,
) -> Samples:
    """Restore the luma of a decoded picture by a network and return it in the same shape.

    Grey is all luma; alpha stays as it is. Pictures that decode returns have been restored already,
    unless it was called with enhance=False.

    Args:
        image: a decoded picture: what encode accepts.
        qp: the quantiser that it was coded with, as in encode.
        bit_depth: of samples of uint16, as in encode.
        strength: 0..2, taken in steps of 1/32; 1 is what the model was trained for.
        model: the name of an installed one (see models), the path of a weight file (.npz), or a
            Model; None for the default, "clic2018". It must be one that reads nothing but luma
            (Model.planes is 1).
        threads: 0..64; 0 stands for one for each CPU that this process may use. The result is the
            same for any number.
        unknown: other options are refused.

    Raises:
        OptionError: an option that is out of range; OptionTypeError, if it is unknown or of the
            wrong type.
        UnsupportedError: a picture of another kind.
        FormatError: a damaged picture file.
        ModelError: a bad weight file.
    """
    options.refuse_unknown(unknown, enhance)
    enhance_samples = partial(
        codec.enhance,
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
    picture = load_picture(
        image, limits=DEFAULT_ENCODE_LIMITS, bit_depth=options.bit_depth(bit_depth)
    )
    colour, alpha = colour_and_alpha(picture.samples)
    restored = enhance_samples(
        colour,
        qp=max(0, options.quantiser("qp", qp, picture.bit_depth)),  # no weights are for finer ones
        bit_depth=picture.bit_depth,
        network=(chosen or default(DEFAULT_ENHANCE)).network,
    )
    if alpha is not None:
        restored = with_alpha(restored, alpha)
    return restored.reshape(image.shape) if isinstance(image, np.ndarray) else restored


def info(data: DataLike, /, *, limits: Limits = DEFAULT_LIMITS, **unknown: Never) -> ImageInfo:
    """Read what a svac2 file says of itself; nothing is decoded.

    Args:
        data: its bytes, its path, or an open binary file or stream: a file that can seek is left
            where it stood, a stream at the end of the picture.
        limits: of the metadata that are read; more are refused where they are asked for.
        unknown: other options are refused.

    Raises:
        OptionTypeError: an option that is unknown or of the wrong type.
        FormatError: not a svac2 file, or a damaged header.
        UnsupportedError: a file with something that only a later version knows.
    """
    options.refuse_unknown(unknown, info)
    Limits.checked(limits)
    with naming(data), PictureFile.of(data) as file:
        found = ImageInfo.of(file, limits)
        file.go_back()
    return found


@overload
def read(
    file: AnyPath | BinaryIO,
    /,
    *,
    pillow: Literal[False] = False,
    **decode_options: Unpack[DecodeOptions],
) -> Samples: ...
@overload
def read(
    file: AnyPath | BinaryIO, /, *, pillow: Literal[True], **decode_options: Unpack[DecodeOptions]
) -> Image.Image: ...
@overload
def read(
    file: AnyPath | BinaryIO, /, *, pillow: bool, **decode_options: Unpack[DecodeOptions]
) -> Samples | Image.Image: ...
def read(
    file: AnyPath | BinaryIO, /, *, pillow: bool = False, **decode_options: Unpack[DecodeOptions]
) -> Samples | Image.Image:
    """Decode the file at a path, or an open one, with the options of decode.

    Args:
        file: its path, or an open binary file or stream; for bytes, io.BytesIO.
        pillow: return a Pillow image, with icc_profile, exif, xmp, cicp and bit_depth in its info;
            its save writes those that it is given: image.save(path, exif=image.info["exif"]).
            Grey of more than 8 bits is of mode I;16, brought to the range of 16 bits; for colour
            and transparency of that depth Pillow has none, and this is an UnsupportedError.
        decode_options: those of decode.
    """
    source = file if is_file(file) else check_path(file)
    if not options.flag("pillow", pillow):
        return decode(source, **decode_options)
    options.refuse_unknown(set(decode_options) - DecodeOptions.__optional_keys__, decode)
    chosen: Any = dict(decode_options)
    progress, out = chosen.pop("progress", None), chosen.pop("out", None)
    decoding = Decoding(**chosen)
    decoded = decoding.run(source, progress=progress, out=out, with_metadata=True, for_pillow=True)
    return decoded.image()


def write(
    target: AnyPath | BinaryIO, image: ImageLike, /, **encode_options: Unpack[EncodeOptions]
) -> None:
    """Encode a picture to the file at a path, or to an open one, with the options of encode.

    The file at a path appears whole or not at all: one that was there stays as it is if this fails.
    """
    if is_path(target):
        check_suffix(target)
        check_target(target, image)
    write_whole(target, encode(image, **encode_options))
