"""A page of thumbnails, each a link to its photograph."""

from PIL import Image


def main(folder, ext):
    thumbnails = folder / "thumbnails"
    thumbnails.mkdir()
    rows, lines = [], []
    for path in sorted(folder.glob("*.jpg")):
        photo = folder / (path.stem + ext)
        with Image.open(path) as im:
            im.save(photo, quality=85, method=4)
        with Image.open(photo) as im:
            im.thumbnail((96, 96), Image.Resampling.LANCZOS)
            im.save(thumbnails / photo.name, quality=70, optimize=True)
        with Image.open(thumbnails / photo.name) as im:
            rows.append(f'<a href="{photo.name}"><img src="thumbnails/{photo.name}"></a>')
            lines.append(f"{path.stem} {im.width}x{im.height} {im.mode}")
    (folder / "index.html").write_text("\n".join(rows))
    return lines
