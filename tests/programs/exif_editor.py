"""Sign photographs, fix their orientation, and forget where they were taken."""

from PIL import ExifTags, Image, ImageOps


def main(folder, ext):
    lines = []
    for path in sorted(folder.glob("*.jpg")):
        target = folder / (path.stem + ext)
        with Image.open(path) as im:
            exif = im.getexif()
            exif.pop(ExifTags.IFD.GPSInfo, None)
            im.save(target, quality=90, exif=exif)

        im = ImageOps.exif_transpose(Image.open(target))
        exif = im.getexif()
        exif[ExifTags.Base.Artist] = "A. Photographer"
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0signed"
        im.save(target, exif=exif, quality=90)

        with Image.open(target) as im:
            exif = im.getexif()
            details = exif.get_ifd(ExifTags.IFD.Exif)
            lines += [
                f"{path.stem} {im.size}",
                f"{exif[ExifTags.Base.Artist]}, {exif.get(ExifTags.Base.Model)}",
                f"{details[ExifTags.Base.UserComment]} {details.get(ExifTags.Base.FNumber)}",
                f"orientation {exif.get(ExifTags.Base.Orientation, 1)}",
                f"place: {dict(exif.get_ifd(ExifTags.IFD.GPSInfo))}",
            ]
    return lines
