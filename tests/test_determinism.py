"""The same picture gives the same bytes, the same bytes give the same picture: on every machine."""

import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import svac2
from svac2 import options
from svac2._core import codec

GOLDEN = Path(__file__).parent / "golden"
HASHES = json.loads((GOLDEN / "pixels.json").read_text())

# Encodes and decodes the picture of a .npy file, and prints the hash of both results.
SCRIPT = """
import hashlib, sys
import numpy as np
import svac2
picture, effort = np.load(sys.argv[1]), int(sys.argv[2])
data = svac2.encode(picture, qp=30, effort=effort, threads=2, mode="multiscale")
print(hashlib.sha256(data + svac2.decode(data).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def tall(photo):
    """Return a picture of five rows and three columns of coding tree units."""
    picture = np.tile(photo, (4, 2, 1))[:292, :150]
    return picture + (np.arange(292, dtype=np.uint8) // 5)[:, np.newaxis, np.newaxis]


@pytest.mark.parametrize("subsampling", ["4:0:0", "4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize(
    ("effort", "mode"),
    [*((effort, "normal") for effort in (1, 4, 5, 7, 9)), (8, "auto"), (5, "multiscale")],
)
def test_threads_and_processor(tall, effort, mode, subsampling, monkeypatch):
    picture = tall if effort < 7 else tall[:70, :70]
    if subsampling == "4:0:0":
        picture, subsampling = picture[:, :, 1], "auto"
    keywords = {"qp": 34, "effort": effort, "subsampling": subsampling, "mode": mode}
    monkeypatch.setenv("SVAC2_CPU", "scalar")
    data = svac2.encode(picture, **keywords, threads=1)
    pixels = svac2.decode(data, threads=1)
    for cpu in options.CPU_CHOICES:
        monkeypatch.setenv("SVAC2_CPU", cpu)
        for threads in (1, 2, 5) if cpu == "auto" else (2,):
            assert svac2.encode(picture, **keywords, threads=threads) == data
            np.testing.assert_array_equal(svac2.decode(data, threads=threads), pixels)


def test_part_of_a_picture(photo, monkeypatch):
    """Mode auto tries the middle of a large picture: what it decides is the same everywhere."""
    picture = np.tile(photo, (4, 3, 1))[:270, :330]
    files = set()
    for cpu, threads in (("scalar", 1), ("auto", 1), ("auto", 4)):
        monkeypatch.setenv("SVAC2_CPU", cpu)
        files.add(svac2.encode(picture, qp=40, effort=2, mode="auto", threads=threads))
    assert len(files) == 1


@pytest.mark.parametrize("effort", [3, 9])
def test_fresh_memory_is_not_used(photo, effort, tmp_path):
    np.save(tmp_path / "photo.npy", photo)
    hashes = set()
    for fill in ("0", "90", "165"):  # what the C library of Linux fills new memory with
        hashes.add(
            subprocess.run(
                [sys.executable, "-c", SCRIPT, tmp_path / "photo.npy", str(effort)],
                env=os.environ | {"MALLOC_PERTURB_": fill},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    data = svac2.encode(photo, qp=30, effort=effort, mode="multiscale")
    expected = hashlib.sha256(data + svac2.decode(data).tobytes()).hexdigest()
    assert hashes == {expected + "\n"}


def test_repeated(photo):
    assert len({svac2.encode(photo, qp=34, effort=4) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(lambda a: a[::-1], id="rows up"),
        pytest.param(lambda a: a[:, ::-1], id="columns back"),
        pytest.param(lambda a: a[::-1, ::-1, ::-1], id="all back"),
        pytest.param(lambda a: a[1::2, 2::3], id="every second"),
        pytest.param(lambda a: a.transpose(1, 0, 2), id="transposed"),
        pytest.param(lambda a: a.transpose(1, 0, 2)[::-1, :, ::-1], id="turned"),
        pytest.param(
            lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 2, 0)), 0, 2), id="planar"
        ),
        pytest.param(lambda a: np.broadcast_to(a[:1], a.shape), id="stride 0"),
        pytest.param(lambda a: a[3:40, 5:60], id="part"),
        pytest.param(lambda a: a[:, :, 1].T, id="grey transposed"),
    ],
)
def test_strides(photo, view):
    samples = view(photo)
    data = svac2.encode(samples, qp=34)
    assert data == svac2.encode(np.array(samples, order="C"), qp=34)
    assert svac2.decode(data).shape == samples.shape


@pytest.mark.parametrize("step", [1, -1])
def test_core_takes_rows_in_either_direction(photo, step):
    keywords = {
        "qp": 34 * codec.QP_ONE,
        "effort": 2,
        "subsampling": codec.SUBSAMPLING["4:2:0"],
        "threads": 1,
        "checksum": True,
        "cpu_mask": codec.CPU_ALL,
        "progress": None,
    }
    rows = np.ascontiguousarray(photo[::step])
    expected = codec.encode_with_reconstruction(photo, **keywords)
    data, pixels = codec.encode_with_reconstruction(rows[::step], **keywords)
    assert data == expected[0]
    np.testing.assert_array_equal(pixels, expected[1])


@pytest.mark.parametrize("cpu", options.CPU_CHOICES)
@pytest.mark.parametrize("name", HASHES)
def test_golden(name, cpu, monkeypatch):
    monkeypatch.setenv("SVAC2_CPU", cpu)
    file = GOLDEN / f"{name}.svac2"
    if not svac2.info(file).lossless:
        planes = codec.decode_planes(
            memoryview(file.read_bytes()), threads=2, cpu_mask=options.cpu_mask()
        )
        assert hashlib.sha256(planes.tobytes()).hexdigest() == HASHES[name]["planes"]
    assert len(HASHES[name]["layers"]) == len(svac2.info(file).layers)
    for scale, expected in HASHES[name]["layers"].items():
        for threads in (1, 3):
            pixels = svac2.decode(file, scale=float(Fraction(scale)), threads=threads)
            assert list(pixels.shape) == expected["shape"]
            assert hashlib.sha256(pixels.tobytes()).hexdigest() == expected["sha256"]


def test_every_golden_file_has_its_hash():
    files = list(GOLDEN.glob("*.svac2"))
    assert {file.stem for file in files} == set(HASHES)
    assert sum(file.stat().st_size for file in files) < 60_000
