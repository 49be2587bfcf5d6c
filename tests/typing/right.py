"""A program in which checkers of types shall find nothing."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2.pillow import Svac2ImageFile, register_svac2_opener


def thumbnails(folder: Path, side: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in folder.glob("*.svac2"):
        small = svac2.read(path, max_size=side)
        found[path.stem] = svac2.encode(small, quality=60, effort=3, mode="auto")
    return found


def depth_of(data: bytes) -> tuple[int, float | None]:
    info = svac2.info(data, limits=svac2.Limits.untrusted())
    return info.bit_depth, info.alpha_qp


def turned(path: Path) -> Image.Image:
    image = svac2.read(path, pillow=True, enhance=False)
    return image.transpose(Image.Transpose.ROTATE_90)


def kept(data: bytes) -> bytes | None:
    profile = svac2.info(data).metadata.icc_profile
    return profile[:4] if profile is not None else None


def mean(data: bytes, out: NDArray[np.uint8]) -> float:
    svac2.decode(data, out=out, threads=2, progress=lambda done, total: None)
    return float(out.mean())


def by_pillow(data: bytes) -> tuple[int, int]:
    register_svac2_opener(enhance="auto", limits=svac2.Limits(max_side=4096), threads=1)
    with Svac2ImageFile(io.BytesIO(data)) as image:
        image.thumbnail((64, 64))
        return image.size


def checked(data: bytes) -> str:
    try:
        svac2.decode(data, channels=3, background=(255, 255, 255))
    except svac2.TruncatedError as error:
        return str(error)
    return svac2.models()[0].name
