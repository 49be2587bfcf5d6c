"""What there is to say of a picture file, without reading its pixels."""

from PIL import ExifTags, Image


def describe(path):
    with Image.open(path) as im:
        yield f"{path.stem} {im.width}x{im.height} {im.mode} {Image.MIME[im.format][:6]}"
        yield f"frames {getattr(im, 'n_frames', 1)}, transparent: {im.has_transparency_data}"
        for tag, value in sorted((im._getexif() or {}).items()):
            if tag != ExifTags.Base.Orientation and isinstance(value, (str, int, bytes)):
                yield f"{ExifTags.TAGS.get(tag, tag)}: {value}"
        for name in ("icc_profile", "exif", "xmp"):
            yield f"{name}: {name in im.info}"


def main(folder, ext):
    lines = []
    for path in sorted(folder.glob("plain.*")) + sorted(folder.glob("logo.*")):
        target = folder / f"{path.stem}-described{ext}"
        with Image.open(path) as im:
            im.save(
                target,
                exif=im.info.get("exif", b""),
                icc_profile=im.info.get("icc_profile"),
                xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
            )
        lines += describe(target)
    return lines
