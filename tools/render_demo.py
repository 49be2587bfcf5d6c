"""Renders svac2/data/demo.png, the picture of `svac2 demo`.

A lake below mountains: fractal noise, gradients, hard edges, fine texture and a reflection, from
numpy alone and from one seed.

    python tools/render_demo.py svac2/data/demo.png
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 768, 512
SCALE = 2  # the scene is drawn larger and averaged down, so that edges are smooth
W, H = WIDTH * SCALE, HEIGHT * SCALE
HORIZON = 0.56  # of the height: where land meets water
SUN = np.array([-0.62, 0.55, -0.56])  # direction towards the sun: left, up, behind the viewer

Array = NDArray[Any]
random = np.random.default_rng(2018)


def mix(a: Array, b: Array, amount: Array | float) -> Array:
    """Blend from a to b."""
    blend: Array = a + (b - a) * np.asarray(amount)[..., np.newaxis]
    return blend


def smooth_step(low: float, high: float, value: Array) -> Array:
    """Rise from 0 at low to 1 at high."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def rgb(*values: int) -> Array:
    """Return a colour given in 0..255."""
    return np.array(values) / 255


def shaded(colour: Array, light: Array) -> Array:
    """Return one colour under a plane of light."""
    return colour * light[..., np.newaxis]


def paint(picture: Array, where: Array, colour: Array) -> None:
    """Set the samples of a mask from a colour or from a picture."""
    picture[where] = colour[where] if colour.ndim == 3 else colour


class Noise:
    """Value noise that repeats every `period` cells, interpolated smoothly."""

    def __init__(self, period: int = 256) -> None:
        """Draw the lattice."""
        self.period = period
        self.lattice = random.uniform(-1, 1, (period, period))

    def __call__(self, x: Array, y: Array) -> Array:
        """Return values in -1..1."""
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        fx, fy = x - x0, y - y0
        fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
        x0, y0 = x0 % self.period, y0 % self.period
        x1, y1 = (x0 + 1) % self.period, (y0 + 1) % self.period
        top = self.lattice[y0, x0] * (1 - fx) + self.lattice[y0, x1] * fx
        bottom = self.lattice[y1, x0] * (1 - fx) + self.lattice[y1, x1] * fx
        value: Array = top * (1 - fy) + bottom * fy
        return value

    def fractal(self, x: Array, y: Array, octaves: int, gain: float = 0.5) -> Array:
        """Add octaves of falling amplitude."""
        total = np.zeros(np.broadcast(x, y).shape)
        amplitude = 1.0
        for octave in range(octaves):
            total += amplitude * self(x * 2**octave + 17 * octave, y * 2**octave + 31 * octave)
            amplitude *= gain
        return total

    def ridged(self, x: Array, y: Array, octaves: int) -> Array:
        """Add octaves of sharp crests: mountains."""
        total = np.zeros(np.broadcast(x, y).shape)
        amplitude, weight = 1.0, np.ones(1)
        for octave in range(octaves):
            crest = 1 - np.abs(self(x * 2**octave + 5 * octave, y * 2**octave + 9 * octave))
            crest = crest * crest * weight
            total += amplitude * crest
            weight = np.clip(crest * 1.4, 0, 1)
            amplitude *= 0.5
        return total


noise = Noise()
COLUMNS, ROWS = np.meshgrid(np.arange(W) / H, np.arange(H) / H)


def sky() -> Array:
    """Gradient, glow of the sun, and two kinds of cloud."""
    height = np.clip(1 - ROWS / HORIZON, 0, 1)
    colour = mix(rgb(246, 214, 178), rgb(150, 186, 222), smooth_step(0.0, 0.45, height))
    colour = mix(colour, rgb(58, 104, 172), smooth_step(0.25, 1.0, height))
    glow = np.exp(-(((COLUMNS - 0.15) / 0.55) ** 2) - ((ROWS - 0.5) / 0.22) ** 2)
    colour = mix(colour, rgb(255, 226, 170), 0.7 * glow)
    depth = 0.35 / (height + 0.12)
    cloud = noise.fractal((COLUMNS - 0.75) * depth * 3 + 40, depth * 9, 7, 0.55)
    lit = noise.fractal((COLUMNS - 0.78) * depth * 3 + 40, depth * 9 + 0.25, 5, 0.55)
    body = mix(
        rgb(255, 244, 228), rgb(150, 156, 176), smooth_step(-0.1, 0.9, 0.6 * cloud + 0.7 * lit)
    )
    return mix(colour, body, 0.9 * smooth_step(0.0, 0.75, cloud) * smooth_step(0.02, 0.3, height))


def terrain_height(x: Array, z: Array) -> Array:
    """Height of the land: shore in front, mountains behind."""
    warp = 0.25 * noise.fractal(x * 0.7 + 90, z * 0.7, 3)
    mountains = noise.ridged(x * 0.42 + warp + 3.1, z * 0.36 + warp + 7.3, 9) - 0.55
    massif = np.exp(-(((x - 0.9) / 2.1) ** 2)) + 0.75 * np.exp(-(((x + 2.9) / 1.3) ** 2)) + 0.35
    hills = 0.14 + 0.11 * noise.fractal(x * 0.8 + 50, z * 0.8, 5)
    rise = smooth_step(3.2, 7.0, z)
    return smooth_step(2.3, 3.4, z) * hills + rise * np.maximum(mountains, 0) * massif * 1.15


def terrain(picture: Array) -> None:
    """Paint the land slice by slice, from far to near, each down to the water line."""
    x_screen = np.arange(W) / H - W / H / 2
    rows = np.arange(H)[:, np.newaxis]
    focal = 1.25
    haze = rgb(186, 198, 214)
    for z in np.geomspace(12, 2.3, 900):
        x = x_screen * z / focal
        height = terrain_height(x, np.full(W, z))
        step = 0.012
        slope_x = (terrain_height(x + step, np.full(W, z)) - height) / step
        slope_z = (terrain_height(x, np.full(W, z + step)) - height) / step
        normal = np.stack([-slope_x, np.ones(W), -slope_z])
        normal /= np.linalg.norm(normal, axis=0)
        light = np.clip(SUN @ normal, 0, 1)
        detail = noise.fractal(x * 40, np.full(W, z * 40), 4, 0.7)
        forest = mix(rgb(22, 44, 26), rgb(110, 122, 58), np.clip(0.5 + 0.6 * detail, 0, 1))
        rock = mix(rgb(92, 84, 80), rgb(146, 132, 118), np.clip(0.5 + 0.6 * detail, 0, 1))
        ground = mix(
            forest, rock, smooth_step(0.3, 0.55, height + 0.12 * detail + 0.1 * (1 - normal[1]))
        )
        snowy = smooth_step(0.78, 1.0, height + 0.15 * detail) * smooth_step(0.35, 0.6, normal[1])
        ground = mix(ground, rgb(244, 246, 252), snowy)
        shade = 0.32 * rgb(150, 176, 220) + light[:, np.newaxis] * rgb(255, 236, 200) * 1.05
        colour = mix(ground * shade, haze, 1 - np.exp(-0.085 * max(z - 2.4, 0)))
        top = (HORIZON - height * focal / z) * H
        shown = (rows >= top) & (rows < HORIZON * H)
        paint(picture, shown, np.broadcast_to(colour, picture.shape))


def polygon(points: list[tuple[float, float]], x: float = 0, y: float = 0) -> Array:
    """Mark the inside of a convex polygon, given clockwise in units of the height from (x, y)."""
    inside = np.ones((H, W), bool)
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        inside &= (x1 - x0) * (ROWS - y - y0) - (y1 - y0) * (COLUMNS - x - x0) >= 0
    return inside


def box(left: float, top: float, width: float, height: float, x: float = 0, y: float = 0) -> Array:
    """Mark the inside of a rectangle."""
    right, bottom = left + width, top + height
    return polygon([(left, top), (right, top), (right, bottom), (left, bottom)], x, y)


def house(picture: Array, x: float, y: float) -> None:
    """A boat house: boards, tiles, windows, a door, a chimney."""
    white = rgb(238, 234, 224)
    grain = noise.fractal(COLUMNS * 30, ROWS * 260, 3)
    boards = np.where(((ROWS - y) * 95) % 1 < 0.16, 0.6, 1.0)
    wall = shaded(rgb(164, 58, 44), (0.92 + 0.12 * grain) * boards)
    gable = polygon([(0, -0.1), (0.05, -0.165), (0.1, -0.1)], x, y)
    paint(picture, box(0, -0.1, 0.1, 0.1, x, y) | gable, wall * 1.15)
    paint(picture, box(0.1, -0.1, 0.15, 0.1, x, y), wall * 0.68)

    bricks = np.where(((ROWS * 160) % 1 < 0.2) | ((COLUMNS * 110) % 1 < 0.15), 0.7, 1.0)
    paint(picture, box(0.165, -0.21, 0.026, 0.06, x, y), shaded(rgb(150, 104, 88), bricks))
    rows = (ROWS - y) * 110
    joints = ((COLUMNS + 0.004 * np.floor(rows)) * 120) % 1 < 0.14
    tiles = 0.72 + 0.28 * (rows % 1) - 0.25 * joints + 0.12 * grain
    roof = polygon([(0.045, -0.175), (0.225, -0.175), (0.265, -0.092), (0.1, -0.092)], x, y)
    paint(picture, roof, shaded(rgb(92, 96, 108), tiles))
    left = [(-0.012, -0.092), (0.045, -0.175), (0.053, -0.168), (-0.004, -0.086)]
    right = [(0.045, -0.175), (0.053, -0.18), (0.108, -0.09), (0.1, -0.086)]
    paint(picture, polygon(left, x, y) | polygon(right, x, y), white)

    glass = mix(rgb(40, 54, 74), rgb(148, 172, 196), smooth_step(0, 1, (y - 0.035 - ROWS) * 25))
    for start, light in ((0.06, 1.0), (0.125, 0.8), (0.165, 0.7), (0.205, 0.75)):
        paint(picture, box(start - 0.003, -0.075, 0.036, 0.041, x, y), white * light)
        paint(picture, box(start, -0.072, 0.03, 0.035, x, y), glass)
        upright = box(start + 0.014, -0.072, 0.002, 0.035, x, y)
        paint(picture, upright | box(start, -0.0555, 0.03, 0.002, x, y), white * light)
    paint(picture, box(0.015, -0.07, 0.032, 0.07, x, y), white)
    paint(picture, box(0.018, -0.067, 0.026, 0.067, x, y), rgb(46, 74, 70))
    stones = 0.75 + 0.4 * noise(COLUMNS * 130, ROWS * 200)
    paint(picture, box(-0.004, -0.008, 0.258, 0.012, x, y), shaded(rgb(128, 124, 118), stones))


def conifer(picture: Array, x: float, base: float, height: float, tint: float) -> None:
    """A fir: tiers of ragged branches, lit from the left."""
    left, right = max(int((x - 0.25 * height) * H), 0), min(int((x + 0.25 * height) * H), W)
    top, bottom = max(int((base - height) * H), 0), min(int(base * H), H)
    u = (COLUMNS[top:bottom, left:right] - x) / height
    v = np.clip((base - ROWS[top:bottom, left:right]) / height, 0, 1)
    tier = (v * 13 + 0.6 * noise(u * 9 + 100 * x, v * 3)) % 1
    ragged = 0.03 * (1 - v) * noise.fractal(u * 45 + 77 * x, v * 60, 3)
    reach = (1 - v) ** 0.85 * 0.2 * (1.1 - 0.5 * tier) + ragged
    crown = (np.abs(u) < reach) & (v > 0.06)
    light = 0.5 - 1.1 * u / np.maximum(reach, 0.02) * 0.45 - 0.4 * tier
    light = np.clip(light + 0.4 * noise.fractal(u * 80 + x * 50, v * 110, 3), 0.02, 1)
    colour = mix(rgb(14, 28, 20), rgb(88, 116, 58) * tint, light)
    area = picture[top:bottom, left:right]
    paint(area, (np.abs(u) < 0.012) & (v <= 0.12), rgb(58, 42, 32))
    paint(area, crown, colour)


def far_shore(picture: Array) -> None:
    """Trees and the house along the water line."""
    for x in np.sort(random.uniform(-0.02, W / H + 0.02, 130)):
        size = 0.028 + 0.03 * random.random() + 0.022 * float(noise(x * 5, np.array(2.0)))
        conifer(picture, x, HORIZON + 0.001, size, random.uniform(0.75, 1.0))
    house(picture, 0.98, HORIZON)
    places = (0.93, 0.895, 1.275, 1.325, 1.37, 1.42, 1.47)
    sizes = (0.19, 0.13, 0.23, 0.17, 0.25, 0.2, 0.27)
    for x, size in zip(places, sizes, strict=True):
        conifer(picture, x, HORIZON + 0.003, size, random.uniform(0.9, 1.1))
    top = HORIZON - 0.006 + 0.004 * noise.fractal(COLUMNS * 25, ROWS * 0, 4)
    stones = mix(rgb(70, 66, 52), rgb(150, 142, 120), 0.5 + 0.5 * noise(COLUMNS * 220, ROWS * 400))
    paint(picture, (top < ROWS) & (ROWS < HORIZON), stones)


def water(picture: Array) -> None:
    """Mirror the scene at the water line, disturbed by ripples that grow towards the viewer."""
    first = round(HORIZON * H)
    x, y = COLUMNS[first:], ROWS[first:]
    below = y - HORIZON
    depth = 0.08 / (below + 0.012)
    ripple = noise.fractal((x - 0.75) * depth * 3.2, depth * 26, 4, 0.6)
    breeze = smooth_step(-0.1, 0.5, noise.fractal(x * 1.5 + 8, depth * 2.2, 3))
    strength = (0.1 + 0.9 * breeze) * smooth_step(0, 0.2, below)
    source_y = HORIZON - below * 1.05 - 0.03 * ripple * strength
    source_x = x + 0.012 * ripple * strength
    rows = np.clip((source_y * H).astype(int), 0, first - 2)
    columns = np.clip((source_x * H).astype(int), 0, W - 1)
    mirrored = picture[rows, columns]
    deep = mix(rgb(34, 66, 84), rgb(16, 40, 50), smooth_step(0, 0.44, below))
    fresnel = np.clip(0.86 - 1.0 * below - 0.22 * ripple * strength, 0.15, 0.95)
    surface = mix(deep, mirrored, fresnel)
    glint = smooth_step(0.75, 1.2, ripple) * breeze * smooth_step(0.01, 0.1, below)
    picture[first:] = mix(surface, rgb(255, 240, 214), 0.35 * glint)


def stroke(picture: Array, points: Array, radius: Array, colour: Array) -> None:
    """Draw a line of round dabs."""
    for (x, y), r, c in zip(points, radius, colour, strict=True):
        top, left = int(y - r), int(x - r)
        bottom, right = int(y + r) + 1, int(x + r) + 1
        if min(left, top) >= 0 and right <= W and bottom <= H:
            picture[top:bottom, left:right] = c


def near_bank(picture: Array) -> None:
    """Grass and flowers in front, drawn blade by blade from back to front."""
    slope = 0.93 - 0.16 * smooth_step(0.75, 0.0, COLUMNS)
    edge = slope + 0.02 * noise.fractal(COLUMNS * 4, ROWS * 0, 4)
    crumbs = 0.5 + 0.5 * noise.fractal(COLUMNS * 60, ROWS * 90, 3)
    paint(picture, edge < ROWS, mix(rgb(40, 44, 22), rgb(84, 86, 40), crumbs))
    for y in np.sort(random.uniform(0.76, 1.06, 9000)):
        x = random.uniform(0, W / H)
        column = min(int(x * H), W - 1)
        if y < edge[0, column] + 0.004:
            continue
        length = random.uniform(0.02, 0.055) * (0.6 + 2.2 * (y - 0.76))
        lean = random.normal(0.12, 0.35) * length
        t = np.linspace(0, 1, int(length * H / 1.5) + 2)
        points = np.stack([(x + lean * t**2) * H, (y - length * t) * H], axis=1)
        shade = random.uniform(0.55, 1.15)
        blade = mix(rgb(40, 62, 22), rgb(156, 172, 74), t) * shade
        if random.random() < 0.12:
            blade = mix(rgb(96, 84, 44), rgb(214, 190, 120), t) * shade
        stroke(picture, points, 2.2 * (1 - 0.75 * t), blade)
        if random.random() < 0.02:
            petals = [rgb(250, 246, 240), rgb(238, 190, 40), rgb(196, 60, 110)][random.integers(3)]
            tip = points[-1]
            for angle in np.arange(0, 2 * np.pi, np.pi / 4):
                dab = tip + 3.4 * np.array([np.cos(angle), 0.7 * np.sin(angle)])
                stroke(picture, dab[np.newaxis], np.array([1.9]), petals[np.newaxis])
            stroke(picture, tip[np.newaxis], np.array([1.8]), rgb(226, 150, 30)[np.newaxis])


def pier(picture: Array) -> None:
    """Planks on posts that run out into the lake."""
    far, near = HORIZON + 0.1, 0.9
    t = (ROWS - far) / (near - far)
    across = (COLUMNS - 0.62 + 0.2 * t) / (0.012 + 0.075 * t)
    along = 9 / (t + 0.22)
    plank = np.floor(along)
    tone = np.where(along % 1 < 0.12, 0.3, 0.8 + 0.25 * noise(plank * 7.3, plank * 0 + 3))
    grain = 0.12 * noise.fractal(across * 2.5, along * 7, 3)
    deck = (far < ROWS) & (ROWS < near) & (np.abs(across) < 1)
    posts = [
        (0.62 - 0.2 * s + side * (0.012 + 0.075 * s), s)
        for s in (0.02, 0.2, 0.42, 0.68, 0.95)
        for side in (-1, 1)
    ]
    for x, s in posts:
        shadow = box(
            -0.002 - 0.006 * s, 0, 0.004 + 0.012 * s, 0.016 + 0.048 * s, x, far + s * (near - far)
        )
        picture[shadow] *= 0.35
    paint(picture, deck, shaded(rgb(168, 146, 120), tone + grain))
    bark = 0.75 + 0.15 * noise(COLUMNS * 300, ROWS * 40)
    for x, s in posts:
        width, height = 0.004 + 0.012 * s, 0.02 + 0.06 * s
        wood = box(-width / 2, -height, width, height, x, far + s * (near - far))
        paint(picture, wood, shaded(rgb(142, 118, 92), bark - 0.6 * (COLUMNS - x) / width))


def render() -> NDArray[np.uint8]:
    """Draw the scene, average it down to its size, and add the grain of a sensor."""
    picture = sky()
    terrain(picture)
    far_shore(picture)
    water(picture)
    pier(picture)
    near_bank(picture)
    small = np.clip(picture, 0, 1).reshape(HEIGHT, SCALE, WIDTH, SCALE, 3).mean(axis=(1, 3))
    grain = random.normal(0, 1.1, (HEIGHT, WIDTH, 1)) + random.normal(0, 0.5, (HEIGHT, WIDTH, 3))
    samples: NDArray[np.uint8] = np.rint(np.clip(small * 255 + grain, 0, 255)).astype(np.uint8)
    return samples


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description="Render the picture of svac2 demo.")
    parser.add_argument("output", type=Path, help="the PNG file to write")
    Image.fromarray(render()).save(parser.parse_args().output, optimize=True)


if __name__ == "__main__":
    main()
