"""Pictures without anything that tells of whom, when and where."""

from PIL import Image


def main(folder, ext):
    lines = []
    for path in sorted(folder.glob("*.jpg")):
        target, clean = folder / (path.stem + ext), folder / f"{path.stem}-clean{ext}"
        with Image.open(path) as im:
            im.save(
                target,
                exif=im.info.get("exif", b""),
                xmp=im.info.get("xmp", b""),
                icc_profile=im.info.get("icc_profile"),
            )
        with Image.open(target) as im:
            before = sorted({"exif", "xmp", "icc_profile"} & set(im.info))
            im.save(clean, icc_profile=im.info.get("icc_profile"))
        with Image.open(clean) as im:
            after = sorted({"exif", "xmp", "icc_profile"} & set(im.info))
            lines.append(f"{path.stem} {before} {after} {len(im.getexif())}")
    return lines
