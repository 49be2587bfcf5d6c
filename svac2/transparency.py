"""Alpha channels: the last of two or four, straight, the largest sample being opaque."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svac2.arrays import Samples
from svac2.errors import OptionError, UnsupportedError


def has_alpha(channels: int) -> bool:
    """Tell pictures with transparency by how many channels they have."""
    return channels in (2, 4)


def colour_and_alpha(samples: Samples) -> tuple[Samples, Samples | None]:
    """Return the channels of colour, the last two axes contiguous, and alpha if there is any."""
    if not has_alpha(samples.shape[2]):
        return samples, None
    return samples[:, :, :-1].copy(), samples[:, :, -1]


def with_alpha(colour: Samples, alpha: Samples) -> Samples:
    """Return the picture of both."""
    joined: NDArray[Any] = np.dstack([colour, alpha])
    return joined


@dataclass(frozen=True, slots=True)
class OutputChannels:
    """The channels that decode is asked for.

    Attributes:
        wanted: how many; 0 for those of the picture, but for alpha where there is a background.
        background: the colour to lay the picture on, in units of samples.
        depth: the bits of those samples; None for those of the picture.
    """

    wanted: int = 0
    background: tuple[int, int, int] | None = None
    depth: int | None = None

    def of(self, channels: int, bit_depth: int) -> int:
        """Return how many to make of a picture's, of which alpha is not dropped in silence."""
        largest = 2 ** (self.depth or bit_depth) - 1
        if self.background is not None and max(self.background) > largest:
            raise OptionError(
                f"background={self.background} is out of range: the samples of the picture go from "
                f"0 to {largest}"
            )
        if not has_alpha(channels) or has_alpha(self.wanted):
            return self.wanted or channels
        if self.background is None:
            if self.wanted == 0:
                return channels
            raise OptionError(
                f"channels={self.wanted} without background: the picture has transparency, and "
                "background (--background) says what to lay it on"
            )
        wanted = self.wanted or channels - 1
        if wanted == 1 and len(set(self.background)) > 1:
            raise OptionError(
                f"background={self.background} has colour, and the picture is grey: channels=3 "
                "makes colour of it"
            )
        return wanted

    def colour(self, bit_depth: int) -> tuple[int, int, int]:
        """Return the background in units of the samples of a picture; black where there is none."""
        old, new = 2 ** (self.depth or bit_depth) - 1, 2**bit_depth - 1
        red, green, blue = ((part * new + old // 2) // old for part in self.background or (0, 0, 0))
        return red, green, blue


def keyed(samples: Samples, key: Any, bit_depth: int) -> Samples:
    """Return a picture with an alpha channel by which all of one colour is transparent."""
    colour = np.atleast_1d(key)
    if colour.dtype.kind not in "iu" or len(colour) != samples.shape[2]:
        raise UnsupportedError(f"transparency={key!r}, which is no colour of the picture")
    if colour.max() >= 2**bit_depth:
        raise UnsupportedError(
            f"the transparent colour {key} does not fit in {bit_depth} bits: give the file, not a "
            "picture that has been reduced"
        )
    alpha = np.full(samples.shape[:2], 2**bit_depth - 1, samples.dtype)
    alpha[(samples == colour).all(2)] = 0
    return with_alpha(samples, alpha)


def make_straight(samples: NDArray[np.uint16], bit_depth: int) -> None:
    """Divide the colour of a picture, which was multiplied by alpha, by that, and round it."""
    colour, alpha = samples[:, :, :-1].astype(np.uint32), samples[:, :, -1:]
    largest = 2**bit_depth - 1
    colour *= largest
    colour += alpha // 2
    colour //= np.maximum(alpha, 1)
    samples[:, :, :-1] = np.minimum(colour, largest, out=colour)
