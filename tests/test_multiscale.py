"""Files of two layers: what they hold, previews, and what is left of them when they are cut."""

import io
import tracemalloc
import warnings

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import options
from svac2._core import codec
from svac2.metrics import psnr

# Channels and options of the small files that are cut at every length.
CUT = {
    "grey": (1, {"qp": 30, "base_scale": 4}),
    "420": (3, {"qp": 40, "base_scale": 8, "subsampling": "4:2:0"}),
    "422": (3, {"qp": 44, "base_scale": 2, "subsampling": "4:2:2"}),
    "444": (3, {"qp": 36, "base_scale": 2, "subsampling": "4:4:4", "checksum": False}),
}


@pytest.fixture(scope="module")
def layered(photo):
    return svac2.encode(photo, qp=32, mode="multiscale")


@pytest.fixture(scope="module", params=CUT)
def cut_file(request, photo):
    channels, keywords = CUT[request.param]
    samples = photo[:40, :70] if channels == 3 else photo[:40, :70, 1]
    return svac2.encode(samples, mode="multiscale", **keywords)


class CountingFile(io.BytesIO):
    """Counts the bytes that are read, at most a few at a time."""

    def __init__(self, data, step=10**6):
        super().__init__(data)
        self.step = step
        self.count = 0

    def read(self, size=-1):
        part = super().read(size if size < 0 else min(size, self.step))
        self.count += len(part)
        return part


class TestEncode:
    @pytest.mark.parametrize("base_scale", [2, 4, 8])
    def test_layers(self, photo, base_scale):
        data = svac2.encode(photo, qp=30, mode="multiscale", base_scale=base_scale)
        info = svac2.info(data)
        base, whole = info.layers
        height, width = photo.shape[:2]
        assert info.mode == "multiscale"
        assert (base.width, base.height) == (-(-width // base_scale), -(-height // base_scale))
        assert (whole.width, whole.height) == (info.width, info.height) == (width, height)
        assert (base.scale, whole.scale) == (1 / base_scale, 1)
        assert whole.qp == info.qp == 30 <= base.qp
        assert info.header_size == base.start < base.end == whole.start < whole.end == len(data)

    def test_base_qp(self, photo):
        data = {qp: svac2.encode(photo, qp=40, mode="multiscale", base_qp=qp) for qp in (10, 40)}
        small = np.asarray(Image.fromarray(photo).resize((14, 10), Image.Resampling.LANCZOS))
        levels = {}
        for qp, file in data.items():
            assert svac2.info(file).layers[0].qp == qp
            levels[qp] = psnr(small, svac2.decode(file, scale=1 / 8)).rgb
        assert levels[10] > 34
        assert levels[10] > levels[40] + 6
        assert len(data[10]) > len(data[40])

    def test_picture_as_small_as_its_base_layer(self):
        """What is decoded is the whole picture, not the layer of the same size."""
        pixel = np.array([[[200, 30, 90]]], np.uint8)
        data = svac2.encode(pixel, qp=20, mode="multiscale", base_qp=60)
        assert np.abs(svac2.decode(data).astype(int) - pixel).max() < 12
        with pytest.raises(svac2.TruncatedError):
            svac2.decode(data[: svac2.info(data).layers[0].end])

    @pytest.mark.parametrize("effort", [1, 5, 8])
    @pytest.mark.parametrize("base_log2_scale", [1, 2, 3])
    def test_decoder_equals_encoder(self, photo, base_log2_scale, effort):
        data, expected = codec.encode_with_reconstruction(
            photo,
            qp=38 * codec.QP_ONE,
            effort=effort,
            subsampling=codec.SUBSAMPLING["4:4:4"],
            threads=2,
            checksum=True,
            cpu_mask=options.cpu_mask(),
            progress=None,
            mode=codec.MODES["multiscale"],
            base_log2_scale=base_log2_scale,
        )
        np.testing.assert_array_equal(svac2.decode(data), expected)
        base = svac2.decode(data, scale=1 / 2**base_log2_scale)
        small = Image.fromarray(photo).resize(base.shape[1::-1], Image.Resampling.BOX)
        assert psnr(np.asarray(small), base).rgb > 20

    @pytest.mark.parametrize("effort", [3, 7])
    @pytest.mark.parametrize("cheaper", ["normal", "multiscale"])
    def test_auto_takes_the_cheaper(self, photo, cheaper, effort):
        """A photograph is better off without a base layer, what was up-scaled with one."""
        picture = np.tile(photo, (4, 3, 1))
        if cheaper == "multiscale":
            noise = np.random.default_rng(1).integers(0, 256, (36, 40), dtype=np.uint8)
            picture = Image.fromarray(noise).resize((320, 288), Image.Resampling.BICUBIC)
        files = {
            mode: svac2.encode(picture, qp=34, effort=effort, mode=mode)
            for mode in options.MODE_CHOICES
        }
        assert files["auto"] == files[cheaper]
        assert len(files[cheaper]) == min(map(len, files.values()))

    @pytest.mark.parametrize("effort", [2, 7])
    @pytest.mark.parametrize("mode", options.MODE_CHOICES)
    def test_progress(self, mode, effort):
        picture = np.tile(np.arange(300, dtype=np.uint8), (290, 1))
        seen = []
        svac2.encode(picture, mode=mode, effort=effort, progress=lambda *now: seen.append(now))
        done, totals = zip(*seen, strict=True)
        assert list(done) == sorted(done)
        assert set(totals) == {done[-1]}

    @pytest.mark.parametrize("shape", [(1, 1), (1, 300), (9, 1), (8, 65), (17, 16)])
    def test_small_and_odd_sizes(self, shape):
        rng = np.random.default_rng(5)
        picture = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
        for base_scale in (2, 4, 8):
            data = svac2.encode(picture, qp=4, mode="multiscale", base_scale=base_scale)
            assert psnr(picture, svac2.decode(data)).rgb > 35
            assert svac2.decode(data, scale=1 / 8).shape == (
                -(-shape[0] // 8),
                -(-shape[1] // 8),
                3,
            )

    @pytest.mark.parametrize(
        ("keywords", "message"),
        [
            ({"mode": "layers"}, "mode='layers' is unknown: it must be one of 'normal', 'multi.*"),
            ({"base_qp": 64}, "base_qp=64 is out of range"),
            ({"base_scale": 3}, "base_scale=3 is out of range: it must be 2, 4 or 8"),
            ({"base_scale": 16}, "base_scale=16 is out of range: it must be 2, 4 or 8"),
            ({"base_scale": "8"}, "base_scale must be 2, 4 or 8, not '8'"),
        ],
    )
    def test_bad_options(self, photo, keywords, message):
        with pytest.raises(svac2.OptionError, match=message):
            svac2.encode(photo, **keywords)


def test_up_scaler(run_check):
    output = run_check(["common", "format", "dsp", "image"], "scale_check.c")
    assert output == "300 pictures\n"


class TestSize:
    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    @pytest.mark.parametrize(
        ("max_size", "shape"), [(111, (73, 111)), (400, (73, 111)), (50, (33, 50)), (1, (1, 1))]
    )
    def test_max_size(self, photo, mode, max_size, shape):
        assert photo.shape[:2] == (73, 111)
        data = svac2.encode(photo, qp=32, mode=mode)
        pixels = svac2.decode(data, max_size=max_size)
        # What is made less than half as large is not restored first.
        whole = Image.fromarray(svac2.decode(data, enhance="auto" if max_size > 56 else False))
        assert pixels.shape == (*shape, 3)
        expected = np.asarray(whole.resize(shape[::-1], Image.Resampling.LANCZOS))
        if max_size > 14 or mode == "normal":  # the width of the base layer
            np.testing.assert_array_equal(pixels, expected)
        else:
            assert np.abs(pixels.astype(int) - expected).mean() < 15

    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    @pytest.mark.parametrize(
        ("scale", "shape"), [(1, (73, 111)), (1 / 2, (37, 56)), (0.25, (19, 28)), (0.125, (10, 14))]
    )
    def test_scale(self, grey, mode, scale, shape):
        data = svac2.encode(grey, qp=12, mode=mode)
        pixels = svac2.decode(data, scale=scale)
        expected = Image.fromarray(grey).resize(shape[::-1], Image.Resampling.LANCZOS)
        assert pixels.shape == shape
        assert np.abs(pixels.astype(int) - np.asarray(expected)).mean() < 20

    def test_base_layer_is_not_resampled(self, photo):
        layered = svac2.encode(photo[:72, :104], mode="multiscale")
        base = codec.decode(
            memoryview(layered),
            layer=0,
            threads=1,
            verify=True,
            cpu_mask=codec.CPU_ALL,
            progress=None,
        )
        np.testing.assert_array_equal(svac2.decode(layered, scale=1 / 8), base)

    def test_as_large_as_the_base_layer(self):
        """Rounding: 1/8 of 193x192 is 25x24; the longest side of 25 would want 25x25."""
        data = svac2.encode(np.full((192, 193), 90, np.uint8), mode="multiscale")
        end = svac2.info(data).layers[0].end
        assert svac2.decode(data[:end], max_size=25).shape == (24, 25)

    def test_smaller_than_the_base_layer(self, photo, layered):
        preview = svac2.decode(layered, max_size=9)
        expected = Image.fromarray(photo).resize((9, 6), Image.Resampling.LANCZOS)
        assert preview.shape == (6, 9, 3)
        assert np.abs(preview.astype(int) - np.asarray(expected)).mean() < 15

    def test_larger_than_the_base_layer_takes_the_whole(self, layered):
        whole = Image.fromarray(svac2.decode(layered, enhance=False))
        expected = np.asarray(whole.resize((28, 18), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(svac2.decode(layered, max_size=28), expected)

    def test_needs_no_model_and_few_pixels(self, photo, network_arrays, tmp_path):
        np.savez(tmp_path / "own.npz", **network_arrays())
        data = svac2.encode(photo, qp=44, mode="multiscale", model=tmp_path / "own.npz")
        limits = svac2.Limits(max_pixels=200)
        assert svac2.decode(data, scale=1 / 8, limits=limits).shape == (10, 14, 3)
        with pytest.raises(svac2.LimitError):
            svac2.decode(data, limits=limits)

    @pytest.mark.parametrize("step", [10**6, 7])
    def test_reads_no_more_than_it_takes(self, layered, step, tmp_path):
        end = svac2.info(layered).layers[0].end
        file = CountingFile(layered, step)
        preview = svac2.decode(file, max_size=14)
        assert file.count <= max(end, 64) < len(layered)
        np.testing.assert_array_equal(preview, svac2.decode(layered[:end], max_size=14))
        (tmp_path / "cut.svac2").write_bytes(layered[:end])
        np.testing.assert_array_equal(svac2.read(tmp_path / "cut.svac2", max_size=14), preview)
        file = CountingFile(layered, step)
        np.testing.assert_array_equal(svac2.decode(file), svac2.decode(layered))

    @pytest.mark.parametrize(
        ("keywords", "message"),
        [
            ({"max_size": 0}, "max_size=0 is out of range"),
            ({"max_size": 1.5}, "max_size must be an integer"),
            ({"scale": 0.3}, "scale=0.3 is out of range: it must be 1, 1/2, 1/4 or 1/8"),
            ({"scale": 2}, "scale=2 is out of range"),
            ({"scale": "1/8"}, "scale must be 1, 1/2, 1/4 or 1/8, not '1/8'"),
            ({"scale": 1 / 8, "max_size": 100}, "max_size and scale were both given"),
            ({"allow_partial": 1}, "allow_partial must be True or False"),
        ],
    )
    def test_bad_options(self, layered, keywords, message):
        with pytest.raises(svac2.OptionError, match=message):
            svac2.decode(layered, **keywords)


class TestReading:
    def test_info_leaves_the_file_as_it_is(self, layered):
        file = CountingFile(layered)
        assert svac2.info(file) == svac2.info(layered)
        np.testing.assert_array_equal(svac2.decode(file), svac2.decode(layered))

    @pytest.mark.parametrize("content", [b"", b"no picture", bytes(10**6)])
    def test_no_more_than_a_header_of_other_files(self, content):
        file = CountingFile(content)
        with pytest.raises(svac2.FormatError):
            svac2.decode(file)
        assert file.count <= 64

    def test_no_more_than_there_is(self, build_file):
        """A file that claims 16 MB does not make us ask for as much memory."""
        head = build_file.LAYER | build_file.CRITICAL
        layers = [(head, b"x" * 50), (head, b"x" * 50)]
        claim = build_file(10000, 10000, layers=[(3, 30), (0, 30)], items=layers, size=2**24)
        tracemalloc.start()
        try:
            with pytest.raises(svac2.TruncatedError):
                svac2.decode(io.BytesIO(claim), scale=1 / 8)
            assert tracemalloc.get_traced_memory()[1] < 10**7
        finally:
            tracemalloc.stop()

    def test_text(self, tmp_path):
        with (
            (tmp_path / "text").open("w+") as file,
            pytest.raises(svac2.OptionError, match="open binary file"),
        ):
            svac2.decode(file)
        for part, kind in (("text", svac2.OptionTypeError), (None, BlockingIOError)):
            source = io.BytesIO()
            source.read = lambda size, part=part: part
            with pytest.raises(kind, match=r"open binary file|not ready"):
                svac2.decode(source)


class TestCut:
    def test_every_length(self, cut_file):
        base = svac2.info(cut_file).layers[0]
        preview = svac2.decode(cut_file, scale=base.scale)
        for size in range(len(cut_file)):
            data = cut_file[:size]
            with pytest.raises(svac2.TruncatedError):
                svac2.decode(data)
            if size < base.end:
                with pytest.raises(svac2.TruncatedError):
                    svac2.decode(data, allow_partial=True)
                with pytest.raises(svac2.TruncatedError):
                    svac2.decode(data, scale=base.scale)
                continue
            with pytest.warns(svac2.PartialWarning, match=f"after {size} bytes"):
                partial = svac2.decode(data, allow_partial=True)
            np.testing.assert_array_equal(partial, preview)
            np.testing.assert_array_equal(svac2.decode(data, scale=base.scale), preview)

    def test_nothing_is_missing(self, cut_file):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            whole = svac2.decode(cut_file, allow_partial=True)
        np.testing.assert_array_equal(whole, svac2.decode(cut_file))

    def test_warning_names_file_and_caller(self, layered, tmp_path):
        path = tmp_path / "cut.svac2"
        path.write_bytes(layered[:-1])
        for function in (svac2.decode, svac2.read):
            with pytest.warns(svac2.PartialWarning, match="cut.svac2: the file ends") as caught:
                function(path, allow_partial=True)
            assert caught[0].filename == __file__

    def test_smaller_still(self, layered):
        base = svac2.info(layered).layers[0]
        with pytest.warns(svac2.PartialWarning):
            picture = svac2.decode(layered[: base.end], allow_partial=True, max_size=100)
        assert picture.shape == (base.height, base.width, 3)

    def test_damage_is_not_a_cut(self, layered):
        base, whole = svac2.info(layered).layers
        for place in ((base.start + base.end) // 2, 5):
            damaged = bytearray(layered)
            damaged[place] ^= 1
            with pytest.raises(svac2.CorruptError):
                svac2.decode(damaged, scale=1 / 8)
        damaged = bytearray(layered)
        damaged[(whole.start + whole.end) // 2] ^= 1
        assert svac2.decode(damaged, scale=1 / 8).shape == (10, 14, 3)
        with pytest.raises(svac2.CorruptError):
            svac2.decode(damaged)
        with pytest.raises(svac2.CorruptError):
            svac2.decode(damaged, allow_partial=True)
