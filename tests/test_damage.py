"""Damaged files end in one of our errors, or in a picture where nothing can tell: never in harm."""

import io
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import svac2
from svac2._core import codec
from svac2.arrays import scaled

FUZZ = Path(__file__).parent.parent / "fuzz"
CHANGES = 2000
MAX_PIXELS = 2**18
SECONDS = 5  # far more than any file here takes, on a slow and busy machine too

# Options and number of channels of the files that are damaged.
KINDS = {
    "grey": (1, {"qp": 30, "effort": 5}),
    "420": (3, {"qp": 36, "effort": 9, "subsampling": "4:2:0"}),
    "422": (3, {"qp": 40, "effort": 9, "subsampling": "4:2:2"}),
    "444": (3, {"qp": 42, "effort": 3, "subsampling": "4:4:4"}),
    "layers": (3, {"qp": 34, "mode": "multiscale", "base_scale": 2, "subsampling": "4:2:0"}),
    "grey of 16 bits": (1, {"qp": 20, "effort": 2, "bit_depth": 16}),
    "layers of 12 bits": (
        3,
        {"qp": 34, "mode": "multiscale", "base_scale": 2, "subsampling": "4:2:2", "bit_depth": 12},
    ),
    "alpha": (4, {"qp": 36, "effort": 3}),
    "alpha by blocks": (4, {"qp": 40, "effort": 3, "alpha_quality": 50, "subsampling": "4:2:0"}),
    "layers with alpha": (2, {"qp": 36, "mode": "multiscale", "base_scale": 2}),
    "lossless": (4, {"lossless": True, "effort": 5}),
    "fast lossless": (3, {"lossless": True, "effort": 1}),
    "lossless layers of 16 bits": (
        2,
        {"lossless": True, "mode": "multiscale", "base_scale": 4, "bit_depth": 16},
    ),
}


def make_file(photo, kind, *, checksum=True):
    channels, options = KINDS[kind]
    alpha = np.tri(24, 70, 20, np.uint8) * 255
    planes = {1: photo[..., 1:2], 2: photo[..., 1:2], 3: photo, 4: photo}[channels][:24, :70]
    samples = np.dstack([planes, alpha]) if channels % 2 == 0 else planes  # two CTUs
    if "bit_depth" in options:
        samples = scaled(samples, 8, options["bit_depth"])
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
        pixels = svac2.decode(data, verify=False, limits=svac2.Limits(max_pixels=MAX_PIXELS))
    except svac2.SvacError:
        pixels = None
    else:
        info = svac2.info(data)
        assert pixels.dtype == (np.uint8 if info.bit_depth == 8 else np.uint16)
        assert pixels.shape[:2] == (info.height, info.width)
        assert pixels.shape[2:] == (() if info.channels == 1 else (info.channels,))
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


def payload_of(data):
    """Return the last part of a file without checksums."""
    return data[codec.read_info(memoryview(data))["items"][-1]["offset"] :]


@pytest.fixture
def with_payload(build_file):
    """Return a function that puts another part into a file, in the place of the last one."""

    def make(data, payload):
        items = codec.read_info(memoryview(data))["items"][:-1]
        others = [data[item["offset"] : item["offset"] + item["size"]] for item in items]
        return build_file.with_items(data, [*others, payload])

    return make


@pytest.fixture
def claim(build_file):
    """Return a function that makes a file without checksums that states a size."""

    def make(width, height, payload, *, subsampling="4:4:4", base=None):
        layers = [(1, 30)] * (base is not None) + [(0, 30)]
        payloads = [base] * (base is not None) + [payload]
        head = build_file.LAYER | build_file.CRITICAL
        items = [(head, content) for content in payloads]
        return build_file(width, height, subsampling=subsampling, layers=layers, items=items)

    return make


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

    def test_every_payload_length_under_a_header_that_agrees(self, unchecked, with_payload):
        for size in range(len(payload_of(unchecked))):
            decode_damaged(with_payload(unchecked, payload_of(unchecked)[:size]))

    def test_trailing_bytes(self, file, unchecked):
        for data in (file, unchecked):
            for verify in (True, False):
                with pytest.raises(svac2.CorruptError, match="follow the end of the picture"):
                    svac2.decode(data + b"\0", verify=verify)

    @pytest.mark.parametrize("extra", [bytes(5), bytes(4) + b"\xff", bytes(1000)])
    def test_trailing_bytes_in_the_payload(self, unchecked, with_payload, extra):
        # Up to four can take the place of zeros that the encoder left off.
        data = with_payload(unchecked, payload_of(unchecked) + extra)
        with pytest.raises(svac2.CorruptError, match="follow the last"):
            svac2.decode(data)


class TestChangedBytes:
    def test_checksum_finds_them(self, file):
        for damaged in changed_bytes(file):
            with pytest.raises(svac2.SvacError):
                svac2.decode(damaged, limits=svac2.Limits(max_pixels=MAX_PIXELS))

    def test_not_verified(self, file):
        pictures = sum(decode_damaged(damaged) is not None for damaged in changed_bytes(file))
        assert 0 < pictures < CHANGES

    def test_no_checksum(self, unchecked):
        pictures = sum(decode_damaged(damaged) is not None for damaged in changed_bytes(unchecked))
        assert 0 < pictures < CHANGES

    @pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
    def test_with_sanitizers(self, photo, run_sanitized, tmp_path, count):
        for kind in KINDS:
            (tmp_path / kind).write_bytes(make_file(photo, kind))
        sources = [FUZZ / "decode_fuzzer.c", FUZZ / "replay.c"]
        output = run_sanitized(sources, "--damage", count, tmp_path)
        assert output == f"{len(KINDS)} files, {count} changes of each\n"


NONE = svac2.Limits(max_pixels=None, max_side=None, max_memory=None)


class TestClaimedSize:
    @pytest.mark.parametrize("subsampling", ["4:0:0", "4:2:0", "4:2:2", "4:4:4"])
    def test_limit_comes_before_memory(self, claim, subsampling):
        data = claim(65535, 65535, bytes(1000), subsampling=subsampling)
        tracemalloc.start()  # numpy's memory is traced, too
        try:
            for size in (len(data), 30):
                with pytest.raises(svac2.LimitError, match="65535x65535"):
                    svac2.decode(data[:size])
            assert tracemalloc.get_traced_memory()[1] < 100_000
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("subsampling", ["4:0:0", "4:2:0", "4:2:2", "4:4:4"])
    @pytest.mark.parametrize("fill", [0, 0x55, 0xFF])
    def test_tiny_file_ends_quickly(self, claim, subsampling, fill):
        data = claim(65535, 65535, bytes([fill] * 8), subsampling=subsampling)
        assert len(data) < 30
        start = time.monotonic()
        with pytest.raises(svac2.SvacError):
            svac2.decode(data, limits=NONE)
        assert time.monotonic() - start < SECONDS

    @pytest.mark.parametrize("base", [0, 8, 1000])
    def test_base_layer(self, claim, base):
        data = claim(65535, 65535, bytes(16), base=bytes(base))
        for keywords in ({}, {"scale": 1 / 2}):
            start = time.monotonic()
            with pytest.raises(svac2.SvacError):
                svac2.decode(data, limits=NONE, **keywords)
            assert time.monotonic() - start < SECONDS

    @pytest.mark.parametrize(
        ("width", "height"), [(65536, 1), (1, 65536), (2**32, 1), (1, 2**32 + 1), (2**35, 2**35)]
    )
    def test_larger_than_the_format_allows(self, claim, width, height):
        data = claim(width, height, bytes(8))
        for source in (data, io.BytesIO(data)):
            with pytest.raises(svac2.CorruptError, match="in the header"):
                svac2.decode(source)

    def test_more_bytes_than_the_pixels_can_need(self, build_file):
        """They are refused before they are read."""
        content = io.BytesIO(
            build_file(1, 1, items=[(build_file.LAYER | build_file.CRITICAL, b"")], size=10_000)
            + bytes(10_000)
        )
        with pytest.raises(svac2.CorruptError, match="more than 1x1 pixels can need"):
            svac2.decode(content)
        assert content.tell() < 30
