"""Convert a folder, keeping what comes with the pictures, and back to PNG."""

from PIL import Image, ImageOps

KEPT = ("exif", "icc_profile", "xmp")


def main(folder, ext):
    lines = []
    sources = [path for path in folder.iterdir() if path.suffix in {".jpg", ".png"}]
    for path in sorted(sources):
        target = folder / "converted" / path.with_suffix(ext).name
        target.parent.mkdir(exist_ok=True)
        with Image.open(path) as im:
            options = {"quality": 100, "lossless": True, "exact": True}
            for name in KEPT:
                if name in im.info:
                    options[name] = im.info[name]
            im.save(target, **options)
        with Image.open(target) as im:
            back = target.with_suffix(".png")
            im.save(back, exif=im.info.get("exif", b""))
            kept = sorted(name for name in KEPT if name in im.info)
        with Image.open(path) as before, Image.open(back) as after:
            mode = "RGBA" if before.has_transparency_data else "RGB"
            pictures = [ImageOps.exif_transpose(im).convert(mode) for im in (before, after)]
            lines.append(f"{path.name} {kept} {pictures[0] == pictures[1]}")
    return lines
