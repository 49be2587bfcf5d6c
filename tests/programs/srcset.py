"""A picture in the widths that a page may ask for, and a blurred one while it loads."""

from PIL import Image, ImageFilter


def main(folder, ext):
    source = folder / f"hero{ext}"
    with Image.open(folder / "plain.jpg") as im:
        im.save(source, quality=90, subsampling="4:4:4", icc_profile=im.info.get("icc_profile"))
    parts, lines = [], []
    for width in (60, 120, 180):
        with Image.open(source) as im:
            profile = im.info.get("icc_profile")
            small = im.resize((width, round(im.height * width / im.width)), reducing_gap=2)
        target = folder / f"hero-{width}w{ext}"
        small.save(target, quality=75, icc_profile=profile, progressive=True, dpi=(72, 72))
        with Image.open(target) as im:
            parts.append(f"{target.name} {im.width}w")
            lines.append(f"{im.size} {im.mode} {im.info.get('icc_profile') == profile}")
    with Image.open(source) as im:
        im.thumbnail((24, 24))
        im.filter(ImageFilter.GaussianBlur(2)).save(folder / f"hero-tiny{ext}", quality=20)
        lines.append(f"{im.size}")
    (folder / "hero.html").write_text(f'<img srcset="{", ".join(parts)}">')
    return lines
