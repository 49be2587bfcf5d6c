"""PSNR and structural similarity, against what others make of the same definitions."""

import io
import itertools

import numpy as np
import pytest

import svac2
from svac2 import metrics
from svac2.comparison import compare
from svac2.metrics import psnr, similarity

LUMA = np.array([0.299, 0.587, 0.114])
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def noisy(photo, amount=8):
    noise = np.random.default_rng(1).normal(0, amount, photo.shape)
    return np.clip(photo + noise, 0, 255).astype(np.uint8)


def slow_maps(a, b):
    """Return SSIM and its contrast and structure, as the paper writes them, a window a pixel."""

    def blurred(plane):
        for axis in (0, 1):
            size = min(plane.shape[axis], 11)
            kernel = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / 4.5)
            plane = np.apply_along_axis(np.convolve, axis, plane, kernel / kernel.sum(), "valid")
        return plane

    mean_a, mean_b = blurred(a), blurred(b)
    variance_a, variance_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    structure = (2 * covariance + 0.03**2) / (variance_a + variance_b + 0.03**2)
    luminance = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return luminance * structure, structure


def slow_ms_ssim(a, b):
    values = []
    for scale in range(5):
        whole, structure = slow_maps(a, b)
        a, b = (halved(plane) for plane in (a, b))
        if scale == 4 or min(a.shape) < 11:
            values.append(whole.mean())
            break
        values.append(structure.mean())
    weights = np.array(WEIGHTS[: len(values)])
    return np.prod(np.maximum(values, 0) ** (weights / weights.sum()))


def halved(plane):
    even = np.pad(plane, [(0, side % 2) for side in plane.shape], "edge")
    height, width = even.shape
    return even.reshape(height // 2, 2, width // 2, 2).mean((1, 3))


class TestSimilarity:
    def test_as_scikit_image_has_it(self, photo):
        other = pytest.importorskip("skimage.metrics")
        pair = photo @ LUMA, noisy(photo) @ LUMA
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        _, values = other.structural_similarity(*pair, data_range=255, full=True, **options)
        found = similarity(photo, noisy(photo)).ssim
        assert found == pytest.approx(values[5:-5, 5:-5].mean(), abs=1e-7)

    @pytest.mark.parametrize("size", [(73, 111), (10, 60), (21, 22), (20, 40), (1, 1), (1, 30)])
    def test_as_the_papers_have_it(self, photo, size):
        a = photo[: size[0], : size[1]]
        b = noisy(a)
        pair = a @ LUMA / 255, b @ LUMA / 255
        expected = slow_maps(*pair)[0].mean(), slow_ms_ssim(*pair)
        np.testing.assert_allclose(similarity(a, b), expected, atol=1e-6)

    def test_five_scales_in_bands(self, monkeypatch):
        rng = np.random.default_rng(5)
        a = np.kron(rng.integers(0, 200, (23, 25), np.uint8), np.ones((8, 8), np.uint8))
        b = noisy(a, 20)
        whole = similarity(a, b)
        assert whole.ms_ssim == pytest.approx(slow_ms_ssim(a / 255, b / 255), abs=1e-6)
        monkeypatch.setattr(metrics, "_WINDOW_SAMPLES", 700)
        monkeypatch.setattr(metrics, "_BAND_SAMPLES", 700)
        np.testing.assert_allclose(similarity(a, b), whole, rtol=1e-9)

    def test_1_where_nothing_differs_0_where_all_does(self, photo):
        for size, channels in itertools.product((1, 9, 30), (1, 2, 3, 4)):
            picture = np.random.default_rng(2).integers(0, 256, (size, size, channels), np.uint8)
            assert similarity(picture, picture) == (1, 1)
        found = similarity(photo, 255 - photo)
        assert found.ssim < 0.1
        assert found.ms_ssim == 0

    def test_depth_changes_nothing(self, photo):
        deep = [photo.astype(np.uint16) * 257, noisy(photo).astype(np.uint16) * 257]
        expected = similarity(photo, noisy(photo))
        np.testing.assert_allclose(similarity(*deep, 16), expected, atol=1e-6)

    def test_grey_is_rgb_of_equal_channels(self, grey):
        other = noisy(grey)
        expected = similarity(np.dstack([grey] * 3), np.dstack([other] * 3))
        np.testing.assert_allclose(similarity(grey, other[:, :, np.newaxis]), expected, atol=1e-6)

    def test_alpha_is_looked_at_on_black_and_white(self, photo):
        alpha = np.full(photo.shape[:2], 102, np.uint8)
        hidden = [np.dstack([colour, alpha * 0]) for colour in (photo, 255 - photo)]
        assert similarity(*hidden) == (1, 1)
        veiled = [np.dstack([colour, alpha]) for colour in (photo, noisy(photo))]
        on_black = [0.4 * picture[:, :, :3] @ LUMA / 255 for picture in veiled]
        on_white = [0.6 + plane for plane in on_black]
        expected = np.mean([slow_maps(*pair)[0].mean() for pair in (on_black, on_white)])
        assert similarity(*veiled).ssim == pytest.approx(expected, abs=1e-6)

    def test_sizes_must_agree(self, photo):
        for measure in (psnr, similarity):
            with pytest.raises(svac2.UnsupportedError, match="differ in size: 111x73 and 111x72"):
                measure(photo, photo[1:])


class TestCompare:
    def test_everything_that_holds_a_picture(self, photo, encoded, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(encoded)
        decoded = svac2.decode(encoded)
        for second in (encoded, path, str(path), io.BytesIO(encoded), decoded):
            found = compare(photo, second)
            assert found.psnr == psnr(photo, decoded)
            assert (found.ssim, found.ms_ssim) == similarity(photo, decoded)
            assert found.b.file_size == (None if second is decoded else len(encoded))
        assert (found.width, found.height) == (111, 73)
        assert (found.a.name, compare(path, photo).a.name) == (None, "photo.svac2")
        assert compare(path, photo).a.info == svac2.info(path)

    def test_of_two_depths(self, photo):
        found = compare(photo, photo.astype(np.uint16) * 257)
        assert found.psnr.rgb == np.inf
        assert (found.ssim, found.a.bit_depth, found.b.bit_depth) == (1, 8, 16)

    def test_what_is_shown(self, photo, encoded):
        found = svac2.compare(photo, encoded)
        assert repr(found).startswith("<svac2.Comparison 111x73, PSNR ")
        table = found._repr_html_()
        for text in ("111 x 73, RGB, 8 bits", f"{len(encoded):,} bytes", f"{found.psnr.y:.2f} dB"):
            assert text in table
        assert "no difference" in svac2.compare(photo, photo)._repr_html_()

    def test_limits_and_names(self, photo, tmp_path):
        path = tmp_path / "small.svac2"
        path.write_bytes(b"no picture")
        with pytest.raises(svac2.SvacError, match=r"small\.svac2"):
            svac2.compare(path, photo)
        with pytest.raises(svac2.LimitError):
            svac2.compare(svac2.encode(photo), photo, limits=svac2.Limits(max_pixels=9))
        with pytest.raises(svac2.OptionTypeError):
            svac2.compare(photo, photo, limits=9)
