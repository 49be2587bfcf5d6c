"""Pictures without loss, or with an error that is bounded, through the API and the command."""

import json

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import cli
from svac2.arrays import BIT_DEPTHS

SHAPES = [(1, 1), (1, 9), (65, 1), (3, 5), (64, 65)]


def noise(shape, bit_depth):
    samples = np.random.default_rng(len(shape)).integers(0, 2**bit_depth, shape)
    return samples.astype(np.uint8 if bit_depth == 8 else np.uint16)


@pytest.fixture(scope="module")
def coded(photo):
    return svac2.encode(photo, lossless=True)


class TestExact:
    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_noise(self, shape, channels, bit_depth):
        samples = noise((*shape, channels), bit_depth)
        data = svac2.encode(samples, lossless=True, exact=True, bit_depth=bit_depth)
        decoded = svac2.decode(data)
        assert decoded.dtype == samples.dtype
        np.testing.assert_array_equal(decoded.reshape(samples.shape), samples)

    @pytest.mark.parametrize("effort", [1, 3, 5, 7, 9])
    def test_efforts(self, photo, effort):
        data = svac2.encode(photo, lossless=True, effort=effort)
        np.testing.assert_array_equal(svac2.decode(data), photo)

    @pytest.mark.parametrize("subsampling", ["auto", "4:4:4"])
    def test_chroma(self, photo, coded, subsampling):
        assert svac2.encode(photo, lossless=True, subsampling=subsampling) == coded
        assert svac2.info(coded).subsampling == "4:4:4"

    def test_restoration_has_nothing_to_do(self, photo, coded):
        assert svac2.encode(photo, lossless=True, enhance=False) == coded
        assert svac2.info(coded).model is None
        for enhance in ("auto", True, False):
            np.testing.assert_array_equal(svac2.decode(coded, enhance=enhance), photo)

    @pytest.mark.parametrize("channels", [1, 4])
    def test_layers(self, photo, channels):
        samples = np.dstack([photo, photo[:, :, 0]])[:, :, -channels:]
        data = svac2.encode(samples, lossless=True, exact=True, mode="multiscale", base_scale=4)
        decoded = svac2.decode(data)
        np.testing.assert_array_equal(decoded.reshape(samples.shape), samples)
        base, whole = svac2.info(data).layers
        assert (base.lossless, whole.lossless) == (False, True)
        small = svac2.decode(data[: base.end], scale=1 / 4)
        assert small.shape[:2] == (19, 28)

    def test_threads_and_processor_change_nothing(self, photo, coded, monkeypatch):
        for cpu in ("scalar", "auto"):
            monkeypatch.setenv("SVAC2_CPU", cpu)
            for threads in (1, 2):
                assert svac2.encode(photo, lossless=True, threads=threads) == coded
                np.testing.assert_array_equal(svac2.decode(coded, threads=threads), photo)

    def test_invisible_colour(self, photo):
        alpha = np.where(photo[:, :, 0] < 128, 0, 255).astype(np.uint8)
        samples = np.dstack([photo, alpha])
        free = svac2.encode(samples, lossless=True)
        kept = svac2.encode(samples, lossless=True, exact=True)
        assert len(free) < len(kept)
        np.testing.assert_array_equal(svac2.decode(kept), samples)
        decoded = svac2.decode(free)
        np.testing.assert_array_equal(decoded[alpha > 0], samples[alpha > 0])
        np.testing.assert_array_equal(decoded[:, :, 3], alpha)

    def test_every_truncation(self, photo):
        data = svac2.encode(photo[:8, :8], lossless=True)
        for size in range(len(data)):
            with pytest.raises(svac2.FormatError):
                svac2.decode(data[:size])


class TestBounded:
    @pytest.mark.parametrize("max_error", [1, 2, 5, 40])
    def test_error(self, photo, coded, max_error):
        data = svac2.encode(photo, lossless=True, max_error=max_error)
        error = np.abs(svac2.decode(data).astype(int) - photo)
        assert 0 < error.max() <= max_error
        assert len(data) < len(coded)
        assert svac2.info(data).max_error == max_error

    def test_none(self, photo, coded):
        for max_error in (None, 0):
            assert svac2.encode(photo, lossless=True, max_error=max_error) == coded

    def test_alpha_stays_exact(self, photo):
        samples = np.dstack([photo, photo[:, :, 0]])
        decoded = svac2.decode(svac2.encode(samples, lossless=True, max_error=3, exact=True))
        np.testing.assert_array_equal(decoded[:, :, 3], samples[:, :, 3])
        assert np.abs(decoded.astype(int) - samples).max() <= 3

    def test_more_bits(self):
        samples = noise((20, 31, 3), 12)
        data = svac2.encode(samples, lossless=True, max_error=300, bit_depth=12)
        assert 0 < np.abs(svac2.decode(data).astype(int) - samples).max() <= 300


class TestTold:
    def test_info(self, photo, coded):
        info = svac2.info(coded)
        assert (info.lossless, info.max_error, info.qp) == (True, 0, 0)
        assert "RGB, lossless, normal" in repr(info)
        near = svac2.info(svac2.encode(photo, lossless=True, max_error=2))
        assert "RGB, error up to 2, normal" in repr(near)
        assert "lossless" in info._repr_html_()

    def test_command(self, photo, tmp_path, capsys):
        source, file, target = (str(tmp_path / name) for name in ("a.png", "a.svac2", "b.png"))
        Image.fromarray(photo).save(source)
        assert cli.main(["encode", source, file, "--lossless"]) == 0
        assert cli.main(["decode", file, target]) == 0
        with Image.open(target) as image:
            np.testing.assert_array_equal(np.asarray(image), photo)
        assert cli.main(["info", file]) == 0
        assert "lossless, bytes" in capsys.readouterr().out
        assert cli.main(["info", file, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["lossless"] is True
        assert cli.main(["encode", source, file, "--lossless", "--max-error", "2"]) == 0
        assert svac2.info(file).max_error == 2
