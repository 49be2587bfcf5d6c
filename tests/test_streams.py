"""Pictures one after the other in files, pipes and sockets, and the command's standard streams."""

import contextlib
import io
import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2._core import codec

FAST = {"effort": 1, "enhance": False}
FRAMES = 1000
TAIL = b"bytes of another kind"
COMMAND = [sys.executable, "-P", "-m", "svac2"]
# Writes a file to a descriptor in parts of many sizes, which end anywhere in frames.
WRITER = """
import os, sys
content = memoryview(open(sys.argv[1], "rb").read())
size = 1
while content:
    content = content[os.write(int(sys.argv[2]), content[:size]):]
    size = size * 7 % 8191 + 1
"""


class ShortReads(io.RawIOBase):
    """A stream that cannot seek and gives a byte, then two, then three of what is asked for."""

    def __init__(self, content):
        self.rest = memoryview(content)
        self.calls = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.calls += 1
        size = min(len(buffer), 1 + self.calls % 3, len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size


class ShortWrites(io.RawIOBase):
    """A stream that takes a few bytes at a time."""

    def __init__(self):
        self.content = b""

    def writable(self):
        return True

    def write(self, data):
        self.content += bytes(data[:7])
        return min(7, len(data))


class Asked:
    """A stream that is no io class, and notes how far it was asked to go."""

    def __init__(self, content):
        self.file = io.BytesIO(content)
        self.end = 0

    def read(self, size):
        self.end = max(self.end, self.file.tell() + size)
        return self.file.read(size)


@pytest.fixture(scope="module")
def frames(photo):
    """Pictures that tell their place, some larger than a pipe holds."""
    rng = np.random.default_rng(0)
    large = svac2.encode(rng.integers(0, 256, (256, 256, 3), np.uint8), qp=0, **FAST)
    assert len(large) > 2**16

    def frame(number):
        samples = np.zeros((2, 16), np.uint8)
        samples[0] = 255 * (number >> np.arange(16) & 1)
        return svac2.encode(samples, quality=100, checksum=number % 2 == 0, **FAST)

    return [large if number % 300 == 299 else frame(number) for number in range(FRAMES)]


def number_of(pixels):
    return sum(int(bit) << place for place, bit in enumerate(pixels[0] > 127))


def check_frames(stream):
    """Decode all frames and return what follows them."""
    for number in range(FRAMES):
        pixels = svac2.decode(stream, threads=1)
        if number % 300 == 299:
            assert pixels.shape == (256, 256, 3)
        else:
            assert number_of(pixels) == number


@contextlib.contextmanager
def written_by_another(path, way):
    """Let another process write a file to a stream, and close it."""
    if way == "socket":
        ours, theirs = socket.socketpair()
        reader = ours.makefile("rb", buffering=0)
        ours.close()
    else:
        end, theirs = os.pipe()
        reader, theirs = os.fdopen(end, "rb", buffering=0), os.fdopen(theirs, "wb")
    descriptor = theirs.fileno()
    command = [sys.executable, "-c", WRITER, path, str(descriptor)]
    with theirs:
        process = subprocess.Popen(command, pass_fds=[descriptor])
    with reader:
        yield io.BufferedReader(reader) if way == "buffered pipe" else reader
    assert process.wait() == 0


@pytest.mark.parametrize("way", ["pipe", "buffered pipe", "socket"])
def test_frames_of_another_process(frames, way, tmp_path):
    path = tmp_path / "frames"
    path.write_bytes(b"".join(frames))
    with written_by_another(path, way) as stream:
        check_frames(stream)
        for _ in range(2):
            with pytest.raises(EOFError, match="not a byte is left"):
                svac2.decode(stream)


def test_what_follows_is_left(frames, tmp_path):
    path = tmp_path / "frames"
    path.write_bytes(b"".join(frames) + TAIL)
    with written_by_another(path, "pipe") as stream:
        check_frames(stream)
        assert stream.read(100) == TAIL
    with path.open("rb", buffering=0) as file:
        check_frames(file)
        assert file.read() == TAIL


def test_a_frame_comes_before_the_next_is_written(frames):
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as stream, os.fdopen(writer, "wb", 0) as target:
        for number in range(5):
            target.write(frames[number])
            assert number_of(svac2.decode(stream)) == number
        target.write(frames[5] + frames[6])
        assert svac2.info(stream).file_size == len(frames[5])
        assert number_of(svac2.decode(stream)) == 6


def test_short_reads(frames, photo):
    metadata = {"icc_profile": bytes(1000), "xmp": b"<x/>"}
    data = svac2.encode(photo, mode="multiscale", **metadata, **FAST)
    stream = ShortReads(frames[0] + data + data + frames[7] + TAIL)
    assert number_of(svac2.decode(stream)) == 0
    np.testing.assert_array_equal(svac2.decode(stream), svac2.decode(data))
    assert svac2.info(stream).icc_profile == bytes(1000)
    assert number_of(svac2.decode(stream)) == 7
    assert bytes(stream.rest) == TAIL
    stream = ShortReads(data + TAIL)
    assert svac2.info(stream, limits=svac2.Limits(max_metadata=9)).width == photo.shape[1]
    assert bytes(stream.rest) == TAIL


@pytest.mark.parametrize("checksum", [True, False])
def test_no_more_is_asked_for(photo, checksum):
    metadata = {"exif": b"II*\0\x08\0\0\0\0\0\0\0\0\0", "cicp": (9, 16, 0, True)}
    for options in ({}, {"mode": "multiscale"}, metadata):
        data = svac2.encode(photo, checksum=checksum, **options, **FAST)
        for function in (svac2.decode, svac2.info):
            stream = Asked(data + TAIL)
            function(stream)
            assert stream.end == len(data)
        layer = svac2.info(data).layers[0]
        stream = Asked(data)
        svac2.decode(stream, max_size=8)
        assert stream.end <= (len(data) if len(svac2.info(data).layers) == 1 else layer.end)


def test_smallest_frames():
    """No part of the header is read at once that could be longer than a frame."""
    data = svac2.encode(np.zeros((1, 1), np.uint8), checksum=False, **FAST)
    stream = Asked(data)
    svac2.decode(stream)
    assert stream.end == len(data)


class TestFilesThatSeek:
    def test_info_then_decode(self, frames):
        file = io.BytesIO(b"start" + b"".join(frames[:3]) + TAIL)
        file.seek(5)
        for number in range(3):
            place = file.tell()
            assert svac2.info(file).file_size == len(frames[number])
            assert file.tell() == place
            assert number_of(svac2.decode(file)) == number
        assert file.read() == TAIL

    def test_thumbnails(self, photo, tmp_path):
        pictures = [photo, photo[::-1], photo[:, ::-1]]
        path = tmp_path / "frames"
        with path.open("wb") as file:
            for picture in pictures:
                svac2.write(file, picture, mode="multiscale", xmp=bytes(5000), **FAST)
        with path.open("rb") as file:
            thumbnails = [svac2.decode(file, max_size=12) for _ in pictures]
            assert file.read() == b""
        for thumbnail, picture in zip(thumbnails, pictures, strict=True):
            data = svac2.encode(picture, mode="multiscale", **FAST)
            np.testing.assert_array_equal(thumbnail, svac2.decode(data, max_size=12))

    def test_thumbnails_leave_a_stream_after_their_layer(self, photo):
        data = svac2.encode(photo, mode="multiscale", **FAST)
        stream = ShortReads(data)
        svac2.decode(stream, max_size=12)
        assert bytes(stream.rest) == data[svac2.info(data).layers[0].end :]


class TestEnds:
    @pytest.mark.parametrize("kind", [ShortReads, io.BytesIO, bytes])
    def test_cut_frame(self, frames, kind):
        for size in (1, 3, 5, len(frames[1]) // 2, len(frames[1]) - 1):
            with pytest.raises(svac2.TruncatedError) as caught:
                svac2.decode(kind(frames[1][:size]))
            assert type(caught.value) is svac2.TruncatedError
        stream = io.BytesIO(frames[0] + frames[1][:-1])
        svac2.decode(stream)
        with pytest.raises(svac2.TruncatedError, match=r"the file has \d+ of \d+ bytes") as caught:
            svac2.decode(stream)
        assert not isinstance(caught.value, EOFError)

    @pytest.mark.parametrize("function", [svac2.decode, svac2.info, svac2.read])
    def test_nothing(self, function, tmp_path):
        path = tmp_path / "empty.svac2"
        path.write_bytes(b"")
        with pytest.raises(svac2.EndOfStreamError, match=r"empty\.svac2: there is no picture"):
            function(path)
        if function is not svac2.read:
            for nothing in (b"", io.BytesIO(), ShortReads(b"")):
                with pytest.raises(EOFError, match=r"^there is no picture"):
                    function(nothing)

    def test_nothing_is_not_ready(self):
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        with os.fdopen(reader, "rb", buffering=0) as stream, os.fdopen(writer, "wb", 0) as target:
            with pytest.raises(BlockingIOError, match="not ready"):
                svac2.decode(stream)
            target.write(b"\xb5")
            with pytest.raises(BlockingIOError, match="not ready"):
                svac2.decode(stream)

    def test_text(self, tmp_path):
        path = tmp_path / "text"
        path.write_text("text")
        with path.open() as file, pytest.raises(svac2.OptionTypeError, match="open binary file"):
            svac2.decode(file)
        with pytest.raises(svac2.OptionTypeError, match="binary file: reading gave str"):
            svac2.decode(type("Text", (), {"read": lambda self, size: "text"})())


class TestWriting:
    def test_files(self, photo, encoded, tmp_path):
        file = io.BytesIO()
        assert svac2.write(file, photo, qp=32) is None
        svac2.write(file, photo, qp=32)
        assert file.getvalue() == encoded + encoded
        with (tmp_path / "picture.png").open("wb") as named:  # the caller's choice of a name
            svac2.write(named, photo, qp=32)
        assert (tmp_path / "picture.png").read_bytes() == encoded

    def test_that_take_a_part_at_a_time(self, photo, encoded):
        file = ShortWrites()
        svac2.write(file, photo, qp=32)
        assert file.content == encoded

    def test_that_count_nothing(self, photo, encoded):
        parts = []
        svac2.write(type("Sink", (), {"write": lambda self, data: parts.append(data)})(), photo)
        assert svac2.info(b"".join(parts)).width == photo.shape[1]

    def test_that_are_not_ready(self, photo):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with os.fdopen(reader, "rb"), os.fdopen(writer, "wb", 0) as target:
            while target.write(bytes(4096)):
                pass
            with pytest.raises(BlockingIOError, match="not ready"):
                svac2.write(target, photo, **FAST)

    def test_text_is_refused_before_the_work(self, photo, monkeypatch):
        monkeypatch.delattr(codec, "encode")
        with pytest.raises(svac2.OptionTypeError, match="not StringIO"):
            svac2.write(io.StringIO(), photo)


def run(*words, given):
    return subprocess.run(
        [*COMMAND, *words], input=given, check=True, stdout=subprocess.PIPE
    ).stdout


class TestCommand:
    def test_pipeline(self, photo, tmp_path):
        png = io.BytesIO()
        Image.fromarray(photo).save(png, "PNG", icc_profile=b"profile")
        data = run("encode", "-", "-", "--qp=32", given=png.getvalue())
        assert data == svac2.encode(photo, qp=32, icc_profile=b"profile")
        with Image.open(io.BytesIO(run("decode", "-", "-", given=data + TAIL))) as image:
            np.testing.assert_array_equal(np.asarray(image), svac2.decode(data))
            assert image.info["icc_profile"] == b"profile"
        shown = run("info", "-", given=data).decode().splitlines()
        assert f"file_size {len(data)}" in [" ".join(line.split()) for line in shown]
        path = tmp_path / "photo.svac2"
        path.write_bytes(data)
        assert b"psnr_rgb          inf" in run("compare", "-", path, given=data)

    def test_enhance(self, photo):
        png = io.BytesIO()
        Image.fromarray(photo).save(png, "PNG")
        for source in ("-", "/dev/stdin"):
            restored = run("enhance", source, "-", "--qp=32", given=png.getvalue())
            with Image.open(io.BytesIO(restored)) as image:
                np.testing.assert_array_equal(np.asarray(image), svac2.enhance(photo, qp=32))

    def test_files_and_streams(self, photo, encoded, tmp_path):
        source, target = tmp_path / "x.svac2", tmp_path / "y.png"
        source.write_bytes(encoded)
        run("decode", "-", target, given=encoded)
        assert run("decode", source, "-", given=b"") == target.read_bytes()
        assert not (tmp_path / "-").exists()

    def test_one_call_after_the_other(self, photo, encoded, tmp_path):
        other = svac2.encode(photo[::-1], **FAST)
        path = tmp_path / "frames"
        path.write_bytes(encoded + other + TAIL)
        reader, writer = os.pipe()
        os.write(writer, encoded + other + TAIL)
        os.close(writer)
        for stream in (path.open("rb", buffering=0), os.fdopen(reader, "rb", buffering=0)):
            with stream:
                if stream.seekable():
                    subprocess.run([*COMMAND, "info", "-"], stdin=stream, check=True)
                for data in (encoded, other):
                    target = tmp_path / "frame.png"
                    subprocess.run([*COMMAND, "decode", "-", target], stdin=stream, check=True)
                    with Image.open(target) as image:
                        np.testing.assert_array_equal(np.asarray(image), svac2.decode(data))
                assert stream.read() == TAIL

    @pytest.mark.parametrize(
        ("words", "given", "message"),
        [
            (["decode", "-", "-"], b"", b"-: there is no picture: not a byte is left"),
            (["decode", "-", "-"], b"\xb5S2\5", b"-: "),
            (["decode", "-", "-"], b"GIF89a", b"-: not a svac2 file"),
            (["info", "-"], b"GIF89a", b"-: not a svac2 file"),
            (["encode", "-", "-"], b"", b"-: there is no picture: not a byte is left"),
            (["encode", "-", "-"], b"text", b"-: not a picture that Pillow can read"),
            (["encode", "-", "-"], b"\xb5S2\5", b"-: a svac2 file: decode it first"),
            (["compare", "-", "-"], b"", b"-: there is no picture: not a byte is left"),
            (["enhance", "-", "-", "--qp=9"], b"text", b"-: not a picture that Pillow can read"),
        ],
    )
    def test_errors(self, words, given, message, tmp_path):
        done = subprocess.run(
            [*COMMAND, *words], input=given, capture_output=True, cwd=tmp_path, check=False
        )
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.startswith(b"svac2: " + message)
        assert done.stderr.count(b"\n") == 1
        assert list(tmp_path.iterdir()) == []
