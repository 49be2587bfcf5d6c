"""Pictures in a page of their own, without files."""

import base64
import io
import re

from PIL import Image


def as_uri(im, ext, **options):
    file = io.BytesIO()
    im.save(file, format=ext.lstrip("."), **options)
    kind = Image.open(file).get_format_mimetype()
    return f"data:{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


def from_uri(uri):
    _, data = re.fullmatch(r"data:(image/[\w-]+);base64,([\w+/=]+)", uri).groups()
    return Image.open(io.BytesIO(base64.b64decode(data)))


def main(folder, ext):
    lines = []
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as im:
            page = f'<img src="{as_uri(im, ext, quality=80, method=6)}" alt="{path.stem}">'
        back = from_uri(re.search('src="(.*?)"', page)[1])
        back.load()
        lines.append(f"{path.stem} {back.size} {back.has_transparency_data}")
    return lines
