"""Draws docs/gain.png: a part of a picture as svac2, WebP and JPEG make it of as many bytes.

    python -P tools/render_gain.py PICTURE LEFT TOP OUTPUT

The peers are the demo's, at the highest quality whose file is no larger than svac2's of quality 25.
"""

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import svac2
from svac2.demo import PEERS, QUALITIES
from svac2.metrics import psnr

PART = 200  # pixels a side
ZOOM = 2
CAPTION = 24


def panel(picture: Image.Image, corner: tuple[int, int], caption: str) -> Image.Image:
    """Return an enlarged part of a picture, with a line of text below."""
    left, top = corner
    part = picture.crop((left, top, left + PART, top + PART))
    side = PART * ZOOM
    drawn = Image.new("RGB", (side, side + CAPTION), "white")
    drawn.paste(part.resize((side, side), Image.Resampling.NEAREST))
    font = ImageFont.load_default(15)
    ImageDraw.Draw(drawn).text((side // 2, side + 3), caption, "black", font, anchor="ma")
    return drawn


def main() -> None:
    """Draw what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("left", type=int)
    parser.add_argument("top", type=int)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    corner = arguments.left, arguments.top
    with Image.open(arguments.picture) as opened:
        picture = opened.convert("RGB")
    samples = np.asarray(picture)
    data = svac2.encode(samples, quality=QUALITIES[0], effort=9)
    decoded = {"svac2": (len(data), Image.fromarray(svac2.decode(data)))}
    for peer in PEERS:
        content = peer.encode(picture, peer.quality_for(picture, len(data)))
        decoded[peer.name] = len(content), Image.open(io.BytesIO(content)).convert("RGB")
    panels = [panel(picture, corner, "original")]
    for name, (size, image) in decoded.items():
        level = psnr(samples, np.asarray(image)).rgb
        panels.append(panel(image, corner, f"{name}: {size:,} bytes, {level:.1f} dB"))
    step = PART * ZOOM + 4
    drawn = Image.new("RGB", (step * len(panels) - 4, PART * ZOOM + CAPTION), "white")
    for i, one in enumerate(panels):
        drawn.paste(one, (step * i, 0))
    drawn.quantize(256).save(arguments.output, optimize=True)


if __name__ == "__main__":
    main()
