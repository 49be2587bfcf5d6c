"""A mark in the corner of a picture, and the mark as a sticker of its own."""

from PIL import Image, ImageDraw, ImageFilter


def main(folder, ext):
    mark = Image.new("RGBA", (90, 24), (0, 0, 0, 0))
    ImageDraw.Draw(mark).text((4, 6), "(c) somebody", fill=(255, 255, 255, 200))
    mark = mark.filter(ImageFilter.GaussianBlur(0.4))
    mark.save(folder / f"mark{ext}", lossless=True, exact=True)

    sticker = Image.open(folder / f"mark{ext}")
    photo = Image.open(folder / "plain.jpg").convert("RGBA")
    layer = Image.new("RGBA", photo.size)
    layer.paste(sticker, (photo.width - sticker.width - 8, photo.height - sticker.height - 8))
    Image.alpha_composite(photo, layer).convert("RGB").save(folder / f"marked{ext}", quality=85)

    with Image.open(folder / f"marked{ext}") as im:
        return [
            f"{sticker.mode} {sticker.size} {sticker.getextrema()}",
            f"{sticker.tobytes() == mark.tobytes()}",
            f"{im.mode} {im.size}",
        ]
