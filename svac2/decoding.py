"""From a svac2 file to an array: what is to be read of it, decoded, restored and made smaller."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple, Self, SupportsIndex

import numpy as np
from PIL import Image

from svac2 import options
from svac2._core import codec
from svac2.arrays import Samples, scaled
from svac2.errors import ModelError, OptionError, TruncatedError, UnsupportedError
from svac2.files import DataLike, naming
from svac2.info import metadata_of
from svac2.layers import (
    Layer,
    Reduction,
    describe_cut,
    largest_complete,
    layers_of,
    smallest_layer,
    warn_of_part,
)
from svac2.limits import DEFAULT_LIMITS, Limits
from svac2.metadata import Metadata
from svac2.models import Model, ModelLike, choose, default, describe, find, short_hash
from svac2.options import Background, Progress
from svac2.streams import PictureFile


class Decoded(NamedTuple):
    """A decoded picture, its metadata where they were asked for, and its bit depth."""

    pixels: Samples
    metadata: Metadata
    bit_depth: int

    def image(self) -> Image.Image:
        """Return what Pillow has a mode for: of more than 8 bits, grey of 16 and colour of 8."""
        depth = 8 if self.bit_depth == 8 or self.pixels.ndim == 3 else 16
        image = Image.fromarray(scaled(self.pixels, self.bit_depth, depth))
        self.metadata.fill(image)
        image.info["bit_depth"] = self.bit_depth
        return image


class Decoding:
    """The options of decode, once they have been checked: for any number of pictures."""

    def __init__(
        self,
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
    ) -> None:
        """Check the options."""
        self._strength = options.restoration(enhance)
        self._size = options.output_size(max_size, scale)
        self._channels = options.output_channels(channels, background)
        self._is_partial = options.flag("allow_partial", allow_partial)
        self._verify = options.flag("verify", verify)
        self._limits = Limits.checked(limits)
        self._threads = options.thread_count(threads)
        self._decode = partial(
            codec.decode,
            threads=self._threads,
            verify=self._verify,
            cpu_mask=options.cpu_mask(),
            max_pixels=limits.max_pixels or 0,
            max_memory=limits.max_memory or 0,
        )
        self._model = None if model is None else choose(model)

    def with_background_of(self, bit_depth: int | None) -> Self:
        """Let the background count in samples of so many bits, whatever a picture has."""
        self._channels = replace(self._channels, depth=bit_depth)
        return self

    def channels_of(self, channels: int, bit_depth: int) -> int:
        """Return how many channels a picture of so many is decoded to."""
        return self._channels.of(channels, bit_depth)

    def run(
        self,
        data: DataLike,
        *,
        progress: Progress | None = None,
        out: Samples | None = None,
        with_metadata: bool = False,
        for_pillow: bool = False,
        warn: Callable[[str], object] = warn_of_part,
    ) -> Decoded:
        """Decode a picture, with its metadata if all of the file is read.

        for_pillow: refuse what Pillow has no mode for. warn: called if only a part is decoded.
        """
        options.progress_function(progress)
        if out is not None:
            options.output_array(out)
        with naming(data), PictureFile.of(data) as file:
            bit_depth = file.header["bit_depth"]
            channels = self.channels_of(file.header["channels"], bit_depth)
            if for_pillow and bit_depth > 8 and channels > 1:
                raise UnsupportedError(
                    f"Pillow has no {'colour' if channels > 2 else 'transparency'} of {bit_depth} "
                    "bits: leave pillow out, for an array"
                )
            self._limits.check_metadata(file.metadata_size)
            layers = layers_of(file.header)
            wanted = self._wanted_layer(layers)
            strength = self._strength_for(layers, wanted)
            network = _restorer(file.header, strength, self._model)
            content = file.load_layer(wanted)
            layer = largest_complete(layers, wanted, len(content), self._is_partial)
            is_cut = len(content) < file.size_with_layer(wanted)
            if is_cut and not self._is_partial:
                raise TruncatedError(f"the file has {len(content)} of {file.size} bytes")
            if layer < wanted:
                strength, network = 0, None
            reduction = Reduction.of(layers, layer, self._size)
            _check_shape(out, reduction, channels, bit_depth)
            pixels = self._decode(
                content,
                layer=layer,
                network=network,
                strength=strength,
                channels=channels,
                background=self._channels.colour(bit_depth),
                out=None if reduction.is_needed else out,
                progress=progress,
            )
            is_asked = with_metadata and layer == wanted
            metadata = self._load_metadata(file) if is_asked else Metadata()
            file.leave()
        if is_cut:
            warn(_of_file(data) + describe_cut(layers, layer, len(content)))
        elif file.lacks_metadata:
            warn(_of_file(data) + "the file ends before its metadata do: they are left out")
        return Decoded(reduction.apply(pixels, out, bit_depth), metadata, bit_depth)

    def _load_metadata(self, file: PictureFile) -> Metadata:
        """Return the metadata; of a file that ends before them those that are there, if allowed."""
        try:
            return metadata_of(file, verify=self._verify, allow_partial=self._is_partial)
        except TruncatedError as error:
            hint = "allow_partial=True (--allow-partial) leaves them out"
            raise TruncatedError(f"{error}: {hint}") from None

    def _wanted_layer(self, layers: Sequence[Layer]) -> int:
        """Return the number of the layer to decode, which the limits allow."""
        wanted = smallest_layer(layers, self._size)
        self._limits.check_size(layers[wanted].width, layers[wanted].height)
        layer = layers[wanted]
        threads = (self._threads - 1) * layer.thread_memory
        self._limits.check_memory(layer.end + layer.memory + threads)
        return wanted

    def _strength_for(self, layers: Sequence[Layer], wanted: int) -> int:
        """Return the strength of restoration: 0 of a base layer, and of what is made much smaller.

        There it would bring 0.1 to 0.3 dB and take several times as long as all the rest.
        """
        whole = layers[-1]
        side = max(self._size.of(whole.width, whole.height))
        is_halved = 2 * side <= max(whole.width, whole.height) + 1
        is_base = wanted < len(layers) - 1
        is_idle = self._strength == codec.STRENGTH_CODED and is_halved
        return 0 if is_base or is_idle else self._strength


def _of_file(data: DataLike) -> str:
    return f"{os.fsdecode(data)}: " if isinstance(data, (str, os.PathLike)) else ""


def _check_shape(out: Samples | None, reduction: Reduction, channels: int, bit_depth: int) -> None:
    """Refuse an array to decode into that the picture does not fit."""
    width, height = reduction.size
    shape = (height, width) if channels == 1 else (height, width, channels)
    kind = np.dtype(np.uint8 if bit_depth == 8 else np.uint16)
    if out is not None and (out.shape != shape or out.dtype != kind):
        raise OptionError(
            f"out has shape {out.shape} and type {out.dtype}, and the picture {shape} and {kind}"
        )


def _restorer(header: dict[str, Any], strength: int, chosen: Model | None) -> codec.Network | None:
    """Return the network to restore a picture with, if it is to be restored."""
    if strength == 0 or (strength == codec.STRENGTH_CODED and not header["enhanced"]):
        return None
    named = header["model_hash"]
    if chosen is not None:
        own = short_hash(chosen.hash)
        if strength == codec.STRENGTH_CODED and own != named:
            raise ModelError(
                f"the file names the model {describe(named)}, not {describe(own)}: leave model "
                "(--model) out, or ask for a strength, as enhance=True does (--enhance on)"
            )
        return chosen.network
    if not header["enhanced"]:
        return default().network
    found = find(named)
    if found is None:
        raise ModelError(
            f"the picture is to be restored by a model that is not installed ({describe(named)}): "
            "give its weight file by model=... (--model), or leave this out by enhance=False "
            "(--enhance off)"
        )
    return found.network
