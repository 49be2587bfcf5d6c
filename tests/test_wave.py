"""Pictures whose rows of CTUs are streams of their own (docs/bitstream.md, 4.5), and threads."""

import numpy as np
import pytest

import svac2
from svac2._core import codec

SIDE = 1030  # a little more than a megapixel; 17 rows of CTUs
SUMS = 4  # bytes of the checksum behind the layer


@pytest.fixture(scope="module")
def picture():
    """Waves and noise, so that every row has a kilobyte."""
    y, x = np.mgrid[:SIDE, :SIDE]
    noise = np.random.default_rng(16).integers(0, 48, (SIDE, SIDE, 3))
    waves = np.stack([np.sin(x / (9 + c) + y / 17) * 60 + 120 for c in range(3)], axis=2)
    return (waves + noise).astype(np.uint8)


@pytest.fixture(scope="module")
def data(picture):
    return svac2.encode(picture, effort=1, qp=34, enhance=False)


@pytest.fixture(scope="module")
def files(picture, data):
    part = picture[:, :300]
    one = svac2.encode(part, effort=1, qp=34, enhance=False)
    assert wave_of(one) == 0
    layers = svac2.encode(part, effort=1, qp=34, enhance=False, mode="multiscale")
    return {"streams": data, "one stream": one, "layers": layers}


def payload_of(data):
    layer = svac2.info(data).layers[0]
    return layer.start, layer.end - SUMS


def wave_of(data):
    """Bits 13 and 12 of the layer in the header, behind version, length, kind and two sizes."""
    return data[10] >> 4 & 3


def decode_error(data, threads):
    with pytest.raises(svac2.SvacError) as caught:
        svac2.decode(data, verify=False, threads=threads)
    return str(caught.value)


def test_rows_are_streams(picture, data):
    start, end = payload_of(data)
    assert wave_of(data) == 1
    rows, size = -(-SIDE // 64), data[start]
    sizes = [int.from_bytes(data[start + 1 + i * size :][:size], "little") for i in range(rows - 1)]
    assert sum(sizes) < end - start
    assert min(sizes) > 0


@pytest.mark.parametrize("qp", [34, 48])
def test_small_rows_are_not(picture, qp):
    """Where a row has less than a kilobyte, and in small pictures."""
    flat = np.full((SIDE, SIDE, 3), 77, np.uint8)
    assert wave_of(svac2.encode(flat, effort=1, qp=qp, enhance=False)) == 0
    part = svac2.encode(picture[:600], effort=1, qp=qp, enhance=False)
    assert wave_of(part) == 0


def test_threads_and_kernels_agree(picture, data):
    first = svac2.decode(data, threads=1)
    for threads in (2, 5):
        assert svac2.encode(picture, effort=1, qp=34, enhance=False, threads=threads) == data
        assert np.array_equal(svac2.decode(data, threads=threads), first)
        for mask in (0, codec.CPU_ALL):
            coded = memoryview(data)
            pixels = codec.decode(
                coded, layer=0, threads=threads, verify=True, cpu_mask=mask, progress=None
            )
            assert np.array_equal(pixels, first)


def test_encoder_has_what_decoders_get(code_and_reconstruct, picture, data):
    coded, pixels = code_and_reconstruct(picture, qp=34 * codec.QP_ONE, effort=1, cpu_mask=0)
    assert coded == data
    assert np.array_equal(svac2.decode(data), pixels)


@pytest.mark.parametrize(
    ("height", "width", "qp", "wave"),
    [(260, 4096, 34, 2), (130, 8192, 34, 3), (16400, 64, 8, 1), (17, 65535, 34, 0)],
)
def test_shapes(code_and_reconstruct, picture, height, width, qp, wave):
    """Up to eight rows under way at once, rows of one CTU, and one row that is never a wave."""
    tiles = (-(-height // SIDE), -(-width // SIDE), 1)
    wide = np.ascontiguousarray(np.tile(picture, tiles)[:height, :width])
    coded, pixels = code_and_reconstruct(wide, qp=qp * codec.QP_ONE, effort=1)
    assert wave_of(coded) == wave
    for threads in (1, 2, 7):
        assert np.array_equal(svac2.decode(coded, threads=threads), pixels)


def test_restored_with_alpha(code_and_reconstruct, picture):
    """Alpha by blocks is a part of its own, with rows of its own."""
    alpha = picture[..., :1].astype(np.int32) * 2 % 256
    both = np.concatenate([picture, alpha.astype(np.uint8)], axis=2)
    coded = svac2.encode(both, effort=1, qp=34, alpha_quality=60)
    assert wave_of(coded) == 1
    assert coded[12] >> 4 & 3 == 1  # the part behind colour is alpha
    first = svac2.decode(coded, threads=1)
    for threads in (2, 3):
        assert np.array_equal(svac2.decode(coded, threads=threads), first)
    assert np.abs(first.astype(np.int32) - both).mean() < 12


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("of", ["streams", "one stream"])
def test_damage_reads_the_same_on_all_threads(files, of, seed):
    rng = np.random.default_rng(seed)
    damaged = bytearray(files[of])
    start, end = payload_of(damaged)
    for place in rng.integers(start, end, 8):
        damaged[place] ^= int(rng.integers(1, 256))
    results = []
    for threads in (1, 2, 4):
        try:
            pixels = svac2.decode(bytes(damaged), verify=False, threads=threads)
            results.append(pixels.tobytes())
        except svac2.SvacError as error:
            results.append(str(error))
    assert results[0] == results[1] == results[2]


class StopError(Exception):
    """What ends a call."""


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("of", ["streams", "one stream", "layers"])
def test_a_call_can_end_anywhere(files, of, threads):
    """All threads end then, those that wait, too."""
    calls = []

    def count(done, total):
        calls.append(done / total)
        if len(calls) == last:
            raise StopError

    last = 0
    pixels = svac2.decode(files[of], threads=threads, enhance=False, progress=count)
    assert calls == sorted(calls)
    # The calling thread tells, and how much of the work it gets hangs on the others.
    assert len(calls) > 10 or threads > 1
    for last in range(1, len(calls) + 1, max(len(calls) // 10, 1)):
        calls.clear()
        try:
            svac2.decode(files[of], threads=threads, enhance=False, progress=count)
        except StopError:
            assert len(calls) == last
        else:  # with fewer calls
            assert calls[-1] == 1
    last = 0
    again = svac2.decode(files[of], threads=threads, enhance=False, progress=count)
    assert np.array_equal(again, pixels)


def test_sizes_beyond_the_payload(data):
    start, _ = payload_of(data)
    for byte, value in ((start, 0), (start, 5), (start + 2, 0xFF)):
        damaged = bytearray(data)
        damaged[byte] = value
        assert decode_error(bytes(damaged), 2) == decode_error(bytes(damaged), 1)


@pytest.mark.parametrize("effort", [1, 3, 5])
def test_search_of_several_rows(picture, effort):
    """Rows of 17 CTUs: the next one begins when eight are done."""
    part = picture[:192]
    data = svac2.encode(part, effort=effort, qp=40, threads=1)
    for threads in (2, 3):
        assert svac2.encode(part, effort=effort, qp=40, threads=threads) == data


def test_search_as_written(picture):
    """From effort 7 on rows are priced by what they are written with: two at once here."""
    narrow = np.full_like(picture, 99)
    narrow[:, :130] = picture[:, :130]
    data = svac2.encode(narrow, effort=7, qp=34, threads=1, enhance=False)
    assert wave_of(data) == 1
    assert svac2.encode(narrow, effort=7, qp=34, threads=3, enhance=False) == data
    error = svac2.decode(data).astype(np.int32) - narrow
    assert np.abs(error).mean() < 3


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_cancelling_the_search(picture, threads):
    """Rows that wait for others wake up and end."""
    calls = []

    def stop(done, total):
        calls.append(done)
        if len(calls) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        svac2.encode(picture, effort=1, qp=34, threads=threads, progress=stop)
    assert len(calls) == 5


def test_cancelling(picture, data):
    """A call that is stopped ends, however many rows wait for each other."""
    for threads in (1, 2, 4):
        calls = []

        def stop(done, total, calls=calls):
            calls.append(done)
            if len(calls) == 5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            svac2.decode(data, threads=threads, progress=stop)
