"""Pictures that look the same, by the signs of the differences of their grey."""

import itertools

import numpy as np
from PIL import Image


def difference_hash(path, side=8):
    with Image.open(path) as im:
        grey = np.asarray(im.convert("L").resize((side + 1, side), Image.Resampling.LANCZOS))
    return np.packbits(grey[:, 1:] > grey[:, :-1])


def main(folder, ext):
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as im:
            im.save(folder / f"{path.stem}-large{ext}", quality=85)
            im.resize((im.width // 2, im.height // 2)).save(
                folder / f"{path.stem}-small{ext}", quality=50
            )
    hashes = {path.stem: difference_hash(path) for path in sorted(folder.glob("*" + ext))}
    return [
        f"{first} = {second}"
        for first, second in itertools.combinations(hashes, 2)
        if np.unpackbits(hashes[first] ^ hashes[second]).sum() <= 12
    ]
