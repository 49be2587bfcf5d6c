"""A service that takes a picture and gives it back, smaller."""

import io

from flask import Flask, abort, request, send_file
from PIL import Image, ImageOps, UnidentifiedImageError


def create_app(ext):
    app = Flask(__name__)
    format = Image.registered_extensions()[ext]

    @app.post("/avatar")
    def avatar():
        data = request.files["picture"].read()
        try:
            Image.open(io.BytesIO(data)).verify()
            im = Image.open(io.BytesIO(data))
            im.load()
        except UnidentifiedImageError:
            abort(415)
        except OSError:
            abort(422)
        im = ImageOps.exif_transpose(im)
        im.thumbnail((128, 128))
        answer = io.BytesIO()
        im.save(answer, format, quality=75)
        answer.seek(0)
        return send_file(answer, mimetype=Image.MIME[format])

    return app


def main(folder, ext):
    client = create_app(ext).test_client()
    photo = io.BytesIO()
    with Image.open(folder / "turned.jpg") as im:
        im.save(photo, Image.registered_extensions()[ext], exif=im.info["exif"])
    data = photo.getvalue()

    def post(content):
        file = io.BytesIO(content), f"me{ext}"
        return client.post("/avatar", data={"picture": file})

    answer = post(data)
    again = post(answer.data)
    im = Image.open(io.BytesIO(answer.data))
    return [
        f"{answer.status_code} {answer.mimetype.startswith('image/')} {im.size} {im.mode}",
        f"{again.status_code} {im.get_format_mimetype() == answer.mimetype}",
        f"{post(b'no picture').status_code}",
        f"{post(data[: len(data) // 2]).status_code}",
    ]
