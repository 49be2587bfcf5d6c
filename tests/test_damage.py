"""Damaged files end in one of our errors, or in a picture where nothing can tell: never in harm."""

import io
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import svac2

FUZZ = Path(__file__).parent.parent / "fuzz"
CHANGES = 2000
MAX_PIXELS = 2**18
FORMAT_VERSION = 4
SECONDS = 5  # far more than any file here takes, on a slow and busy machine too

# Options and number of channels of the files that are damaged.
KINDS = {
    "grey": (1, {"qp": 30, "effort": 5}),
    "420": (3, {"qp": 36, "effort": 9, "subsampling": "4:2:0"}),
    "444": (3, {"qp": 42, "effort": 3, "subsampling": "4:4:4"}),
    "layers": (3, {"qp": 34, "mode": "multiscale", "base_scale": 2, "subsampling": "4:2:0"}),
}


def make_file(photo, kind, *, checksum=True):
    channels, options = KINDS[kind]
    samples = photo[:24, :70] if channels == 3 else photo[:24, :70, 1]  # two CTUs
    return svac2.encode(samples, **options, checksum=checksum)


@pytest.fixture(params=KINDS)
def file(request, photo):
    return make_file(photo, request.param)


@pytest.fixture(params=KINDS)
def unchecked(request, photo):
    return make_file(photo, request.param, checksum=False)


def decode_damaged(data):
    """Decode without checksum: a picture of the size that the header states, or an error."""
    start = time.monotonic()
    try:
        pixels = svac2.decode(data, verify=False, max_pixels=MAX_PIXELS)
    except svac2.SvacError:
        pixels = None
    else:
        info = svac2.info(data)
        assert pixels.dtype == np.uint8
        assert pixels.shape[:2] == (info.height, info.width)
        assert pixels.shape[2:] == ((3,) if info.channels == 3 else ())
    assert time.monotonic() - start < SECONDS
    return pixels


def changed_bytes(data, *, count=CHANGES):
    """Yield the data with one byte changed; each byte in turn, as far as they go."""
    rng = np.random.default_rng(1)
    for number in range(count):
        damaged = bytearray(data)
        place = number if number < len(data) else rng.integers(len(data))
        damaged[place] ^= int(rng.integers(1, 256))
        yield bytes(damaged)


def varint(value):
    """Write a number as the header does: seven bits a byte, low ones first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def payload_of(data):
    """Return the last coded picture of a file without checksum."""
    return data[svac2.info(data).layers[-1].start :]


def with_payload(data, payload):
    """Return the file with another coded picture, and its size in the header."""
    info = svac2.info(data)
    last = info.layers[-1]
    size = varint(last.end - last.start)
    end = info.header_size - (0 if info.model is None else 4)  # id, hash, strength
    assert data[:end].endswith(size)
    start = data[: end - len(size)] + varint(len(payload))
    return start + data[end : last.start] + payload


def claim(width, height, payload, *, subsampling=3, base=None):
    """Make a file without checksum that states a size, and that of a base layer's payload."""
    flags = FORMAT_VERSION << 3 | (base is not None) << 2
    start = b"\xb5S2" + struct.pack("BB", flags, 30 << 2 | subsampling)
    sizes = varint(width - 1) + varint(height - 1)
    if base is not None:
        sizes += bytes([1 << 6 | 30]) + varint(base)
    return start + sizes + varint(len(payload)) + payload


class TestTruncation:
    @pytest.mark.parametrize("verify", [True, False])
    def test_every_length(self, file, verify):
        for size in range(len(file)):
            with pytest.raises(svac2.TruncatedError):
                svac2.decode(file[:size], verify=verify)

    def test_every_length_without_checksum(self, unchecked):
        for size in range(len(unchecked)):
            with pytest.raises(svac2.TruncatedError):
                svac2.decode(unchecked[:size])

    def test_header(self, file):
        header_size = svac2.info(file).header_size
        for size in range(header_size):
            with pytest.raises(svac2.TruncatedError):
                svac2.info(file[:size])
        assert svac2.info(file[:header_size]) == svac2.info(file)

    def test_every_payload_length_under_a_header_that_agrees(self, unchecked):
        for size in range(len(payload_of(unchecked))):
            decode_damaged(with_payload(unchecked, payload_of(unchecked)[:size]))

    def test_trailing_bytes(self, file, unchecked):
        for data in (file, unchecked):
            for verify in (True, False):
                with pytest.raises(svac2.CorruptError, match="follow the end of the picture"):
                    svac2.decode(data + b"\0", verify=verify)

    @pytest.mark.parametrize("extra", [bytes(5), bytes(4) + b"\xff", bytes(1000)])
    def test_trailing_bytes_in_the_payload(self, unchecked, extra):
        # Up to four can take the place of zeros that the encoder left off.
        data = with_payload(unchecked, payload_of(unchecked) + extra)
        with pytest.raises(svac2.CorruptError, match="follow the last block"):
            svac2.decode(data)


class TestChangedBytes:
    def test_checksum_finds_them(self, file):
        for damaged in changed_bytes(file):
            with pytest.raises(svac2.SvacError):
                svac2.decode(damaged, max_pixels=MAX_PIXELS)

    def test_not_verified(self, file):
        pictures = sum(decode_damaged(damaged) is not None for damaged in changed_bytes(file))
        assert 0 < pictures < CHANGES

    def test_no_checksum(self, unchecked):
        pictures = sum(decode_damaged(damaged) is not None for damaged in changed_bytes(unchecked))
        assert 0 < pictures < CHANGES

    def test_with_sanitizers(self, photo, run_sanitized, tmp_path):
        for kind in KINDS:
            (tmp_path / kind).write_bytes(make_file(photo, kind))
        sources = [FUZZ / "decode_fuzzer.c", FUZZ / "replay.c"]
        output = run_sanitized(sources, "--damage", CHANGES, tmp_path)
        assert output == f"{len(KINDS)} files, {CHANGES} changes of each\n"


class TestClaimedSize:
    @pytest.mark.parametrize("subsampling", [1, 2, 3])
    def test_limit_comes_before_memory(self, subsampling):
        data = claim(65535, 65535, bytes(1000), subsampling=subsampling)
        tracemalloc.start()  # numpy's memory is traced, too
        try:
            for size in (len(data), 20):
                with pytest.raises(svac2.LimitError, match="65535x65535"):
                    svac2.decode(data[:size])
            assert tracemalloc.get_traced_memory()[1] < 100_000
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("subsampling", [1, 2, 3])
    @pytest.mark.parametrize("fill", [0, 0x55, 0xFF])
    def test_tiny_file_ends_quickly(self, subsampling, fill):
        data = claim(65535, 65535, bytes([fill] * 8), subsampling=subsampling)
        assert len(data) == 20
        start = time.monotonic()
        with pytest.raises(svac2.SvacError):
            svac2.decode(data, max_pixels=None)
        assert time.monotonic() - start < SECONDS

    @pytest.mark.parametrize("base", [0, 8, 2**32 - 1])
    def test_base_layer(self, base):
        """Where the payload has 16 bytes in all."""
        data = claim(65535, 65535, bytes(16), base=base)
        for keywords in ({}, {"scale": 1 / 2}):
            start = time.monotonic()
            with pytest.raises(svac2.CorruptError):
                svac2.decode(data, max_pixels=None, **keywords)
            assert time.monotonic() - start < SECONDS

    @pytest.mark.parametrize(
        ("width", "height"), [(65536, 1), (1, 65536), (2**32, 1), (1, 2**32 + 1), (2**35, 2**35)]
    )
    def test_larger_than_the_format_allows(self, width, height):
        data = claim(width, height, bytes(8))
        for source in (data, io.BytesIO(data)):
            with pytest.raises(svac2.CorruptError, match="in the header"):
                svac2.decode(source)
