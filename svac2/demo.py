"""The demo: svac2 beside WebP and JPEG at the same file size."""

import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, features

from svac2 import options
from svac2.api import decode, encode
from svac2.arrays import Samples
from svac2.errors import OptionError
from svac2.limits import DEFAULT_ENCODE_LIMITS
from svac2.metadata import Metadata
from svac2.metrics import psnr
from svac2.pictures.images import load_picture, samples_of_8_bits
from svac2.pictures.png import write_png

PICTURE = Path(__file__).with_name("data") / "demo.png"
QUALITIES = (25, 50, 75)

HEADINGS = "codec  quality       bytes  bits/pixel  PSNR RGB    PSNR Y   encode s   decode s"


class Peer(NamedTuple):
    """Another codec, as Pillow has it, at settings that favour small files."""

    name: str
    feature: str
    max_side: int
    has_alpha: bool
    options: dict[str, Any]

    def encode(self, picture: Image.Image, quality: int) -> bytes:
        """Encode with a quality of 1 to 100."""
        buffer = io.BytesIO()
        picture.save(buffer, self.name, quality=quality, **self.options)
        return buffer.getvalue()

    def quality_for(self, picture: Image.Image, size: int) -> int:
        """Return the highest quality whose file is no larger than size; 1 if all are larger."""
        low, high = 1, 100
        while low < high:
            middle = (low + high + 1) // 2
            if len(self.encode(picture, middle)) <= size:
                low = middle
            else:
                high = middle - 1
        return low


PEERS = (
    Peer("WebP", "webp", 16383, True, {"method": 6}),
    Peer("JPEG", "jpg", 65500, False, {"optimize": True}),
)


def run(image: Path, output: Path, *, effort: int) -> None:
    """Encode and decode a picture, print the table, and write the PNG files.

    JPEG is left out where there is transparency.
    """
    options.effort_level(effort)
    options.cpu_mask()
    if output.exists() and not output.is_dir():
        raise OptionError(f"{output}: the output must be a folder")
    given = load_picture(image, limits=DEFAULT_ENCODE_LIMITS)
    samples = samples_of_8_bits(given, "WebP and JPEG take")
    if samples.shape[2] == 1:
        samples = samples[:, :, 0]
    height, width = samples.shape[:2]
    picture = Image.fromarray(samples)
    peers = [
        peer
        for peer in PEERS
        if features.check(peer.feature)
        and max(width, height) <= peer.max_side
        and (peer.has_alpha or picture.mode in ("L", "RGB"))
    ]
    output.mkdir(parents=True, exist_ok=True)

    print(f"{image.name}, {width}x{height}")
    for step in QUALITIES:
        print(f"\n{HEADINGS}")
        data = _report(
            "svac2",
            step,
            samples,
            partial(_encode, samples, effort),
            decode,
            output / f"{image.stem}-{step}-svac2.png",
        )
        _report_gain(samples, data)
        for peer in peers:
            _report(
                peer.name,
                peer.quality_for(picture, len(data)),
                samples,
                partial(peer.encode, picture),
                _decode_with_pillow,
                output / f"{image.stem}-{step}-{peer.name.lower()}.png",
            )
    write_png(output / f"{image.stem}-original.png", samples, Metadata())
    print(f"\nThe pictures are in {output}.")


def _encode(samples: Samples, effort: int, quality: int) -> bytes:
    return encode(samples, quality=quality, effort=effort)


def _decode_with_pillow(data: bytes) -> Samples:
    return np.asarray(Image.open(io.BytesIO(data)))


def _report(
    name: str,
    quality: int,
    samples: Samples,
    encoder: Callable[[int], bytes],
    decoder: Callable[[bytes], Samples],
    png: Path,
) -> bytes:
    """Run one codec, print its row, write its picture, and return its file."""
    start = time.perf_counter()
    data = encoder(quality)
    middle = time.perf_counter()
    decoded = decoder(data)
    end = time.perf_counter()
    level = psnr(samples, decoded)
    bits = 8 * len(data) / (samples.shape[0] * samples.shape[1])
    print(
        f"{name:<5} {quality:>8} {len(data):>11,} {bits:>11.3f} {level.rgb:>9.2f} {level.y:>9.2f}"
        f" {middle - start:>10.3f} {end - middle:>10.3f}"
    )
    write_png(png, decoded, Metadata())
    return data


def _report_gain(samples: Samples, data: bytes) -> None:
    """Print what restoration gains."""
    after, before = (psnr(samples, decode(data, enhance=how)) for how in ("auto", False))
    rgb, y = (a - b if a != b else 0 for a, b in zip(after, before, strict=True))
    print(f"{'of this by restoration':<38} {rgb:>+z9.2f} {y:>+z9.2f}")
