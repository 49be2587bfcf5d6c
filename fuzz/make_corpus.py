"""Make the seeds of the fuzz targets: tiny files that between them use every part of the format.

Also networks.inc, the networks that restore their pictures. Run it again when the format, or how a
target reads its bytes, changes: python fuzz/make_corpus.py
"""

import argparse
import binascii
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import svac2
from svac2.models import short_hash
from svac2.weight_files import weights_hash

MAX_SIZE = 1000

Arrays = dict[str, NDArray[Any]]


def sharpener(*, planes: int, cell: int, views: int) -> Arrays:
    """Make a small network of the structure that the models of svac2 have: it sharpens luma.

    Its first layer holds, rectified, by how much each sample of a cell is above and below those
    around, which two layers of 1x1 pass on to the head; what else there is, is noise.
    """
    rng = np.random.default_rng([planes, cell])
    phases = cell * cell
    edges = 2 * phases  # outputs
    layers = [(3, edges + 1, 1), (3, 4, 2), (1, edges + 2, 6), (1, 3, 6), (3, 2, 16), (1, 3, 40)]
    outputs = [layer[1] for layer in layers]
    inputs = [planes * phases, outputs[0], outputs[0] + outputs[1], outputs[0] + outputs[1]]
    inputs.append(outputs[3])
    weights = [
        rng.integers(-9, 10, (outputs[i], inputs[i], layers[i][0], layers[i][0])) for i in range(5)
    ]
    for phase in range(phases):
        laplacian = -np.ones((3, 3), int)
        laplacian[1, 1] = 8
        weights[0][phase] = weights[0][phases + phase] = 0
        weights[0][phase, phase] = laplacian
        weights[0][phases + phase, phase] = -laplacian
    weights[2][:edges] = 0
    weights[2][range(edges), range(edges), 0, 0] = 64
    features = outputs[2] + outputs[4]
    head_weights = rng.integers(-500, 500, (1, 3, phases, features))
    for phase in range(phases):
        head_weights[0, 0, phase] = 0
        head_weights[0, 0, phase, [phase, phases + phase]] = [2**12, -(2**12)]
    arrays = {
        "format": np.int32(5),
        "name": "fuzz",
        "planes": np.int32(planes),
        "views": np.int32(views),
        "layers": np.array([(*layer, cell) for layer in layers], np.int32),
        "qps": np.array([44], np.int32),
        "weights": np.concatenate([layer.ravel() for layer in weights])[np.newaxis].astype("<i2"),
        "biases": rng.integers(-90, 90, (1, sum(outputs[:5])), np.int32),
        "shifts": np.repeat(np.array([[3, 6, 6, 6, 6]], np.uint8), outputs[:5], 1),
        "head_weights": head_weights.astype("<i2"),
        "head_biases": np.zeros((1, 3, phases), np.int32),
        "golden_qps": np.zeros(0, np.int32),
        "golden_planes": np.zeros((0, planes, 1, 1), np.uint16),
        "golden_restored": np.zeros((0, 1, 1), np.uint16),
        "training": "{}",
    }
    arrays["biases"][:, :edges] = 0
    found = {name: np.asarray(array) for name, array in arrays.items()}
    return found | {"hash": np.asarray(weights_hash(found))}


# As guided and clic2018.
NETWORKS = {
    "guided": sharpener(planes=3, cell=2, views=8),
    "plain": sharpener(planes=1, cell=1, views=1),
}
# Arrays of a network as C has them: kind of their numbers, name of their count, numbers of one.
C_ARRAYS = {
    "layers": ("int32_t", "layer_count", 4),
    "qps": ("int32_t", "set_count", 1),
    "weights": ("int16_t", "weight_count", 1),
    "biases": ("int32_t", "bias_count", 1),
    "shifts": ("uint8_t", "shift_count", 1),
    "head_weights": ("int16_t", "head_weight_count", 1),
    "head_biases": ("int32_t", "head_bias_count", 1),
}


def c_array(kind: str, name: str, numbers: list[int]) -> str:
    """Write an array down as C."""
    rows = [", ".join(map(str, numbers[i : i + 20])) for i in range(0, len(numbers), 20)]
    body = "".join(f"    {row},\n" for row in rows)
    return f"static const {kind} {name}[] = {{\n{body}}};\n"


def c_source(networks: Mapping[str, Arrays]) -> str:
    """Write networks down as C."""
    parts = [
        '/* Made by make_corpus.py: networks for the targets. */\n#include "include/svac2.h"\n'
    ]
    structures = []
    for network, arrays in networks.items():
        fields = [f".hash = UINT64_C({short_hash(arrays['hash'].item()):#x})"]
        fields += [f".{name} = {arrays[name]}" for name in ("planes", "views")]
        for name, (kind, count, size) in C_ARRAYS.items():
            numbers = arrays[name].ravel().tolist()
            parts.append(c_array(kind, f"{network}_{name}", numbers))
            fields += [f".{name} = {network}_{name}", f".{count} = {len(numbers) // size}"]
        structures.append("    {" + ",\n     ".join(fields) + "},\n")
    parts.append(f"static const svac2_model_arrays networks[] = {{\n{''.join(structures)}}};\n")
    return "\n".join(parts)


def loaded(arrays: Arrays) -> svac2.Model:
    """Return the model of a network."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.npz")
        np.savez(path, **arrays)
        return svac2.Model.load(path)


def with_items(data: bytes, items: Iterable[tuple[int, bytes]]) -> bytes:
    """Add items, of a type and flags, to a file whose header is short."""
    end = 5 + data[4]
    body = data[5:end] + b"".join(bytes([head, len(content)]) for head, content in items)
    header = data[:4] + bytes([len(body)]) + body
    checksum = binascii.crc_hqx(header, 0xFFFF).to_bytes(2, "big")
    return header + checksum + data[end + 2 :] + b"".join(content for _, content in items)


def picture(kind: str, height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Draw a picture; the numbers are the same on every machine."""
    y, x, c = np.ogrid[:height, :width, :channels]
    if kind == "gradient":
        samples = 3 * x + 2 * y + 40 * c
    elif kind == "edges":
        samples = 255 * ((x + 2 * y) // (7 + c) % 2)
    elif kind == "labels":
        samples = (x // 6 + (y + x // 9) // 5 + c) % 5 * 3
    elif kind == "text":
        samples = 255 * ((x * 5 + y * 3 + (x * y) // 7 + c) % 11 > 2)
    else:  # noise: the low bits of a multiplicative hash
        samples = (x * 40503 + y * 30637 + c * 10007 + x * y * 2749) >> 3
    return (samples % 256).astype(np.uint8) + np.zeros((1, 1, channels), np.uint8)


# name: (kind, height, width, channels), options
SEEDS = {
    "grey-pixel": (("gradient", 1, 1, 1), {"qp": 32}),
    "grey-gradient": (("gradient", 40, 70, 1), {"qp": 24, "effort": 3}),
    "grey-edges": (("edges", 33, 48, 1), {"qp": 40, "effort": 9}),
    "grey-noise": (("noise", 16, 16, 1), {"qp": 16, "effort": 5}),
    "grey-lossless-like": (("noise", 9, 9, 1), {"qp": 0, "effort": 7}),
    "grey-row": (("text", 1, 90, 1), {"qp": 30, "effort": 8}),
    "420-gradient": (("gradient", 65, 66, 3), {"qp": 30, "subsampling": "4:2:0"}),
    "420-edges": (("edges", 24, 40, 3), {"qp": 44, "subsampling": "4:2:0", "effort": 9}),
    "420-text": (("text", 20, 20, 3), {"qp": 40, "subsampling": "4:2:0", "effort": 8}),
    "420-coarse": (("noise", 72, 72, 3), {"qp": 63, "subsampling": "4:2:0", "effort": 2}),
    "422-gradient": (("gradient", 70, 40, 3), {"qp": 30, "subsampling": "4:2:2", "effort": 6}),
    "422-edges": (("edges", 24, 40, 3), {"qp": 44, "subsampling": "4:2:2", "effort": 9}),
    "422-coarse": (("noise", 72, 72, 3), {"qp": 63, "subsampling": "4:2:2", "effort": 2}),
    "444-gradient": (("gradient", 30, 65, 3), {"qp": 20, "subsampling": "4:4:4", "effort": 6}),
    "444-edges": (("edges", 16, 24, 3), {"qp": 40, "subsampling": "4:4:4", "effort": 9}),
    "444-text": (("text", 16, 16, 3), {"qp": 44, "subsampling": "4:4:4", "effort": 7}),
    "444-column": (("noise", 60, 1, 3), {"qp": 40, "subsampling": "4:4:4", "effort": 1}),
    "420-layers": (("gradient", 70, 75, 3), {"qp": 44, "mode": "multiscale", "base_scale": 2}),
    "422-layers": (
        ("text", 41, 33, 3),
        {"qp": 46, "mode": "multiscale", "base_scale": 2, "subsampling": "4:2:2"},
    ),
    "444-layers": (
        ("gradient", 41, 33, 3),
        {"qp": 34, "mode": "multiscale", "base_scale": 8, "subsampling": "4:4:4"},
    ),
    "grey-layers": (("noise", 30, 37, 1), {"qp": 50, "mode": "multiscale", "base_scale": 4}),
    "grey-metadata": (
        ("gradient", 20, 20, 1),
        {"icc_profile": b"a profile", "exif": b"II*\0\x08\0\0\0\0\0", "xmp": b"<x:xmpmeta/>"},
    ),
    "444-cicp": (("edges", 12, 20, 3), {"qp": 44, "cicp": (9, 16, 0, True)}),
    "grey-restored": (("edges", 70, 70, 1), {"qp": 58, "model": "plain"}),
    "420-restored": (
        ("text", 66, 136, 3),
        {"qp": 62, "subsampling": "4:2:0", "model": "guided", "effort": 3},
    ),
    "444-restored-layers": (
        ("text", 66, 150, 3),
        {"qp": 63, "mode": "multiscale", "subsampling": "4:4:4", "model": "guided", "effort": 3},
    ),
    # Chroma is restored, luma is not.
    "420-chroma": (("gradient", 40, 64, 3), {"qp": 44, "subsampling": "4:2:0", "effort": 2}),
    "444-tall": (("gradient", 1500, 2, 3), {"qp": 50, "subsampling": "4:4:4", "effort": 1}),
    "444-no-checksum": (("gradient", 8, 8, 3), {"qp": 36, "checksum": False}),
    # More than 8 bits.
    "grey-10": (("edges", 33, 48, 1), {"bit_depth": 10, "qp": 40, "effort": 9}),
    "grey-12-finest": (("gradient", 12, 14, 1), {"bit_depth": 12, "quality": 100, "effort": 7}),
    "grey-14": (("gradient", 40, 70, 1), {"bit_depth": 14, "qp": 10, "effort": 3}),
    "grey-16-finest": (("noise", 9, 9, 1), {"bit_depth": 16, "quality": 100, "effort": 5}),
    "grey-16-layers": (
        ("gradient", 40, 50, 1),
        {"bit_depth": 16, "qp": 24, "mode": "multiscale", "base_scale": 4},
    ),
    "420-10": (
        ("gradient", 65, 66, 3),
        {"bit_depth": 10, "qp": 30, "subsampling": "4:2:0", "effort": 2},
    ),
    "420-16-coarse": (
        ("noise", 72, 72, 3),
        {"bit_depth": 16, "qp": 63, "subsampling": "4:2:0", "effort": 2},
    ),
    "420-12-layers": (
        ("gradient", 41, 33, 3),
        {"bit_depth": 12, "qp": 34, "mode": "multiscale", "base_scale": 2, "subsampling": "4:2:0"},
    ),
    "420-10-restored": (
        ("text", 66, 130, 3),
        {"bit_depth": 10, "qp": 62, "subsampling": "4:2:0", "model": "guided", "effort": 3},
    ),
    "422-16": (
        ("edges", 24, 40, 3),
        {"bit_depth": 16, "qp": 44, "subsampling": "4:2:2", "effort": 9},
    ),
    "422-12-finest": (
        ("gradient", 9, 10, 3),
        {"bit_depth": 12, "quality": 100, "subsampling": "4:2:2", "effort": 6},
    ),
    "444-14": (
        ("text", 16, 16, 3),
        {"bit_depth": 14, "qp": 20, "subsampling": "4:4:4", "effort": 9},
    ),
    # Alpha, and parts without loss.
    "grey-alpha": (("edges", 20, 24, 2), {"qp": 40, "effort": 3}),
    "420-alpha-blocks": (
        ("gradient", 40, 33, 4),
        {"qp": 44, "alpha_quality": 30, "subsampling": "4:2:0", "effort": 2},
    ),
    "444-alpha-layers": (
        ("text", 20, 24, 4),
        {"qp": 50, "mode": "multiscale", "base_scale": 2, "subsampling": "4:4:4"},
    ),
    "grey-12-alpha": (("gradient", 12, 14, 2), {"bit_depth": 12, "qp": 40, "alpha_quality": 50}),
    "lossless": (("gradient", 20, 30, 3), {"lossless": True}),
    "lossless-fast": (("edges", 20, 30, 3), {"lossless": True, "effort": 1}),
    "lossless-fast-noise": (("noise", 10, 14, 3), {"lossless": True, "effort": 1}),
    "lossless-fast-labels": (("labels", 40, 50, 3), {"lossless": True, "effort": 1}),
    "lossless-fast-near": (("edges", 14, 16, 4), {"lossless": True, "effort": 1, "max_error": 2}),
    "lossless-fast-16": (("gradient", 9, 12, 3), {"lossless": True, "effort": 1, "bit_depth": 16}),
    "lossless-labels": (("labels", 60, 70, 1), {"lossless": True}),
    "lossless-best": (("edges", 20, 30, 3), {"lossless": True, "effort": 9}),
    "lossless-alpha": (("text", 16, 16, 4), {"lossless": True, "exact": True}),
    "lossless-16": (("gradient", 9, 10, 1), {"lossless": True, "bit_depth": 16}),
    "lossless-near": (("noise", 12, 14, 3), {"lossless": True, "max_error": 9, "effort": 6}),
    "lossless-layers": (
        ("gradient", 20, 24, 3),
        {"lossless": True, "mode": "multiscale", "base_scale": 2},
    ),
}


# Bits of model_fuzzer.c.
IN_RANGE, THREADS, RGB = 1, 2, 4
# The layers of clic2018 (docs/network.md): kernel side, outputs, sources.
PLAIN = [
    *((3, outputs, 1 << i) for i, outputs in enumerate((16, 14, 12, 11, 10, 9, 8))),
    *((1, 24, 0b11111110), (1, 8, 0b11111110), (3, 8, 1 << 9)),
    (1, 1, 1 << 8 | 1 << 10),
]
SMALL = [(3, 5, 1), (3, 6, 2), (1, 4, 6), (1, 3, 8)]


def model_seed(
    layers: list[tuple[int, int, int]],
    *,
    planes: int = 1,
    views: int = 1,
    cells: tuple[int, ...] = (1,),
    qps: tuple[int, ...] = (40,),
    wrong: int = 0,
    size: tuple[int, int] = (20, 12),
    strength: int = 32,
    qp: int = 44,
    flags: int = IN_RANGE,
    content: bytes = bytes(range(7, 256, 31)),
) -> bytes:
    """Lay out the input of model_fuzzer.c; the comment there names its parts.

    `cells` are those of the layers, of which the last ones share the last.
    """
    width, height = (side - 1 for side in size)
    code = views.bit_length() - 1 if flags & IN_RANGE else views
    head = [planes - 1 if flags & IN_RANGE else planes, code]
    head += [len(layers), len(qps), wrong, width, height, strength, 4 * qp, flags]
    described = []
    for i, (side, outputs, sources) in enumerate(layers):
        cell = cells[min(i, len(cells) - 1)]
        code = cell // 2 if flags & IN_RANGE else cell
        described.append(bytes([side, outputs]) + sources.to_bytes(3, "little") + bytes([code]))
    return bytes(head) + b"".join(described) + bytes(qps) + content


NOISE = bytes((i * 40503 >> 3) % 256 for i in range(200))
MODEL_SEEDS = {
    "plain": model_seed(PLAIN, content=NOISE, size=(7, 5)),
    "plain-rgb": model_seed(PLAIN, content=NOISE, size=(8, 9), flags=IN_RANGE | RGB),
    "small": model_seed(SMALL, size=(70, 3), flags=IN_RANGE | RGB),
    "planes": model_seed(SMALL, planes=3, size=(9, 11)),
    "views": model_seed(SMALL, planes=2, views=8, cells=(2,), size=(13, 6), content=NOISE),
    "views-none": model_seed(SMALL, views=0, flags=0, content=b"\x10\0"),
    "cells": model_seed(SMALL, cells=(2,), size=(70, 3), flags=IN_RANGE | RGB),
    "guided": model_seed(SMALL, planes=3, cells=(2,), size=(65, 7), content=NOISE),
    "context": model_seed(SMALL, planes=2, cells=(4, 4, 2), size=(66, 9), content=NOISE),
    "smaller-cells": model_seed(SMALL, cells=(1, 2)),
    "no-planes": model_seed(SMALL, planes=0, flags=0, content=b"\x10\0"),
    "small-grey": model_seed(SMALL, size=(1, 1), strength=64),
    "sets": model_seed([*SMALL[:2], (1, 2, 6)], qps=(0, 20, 40, 63), content=NOISE, qp=31),
    "threads": model_seed(SMALL, size=(70, 70), flags=IN_RANGE | THREADS | RGB, strength=0),
    "heads": model_seed([(1, 8, 1), (1, 8, 2)], content=NOISE),
    "wide": model_seed([(3, 64, 1), (1, 64, 2), (1, 1, 4)], content=NOISE, size=(33, 2)),
    "deep": model_seed([(3, 1, 1 << i) for i in range(16)] + [(1, 1, 1 << 16)], size=(18, 18)),
    "extreme": model_seed(SMALL, content=b"\x7f\xff"),
    "as-given": model_seed(SMALL, flags=0, content=b"\x10\0"),
    "short-weights": model_seed(SMALL, wrong=6),
    "long-biases": model_seed(SMALL, wrong=2),
    "unread": model_seed([(3, 2, 1), (3, 2, 2), (1, 1, 2)]),
}


# Bits of encode_fuzzer.c.
ALPHA, LOSSLESS, ALPHA_BLOCKS, EXACT = 1, 2, 4, 8
ANY, COLOUR, CHECKSUM, CICP, LINE, UPWARDS = 1, 2, 4, 8, 16, 32
BITS_10, BITS_12, BITS_16 = 1 << 6, 2 << 6, 3 << 6


def encode_seed(
    width: int,
    height: int,
    *,
    flags: int = CHECKSUM,
    qp: int = 30,
    mode: int = 0,
    base: tuple[int, int] = (0, 0),
    effort: int = 5,
    subsampling: int = 0,
    network: int = 0,
    parts: int = 0,
    metadata: int = 0,
    kind: str = "edges",
) -> bytes:
    """Lay out the input of encode_fuzzer.c; the comment there names its parts."""
    head = [width - 1, height - 1, flags, 4 * qp, mode, *base, effort - 1, subsampling, network]
    samples = picture(kind, 2, 8, 1).ravel()
    return bytes([*head, parts, metadata, 9, 16, 0, 1]) + samples.tobytes()


ENCODE_SEEDS = {
    "grey": encode_seed(30, 20, effort=9),
    "grey-noise": encode_seed(16, 16, kind="noise", qp=10, effort=7),
    "grey-multiscale": encode_seed(40, 30, mode=1, base=(1, 161), qp=40),
    "grey-restored": encode_seed(48, 48, qp=58, network=2, kind="text"),
    "420": encode_seed(40, 24, flags=COLOUR, subsampling=2, qp=36),
    "420-restored": encode_seed(48, 48, flags=COLOUR, subsampling=2, qp=60, network=1, kind="text"),
    "422": encode_seed(40, 33, flags=COLOUR, subsampling=3, qp=38, kind="text"),
    "444": encode_seed(30, 33, flags=COLOUR | CHECKSUM, subsampling=4, qp=40, effort=3),
    "444-auto": encode_seed(48, 40, flags=COLOUR, mode=2, subsampling=4, qp=44, effort=2),
    "chosen": encode_seed(40, 40, flags=COLOUR, kind="gradient", effort=4),
    "metadata": encode_seed(9, 9, flags=CHECKSUM | CICP, metadata=0x87),
    "metadata-unchecked": encode_seed(5, 4, flags=COLOUR, metadata=0x4D),
    "tall": encode_seed(2, 200, flags=LINE | COLOUR, effort=2, kind="noise"),
    "upwards": encode_seed(20, 10, flags=UPWARDS | COLOUR, effort=1),
    "grey-10": encode_seed(30, 20, flags=BITS_10 | CHECKSUM, effort=6),
    "grey-16": encode_seed(16, 16, flags=BITS_16, kind="noise", qp=4, effort=7),
    "grey-12-multiscale": encode_seed(40, 30, flags=BITS_12, mode=1, base=(1, 161), qp=40),
    "420-12-restored": encode_seed(
        40, 40, flags=BITS_12 | COLOUR, subsampling=2, qp=60, network=1, kind="text"
    ),
    "422-10": encode_seed(40, 33, flags=BITS_10 | COLOUR, subsampling=3, qp=38, kind="text"),
    "444-16": encode_seed(30, 33, flags=BITS_16 | COLOUR, subsampling=4, qp=20, effort=3),
    "alpha": encode_seed(30, 20, flags=COLOUR, parts=ALPHA, effort=3),
    "alpha-blocks": encode_seed(30, 20, mode=1, base=(1, 161), parts=ALPHA | ALPHA_BLOCKS),
    "alpha-16": encode_seed(20, 20, flags=BITS_16 | COLOUR, parts=ALPHA | EXACT, kind="noise"),
    "lossless": encode_seed(30, 20, flags=COLOUR, parts=LOSSLESS),
    "lossless-alpha": encode_seed(12, 9, parts=LOSSLESS | ALPHA, effort=9, kind="text"),
    "lossless-near": encode_seed(
        20, 20, flags=COLOUR | BITS_12, parts=LOSSLESS | 5 << 4, mode=1, base=(1, 161), effort=1
    ),
    # qp as it is: the byte is -112, in quarters.
    "grey-16-finest": encode_seed(20, 10, flags=BITS_16 | ANY, qp=36, effort=5, base=(2, 30)),
    "as-given": encode_seed(20, 10, flags=ANY, effort=4, base=(2, 30)),
    "refused": encode_seed(20, 10, flags=ANY | COLOUR, effort=99),
}


def write_seeds(folder: Path, suffix: str, seeds: Mapping[str, bytes]) -> None:
    """Fill a folder anew; what has another suffix stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*{suffix}"):
        old.unlink()
    for name, data in seeds.items():
        if len(data) > MAX_SIZE:
            raise SystemExit(f"{name} has {len(data)} bytes, more than {MAX_SIZE}")
        (folder / f"{name}{suffix}").write_bytes(data)


def deepened(samples: NDArray[np.uint8], bit_depth: int) -> NDArray[np.uint16]:
    """Give samples further bits, which are not those of a repeated byte."""
    low = (samples.astype(np.uint32) * 151 + 77) % 256
    return ((samples.astype(np.uint32) << 8 | low) >> (16 - bit_depth)).astype(np.uint16)


def drawn(shape: tuple[str, int, int, int], bit_depth: int) -> NDArray[Any]:
    """Draw a picture of any depth."""
    samples = picture(*shape)
    return samples if bit_depth == 8 else deepened(samples, bit_depth)


def coded(shape: tuple[str, int, int, int], options: Mapping[str, Any]) -> bytes:
    """Encode a picture; with a network, `model`, of a width at which it is restored."""
    kind, height, width, channels = shape
    depth = options.get("bit_depth", 8)
    if "model" not in options:
        return svac2.encode(drawn(shape, depth), **options)
    chosen = {**options, "model": loaded(NETWORKS[options["model"]])}
    for wider in range(width, width + 40, 2):
        data = svac2.encode(drawn((kind, height, wider, channels), depth), **chosen)
        if svac2.info(data).model is not None:
            return data
    raise SystemExit(f"{shape} is not restored")


def main() -> None:
    """Write the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent, help="that holds the corpora"
    )
    folder = parser.parse_args().folder
    files = {name: coded(shape, options) for name, (shape, options) in SEEDS.items()}
    files["grey-items"] = with_items(files["grey-edges"], [(9, b"unknown"), (63, b""), (3, b"II*")])
    (folder / "networks.inc").write_text(c_source(NETWORKS))
    write_seeds(folder / "corpus", ".svac2", files)
    write_seeds(folder / "encode_corpus", ".options", ENCODE_SEEDS)
    write_seeds(folder / "model_corpus", ".model", MODEL_SEEDS)


if __name__ == "__main__":
    main()
