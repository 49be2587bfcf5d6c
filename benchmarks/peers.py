"""The codecs whose speed is compared, each with one thread: svac2 and those of Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pictures import Rgb
from PIL import AvifImagePlugin, Image

import svac2

# Pillow offers no parameter for the threads of the AVIF decoder, only this module variable.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True)
class Codec:
    """Coding of an RGB array to bytes and back, at a setting between 0 and 100."""

    name: str
    encode: Callable[[Rgb, int], bytes]
    decode: Callable[[bytes], Rgb]


@dataclass(frozen=True)
class PillowFormat:
    """A format that Pillow writes, as the two functions of a `Codec`."""

    format: str
    options: dict[str, Any] = field(default_factory=dict)

    def encode(self, picture: Rgb, quality: int) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, self.format, quality=quality, **self.options)
        return buffer.getvalue()

    def decode(self, data: bytes) -> Rgb:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image)


def pillow_codec(name: str, pillow_format: PillowFormat) -> Codec:
    return Codec(name, pillow_format.encode, pillow_format.decode)


def svac2_codec(effort: int, *, enhance: bool = True) -> Codec:
    """svac2 at an effort; the setting is qp. enhance: decode with restoration."""
    return Codec(
        f"svac2 effort {effort}",
        lambda picture, qp: svac2.encode(picture, qp=qp, effort=effort, threads=1),
        lambda data: svac2.decode(data, threads=1, enhance="auto" if enhance else False),
    )


AVIF = pillow_codec("Pillow AVIF speed 6", PillowFormat("AVIF", {"speed": 6, "max_threads": 1}))
WEBP = pillow_codec("Pillow WebP", PillowFormat("WEBP"))
JPEG = pillow_codec("Pillow JPEG", PillowFormat("JPEG"))


def quality_for_size(codec: Codec, picture: Rgb, size: int) -> int:
    """The quality of a Pillow codec whose file comes nearest to `size` bytes, by bisection."""
    sizes: dict[int, int] = {}
    low, high = 0, 100
    while low <= high:
        middle = (low + high) // 2
        sizes[middle] = len(codec.encode(picture, middle))
        if sizes[middle] < size:
            low = middle + 1
        else:
            high = middle - 1
    return min(sizes, key=lambda quality: abs(sizes[quality] - size))
