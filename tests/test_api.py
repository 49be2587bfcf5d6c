"""The functions that a user of the package calls."""

import contextlib
import io
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import options
from svac2._core import codec
from svac2.metrics import psnr


def encode_with_reconstruction(samples, qp, subsampling="auto"):
    if samples.ndim == 2:
        samples = samples[:, :, np.newaxis]
    return codec.encode_with_reconstruction(
        samples,
        qp=qp * codec.QP_ONE,
        effort=3,
        subsampling=options.subsampling_code(subsampling),
        threads=1,
        checksum=True,
        cpu_mask=options.cpu_mask(),
        progress=None,
    )


class TestRoundTrip:
    def test_rgb(self, photo):
        decoded = svac2.decode(svac2.encode(photo, quality=95))
        assert decoded.shape == photo.shape
        assert decoded.dtype == np.uint8
        assert psnr(photo, decoded).y > 35

    @pytest.mark.parametrize("axes", [2, 3])
    def test_grey(self, grey, axes):
        source = grey if axes == 2 else grey[:, :, np.newaxis]
        decoded = svac2.decode(svac2.encode(source, quality=95))
        assert decoded.shape == grey.shape
        assert psnr(grey, decoded).y > 35

    @pytest.mark.parametrize("subsampling", options.SUBSAMPLING_CHOICES)
    @pytest.mark.parametrize("qp", [8, 40])
    def test_decoder_gives_what_the_encoder_expects(self, photo, qp, subsampling):
        data, expected = encode_with_reconstruction(photo, qp, subsampling)
        np.testing.assert_array_equal(svac2.decode(data), expected)

    @pytest.mark.parametrize(
        "shape", [(1, 1), (1, 9), (65, 1), (3, 5), (8, 8), (64, 65), (130, 67)]
    )
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    def test_sizes(self, shape, channels):
        samples = np.random.default_rng(1).integers(0, 256, (*shape, channels), np.uint8)
        data, expected = encode_with_reconstruction(samples, 24)
        decoded = svac2.decode(data)
        assert decoded.shape == (shape if channels == 1 else (*shape, channels))
        np.testing.assert_array_equal(decoded, expected)

    def test_quality_costs_bytes_and_saves_error(self, photo):
        files = [svac2.encode(photo, quality=quality) for quality in (20, 50, 80)]
        sizes = [len(file) for file in files]
        errors = [psnr(photo, svac2.decode(file)).rgb for file in files]
        assert sizes == sorted(sizes)
        assert errors == sorted(errors)

    def test_threads_and_processor_change_nothing(self, photo, encoded, monkeypatch):
        expected = svac2.decode(encoded)
        for cpu in options.CPU_CHOICES:
            monkeypatch.setenv("SVAC2_CPU", cpu)
            for threads in (1, 2):
                assert svac2.encode(photo, qp=32, threads=threads) == encoded
                np.testing.assert_array_equal(svac2.decode(encoded, threads=threads), expected)

    def test_calls_at_the_same_time(self, photo, encoded):
        with ThreadPoolExecutor(4) as pool:
            files = list(pool.map(lambda _: svac2.encode(photo, qp=32), range(8)))
        assert set(files) == {encoded}


class TestImageInput:
    @pytest.mark.parametrize(
        "view",
        [
            lambda a: a[::-1],
            lambda a: a[:, ::-1],
            lambda a: a[:, :, ::-1],
            lambda a: a[::2, ::3],
            lambda a: a.transpose(1, 0, 2),
            lambda a: np.asfortranarray(a),
            lambda a: np.broadcast_to(a[:1], a.shape),
            lambda a: a[3:40, 5:60],
            lambda a: a[:, :, 1],
            lambda a: a[:, :, 1:2],
            lambda a: a[:, :1],
        ],
    )
    def test_strides(self, photo, view):
        samples = view(photo)
        assert svac2.encode(samples, qp=40) == svac2.encode(samples.copy(order="C"), qp=40)

    @pytest.mark.parametrize(
        ("mode", "taken_as"),
        [
            ("L", "L"),
            ("LA", "LA"),
            ("RGB", "RGB"),
            ("RGBA", "RGBA"),
            ("1", "L"),
            ("P", "RGB"),
            ("PA", "RGBA"),
            ("YCbCr", "RGB"),
        ],
    )
    def test_pillow_modes(self, photo, mode, taken_as):
        image = Image.fromarray(photo).convert(mode)
        assert svac2.encode(image, qp=40) == svac2.encode(
            np.asarray(image.convert(taken_as)), qp=40
        )

    def test_files(self, photo, tmp_path):
        path = tmp_path / "photo.png"
        Image.fromarray(photo).save(path)
        expected = svac2.encode(photo, qp=40)
        assert svac2.encode(path, qp=40) == expected
        assert svac2.encode(str(path), qp=40) == expected
        with path.open("rb") as file:
            assert svac2.encode(file, qp=40) == expected

    def test_files_are_turned_upright(self, photo, tmp_path):
        image = Image.fromarray(photo)
        exif = image.getexif()
        exif[0x0112] = 6  # orientation: to be turned by 90 degrees clockwise
        image.save(tmp_path / "photo.png", exif=exif)
        expected = svac2.encode(np.rot90(photo, -1), qp=8)
        assert svac2.encode(tmp_path / "photo.png", qp=8, exif=None) == expected
        with Image.open(tmp_path / "photo.png") as opened:
            assert svac2.encode(opened, qp=8, exif=None) == expected

    def test_16_bit_a_pixel(self):
        dib = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 16, 0, 4, 0, 0, 0, 0) + bytes(4)
        bmp = b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + dib
        assert svac2.encode(io.BytesIO(bmp)) == svac2.encode(np.zeros((1, 2, 3), np.uint8))

    def test_animation(self, photo, tmp_path):
        path = tmp_path / "two.tif"
        frames = [Image.fromarray(photo), Image.fromarray(photo)]
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with pytest.raises(svac2.UnsupportedError, match=r"two\.tif: .* 2 pictures"):
            svac2.encode(path)
        with Image.open(path) as image:
            assert svac2.encode(image.copy(), qp=40) == svac2.encode(photo, qp=40)

    @pytest.mark.parametrize("kind", ["png", "jpg", "gif", "tif", "bmp", "webp", "ppm", "tga"])
    def test_damaged_files(self, photo, tmp_path, kind):
        path = tmp_path / f"photo.{kind}"
        Image.fromarray(photo).save(path)
        whole = path.read_bytes()
        rng = np.random.default_rng(1)
        files = [whole[: len(whole) * part // 20] for part in range(20)]
        for _ in range(60):
            damaged = bytearray(whole)
            for position in rng.integers(0, min(len(whole), 200), 3):
                damaged[position] = rng.integers(256)
            files.append(bytes(damaged))
        for file in files:
            path.write_bytes(file)
            try:
                svac2.pictures.images.load_picture(path, limits=svac2.Limits())
            except svac2.SvacError as error:
                assert str(error).startswith(f"{path}: ")  # noqa: PT017

    def test_truncated_file(self, photo, tmp_path):
        path = tmp_path / "photo.png"
        Image.fromarray(photo).save(path)
        path.write_bytes(path.read_bytes()[:5000])
        with pytest.raises(svac2.FormatError, match=r"photo\.png: damaged picture: "):
            svac2.encode(path)

    def test_limits_of_files(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
        file = io.BytesIO()
        Image.new("L", (8, 8)).save(file, "PNG")
        file.seek(0)
        with pytest.raises(svac2.LimitError, match=r"MAX_IMAGE_PIXELS=10: .*64 pixels"):
            svac2.encode(file)
        assert Image.MAX_IMAGE_PIXELS == 10
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        with pytest.raises(svac2.LimitError, match=r"40000x40000.*max_pixels"):
            svac2.encode(io.BytesIO(b"P5 40000 40000 255 "))

    @pytest.mark.parametrize("image", [None, b"bytes", "", "a\0b", [[1, 2], [3]], io.StringIO("a")])
    def test_wrong_type(self, image):
        with pytest.raises(svac2.OptionError, match=r"^(image|data|path) must "):
            svac2.encode(image)

    @pytest.mark.parametrize("dtype", [np.int8, np.float32, bool, complex, object])
    def test_unsupported_types(self, dtype):
        with pytest.raises(svac2.UnsupportedError, match=r"samples of type .*: "):
            svac2.encode(np.zeros((8, 8), dtype))

    @pytest.mark.parametrize(
        "shape", [(), (8,), (8, 8, 0), (8, 8, 5), (1, 8, 8, 3), (0, 8), (8, 0, 3), (8, 65536)]
    )
    def test_unsupported_shapes(self, shape):
        with pytest.raises(svac2.UnsupportedError):
            svac2.encode(np.broadcast_to(np.uint8(0), shape))

    def test_not_a_picture(self, tmp_path):
        path = tmp_path / "text.png"
        path.write_text("no picture")
        with pytest.raises(svac2.UnsupportedError, match="not a picture"):
            svac2.encode(path)
        with pytest.raises(FileNotFoundError):
            svac2.encode(tmp_path / "missing.png")


class TestData:
    def test_kinds(self, encoded, tmp_path):
        expected = svac2.decode(encoded)
        path = tmp_path / "photo.svac2"
        path.write_bytes(encoded)
        words = np.frombuffer(encoded + bytes(-len(encoded) % 4), np.uint32)
        for data in (
            bytearray(encoded),
            memoryview(encoded),
            memoryview(words)[:].cast("B")[: len(encoded)],
            path,
            str(path),
            io.BytesIO(encoded),
        ):
            np.testing.assert_array_equal(svac2.decode(data), expected)

    def test_not_data(self):
        for data in (None, 5, io.StringIO("text"), memoryview(b"abcdef")[::2], [1, 2]):
            with pytest.raises(
                svac2.OptionTypeError, match=r"contiguous bytes, .* open binary file"
            ):
                svac2.decode(data)
        with pytest.raises(FileNotFoundError):
            svac2.decode("missing.svac2")

    def test_info(self, photo, encoded):
        info = svac2.info(encoded)
        assert (info.width, info.height, info.channels) == (photo.shape[1], photo.shape[0], 3)
        assert info.qp == 32
        assert info.bit_depth == 8
        assert info.subsampling in ("4:2:0", "4:4:4")
        assert info.checksum is True
        assert svac2.info(svac2.encode(photo, qp=32, checksum=False)).checksum is False
        assert info.file_size == len(encoded)
        (layer,) = info.layers
        assert 0 < info.header_size == layer.start < layer.end == len(encoded)
        assert (layer.width, layer.height, layer.scale, layer.qp) == (*photo.shape[1::-1], 1, 32)
        assert info.mode == "normal"
        with pytest.raises(AttributeError):
            info.width = 1

    @pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
    def test_subsampling(self, photo, subsampling):
        data = svac2.encode(photo, qp=32, subsampling=subsampling)
        assert svac2.info(data).subsampling == subsampling

    @pytest.mark.parametrize("subsampling", options.SUBSAMPLING_CHOICES)
    def test_grey_has_no_chroma(self, grey, subsampling):
        data = svac2.encode(grey, qp=32, subsampling=subsampling)
        assert svac2.info(data).subsampling == "4:0:0"

    def test_colour_has_chroma(self, photo):
        with pytest.raises(svac2.OptionError, match="subsampling"):
            svac2.encode(photo, subsampling="4:0:0")


class TestBadData:
    @pytest.mark.parametrize("data", [b"", b"\0", b"no picture at all, only some text"])
    @pytest.mark.parametrize("function", [svac2.decode, svac2.info])
    def test_not_a_file_of_ours(self, function, data):
        with pytest.raises(svac2.FormatError):
            function(data)

    def test_every_truncation(self, photo):
        data = svac2.encode(photo[:16, :16], qp=40)
        for size in range(len(data)):
            with pytest.raises(svac2.FormatError):
                svac2.decode(data[:size])

    def test_checksum(self, encoded):
        info = svac2.info(encoded)
        damaged = bytearray(encoded)
        damaged[(info.header_size + info.file_size) // 2] ^= 0x40
        with pytest.raises(svac2.CorruptError):
            svac2.decode(damaged)
        with contextlib.suppress(svac2.SvacError):
            assert svac2.decode(damaged, verify=False).shape == (info.height, info.width, 3)

    def test_pixel_limit(self, photo, encoded):
        pixels = photo.shape[0] * photo.shape[1]
        for limit in (pixels, None):
            limits = svac2.Limits(max_pixels=limit)
            assert svac2.decode(encoded, limits=limits).shape == photo.shape
        with pytest.raises(svac2.LimitError, match=f"max_pixels={pixels - 1}"):
            svac2.decode(encoded, limits=svac2.Limits(max_pixels=pixels - 1))


class TestProgress:
    @pytest.fixture(params=["encode", "decode"])
    def step(self, request, photo, encoded):
        if request.param == "encode":
            return lambda **keywords: svac2.encode(photo, qp=32, **keywords)
        return lambda **keywords: svac2.decode(encoded, **keywords)

    def test_reaches_the_end(self, step):
        calls = []
        step(progress=lambda done, total: calls.append((done, total)))
        assert calls
        assert len({total for _, total in calls}) == 1
        assert calls == sorted(calls)
        assert calls[-1][0] == calls[-1][1]

    @pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt, svac2.CorruptError])
    def test_exception_ends_the_call(self, step, kind):
        stop = kind("enough")
        calls = []

        def progress(done, total):
            calls.append(done)
            raise stop

        with pytest.raises(kind) as caught:
            step(progress=progress)
        assert caught.value is stop
        assert len(calls) == 1

    def test_signal_ends_the_call(self):
        class StopError(Exception):
            pass

        def stop(number, frame):
            raise StopError

        samples = np.random.default_rng(1).integers(0, 256, (4096, 4096, 3), np.uint8)
        previous = signal.signal(signal.SIGUSR1, stop)
        timer = threading.Timer(0.02, signal.raise_signal, [signal.SIGUSR1])
        timer.start()
        try:
            with pytest.raises(StopError):
                svac2.encode(samples, qp=0, effort=9)
        finally:
            timer.join()
            signal.signal(signal.SIGUSR1, previous)


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value", "valid"),
        [
            ("quality", 0, "1 to 100"),
            ("quality", 100.5, "1 to 100"),
            ("quality", float("nan"), "1 to 100"),
            ("qp", -1, "0 to 63"),
            ("qp", 64, "0 to 63"),
            ("effort", 0, "1 to 9"),
            ("effort", 10, "1 to 9"),
            ("subsampling", "4:1:1", "'auto'.*'4:2:0'.*'4:2:2'.*'4:4:4'"),
            ("threads", -1, "0 to 64"),
            ("threads", 65, "0 to 64"),
            ("alpha_quality", 101, "1 to 100"),
        ],
    )
    def test_out_of_range(self, photo, name, value, valid):
        with pytest.raises(svac2.OptionError, match=f"{name}.*{valid}") as caught:
            svac2.encode(photo, **{name: value})
        assert str(value) in str(caught.value)
        assert isinstance(caught.value, ValueError)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("quality", "high"),
            ("quality", True),
            ("qp", "30"),
            ("qp", False),
            ("base_qp", 1j),
            ("effort", "fast"),
            ("subsampling", 420),
            ("threads", None),
            ("checksum", 1),
            ("progress", 3),
            ("lossless", 1),
            ("exact", "yes"),
            ("alpha_quality", "high"),
        ],
    )
    def test_wrong_type(self, photo, name, value):
        with pytest.raises(svac2.OptionTypeError, match=f"^{name} must be") as caught:
            svac2.encode(photo, **{name: value})
        assert isinstance(caught.value, TypeError)

    @pytest.mark.parametrize(
        ("name", "value"), [("limits", 0), ("threads", 65), ("verify", "yes"), ("progress", 3)]
    )
    def test_decode(self, encoded, name, value):
        with pytest.raises(svac2.OptionError, match=name):
            svac2.decode(encoded, **{name: value})

    def test_unknown(self, photo, encoded, tmp_path):
        with pytest.raises(svac2.OptionError, match=r"speed.*quality.*effort"):
            svac2.encode(photo, speed=3)
        with pytest.raises(svac2.OptionError, match=r"speed.*limits"):
            svac2.decode(encoded, speed=3)
        with pytest.raises(svac2.OptionError, match="speed"):
            svac2.write(tmp_path / "out.svac2", photo, speed=3)

    def test_steps_of_the_quantiser(self, grey):
        files = {svac2.encode(grey, quality=quality) for quality in (41, 42, 43, 44)}
        assert len(files) == 4
        data = svac2.encode(grey, qp=33.3)
        assert svac2.info(data).qp == svac2.info(data).layers[0].qp == 33.25
        assert "qp 33.25," in repr(svac2.info(data))
        assert "qp 33," in repr(svac2.info(svac2.encode(grey, qp=33)))
        fine = {svac2.encode(grey, qp=qp) for qp in (33, 33.125, 33.5, 33.875, 34)}
        assert len(fine) == 5

    def test_quality_and_qp(self, photo):
        with pytest.raises(svac2.OptionError, match="quality and qp"):
            svac2.encode(photo, quality=75, qp=30)
        assert svac2.encode(photo) == svac2.encode(photo, quality=75)

    def test_numpy_integers(self, photo):
        assert svac2.encode(photo, qp=np.uint8(40)) == svac2.encode(photo, qp=40)

    def test_wrong_option_is_found_before_the_picture_is_read(self):
        with pytest.raises(svac2.OptionError):
            svac2.encode("missing.png", effort=0)

    def test_processor(self, photo, monkeypatch):
        monkeypatch.setenv("SVAC2_CPU", "abacus")
        with pytest.raises(svac2.OptionError, match=r"SVAC2_CPU.*'scalar'"):
            svac2.encode(photo)


class TestFiles:
    def test_write_and_read(self, photo, encoded, tmp_path):
        path = tmp_path / "photo.svac2"
        svac2.write(path, photo, qp=32)
        assert path.read_bytes() == encoded
        np.testing.assert_array_equal(svac2.read(path), svac2.decode(encoded))
        np.testing.assert_array_equal(svac2.read(str(path), threads=1), svac2.decode(encoded))
        image = svac2.read(io.BytesIO(encoded), pillow=True)
        np.testing.assert_array_equal(np.asarray(image), svac2.decode(encoded))

    def test_failure_leaves_the_old_file(self, photo, tmp_path, monkeypatch):
        path = tmp_path / "photo.svac2"
        path.write_bytes(b"old")
        with pytest.raises(svac2.OptionError):
            svac2.write(path, photo, qp=99)

        def fail(self, target):
            raise OSError(28, "No space left on device", str(self))

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space left") as caught:
            svac2.write(path, photo)
        assert caught.value.filename == str(path)
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_mode_and_links_are_kept(self, photo, tmp_path):
        path, link = tmp_path / "photo.svac2", tmp_path / "link.svac2"
        path.write_bytes(b"old")
        path.chmod(0o640)
        link.symlink_to(path)
        svac2.write(link, photo)
        assert link.is_symlink()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert svac2.info(path).width == photo.shape[1]

    def test_bad_targets_are_found_before_encoding(self, photo, tmp_path, monkeypatch):
        monkeypatch.delattr(codec, "encode")
        path = tmp_path / "missing" / "photo.svac2"
        with pytest.raises(FileNotFoundError) as caught:
            svac2.write(path, photo)
        assert caught.value.filename == str(path)
        assert "None" not in str(caught.value)
        with pytest.raises(IsADirectoryError):
            svac2.write(tmp_path, photo)
        for wrong in (None, b"name"):
            with pytest.raises(svac2.OptionTypeError, match="path must be a str"):
                svac2.write(wrong, photo)
        with pytest.raises(svac2.OptionError, match="path must name a file"):
            svac2.write("", photo)
        path = tmp_path / "photo.png"
        Image.fromarray(photo).save(path)
        for name in ("photo.png", "photo.JPG", "photo.jxl", "photo.hif", "photo.exr", "photo.cr2"):
            with pytest.raises(svac2.OptionError, match="belongs to another format"):
                svac2.write(tmp_path / name, photo)
        path = path.rename(tmp_path / "photo")
        with pytest.raises(svac2.OptionError, match="is the input"):
            svac2.write(path, str(path))
        monkeypatch.setattr("os.access", lambda path, mode: False)
        with pytest.raises(PermissionError, match="photo"):
            svac2.write(path, photo)

    def test_pipe_without_a_name(self, photo, encoded):
        reader, writer = os.pipe()
        svac2.write(f"/dev/fd/{writer}", photo[:8, :8])
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            assert svac2.info(pipe).width == 8

    def test_name_of_a_damaged_file(self, encoded, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(encoded[:-1])
        with pytest.raises(svac2.TruncatedError, match=r"photo\.svac2: "):
            svac2.read(path)


def test_sources_that_are_not_compiled(tmp_path):
    package = Path(svac2.__file__).parent
    shutil.copytree(package, tmp_path / "svac2", ignore=shutil.ignore_patterns("*.so"))
    code = "import sys; sys.path.insert(0, '.'); import svac2"
    failed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert "ImportError: svac2 is not compiled in" in failed.stderr


def test_one_exception_tree():
    for name in svac2.__all__:
        item = getattr(svac2, name)
        if isinstance(item, type) and issubclass(item, Exception) and not issubclass(item, Warning):
            assert issubclass(item, svac2.SvacError)
