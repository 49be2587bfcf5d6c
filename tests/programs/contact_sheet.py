"""All pictures of a folder on one sheet, with their names."""

from PIL import Image, ImageDraw, ImageOps

COLUMNS, CELL, MARGIN = 3, 80, 6


def main(folder, ext):
    names = sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png"})
    for path in names:
        Image.open(path).convert("RGB").save(folder / (path.stem + ext), quality=80)

    photos = sorted(folder.glob("*" + ext))
    rows = -(-len(photos) // COLUMNS)
    step = CELL + MARGIN
    sheet = Image.new("RGB", (MARGIN + COLUMNS * step, MARGIN + rows * step), "white")
    draw = ImageDraw.Draw(sheet)
    for number, path in enumerate(photos):
        x, y = MARGIN + number % COLUMNS * step, MARGIN + number // COLUMNS * step
        with Image.open(path) as im:
            im.draft("RGB", (CELL, CELL))
            sheet.paste(ImageOps.fit(im, (CELL, CELL)), (x, y))
        draw.text((x + 2, y + 2), path.stem, fill="yellow")
    sheet.save(folder / f"sheet{ext}", quality=90)

    with Image.open(folder / f"sheet{ext}") as im:
        corner = im.getpixel((1, 1))
        return [f"{len(photos)} pictures, {im.size} {im.mode}, white: {min(corner) > 245}"]
