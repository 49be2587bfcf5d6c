"""Dask: its client as an executor, its arrays on zarr, the example."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2.executors import workers_of

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")
zarr = pytest.importorskip("zarr")

from svac2.zarr import Svac2Codec  # noqa: E402

EXAMPLE = Path(__file__).parent.parent / "examples" / "dask_zarr.py"


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_the_client_is_an_executor(client, photo):
    tiles = [photo[k : k + 40, :64] for k in range(5)]
    files = list(svac2.encode_many(iter(tiles), executor=client, qp=30))
    assert files == [svac2.encode(tile, qp=30) for tile in tiles]
    decoded = list(svac2.decode_many(files, executor=client))
    np.testing.assert_array_equal(decoded, [svac2.decode(file) for file in files])
    assert list(svac2.encode_many(tiles[:2], executor=client.get_executor(), qp=30)) == files[:2]


def test_pictures_do_not_pass_through_the_scheduler(client, photo):
    # There they would be part of the graph, of whose size Dask warns, which is an error here.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": photo.nbytes // 2}):
        assert list(svac2.encode_many([photo], executor=client)) == [svac2.encode(photo)]


def test_a_cluster_that_starts_its_workers_when_there_is_work(photo):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "3s"}),
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = workers_of(client)
        assert workers.count == 0
        cluster.adapt(minimum=0, maximum=1, interval="50ms", wait_count=1000)
        files = svac2.encode_many([photo] * 3, executor=client)
        assert next(files) == svac2.encode(photo)
        assert workers.count == 1
        assert len(list(files)) == 2


def test_a_file_that_has_changed_is_read_again(client, photo, tmp_path):
    path = tmp_path / "picture.svac2"
    svac2.write(path, photo)
    results = svac2.decode_many([path] * 3, executor=client, buffersize=1)
    np.testing.assert_array_equal(next(results), svac2.decode(path))
    svac2.write(path, photo[::-1])
    np.testing.assert_array_equal(next(results), svac2.decode(path))


def test_failures_on_a_worker(client, photo, encoded):
    bad = [encoded, b"", encoded]
    first, second, third = svac2.decode_many(bad, executor=client, return_exceptions=True)
    np.testing.assert_array_equal(first, third)
    assert type(second) is svac2.EndOfStreamError
    results = svac2.decode_many([encoded, encoded[:40], *[encoded] * 6], executor=client)
    next(results)
    with pytest.raises(svac2.TruncatedError, match="picture 1: the file has 40 of"):
        next(results)
    with (
        Path(__file__).open("rb") as file,
        pytest.raises(svac2.OptionTypeError, match="picture 0: an open file"),
    ):
        next(svac2.decode_many([file], executor=client))


def test_arrays_of_tiles(client, photo, tmp_path):
    tiles = da.from_array(photo, chunks=(32, 32, 3))
    stored = zarr.create_array(
        tmp_path / "tiles.zarr",
        shape=photo.shape,
        chunks=(32, 32, 3),
        dtype=photo.dtype,
        serializer=Svac2Codec(max_error=3),
        compressors=None,
    )
    da.store(tiles, stored, lock=False)
    error = abs(da.from_zarr(stored).astype(int) - tiles.astype(int)).max().compute()
    assert 0 < error <= 3


def run_example(*arguments):
    command = [sys.executable, "-W", "error", EXAMPLE, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are not beside the tests")
def test_the_example():
    output = run_example("--side", "200", "--tile", "64", "--workers", "1")
    assert "encoding 16 tiles" in output
    before, after = map(int, re.search(r"bytes: (\d+) before, (\d+) after", output).groups())
    assert before == 200 * 200 * 3
    assert 0 < after < before / 8
    assert 34 < float(re.search(r"PSNR: ([\d.]+) dB", output)[1]) < 50


@pytest.mark.slow
@pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are not beside the tests")
def test_the_example_without_loss(tmp_path, photo):
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    assert "no sample differs" in run_example(path, "--lossless", "--tile", "32")
