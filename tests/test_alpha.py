"""Parts of a picture: colour and alpha, by blocks or without loss, as the core codes them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2._core import codec
from svac2.demo import PICTURE

BACKGROUNDS = {"black": 0.0, "grey": 0.5, "white": 1.0}
EXACT = codec.ALPHA_LOSSLESS
COMMON: dict[str, Any] = {
    "effort": 2,
    "subsampling": codec.SUBSAMPLING["auto"],
    "checksum": True,
    "progress": None,
}


def disc(height: int, width: int, *, softness: float = 4.0) -> NDArray[np.float64]:
    """Return alpha, 0 to 1, of a disc whose edge is so many pixels wide."""
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(x - width / 2, y - height / 2)
    return ((min(width, height) / 2.6 - away) / softness + 0.5).clip(0, 1)


def draw(
    height: int, width: int, channels: int, bit_depth: int = 8, *, softness: float = 4.0
) -> NDArray[Any]:
    """Return a picture of waves, a disc with noise around it that nobody sees."""
    y, x = np.mgrid[0:height, 0:width]
    colours = channels - 1 if channels % 2 == 0 else channels
    planes = [(np.sin(x / 9 + k) + np.cos(y / 7 - k) + 2) / 4 for k in range(colours)]
    if channels % 2 == 0:
        alpha = disc(height, width, softness=softness)
        noise = np.random.default_rng(1).random((height, width))
        planes = [np.where(alpha > 0, plane, noise) for plane in planes] + [alpha]
    samples = np.round(np.stack(planes, 2) * (2**bit_depth - 1))
    return samples.astype(np.uint8 if bit_depth == 8 else np.uint16)


def encode(image: NDArray[Any], **options: Any) -> tuple[memoryview, NDArray[Any]]:
    """Return a file and what it should decode to."""
    defaults: dict[str, Any] = {"qp": 160, "threads": 1, "cpu_mask": codec.CPU_ALL}
    data, expected = codec.encode_with_reconstruction(image, **(COMMON | defaults | options))
    return memoryview(data), expected.reshape(image.shape)


def decode(data: memoryview, layer: int = -1, **options: Any) -> NDArray[Any]:
    """Return a layer."""
    layers = codec.read_info(data)["layer_count"]
    defaults: dict[str, Any] = {"threads": 1, "cpu_mask": codec.CPU_ALL}
    found = codec.decode(
        data, layer=layer % layers, verify=True, progress=None, **(defaults | options)
    )
    return found.reshape(*found.shape[:2], -1)


def composed(image: NDArray[Any], background: tuple[int, ...], largest: int) -> NDArray[np.int64]:
    """Return the picture over a background, as docs/bitstream.md says."""
    samples = image.astype(np.int64)
    colour, alpha = samples[:, :, :-1], samples[:, :, -1:]
    over = np.array(background)[: colour.shape[2]]
    return (alpha * colour + (largest - alpha) * over + largest // 2) // largest


def psnr(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


class TestReconstruction:
    @pytest.mark.parametrize("mode", codec.MODES)
    @pytest.mark.parametrize("shape", [(1, 1), (3, 130), (71, 66)])
    @pytest.mark.parametrize("bit_depth", [8, 10, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    @pytest.mark.parametrize("alpha_qp", [80, EXACT])
    def test_decoder_equals_encoder(self, channels, bit_depth, shape, mode, alpha_qp):
        image = draw(*shape, channels, bit_depth)
        data, expected = encode(
            image, bit_depth=bit_depth, mode=codec.MODES[mode], alpha_qp=alpha_qp, base_log2_scale=2
        )
        decoded = decode(data)
        np.testing.assert_array_equal(decoded, expected)
        info = codec.read_info(data)
        assert (info["channels"], info["alpha_qp"]) == (channels, alpha_qp)
        error = np.abs(decoded[..., -1].astype(int) - image[..., -1]).max()
        assert error == 0 if alpha_qp == EXACT else error < 2**bit_depth / 16

    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    @pytest.mark.parametrize("shape", [(1, 1), (3, 130), (71, 66)])
    @pytest.mark.parametrize("bit_depth", [8, 14])
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    @pytest.mark.parametrize("max_error", [0, 3])
    def test_without_loss(self, channels, bit_depth, shape, mode, max_error):
        image = draw(*shape, channels, bit_depth)
        data, expected = encode(
            image,
            bit_depth=bit_depth,
            mode=codec.MODES[mode],
            lossless=True,
            max_error=max_error,
            exact=True,
            base_log2_scale=1,
        )
        decoded = decode(data)
        np.testing.assert_array_equal(decoded, expected)
        assert np.abs(decoded.astype(int) - image).max() <= max_error
        if channels % 2 == 0:
            np.testing.assert_array_equal(decoded[..., -1], image[..., -1])
        info = codec.read_info(data)
        assert (info["lossless"], info["max_error"]) == (1, max_error)
        assert [layer["lossless"] for layer in info["layers"]][-1] == 1

    @pytest.mark.parametrize("lossless", [False, True])
    def test_threads_and_kernels_change_nothing(self, lossless):
        image = draw(140, 150, 4)
        files = [
            encode(image, lossless=lossless, mode=codec.MODES["multiscale"], **how)[0]
            for how in ({}, {"threads": 3}, {"cpu_mask": 0})
        ]
        assert files[0] == files[1] == files[2]
        wanted = {"channels": 3, "background": (255, 128, 0)}
        pictures = [
            decode(files[0], **wanted, **how) for how in ({}, {"threads": 3}, {"cpu_mask": 0})
        ]
        np.testing.assert_array_equal(pictures[0], pictures[1])
        np.testing.assert_array_equal(pictures[0], pictures[2])


class TestLayers:
    @pytest.mark.parametrize("lossless", [False, True])
    def test_base_comes_with_its_alpha(self, lossless):
        image = draw(90, 130, 4)
        data, _ = encode(image, lossless=lossless, mode=codec.MODES["multiscale"])
        base, whole = codec.read_info(data)["layers"]
        assert whole["offset"] == base["offset"] + base["size"]
        assert whole["offset"] + whole["size"] == len(data)
        small = decode(data[: whole["offset"]], layer=0)
        assert small.shape == (12, 17, 4)
        np.testing.assert_array_equal(small, decode(data, layer=0))
        for end in (base["offset"] + 1, whole["offset"] - 1):
            with pytest.raises(svac2.TruncatedError):
                decode(data[:end], layer=0)
        alpha = image[:88, :128, 3].reshape(11, 8, 16, 8).mean((1, 3))
        assert np.abs(small[:11, :16, 3] - alpha).mean() < 8


class TestTargets:
    @pytest.mark.parametrize("alpha_qp", [0, EXACT])
    def test_size(self, alpha_qp):
        image = draw(140, 150, 4)
        for size in (3000, 5000):
            data, expected = encode(image, target_size=size, alpha_qp=alpha_qp)
            assert len(data) <= size
            np.testing.assert_array_equal(decode(data), expected)

    def test_size_of_which_alpha_is_most(self):
        image = np.full((80, 80, 4), 90, np.uint8)
        image[..., 3] = np.random.default_rng(1).integers(1, 256, (80, 80))
        data = svac2.encode(image, target_size=8000, mode="auto", effort=2)
        np.testing.assert_array_equal(svac2.decode(data)[..., 3], image[..., 3])

    def test_size_below_that_of_alpha(self):
        with pytest.raises(svac2.OptionError, match="cannot be reached"):
            encode(draw(140, 150, 2), target_size=60)

    def test_psnr_is_that_of_colour(self):
        image = draw(140, 150, 4)
        data, expected = encode(image, target_psnr=42)
        np.testing.assert_array_equal(decode(data), expected)
        for background in (0, 255):
            over = (background,) * 3
            assert psnr(composed(expected, over, 255), composed(image, over, 255)) >= 42


class TestInvisible:
    @pytest.mark.parametrize("softness", [1, 12])
    @pytest.mark.parametrize("qp", [20, 36])
    def test_nothing_bleeds_into_the_edge(self, softness, qp):
        with Image.open(PICTURE) as file:
            photo = np.asarray(file.convert("RGB"))[100:356, 300:620]
        alpha = np.round(disc(*photo.shape[:2], softness=softness) * 255).astype(np.uint8)
        cut_out = np.dstack([np.where(alpha[..., None] > 0, photo, 0), alpha])
        _, opaque = encode(photo, qp=8 * qp)
        filled, found = encode(cut_out, qp=8 * qp)
        kept, _ = encode(cut_out, qp=8 * qp, exact=True)
        for level in BACKGROUNDS.values():
            over = (round(255 * level),) * 3
            source = composed(cut_out, over, 255)
            expected = psnr(composed(np.dstack([opaque, alpha]), over, 255), source)
            assert psnr(composed(found, over, 255), source) > expected - 0.3
        sizes = [codec.read_info(data)["items"][0]["size"] for data in (filled, kept)]
        assert sizes[0] < sizes[1]

    def test_exact_keeps_it(self):
        image = draw(50, 60, 4)
        kept, _ = encode(image, lossless=True, exact=True)
        np.testing.assert_array_equal(decode(kept), image)
        chosen, _ = encode(image, lossless=True)
        visible = image[..., 3] > 0
        np.testing.assert_array_equal(decode(chosen)[visible], image[visible])
        assert len(chosen) < 0.7 * len(kept)

    @pytest.mark.parametrize("bit_depth", [8, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    def test_nothing_is_seen(self, channels, bit_depth):
        image = draw(65, 70, channels, bit_depth)
        image[..., -1] = 0
        data, expected = encode(image, bit_depth=bit_depth)
        assert len(data) < 100
        assert not expected[..., -1].any()


class TestOutput:
    """Channels that are wanted of those that there are."""

    @pytest.mark.parametrize("lossless", [False, True])
    @pytest.mark.parametrize("bit_depth", [8, 10, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    def test_composed(self, channels, bit_depth, lossless):
        image = draw(37, 70, channels, bit_depth)
        data, _ = encode(image, bit_depth=bit_depth, lossless=lossless)
        largest = 2**bit_depth - 1
        whole = decode(data)
        for background in ((0, 0, 0), (largest,) * 3, (1, largest // 2, largest)):
            found = decode(data, channels=channels - 1, background=background)
            np.testing.assert_array_equal(found, composed(whole, background, largest))
        if channels == 2:
            as_rgb = np.repeat(whole, [3, 1], axis=2)
            found = decode(data, channels=3, background=background)
            np.testing.assert_array_equal(found, composed(as_rgb, background, largest))
            np.testing.assert_array_equal(decode(data, channels=4), as_rgb)

    @pytest.mark.parametrize("bit_depth", [8, 12])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_opaque(self, channels, bit_depth):
        image = draw(37, 70, channels, bit_depth)
        data, _ = encode(image, bit_depth=bit_depth)
        whole = decode(data)
        found = decode(data, channels=channels + 1)
        np.testing.assert_array_equal(found[..., :-1], whole)
        assert (found[..., -1] == 2**bit_depth - 1).all()
        if channels == 1:
            np.testing.assert_array_equal(decode(data, channels=3), np.repeat(whole, 3, 2))
            assert decode(data, channels=4).shape == (37, 70, 4)

    @pytest.mark.parametrize("channels", [3, 4])
    @pytest.mark.parametrize("wanted", [1, 2])
    def test_colour_does_not_become_grey(self, channels, wanted):
        data, _ = encode(draw(9, 9, channels))
        with pytest.raises(svac2.OptionError, match="is not put out as grey"):
            decode(data, channels=wanted)

    def test_bad_options(self):
        data, _ = encode(draw(9, 9, 4))
        with pytest.raises(svac2.OptionError, match=r"channels 5 is outside 1\.\.4"):
            decode(data, channels=5)
        with pytest.raises(svac2.OptionError, match=r"background 256 is outside 0\.\.255"):
            decode(data, channels=3, background=(0, 0, 256))

    def test_rows_apart(self):
        image = draw(37, 70, 4)
        data, _ = encode(image)
        room = np.zeros((37, 2, 70, 4), np.uint8)
        decode(data, out=room[::-1, 1])
        np.testing.assert_array_equal(room[::-1, 1], decode(data))
        assert not room[:, 0].any()


class TestLimits:
    def test_memory(self):
        image = draw(200, 200, 4)
        data, _ = encode(image)
        needed = codec.read_info(data)["layers"][0]["memory"]
        with pytest.raises(svac2.LimitError, match="bytes of memory"):
            decode(data, max_memory=needed - 1)
        decode(data, max_memory=needed)

    @pytest.mark.parametrize(
        ("option", "value"), [("alpha_qp", -1), ("alpha_qp", 505), ("max_error", 512)]
    )
    def test_ranges(self, option, value):
        with pytest.raises(svac2.OptionError, match=f"{option} {value} is outside"):
            encode(draw(9, 9, 4), lossless=True, **{option: value})

    def test_error_without_lossless(self):
        with pytest.raises(svac2.OptionError, match=r"max_error 1 is outside 0\.\.0"):
            encode(draw(9, 9, 4), max_error=1)


class TestProgress:
    @pytest.mark.parametrize("lossless", [False, True])
    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_goes_up_to_the_end(self, mode, lossless):
        steps: list[tuple[int, int]] = []
        image = draw(140, 200, 4)
        data, _ = encode(
            image,
            lossless=lossless,
            mode=codec.MODES[mode],
            progress=lambda done, total: steps.append((done, total)),
        )
        self.check(steps)
        steps.clear()
        codec.decode(
            data,
            layer=codec.read_info(data)["layer_count"] - 1,
            threads=1,
            verify=True,
            cpu_mask=0,
            progress=lambda done, total: steps.append((done, total)),
        )
        self.check(steps)

    def check(self, steps: list[tuple[int, int]]) -> None:
        assert steps == sorted(steps)
        assert len({total for _, total in steps}) == 1
        assert steps[-1][0] == steps[-1][1]
