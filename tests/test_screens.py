"""Pictures whose colours repeat, without loss: screens, masks, maps of labels."""

import contextlib
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

import svac2


def pages(seed: int, width: int, height: int) -> Image.Image:
    """Lines of text, a frame, a gradient and noise, as windows have them."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), (240, 240, 245))
    draw = ImageDraw.Draw(image)
    for y in range(4, height, 14):
        text = "".join(rng.choice(list("abcdefgh  ")) for _ in range(width // 8))
        draw.text((6, y), text, fill=tuple(int(v) for v in rng.integers(0, 128, 3)))
    draw.rectangle((width // 2, 0, width - 1, height // 3), outline=(0, 0, 128), fill="white")
    ramp = np.linspace(0, 255, width // 3).astype(np.uint8)
    image.paste(Image.fromarray(np.tile(ramp, (height // 8, 1))), (0, height // 2))
    noise = rng.integers(0, 256, (height // 4, width // 4, 3), np.uint8)
    image.paste(Image.fromarray(noise), (width // 2, height // 2))
    return image


def regions(classes: int, width: int = 320, height: int = 240) -> np.ndarray:
    """The class of the nearest of some points, with uneven borders."""
    rng = np.random.default_rng(classes)
    points = rng.random((30, 2)) * [height, width]
    y, x = np.mgrid[0:height, 0:width]
    y = y + 3 * np.sin(x / 5)
    distance = [(y - py) ** 2 + (x - px) ** 2 for py, px in points]
    return rng.integers(0, classes, 30)[np.argmin(distance, axis=0)]


def others(samples: np.ndarray) -> list[int]:
    """Sizes of the picture as PNG and as WebP (which has 8 bits alone)."""
    sizes = []
    image = Image.fromarray(samples)
    for name, options in (("PNG", {"optimize": True}), ("WEBP", {"lossless": True, "method": 6})):
        if name == "PNG" or samples.dtype == np.uint8:
            file = io.BytesIO()
            image.save(file, name, **options)
            sizes.append(file.tell())
    return sizes


def coded(samples: np.ndarray, **options) -> bytes:
    data = svac2.encode(samples, lossless=True, **options)
    np.testing.assert_array_equal(svac2.decode(data), samples)
    return data


@pytest.mark.parametrize("effort", [2, 5, 9])
def test_screen_is_smaller_than_as_png_and_webp(effort):
    samples = np.asarray(pages(1, 400, 300))
    assert len(coded(samples, effort=effort)) < 0.92 * min(others(samples))


@pytest.mark.parametrize("classes", [2, 40])
def test_mask_and_labels_are_smaller_than_as_png_and_webp(classes):
    samples = (regions(classes) * (255 // (classes - 1))).astype(np.uint8)
    assert len(coded(samples)) < 0.7 * min(others(samples))


def test_depth_map_is_smaller_than_as_png():
    y, x = np.mgrid[0:240, 0:320]
    noise = np.random.default_rng(0).normal(0, 2, y.shape)
    samples = (20000 + 300 * regions(40) + 5 * x + 9 * y + noise).astype(np.uint16)
    assert len(coded(samples)) < 0.9 * others(samples)[0]


def test_values_that_do_not_occur_cost_nothing():
    samples = np.asarray(pages(5, 160, 120))
    small = len(coded(samples))
    scaled = samples.astype(np.uint16) * 257
    assert len(coded(scaled)) < small + 600
    spread = (np.asarray(Image.fromarray(samples).convert("L")) // 3 * 3).astype(np.uint8)
    assert len(coded(spread)) <= len(coded(spread // 3)) + 100


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3), (17, 33), (64, 64), (130, 7)])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bit_depth", [8, 10, 16])
def test_few_colours_are_exact(size, channels, bit_depth):
    rng = np.random.default_rng(channels)
    dtype = np.uint8 if bit_depth == 8 else np.uint16
    colours = rng.integers(0, 2**bit_depth, (5, channels)).astype(dtype)
    steps = np.cumsum(rng.random(size) < 0.1, axis=1) % 5
    samples = colours[steps].squeeze() if channels == 1 and min(size) > 1 else colours[steps]
    data = svac2.encode(samples, lossless=True, exact=True, bit_depth=bit_depth)
    np.testing.assert_array_equal(svac2.decode(data).reshape(samples.shape), samples)


def test_colour_may_differ_within_its_bound():
    samples = np.asarray(pages(2, 200, 150))
    data = svac2.encode(samples, lossless=True, max_error=2)
    error = np.abs(svac2.decode(data).astype(int) - samples)
    assert error.max() <= 2
    assert len(data) < len(coded(samples))


def test_a_screen_beside_a_photograph(photo):
    """Where colours do not repeat, looking for them costs little."""
    half = np.asarray(pages(3, photo.shape[1], photo.shape[0]))
    whole = np.concatenate([half, photo])
    assert len(coded(whole)) < 1.05 * (len(coded(half)) + len(coded(photo)))


def test_damage_is_told():
    data = bytearray(coded(np.asarray(pages(4, 60, 40))))
    for position in range(len(data) - 400, len(data), 7):
        broken = bytearray(data)
        broken[position] ^= 0x55
        with contextlib.suppress(svac2.SvacError):
            svac2.decode(bytes(broken), verify=False)
