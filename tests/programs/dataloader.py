"""Batches of crops for training, read by several threads."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image


class Folder:
    def __init__(self, root, ext, size=48):
        self.paths, self.size = sorted(root.glob("train-*" + ext)), size

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as im:
            im = im.convert("RGB")
        source = random.Random(index)
        x, y = (source.randrange(side - self.size) for side in im.size)
        crop = im.crop((x, y, x + self.size, y + self.size))
        if source.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return np.asarray(crop, np.float32).transpose(2, 0, 1) / 255


def main(folder, ext):
    for number, path in enumerate(sorted(folder.glob("*.jpg"))):
        with Image.open(path) as im:
            im.save(folder / f"train-{number}{ext}", lossless=True, quality=100)
    data = Folder(folder, ext)
    with ThreadPoolExecutor(2) as threads:
        batch = np.stack(list(threads.map(data.__getitem__, range(len(data)))))
    again = np.stack([data[index] for index in range(len(data))])
    return [f"{batch.shape} {batch.dtype} {batch.mean():.6f} {(batch == again).all()}"]
