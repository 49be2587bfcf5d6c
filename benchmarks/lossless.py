"""Pictures without loss: bytes and speed, beside PNG, WebP and, where Pillow has it, JPEG XL.

Run: python benchmarks/lossless.py PICTURES --efforts 1 5 9

Every codec has one thread. Pixels that a decoder does not give back exactly (with --max-error, that
differ by more) end the run. JPEG XL is taken where pillow-jxl-plugin is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pictures import find_pictures
from PIL import Image

import svac2

Samples = npt.NDArray[np.uint8]
MODES = ("L", "LA", "RGB", "RGBA")


@dataclass
class Codec:
    """Functions of a codec, and the sums of what it did."""

    name: str
    encode: Callable[[Samples], bytes]
    decode: Callable[[bytes], Samples]
    max_error: int = 0
    bytes: int = 0
    bits_per_pixel: float = 0.0
    seconds_encoding: float = 0.0
    seconds_decoding: float = 0.0

    def measure(self, samples: Samples) -> None:
        """Encode and decode a picture."""
        start = time.process_time()
        data = self.encode(samples)
        middle = time.process_time()
        decoded = self.decode(data)
        self.seconds_encoding += middle - start
        self.seconds_decoding += time.process_time() - middle
        if np.abs(decoded.astype(np.int16) - samples).max() > self.max_error:
            raise SystemExit(f"{self.name} loses what it may not")
        self.bytes += len(data)
        self.bits_per_pixel += 8 * len(data) / (samples.shape[0] * samples.shape[1])


def read(path: Path) -> Samples:
    """Return grey or colour, with alpha if there is any."""
    with Image.open(path) as image:
        mode = image.mode if image.mode in MODES else "RGB"
        if image.mode not in MODES and image.has_transparency_data:
            mode = "RGBA"
        return np.asarray(image.convert(mode))


def pillow_codec(name: str, kind: str, **options: object) -> Codec:
    """Return a codec of Pillow."""

    def encode(samples: Samples) -> bytes:
        file = io.BytesIO()
        Image.fromarray(samples).save(file, kind, **options)
        return file.getvalue()

    def decode(data: bytes) -> Samples:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image)

    return Codec(name, encode, decode)


def svac2_codec(effort: int, max_error: int) -> Codec:
    """Return svac2 at an effort."""

    def encode(samples: Samples) -> bytes:
        return svac2.encode(
            samples, lossless=True, exact=True, max_error=max_error, effort=effort, threads=1
        )

    def decode(data: bytes) -> Samples:
        return svac2.decode(data, threads=1)

    return Codec(f"svac2, effort {effort}", encode, decode, max_error)


def peers() -> list[Codec]:
    """Return the codecs to compare with."""
    found = [
        pillow_codec("PNG, optimised", "PNG", optimize=True),
        pillow_codec("WebP, method 6", "WEBP", lossless=True, exact=True, method=6),
    ]
    if importlib.util.find_spec("pillow_jxl") is not None:
        importlib.import_module("pillow_jxl")
        found += [
            pillow_codec(f"JPEG XL, effort {e}", "JXL", lossless=True, effort=e, num_threads=1)
            for e in (3, 7)
        ]
    return found


def same_channels(codec: Codec, samples: Samples) -> Samples:
    """Return what a codec takes: WebP has no grey."""
    if codec.name.startswith("WebP") and samples.ndim == 2:
        return np.dstack([samples] * 3)
    if codec.name.startswith("WebP") and samples.shape[2] == 2:
        return np.dstack([samples[..., 0]] * 3 + [samples[..., 1]])
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path, help="files and folders")
    parser.add_argument("--efforts", nargs="+", type=int, default=[1, 5, 9], help="of svac2")
    parser.add_argument("--limit", type=int, help="so many pictures, spread evenly")
    parser.add_argument("--max-error", type=int, default=0, help="of svac2; the others have none")
    parser.add_argument("--no-peers", action="store_true", help="svac2 alone")
    args = parser.parse_args()
    codecs = [] if args.no_peers else peers()
    codecs += [svac2_codec(effort, args.max_error) for effort in args.efforts]
    paths = find_pictures(args.pictures, args.limit)
    pixels = 0
    for path in paths:
        samples = read(path)
        pixels += samples.shape[0] * samples.shape[1]
        for codec in codecs:
            codec.measure(same_channels(codec, samples))
    print(f"{len(paths)} pictures, {pixels / 1e6:.1f} megapixels")
    print(f"{'codec':<20} {'bytes':>11} {'bits/pixel':>10} {'enc MP/s':>9} {'dec MP/s':>9}")
    for codec in codecs:
        speeds = [
            pixels / 1e6 / max(seconds, 1e-9)
            for seconds in (codec.seconds_encoding, codec.seconds_decoding)
        ]
        print(
            f"{codec.name:<20} {codec.bytes:>11} {codec.bits_per_pixel / len(paths):>10.3f} "
            f"{speeds[0]:>9.2f} {speeds[1]:>9.2f}"
        )


if __name__ == "__main__":
    main()
