"""The codecs for zarr and numcodecs: chunks of every layout, options, damage, filters."""

import asyncio
import json
import pickle
import subprocess
import sys
import threading
from importlib.metadata import entry_points

import numpy as np
import pytest

import svac2

zarr = pytest.importorskip("zarr")
numcodecs = pytest.importorskip("numcodecs")

from svac2.chunks import ChunkCoder, check_size, decode_pictures, pictures_in  # noqa: E402
from svac2.fidelity import DEFAULT_QUALITY  # noqa: E402
from svac2.numcodecs import Svac2  # noqa: E402
from svac2.zarr import Svac2Codec  # noqa: E402

GROUPS = ("zarr.codecs", "numcodecs.codecs")
INSTALLED = all(entry_points(group=group, name="svac2") for group in GROUPS)

# The shape of an array, and that of its chunks, which may reach over its edges.
LAYOUTS = [
    ((40, 50), (32, 32)),
    ((40, 50, 3), (32, 32, 3)),
    ((40, 50, 4), (32, 32, 4)),
    ((40, 50, 4), (40, 50, 2)),
    ((40, 50, 3), (32, 32, 1)),
    ((3, 40, 50), (1, 32, 50)),
    ((3, 40, 50), (3, 32, 32)),
    ((5, 20, 30), (2, 16, 30)),
    ((2, 20, 30, 3), (2, 16, 30, 3)),
    ((2, 3, 20, 30), (2, 2, 16, 30)),
    ((2, 2, 6, 3, 1), (1, 2, 6, 3, 1)),
    ((5, 9, 3), (5, 9, 3)),
]


def samples(shape, dtype):
    """Return an array without two equal planes, with zeros and largest samples."""
    axes = np.indices(shape)
    large = np.iinfo(dtype).max
    pixels = sum(step * axis for step, axis in zip((641, 97, 13, 5, 2), axes, strict=False))
    return (pixels * (large // 255) % (large + 1)).astype(dtype)


def create(array, chunks, codec=None, **options):
    given = {"serializer": codec or Svac2Codec(), "compressors": None} | options
    stored = zarr.create_array(
        zarr.storage.MemoryStore(), shape=array.shape, chunks=chunks, dtype=array.dtype, **given
    )
    stored[...] = array
    return zarr.open_array(stored.store, mode="r+")


def content(stored, key):
    prototype = zarr.core.buffer.default_buffer_prototype()
    return asyncio.run(stored.store.get(key, prototype)).to_bytes()


def replace(stored, key, data):
    buffer = zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(data)
    asyncio.run(stored.store.set(key, buffer))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("shape", "chunks"), LAYOUTS)
def test_arrays_come_back_as_they_were(shape, chunks, dtype):
    array = samples(shape, dtype)
    stored = create(array, chunks)
    assert stored.dtype == dtype
    np.testing.assert_array_equal(stored[...], array)
    if stored.nchunks > 1:  # overwritten in part, from what is there
        stored[..., 3:5, 2:3] = 7
        array[..., 3:5, 2:3] = 7
        np.testing.assert_array_equal(stored[...], array)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.uint8, "<u2", ">u2"])
@pytest.mark.parametrize(("shape", "chunks"), LAYOUTS[1::3])
def test_arrays_of_version_2(shape, chunks, dtype, order):
    array = samples(shape, np.dtype(dtype).newbyteorder("=")).astype(dtype)
    codec = Svac2(dtype=dtype) if dtype == ">u2" else Svac2()
    stored = create(array, chunks, serializer="auto", compressors=codec, zarr_format=2, order=order)
    assert stored.dtype == dtype
    np.testing.assert_array_equal(stored[...], array)
    assert stored.metadata.compressor == codec


def test_a_chunk_is_a_file_or_some_one_after_the_other(photo):
    stored = create(photo, photo.shape)
    np.testing.assert_array_equal(svac2.decode(content(stored, "c/0/0/0")), photo)
    stack = np.stack([photo, photo[::-1], photo[:, ::-1]])
    stored = create(stack, stack.shape, Svac2Codec(quality=90))
    expected = b"".join(svac2.encode(picture, quality=90, exact=True) for picture in stack)
    assert content(stored, "c/0/0/0/0") == expected


def test_the_fourth_band_hides_nothing(photo):
    bands = np.dstack([photo, np.zeros(photo.shape[:2], np.uint8)])
    np.testing.assert_array_equal(create(bands, bands.shape)[...], bands)
    lossy = create(bands, bands.shape, Svac2Codec(quality=90))[...]
    assert np.abs(lossy[..., :3].astype(int) - bands[..., :3]).mean() < 4


@pytest.mark.parametrize(
    ("options", "bound"), [({"max_error": 2}, 2), ({"quality": 90}, 40), ({"target_psnr": 45}, 20)]
)
def test_loss_is_what_was_asked_for(photo, options, bound):
    stored = create(photo, (40, 64, 3), Svac2Codec(**options))
    error = np.abs(stored[...].astype(int) - photo)
    assert 0 < error.max() <= bound
    assert stored.nbytes_stored() < create(photo, (40, 64, 3)).nbytes_stored()


def test_bit_depths():
    array = samples((30, 40), np.uint16) >> 4
    stored = create(array, (30, 40), Svac2Codec(bit_depth=12))
    np.testing.assert_array_equal(stored[...], array)
    assert svac2.info(content(stored, "c/0/0")).bit_depth == 12
    with pytest.raises(svac2.OptionError, match="from 0 to 4095"):
        stored[0, 0] = 4096
    with pytest.raises(svac2.OptionError, match="the fill value is 5000"):
        create(array, (30, 40), Svac2Codec(bit_depth=12), fill_value=5000)


def test_absent_chunks_are_of_the_fill_value():
    array = np.full((40, 40), 9, np.uint16)
    array[35:, 35:] = 3
    stored = create(array, (32, 32), fill_value=9)
    assert stored.nchunks_initialized == 1
    np.testing.assert_array_equal(stored[...], array)


@pytest.mark.parametrize(
    ("shape", "dtype", "options", "complaint"),
    [
        ((20, 20), "float32", {}, "float32: svac2 codes uint8 and uint16"),
        ((20, 20), "int16", {}, "int16: svac2 codes"),
        ((20, 20), "bool", {}, "bool: svac2 codes"),
        ((20, 20), "uint32", {}, "uint32: svac2 codes"),
        ((20,), "uint8", {}, "1 axes: a picture has 2, YX"),
        ((20, 20), "uint8", {"axes": "YXC"}, "2 axes: a picture has 3, YXC"),
        ((20, 20), "uint8", {"bit_depth": 12}, "bit_depth=12: chunks are of uint8"),
        ((20, 20), "uint16", {"bit_depth": 8}, "bit_depth=8: chunks are of uint16"),
        ((5, 6, 7), "uint8", {"axes": "YXC"}, r"shape \(5, 6, 7\): axes='YXC' has 1 to 4 channels"),
    ],
)
def test_arrays_that_cannot_be_held_are_refused_when_they_are_made(
    shape, dtype, options, complaint
):
    with pytest.raises(svac2.OptionError, match=complaint):
        zarr.create_array({}, shape=shape, dtype=dtype, serializer=Svac2Codec(**options))


@pytest.mark.parametrize(
    ("chunks", "complaint"),
    [
        ((2, 70000), "a side of the 70000x2 picture is 70000"),
        ((12000, 12000), "the pixels of the 12000x12000 picture"),
        ((65, 8192, 8192), "the bytes of memory that this takes are 43"),
    ],
)
def test_arrays_of_chunks_that_are_too_large_are_refused_when_they_are_made(chunks, complaint):
    with pytest.raises(svac2.LimitError, match=complaint):
        zarr.create_array({}, shape=chunks, chunks=chunks, dtype="u1", serializer=Svac2Codec())


def test_arrays_in_shards_are_refused_when_they_are_made():
    options = {"shape": (40, 40), "chunks": (20, 20), "shards": (40, 40), "dtype": "float32"}
    with pytest.raises(svac2.OptionError, match="float32: svac2 codes uint8 and uint16"):
        zarr.create_array({}, serializer=Svac2Codec(), **options)


def test_what_only_filters_can_tell_is_refused_when_a_chunk_is_written():
    planes = samples((3, 40, 50), np.uint8)
    options = {"shape": planes.shape, "chunks": planes.shape, "dtype": "u1"}
    with_channels = Svac2Codec(axes="YXC")
    transpose = zarr.codecs.TransposeCodec(order=(1, 2, 0))
    stored = zarr.create_array({}, serializer=with_channels, filters=[transpose], **options)
    stored[...] = planes
    np.testing.assert_array_equal(stored[...], planes)
    made = zarr.create_array({}, serializer=with_channels, **options)
    with pytest.raises(svac2.OptionError, match="has 1 to 4 channels last"):
        made[...] = planes


@pytest.mark.parametrize("kind", [Svac2, Svac2Codec])
@pytest.mark.parametrize(
    "options",
    [
        {"qualty": 75},
        {"threads": 2},
        {"mode": "multiscale"},
        {"quality": 101},
        {"lossless": True, "quality": 75},
        {"effort": 10},
        {"axes": "CYX"},
        {"dtype": "int16"},
        {"dtype": "pixels"},
    ],
)
def test_options_that_are_refused(kind, options):
    with pytest.raises(svac2.OptionError):
        kind(**options)


def test_an_unknown_option_is_named_and_those_that_are_known():
    with pytest.raises(
        svac2.OptionTypeError, match="option qualty: the options are axes, dtype, q"
    ):
        Svac2(qualty=75)


def test_axes_of_a_picture():
    array = samples((40, 50, 3), np.uint8)
    grey = create(array.transpose(2, 0, 1), (3, 40, 50))
    assert len(content(grey, "c/0/0/0")) > 0
    for options, count, channels in (({"axes": "YX"}, 40, 1), ({"axes": "YXC"}, 1, 3), ({}, 1, 3)):
        stored = create(array, array.shape, Svac2Codec(**options))
        np.testing.assert_array_equal(stored[...], array)
        sizes = ChunkCoder(**options).pictures_of(array.shape)
        assert (sizes[0], sizes[3]) == (count, channels)


def test_the_configuration_is_json_and_stays():
    assert Svac2Codec().to_dict() == {
        "name": "svac2",
        "configuration": {"lossless": True, "exact": True},
    }
    codec = Svac2Codec(
        quality=np.float32(80), effort=np.int64(3), axes="YX", dtype="uint16", exact=False
    )
    configuration = {
        "lossless": False,
        "exact": False,
        "quality": 80.0,
        "effort": 3,
        "axes": "YX",
        "dtype": "<u2",
    }
    written = json.loads(json.dumps(codec.to_dict()))
    assert written["configuration"] == configuration
    again = Svac2Codec.from_dict(written)
    assert again == codec
    assert hash(again) == hash(codec)
    assert again != Svac2Codec(quality=81)
    assert again != 5
    assert pickle.loads(pickle.dumps(codec)) == codec
    assert repr(Svac2Codec(qp=3)) == "Svac2Codec(lossless=False, exact=True, qp=3)"
    of_version_2 = numcodecs.get_codec({"id": "svac2", **configuration})
    assert json.loads(json.dumps(of_version_2.get_config())) == {"id": "svac2", **configuration}
    assert pickle.loads(pickle.dumps(of_version_2)) == of_version_2
    assert repr(Svac2(qp=3)) == "Svac2(lossless=False, exact=True, qp=3)"
    with pytest.raises(NotImplementedError):
        codec.compute_encoded_size(5, None)


@pytest.mark.parametrize("options", [{"alpha_quality": 50}, {"lossless": False}])
def test_the_default_of_the_quality_is_stored_where_it_counts(options):
    for configuration in (
        Svac2Codec(**options).to_dict()["configuration"],
        Svac2(**options).get_config(),
    ):
        assert configuration["quality"] == DEFAULT_QUALITY
        assert "quality" not in Svac2Codec(**options, qp=30).to_dict()["configuration"]


def test_among_other_codecs(photo):
    planes = np.ascontiguousarray(photo.transpose(2, 0, 1))
    transpose = zarr.codecs.TransposeCodec(order=(1, 2, 0))
    stored = create(planes, planes.shape, filters=[transpose])
    np.testing.assert_array_equal(stored[...], planes)
    assert svac2.info(content(stored, "c/0/0/0")).channels == 3
    stored = create(photo, (32, 64, 3), compressors=[zarr.codecs.Crc32cCodec()])
    np.testing.assert_array_equal(stored[...], photo)
    stored = create(photo, (16, 32, 3), shards=(64, 64, 3))
    np.testing.assert_array_equal(stored[...], photo)
    np.testing.assert_array_equal(stored[20:50, 5:90], photo[20:50, 5:90])


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_a_filter_makes_another_type(grey):
    heights = grey / 100 - 1
    scale = {"offset": -1, "scale": 10000, "dtype": "<f8", "astype": "<u2"}
    filters = [zarr.codecs.numcodecs.FixedScaleOffset(**scale)]
    stored = create(heights, (40, 64), Svac2Codec(dtype="uint16"), filters=filters)
    np.testing.assert_allclose(stored[...], heights, atol=1e-9)
    with pytest.raises(svac2.OptionTypeError, match="float64"):
        create(heights, (40, 64), filters=filters)
    with pytest.raises(svac2.OptionTypeError, match="chunks of float64"):
        create(heights, (40, 64), Svac2Codec(dtype="uint16"))


def test_work_is_done_in_threads_beside_each_other(monkeypatch, photo):
    meeting = threading.Barrier(2, timeout=30)
    encode = ChunkCoder.encode

    def encode_together(coder, chunk):
        meeting.wait()
        return encode(coder, chunk)

    monkeypatch.setattr(ChunkCoder, "encode", encode_together)
    stored = create(photo, (73, 56, 3))
    assert stored.nchunks == 2
    np.testing.assert_array_equal(stored[...], photo)


def test_damaged_chunks(photo):
    stored = create(photo, photo.shape, Svac2Codec(qp=30))
    data = content(stored, "c/0/0/0")
    for bad, kind in (
        (b"", svac2.EndOfStreamError),
        (data[:-1], svac2.TruncatedError),
        (data + b"!", svac2.CorruptError),
        (data[:60] + bytes([data[60] ^ 1]) + data[61:], svac2.CorruptError),
        (svac2.encode(photo[:, :50]), svac2.FormatError),
        (svac2.encode(photo.astype(np.uint16)), svac2.FormatError),
        (svac2.encode(photo[:, :, 0]), svac2.FormatError),
        (b"svac" * 20, svac2.FormatError),
    ):
        replace(stored, "c/0/0/0", bad)
        with pytest.raises(kind):
            stored[...]


def test_numcodecs_shapes(photo, grey):
    for array, options, shape in (
        (grey, {}, grey.shape),
        (grey[np.newaxis, :, :, np.newaxis], {}, grey.shape),
        (photo, {}, photo.shape),
        (photo[np.newaxis, np.newaxis], {}, photo.shape),
        (np.stack([grey] * 3), {}, (3, *grey.shape)),
        (np.stack([photo] * 2)[:, np.newaxis], {}, (2, *photo.shape)),
        (photo[:, ::2], {}, photo[:, ::2].shape),
        (samples((2, 5, 3, 1), np.uint8), {}, (2, 5, 3)),
        (samples((5, 9, 3), np.uint16), {"axes": "YX"}, (5, 9, 3)),
    ):
        codec = Svac2(**options)
        data = codec.encode(array)
        assert isinstance(data, bytes)
        decoded = codec.decode(np.frombuffer(data, np.uint8))
        assert decoded.dtype == array.dtype
        np.testing.assert_array_equal(decoded, array.reshape(shape))


@pytest.mark.parametrize("dtype", [np.uint8, "<u2", ">u2"])
def test_numcodecs_out(grey, dtype):
    array = (grey.astype(np.uint16) * (1 if dtype is np.uint8 else 257)).astype(dtype)
    codec = Svac2(dtype=np.dtype(dtype).str)
    data = codec.encode(array)
    out = np.zeros_like(array)
    assert codec.decode(data, out=out) is out
    np.testing.assert_array_equal(out, array)
    memory = bytearray(array.nbytes)
    assert codec.decode(data, memory) is memory
    assert memory == array.tobytes()
    for wrong in (np.empty(5, np.uint8), np.empty((grey.shape[0] + 1, grey.shape[1]), dtype)):
        with pytest.raises(svac2.OptionError, match="out has"):
            codec.decode(data, wrong)


def test_numcodecs_and_the_order_of_fortran(photo):
    planes = np.asfortranarray(photo.transpose(2, 0, 1))
    decoded = Svac2(axes="YXC").decode(Svac2(axes="YXC").encode(planes))
    np.testing.assert_array_equal(decoded.T, planes)
    with pytest.raises(
        svac2.OptionError, match=r"\(3, 111, 73\): .* last \(the axes are reversed, as order='F'"
    ):
        Svac2(axes="YXC").encode(np.asfortranarray(photo))


def test_numcodecs_refuses(grey):
    with pytest.raises(svac2.OptionTypeError, match=r"chunks of >u2 .* dtype='>u2'"):
        Svac2().encode(grey.astype(">u2"))
    with pytest.raises(svac2.OptionTypeError, match="chunks of float64"):
        Svac2().encode(grey / 2)
    with pytest.raises(svac2.OptionError, match="a chunk of 1 axes"):
        Svac2().encode(b"bytes without a shape")
    small, large = svac2.encode(grey[:8, :8]), svac2.encode(grey)
    for bad, kind in (
        (small + large, svac2.FormatError),
        (small + small[:-1], svac2.TruncatedError),
        (small + b"!", svac2.FormatError),
        (b"", svac2.EndOfStreamError),
    ):
        with pytest.raises(kind):
            Svac2().decode(bad)
    with pytest.raises(svac2.FormatError, match="1 bytes a sample, and dtype is <u2"):
        Svac2(dtype="<u2").decode(small)


def test_numcodecs_asks_for_no_memory_on_the_word_of_headers(build_file):
    claim = build_file(8192, 8192, subsampling="4:0:0", items=[(1 | 2 << 6, b"\0")])
    with pytest.raises(svac2.LimitError, match="the bytes of memory that this takes are 43"):
        Svac2().decode(65 * claim)
    with pytest.raises(svac2.OptionError, match="out has 8 bytes, and the chunk 43"):
        Svac2().decode(65 * claim, out=bytearray(8))  # which says how much is expected


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ((65, 8192, 8192), "the bytes of memory that this takes are 43"),
        ((12000, 12000), "the pixels of the 12000x12000 picture are 144000000"),
        ((2, 70000), "a side of the 70000x2 picture"),
    ],
)
def test_what_could_not_be_decoded_is_not_encoded(shape, complaint):
    chunk = np.broadcast_to(np.uint8(0), shape)
    with pytest.raises(svac2.LimitError, match=complaint):
        ChunkCoder().encode(chunk)


def test_what_is_encoded_can_be_decoded(build_file):
    # More pixels than one picture may have:
    claim = build_file(8192, 8192, subsampling="4:0:0", items=[(1 | 2 << 6, b"\0")])
    shape, itemsize = pictures_in(2 * claim)
    check_size(shape, itemsize)
    # The most memory that a picture of one chunk takes; it gets as far as to ask for its model:
    parts = [(1 | 2 << 6, bytes(2**27)), (5 | 2 << 6, b"\0")]
    options = {"bit_depth": 16, "reserved": 1 << 7, "layers": [(0, 30), (0, 128)], "items": parts}
    largest = build_file(11180, 11180, model=bytes(8) + b"\x20", **options)
    shape, itemsize = pictures_in(largest)
    check_size(shape, itemsize)
    with pytest.raises(svac2.ModelError):
        decode_pictures(largest, np.empty(shape, np.uint16))


@pytest.mark.slow
def test_a_chunk_of_more_pixels_than_a_picture_may_have():
    frames = np.zeros((32, 2048, 2048), np.uint8)
    np.testing.assert_array_equal(Svac2().decode(Svac2(effort=1).encode(frames)), frames)


@pytest.mark.skipif(not INSTALLED, reason="svac2 is not installed with its entry points")
def test_the_codecs_are_found_without_an_import(tmp_path, grey):
    codec = Svac2Codec(quality=80)
    stored = zarr.create_array(
        tmp_path / "v3", shape=grey.shape, chunks=(64, 64), dtype="u1", serializer=codec
    )
    stored[...] = grey
    program = (
        "import sys, numcodecs, zarr; "
        f"print(zarr.open_array({str(tmp_path / 'v3')!r})[...].tobytes().hex()); "
        "print(numcodecs.get_codec({'id': 'svac2', 'quality': 80}))"
    )
    command = [sys.executable, "-c", program]
    pixels, made = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert bytes.fromhex(pixels) == stored[...].tobytes()
    assert made == repr(Svac2(quality=80))
