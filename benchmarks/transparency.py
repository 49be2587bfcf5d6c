"""Pictures with transparency: what they look like on a ground, and what alpha costs.

Run: python benchmarks/transparency.py PICTURES

Of a picture without alpha a disc with a soft edge is cut out. At each qp the picture is coded, and
the colour alone as an opaque one, which then is given the true alpha; both are laid on black, grey
and white, and compared with the original there. The last columns are the bytes of alpha, and those
of WebP's (its chunk ALPH, of method 6).
"""

from __future__ import annotations

import argparse
import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pictures import find_pictures, psnr
from PIL import Image

import svac2
from svac2._core import codec

Rgba = npt.NDArray[np.uint8]
GROUNDS = {"black": 0, "grey": 128, "white": 255}
EDGE = 12  # pixels from clear to opaque


def read_rgba(path: Path) -> Rgba:
    """Return a picture with its alpha, or the disc of one that has none."""
    with Image.open(path) as image:
        if image.has_transparency_data:
            return np.asarray(image.convert("RGBA"))
        samples = np.asarray(image.convert("RGB"))
    height, width = samples.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(y - height / 2, x - width / 2) - min(height, width) / 2.5
    alpha = np.round((0.5 - away / EDGE).clip(0, 1) * 255)
    return np.dstack([samples, alpha.astype(np.uint8)])


def laid(picture: npt.NDArray[np.generic], ground: int) -> npt.NDArray[np.float64]:
    """Return what is seen of a picture on a grey ground."""
    samples = picture.astype(np.float64)
    return ground + (samples[:, :, :3] - ground) * samples[:, :, 3:] / 255


def alpha_bytes(data: bytes) -> int:
    """Return the bytes of alpha in a file."""
    items = codec.read_info(memoryview(data))["items"]
    return sum(codec.item_size(i) for i in items if i["type"] == codec.LAYER_ITEMS[1])


def alpha_bytes_of_webp(picture: Rgba, quality: int) -> int:
    """Return the bytes of the chunk ALPH in a WebP file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=quality, method=6)
    data, position = file.getvalue(), 12
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sL", data, position)
        if kind == b"ALPH":
            return int(size) + 8
        position += 8 + size + size % 2
    return 0


def report(path: Path, picture: Rgba, qp: float, args: argparse.Namespace) -> None:
    data = svac2.encode(picture, qp=qp, effort=args.effort, alpha_quality=args.alpha_quality)
    opaque = svac2.decode(svac2.encode(picture[:, :, :3].copy(), qp=qp, effort=args.effort))
    decoded, reference = svac2.decode(data), np.dstack([opaque, picture[:, :, 3]])
    levels = []
    for ground in GROUNDS.values():
        wanted = laid(picture, ground)
        for found in (decoded, reference):
            levels.append(psnr(float(np.square(laid(found, ground) - wanted).mean())))
    pairs = " ".join(
        f"{a:6.2f} {a - b:+5.2f}" for a, b in zip(levels[::2], levels[1::2], strict=True)
    )
    webp = alpha_bytes_of_webp(picture, 75)
    print(f"{path.name:<24} {qp:>4g} {len(data):>8} {pairs} {alpha_bytes(data):>7} {webp:>7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+", help="files and folders of pictures")
    parser.add_argument("--qps", type=float, nargs="+", default=[20, 32, 44])
    parser.add_argument("--effort", type=int, default=5, help="1 to 9 (default: 5)")
    parser.add_argument("--alpha-quality", type=float, help="1 to 100 (default: lossless)")
    parser.add_argument("--limit", type=int, help="how many of the pictures")
    args = parser.parse_args()
    grounds = " ".join(f"{name:>6}  more" for name in GROUNDS)
    print(f"{'picture':<24} {'qp':>4} {'bytes':>8} {grounds} {'alpha':>7} {'WebP':>7}")
    for path in find_pictures(args.pictures, args.limit):
        for qp in args.qps:
            report(path, read_rgba(path), qp, args)


if __name__ == "__main__":
    main()
