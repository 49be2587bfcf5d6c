"""Make the files that every later version of a format must decode to the same pixels.

Run it again when the format changes: python tests/golden/make_golden.py
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2._core import codec
from svac2.demo import PICTURE

FOLDER = Path(__file__).parent

DERIVED = ("drawn", "tiled")  # from RGB
# name: left, upper, right and lower side in the demo picture, mode, options
FILES = {
    "grey": ((560, 90, 690, 190), "L", {"qp": 38, "effort": 5}),
    "grey-fine": ((500, 230, 541, 263), "L", {"qp": 14, "effort": 8}),
    "420": ((440, 110, 640, 290), "RGB", {"qp": 40, "effort": 5, "subsampling": "4:2:0"}),
    "420-coarse": ((330, 110, 650, 370), "RGB", {"qp": 52, "effort": 9, "subsampling": "4:2:0"}),
    "422": ((440, 110, 640, 290), "RGB", {"qp": 42, "effort": 9, "subsampling": "4:2:2"}),
    "444": ((495, 190, 640, 300), "RGB", {"qp": 44, "effort": 9, "subsampling": "4:4:4"}),
    "444-fast": ((200, 330, 330, 460), "RGB", {"qp": 40, "effort": 2, "subsampling": "4:4:4"}),
    "420-layers": (
        (330, 110, 650, 370),
        "RGB",
        {"qp": 46, "mode": "multiscale", "base_scale": 8, "subsampling": "4:2:0"},
    ),
    "422-layers": (
        (330, 110, 613, 327),
        "RGB",
        {"qp": 45, "mode": "multiscale", "base_scale": 4, "subsampling": "4:2:2"},
    ),
    "444-layers": (
        (495, 190, 640, 300),
        "RGB",
        {"qp": 44, "mode": "multiscale", "base_scale": 2, "subsampling": "4:4:4"},
    ),
    "420-metadata": (
        (440, 110, 500, 160),
        "RGB",
        {
            "qp": 44,
            "mode": "multiscale",
            "icc_profile": b"an ICC profile",
            "exif": b"MM\0*\0\0\0\x08\0\0\0\0\0\0",
            "xmp": b"<x:xmpmeta/>",
            "cicp": (12, 13, 0, True),
        },
    ),
    "grey-layers": (
        (560, 90, 690, 190),
        "L",
        {"qp": 40, "mode": "multiscale", "base_scale": 4},
    ),
    "420-wave": ((0, 300, 700, 430), "tiled", {"qp": 54, "effort": 2, "subsampling": "4:2:0"}),
    # More than 8 bits; quality 100 is the least qp.
    "grey-10": ((560, 90, 690, 190), "L", {"bit_depth": 10, "qp": 38}),
    "grey-12-finest": ((500, 230, 541, 263), "L", {"bit_depth": 12, "quality": 100, "effort": 8}),
    "grey-14": ((500, 230, 577, 300), "L", {"bit_depth": 14, "qp": -17}),
    "grey-16-finest": ((520, 230, 551, 251), "L", {"bit_depth": 16, "quality": 100}),
    "grey-16-layers": (
        (560, 90, 690, 190),
        "L",
        {"bit_depth": 16, "qp": 20, "mode": "multiscale", "base_scale": 4},
    ),
    "420-10": (
        (440, 110, 640, 290),
        "RGB",
        {"bit_depth": 10, "qp": 46, "effort": 9, "subsampling": "4:2:0"},
    ),
    "422-12": (
        (440, 110, 553, 187),
        "RGB",
        {"bit_depth": 12, "qp": 24, "subsampling": "4:2:2"},
    ),
    "444-14": (
        (495, 190, 570, 251),
        "RGB",
        {"bit_depth": 14, "qp": 30, "effort": 9, "subsampling": "4:4:4"},
    ),
    "420-16-coarse": (
        (330, 110, 650, 370),
        "RGB",
        {"bit_depth": 16, "qp": 52, "effort": 9, "subsampling": "4:2:0"},
    ),
    "420-16-layers": (
        (440, 110, 553, 187),
        "RGB",
        {"bit_depth": 16, "qp": 10, "mode": "multiscale", "subsampling": "4:2:0"},
    ),
    "444-16-finest": (
        (495, 190, 522, 211),
        "RGB",
        {"bit_depth": 16, "quality": 100, "subsampling": "4:4:4"},
    ),
    # Alpha, without loss or by blocks.
    "420-alpha": ((495, 190, 590, 271), "RGBA", {"qp": 46, "subsampling": "4:2:0"}),
    "444-alpha-blocks": (
        (495, 190, 570, 251),
        "RGBA",
        {"qp": 48, "alpha_quality": 40, "subsampling": "4:4:4"},
    ),
    "grey-alpha-layers": (
        (560, 90, 651, 153),
        "LA",
        {"qp": 44, "mode": "multiscale", "base_scale": 4},
    ),
    "422-12-alpha": (
        (495, 190, 541, 223),
        "RGBA",
        {"bit_depth": 12, "qp": 46, "alpha_quality": 60, "subsampling": "4:2:2"},
    ),
    # Without loss.
    "lossless": ((495, 190, 530, 221), "RGB", {"lossless": True}),
    "lossless-best": ((495, 190, 525, 215), "RGB", {"lossless": True, "effort": 9}),
    "lossless-fast": ((495, 190, 520, 215), "RGB", {"lossless": True, "effort": 1}),
    "lossless-fast-drawn": ((0, 0, 160, 80), "drawn", {"lossless": True, "effort": 1}),
    "lossless-fast-16": (
        (495, 190, 515, 205),
        "LA",
        {"lossless": True, "effort": 1, "bit_depth": 16},
    ),
    "lossless-drawn": ((0, 0, 160, 80), "drawn", {"lossless": True}),
    "lossless-near": ((495, 190, 540, 230), "L", {"lossless": True, "max_error": 3}),
    "lossless-alpha": ((495, 190, 520, 211), "RGBA", {"lossless": True}),
    "lossless-16-layers": (
        (500, 230, 531, 251),
        "LA",
        {"bit_depth": 16, "lossless": True, "mode": "multiscale", "base_scale": 2},
    ),
}


def deepened(samples: NDArray[np.uint8], bit_depth: int) -> NDArray[np.uint16]:
    """Return sums of 4x4 samples each, over the range of a depth."""
    height, width = samples.shape[:2]
    wide = np.pad(samples, [(0, 3), (0, 3), (0, 0)][: samples.ndim], "edge").astype(np.uint32)
    sums = sum(wide[y : y + height, x : x + width] for y in range(4) for x in range(4))
    return (sums * (2**bit_depth - 1) // (16 * 255)).astype(np.uint16)


def alpha_of(height: int, width: int) -> NDArray[np.uint8]:
    """Return an ellipse with a soft edge."""
    y, x = np.ogrid[:height, :width]
    away = ((2 * x - width) * 255 // width) ** 2 + ((2 * y - height) * 255 // height) ** 2
    return np.clip((200**2 - away) // 32 + 128, 0, 255).astype(np.uint8)


def main() -> None:
    hashes = {}
    with Image.open(PICTURE) as image:
        for name, (box, mode, options) in FILES.items():
            samples = np.array(image.crop(box).convert("RGB" if mode in DERIVED else mode))
            if mode == "drawn":  # with few colours
                samples &= 0xC0
            if mode == "tiled":  # as large as pictures whose rows are streams
                samples = np.tile(samples, (4, 3, 1))
            if mode in ("LA", "RGBA"):
                samples[..., -1] = alpha_of(*samples.shape[:2])
            if "bit_depth" in options:
                samples = deepened(samples, options["bit_depth"])
            data = svac2.encode(samples, **options)
            (FOLDER / f"{name}.svac2").write_bytes(data)
            hashes[name] = {"layers": {}}
            if not svac2.info(data).lossless:
                planes = codec.decode_planes(memoryview(data), threads=1, cpu_mask=codec.CPU_ALL)
                hashes[name]["planes"] = hashlib.sha256(planes.tobytes()).hexdigest()
            for layer in svac2.info(data).layers:
                pixels = svac2.decode(data, scale=layer.scale)
                digest = hashlib.sha256(pixels.tobytes()).hexdigest()
                scale = f"1/{1 / layer.scale:g}"
                hashes[name]["layers"][scale] = {"shape": pixels.shape, "sha256": digest}
    (FOLDER / "pixels.json").write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()
