"""Restoration by a network: exact everywhere, and as the file or the caller asks."""

import io

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import options
from svac2._core import codec
from svac2.demo import PICTURE
from svac2.metrics import psnr
from svac2.models import default
from svac2.weight_files import weights_hash

CPUS = [
    name for name in options.CPU_CHOICES if options._CPU_MASKS[name] & ~codec.cpu_features() == 0
] + ["auto"]


@pytest.fixture
def small(network_arrays, tmp_path):
    """Return a function that writes the weight file of a random network and loads it."""

    def make(*kind):
        path = tmp_path / "small.npz"
        np.savez(path, **network_arrays(*kind))
        return svac2.Model.load(path)

    return make


@pytest.fixture(scope="module")
def drawing(grey):
    """Return a picture in black and white."""
    return np.where(grey > np.median(grey), np.uint8(255), np.uint8(0))


@pytest.fixture(scope="module")
def own(network_arrays, tmp_path_factory):
    """Return a weight file of the user's own, of a network that stretches the contrast of luma.

    That helps where a picture is black and white. It adds -x/2 to samples x below 256, x/2 - 256
    to the middle, and 512 - x/2 from 768 on. By its second head the encoder may change how far the
    dark half moves.
    """
    arrays = network_arrays() | {
        "name": np.asarray("own"),
        "layers": np.array([[1, 5, 0b1, 1], [1, 2, 0b10, 1]], np.int32),
        "qps": np.array([48], np.int32),
        "weights": np.full((1, 5), 64, np.int16),
        "biases": -64 * np.array([[0, 256, 256, 768, 768]], np.int32),
        "shifts": np.full((1, 5), 8, np.uint8),
        "head_weights": 32767 * np.array([[[[-1, 1, 1, -1, -1]], [[-1, 1, 0, 0, 0]]]], np.int16),
        "head_biases": np.zeros((1, 2, 1), np.int32),
    }
    path = tmp_path_factory.mktemp("weights") / "own.npz"
    np.savez(path, **arrays | {"hash": np.asarray(weights_hash(arrays))})
    return path


@pytest.fixture(scope="module")
def own_guided(own, tmp_path_factory):
    """Return one of a network that adds to that an eighth of what prediction differs from luma.

    And, less, a sixteenth of what luma before the loop filters does.
    """
    with np.load(own) as file:
        arrays = dict(file)
    contrast = np.pad(np.full((5, 1), 64), ((0, 0), (0, 2)))
    differences = 64 * np.array([[-1, 1, 0], [1, -1, 0], [-1, 0, 1], [1, 0, -1]])
    arrays |= {
        "planes": np.int32(3),
        "layers": np.array([[1, 9, 0b1, 1], [1, 1, 0b10, 1]], np.int32),
        "weights": np.concatenate([contrast, differences]).astype(np.int16).reshape(1, -1),
        "biases": np.pad(arrays["biases"], ((0, 0), (0, 4))),
        "shifts": np.array([[8, 8, 8, 8, 8, 6, 6, 6, 6]], np.uint8),
        "head_weights": np.concatenate(
            [arrays["head_weights"][:, :1], np.int16([[[[2048, -2048, -1024, 1024]]]])], 3
        ),
        "head_biases": np.zeros((1, 1, 1), np.int32),
        "golden_planes": np.zeros((1, 3, 2, 3), np.uint16),
    }
    path = tmp_path_factory.mktemp("weights") / "guided.npz"
    np.savez(path, **arrays | {"hash": np.asarray(weights_hash(arrays))})
    return path


@pytest.fixture(scope="module")
def large():
    """Return a picture that is large enough for the installed models to pay."""
    with Image.open(PICTURE) as image:
        return np.asarray(image.convert("RGB"))


def restore(planes, model, *, qp=40, strength=32, threads=1, cpu="auto"):
    return codec.restore_luma(
        planes,
        network=model.network,
        qp=qp * codec.QP_ONE,
        strength=strength,
        threads=threads,
        cpu_mask=options._CPU_MASKS[cpu],
    )


def eight_bits(luma):
    """Return the grey picture that luma of 10 bits is."""
    return np.minimum((luma + 2) >> 2, 255)


def convolve(samples, weights):
    """Sum weighted neighbours; what leaves the array on one side comes in on the other."""
    sums = np.zeros((len(weights), *samples.shape[1:]), np.int64)
    side = weights.shape[-1]
    for y in range(side):
        for x in range(side):
            moved = np.roll(samples, (side // 2 - y, side // 2 - x), (1, 2))
            sums += np.einsum("oi,ihw->ohw", weights[:, :, y, x].astype(np.int64), moved)
    return sums


def cells(planes, cell):
    """Take a plane of each sample of the cells, row by row, plane by plane."""
    return np.concatenate(
        [plane[np.newaxis, y::cell, x::cell] for plane in planes for y, x in np.ndindex(cell, cell)]
    )


def repeated(result, ratio):
    """Give cells that are smaller by a ratio what the larger ones around them have."""
    return result.repeat(ratio, 1).repeat(ratio, 2)


def turned(samples, view):
    """Mirror the columns (bit 0) and the rows (bit 1) of planes, transpose them (bit 2)."""
    samples = samples[..., :: -1 if view & 2 else 1, :: -1 if view & 1 else 1]
    return samples.swapaxes(-1, -2) if view & 4 else samples


def turned_back(samples, view):
    """Undo that."""
    samples = samples.swapaxes(-1, -2) if view & 4 else samples
    return turned(samples, view & 3)


def features(planes, arrays, best):
    """Return what the head reads, of one view."""
    weights, biases, shifts = (arrays[name][best] for name in ("weights", "biases", "shifts"))
    results = []
    for side, outputs, sources, cell in arrays["layers"]:
        inputs = np.concatenate(
            [cells(planes, cell)]
            if sources == 1
            else [repeated(r, c // cell) for b, (c, r) in enumerate(results) if sources >> b & 2]
        )
        if len(results) + 1 == len(arrays["layers"]):
            break
        count = outputs * len(inputs) * side**2
        own, weights = weights[:count].reshape(outputs, -1, side, side), weights[count:]
        bias, biases = biases[:outputs, None, None], biases[outputs:]
        shift, shifts = shifts[:outputs, None, None].astype(np.int64), shifts[outputs:]
        sums = convolve(inputs, own) + bias + (1 << shift >> 1)
        results.append((cell, np.clip(sums >> shift, 0, 255)))
    return inputs


def reference(planes, arrays, qp, strength):
    """Restore luma as docs/network.md says, slowly: the second implementation."""
    height, width = planes.shape[1:]
    best = int(np.argmin(np.abs(arrays["qps"] - qp)))
    margin = 16  # samples, more than are read, so that what wraps around does not matter
    around = ((0, 0), *((margin, margin + -side % 4) for side in (height, width)))
    extended = np.pad(planes.astype(np.int64), around, mode="edge")
    cell, views = int(arrays["layers"][-1, 3]), int(arrays["views"])
    sums, biases = np.zeros((2, *extended.shape[1:]), np.int64)
    for view in range(views):
        inputs = features(turned(extended, view), arrays, best)
        sum_of_view, bias_of_view = np.empty(
            (2, cell * inputs.shape[1], cell * inputs.shape[2]), np.int64
        )
        for phase, (y, x) in enumerate(np.ndindex(cell, cell)):
            head = arrays["head_weights"][best][0, phase].astype(np.int64)
            head = np.clip((head * strength + 16 * views) // (32 * views), -(2**15), 2**15 - 1)
            sum_of_view[y::cell, x::cell] = np.einsum("i,ihw->hw", head, inputs)
            bias_of_view[y::cell, x::cell] = arrays["head_biases"][best][0, phase]
        sums += turned_back(sum_of_view, view)
        biases += turned_back(bias_of_view, view)
    sums += (biases * strength + 16 * views) // (32 * views)
    residual = np.clip((sums + 2**13) >> 14, -(2**15), 2**15 - 1)
    residual = residual[margin:, margin:][:height, :width]
    return np.clip(planes[0] + residual, 0, 1023)


class TestExact:
    @pytest.mark.parametrize("cpu", CPUS)
    def test_golden(self, cpu):
        for model in svac2.models():
            with np.load(model.path) as file:
                golden = [file[f"golden_{name}"] for name in ("qps", "planes", "restored")]
            assert len(golden[0]) > 0
            for qp, planes, restored in zip(*golden, strict=True):
                assert not np.array_equal(planes[0], restored)
                for threads in (1, 2):
                    found = restore(planes, model, qp=int(qp), threads=threads, cpu=cpu)
                    np.testing.assert_array_equal(found, restored, err_msg=model.name)

    @pytest.mark.parametrize(
        "kind",
        [
            (1, 1, 1),
            (8, 1, 1),
            (2, 3, 2),
            (1, 2, 1),
            (3, 1, 2),
            (1, 3, 2, 2),
            (2, 1, 1, 4),
            (1, 1, 1, 1, 2),
            (2, 3, 2, 1, 4),
            (2, 3, 1, 4, 8),
            (1, 2, 4, 1, 8),
        ],
    )
    @pytest.mark.parametrize(
        "shape", [(1, 1), (1, 9), (65, 1), (3, 5), (64, 64), (67, 130), (9, 700), (300, 17)]
    )
    def test_sizes(self, network_arrays, small, kind, shape):
        """Kinds are heads, planes, side of a cell, how much larger those of context are, views."""
        arrays, model = network_arrays(*kind), small(*kind)
        rng = np.random.default_rng(shape)
        samples = rng.integers(0, 1024, (kind[1], *shape), np.uint16)
        for qp, strength in ((0, 32), (40, 64), (32, 1), (33, 0)):
            expected = reference(samples, arrays, qp, strength)
            for cpu in CPUS:
                for threads in (1, 2):
                    found = restore(
                        samples, model, qp=qp, strength=strength, threads=threads, cpu=cpu
                    )
                    np.testing.assert_array_equal(found, expected)

    def test_extreme_samples(self, network_arrays, small):
        samples = np.random.default_rng(1).integers(0, 2, (1, 40, 50), np.uint16) * 1023
        expected = reference(samples, network_arrays(), 40, 32)
        for cpu in CPUS:
            np.testing.assert_array_equal(restore(samples, small(), cpu=cpu), expected)

    @pytest.mark.parametrize("kind", [(1, 1, 1), (1, 3, 2)])
    @pytest.mark.parametrize("count", [0, 2, 4])
    def test_wrong_number_of_planes(self, small, kind, count):
        problem = f"{count} planes are given; the network reads {kind[1]}"
        with pytest.raises(svac2.OptionError, match=problem):
            restore(np.zeros((count, 8, 8), np.uint16), small(*kind))

    def test_sample_out_of_range(self, small):
        with pytest.raises(svac2.OptionError, match="1024"):
            restore(np.full((1, 3, 3), 1024, np.uint16), small())


class TestPlanes:
    """What networks read besides luma."""

    @staticmethod
    def planes(picture, **keywords):
        data = svac2.encode(picture, enhance=False, **keywords)
        return codec.decode_planes(memoryview(data), threads=2, cpu_mask=codec.CPU_ALL)

    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_flat(self, mode):
        flat = np.full((70, 90), 128, np.uint8)
        for plane in self.planes(flat, qp=20, mode=mode):
            np.testing.assert_array_equal(plane, 512)

    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_each_step_comes_nearer(self, large, mode):
        """Prediction, then residuals, then loop filters, each of which leaves much as it was."""
        grey = large[:, :, 1]
        luma, prediction, unfiltered = self.planes(grey, qp=44, mode=mode).astype(int)
        errors = [np.mean((p - 4.0 * grey) ** 2) for p in (prediction, unfiltered, luma)]
        assert errors[0] > errors[1] > errors[2]
        assert 0.2 < np.mean(prediction == unfiltered) < 0.98
        assert 0.05 < np.mean(luma == unfiltered) < 0.98


class TestEnhance:
    def test_grey_is_luma(self, grey, small):
        expected = eight_bits(restore(4 * grey[np.newaxis].astype(np.uint16), small()))
        np.testing.assert_array_equal(svac2.enhance(grey, qp=40, model=small()), expected)

    def test_strength_0_changes_no_grey(self, grey):
        np.testing.assert_array_equal(svac2.enhance(grey, qp=40, strength=0), grey)
        assert not np.array_equal(svac2.enhance(grey, qp=40), grey)

    def test_leaves_chroma(self, photo, small):
        """A change of luma alone moves R, G and B together."""
        soft = photo // 2 + 64  # so that nothing is clipped
        change = svac2.enhance(soft, qp=48, strength=2, model=small()) - soft.astype(int)
        assert np.abs(change).max() > 4
        assert np.ptp(change, axis=2).max() <= 2

    def test_defaults(self, photo, grey):
        for picture in (photo, grey):
            expected = svac2.enhance(picture, qp=40, strength=1, model="clic2018")
            np.testing.assert_array_equal(svac2.enhance(picture, qp=40), expected)

    def test_strength_is_in_steps(self, grey, small):
        levels = [
            svac2.enhance(grey, qp=48, strength=strength, model=small()).tobytes()
            for strength in (1, np.float32(32.4 / 32), 31 / 32, 2)
        ]
        assert levels[0] == levels[1]
        assert len(set(levels)) == 3

    @pytest.mark.parametrize(
        "view",
        [
            lambda a: a[::-1],
            lambda a: a[:, ::-1],
            lambda a: a[:, :, ::-1],
            lambda a: a[::2, ::3],
            lambda a: a.transpose(1, 0, 2),
            lambda a: a[3:40, 5:60],
            lambda a: a[:, :, 1],
            lambda a: a[:, :, 1:2],
            lambda a: a[:1, :1],
            lambda a: a[:1, :1, 0],
        ],
    )
    def test_strides_and_shapes(self, photo, view):
        samples = view(photo)
        restored = svac2.enhance(samples, qp=40)
        assert restored.shape == samples.shape
        assert restored.dtype == np.uint8
        np.testing.assert_array_equal(restored, svac2.enhance(samples.copy(order="C"), qp=40))

    def test_needs_a_model_of_luma_alone(self, grey, own_guided):
        with pytest.raises(svac2.OptionError, match="'own' serves encode and decode alone"):
            svac2.enhance(grey, qp=40, model=own_guided)
        network = svac2.Model.load(own_guided).network
        with pytest.raises(svac2.OptionError, match="reads 3 planes"):
            codec.enhance(
                grey[:, :, np.newaxis],
                network=network,
                qp=40 * codec.QP_ONE,
                strength=32,
                threads=1,
                cpu_mask=codec.CPU_ALL,
            )

    def test_kinds_of_pictures(self, photo, grey, tmp_path):
        expected = svac2.enhance(photo, qp=40)
        Image.fromarray(photo).save(tmp_path / "photo.png")
        with (tmp_path / "photo.png").open("rb") as file:
            for image in (Image.fromarray(photo), tmp_path / "photo.png", file):
                np.testing.assert_array_equal(svac2.enhance(image, qp=40), expected)
        assert svac2.enhance(Image.fromarray(grey), qp=40).shape == grey.shape

    def test_threads_and_processor(self, photo, monkeypatch):
        expected = svac2.enhance(photo, qp=40)
        for cpu in options.CPU_CHOICES:
            monkeypatch.setenv("SVAC2_CPU", cpu)
            for threads in (1, 2, 7):
                found = svac2.enhance(photo, qp=40, threads=threads)
                np.testing.assert_array_equal(found, expected)

    def test_undoes_what_decode_left_out(self, large):
        data = svac2.encode(large, qp=48, effort=2, subsampling="4:4:4", enhance=False)
        plain = svac2.decode(data)
        restored = svac2.enhance(plain, qp=48)
        assert psnr(large, restored).rgb > psnr(large, plain).rgb


class TestFiles:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_default(self, large, channels):
        picture = large if channels == 3 else large[:, :, 1]
        data = svac2.encode(picture, qp=48, effort=2)
        info = svac2.info(data)
        assert info.model == default().name
        assert 0 < info.strength <= 2
        assert info.strength * 32 % 1 == 0
        restored, plain = svac2.decode(data), svac2.decode(data, enhance=False)
        assert psnr(picture, restored).rgb > psnr(picture, plain).rgb
        np.testing.assert_array_equal(svac2.decode(data, model=info.model), restored)

    def test_encoded_without(self, large):
        data = svac2.encode(large, qp=48, effort=2, enhance=False)
        assert (svac2.info(data).model, svac2.info(data).strength) == (None, None)
        plain = svac2.decode(data)
        np.testing.assert_array_equal(svac2.decode(data, enhance=False), plain)
        np.testing.assert_array_equal(
            svac2.decode(svac2.encode(large, qp=48, effort=2), enhance=0), plain
        )
        forced = svac2.decode(data, enhance=True)
        assert not np.array_equal(forced, plain)
        np.testing.assert_array_equal(forced, svac2.decode(data, enhance=1, model=default()))

    @pytest.mark.parametrize("qp", [16, 24, 32, 40, 48, 56])
    def test_never_worse(self, photo, grey, drawing, own, qp):
        for picture in (photo, grey, drawing):
            for model in (None, own):
                data = svac2.encode(picture, qp=qp, effort=3, model=model)
                restored, plain = svac2.decode(data, model=model), svac2.decode(data, enhance=False)
                assert psnr(picture, restored).rgb >= psnr(picture, plain).rgb

    def test_any_strength(self, grey):
        data = svac2.encode(grey, qp=48)
        planes = codec.decode_planes(memoryview(data), threads=1, cpu_mask=codec.CPU_ALL)
        np.testing.assert_array_equal(svac2.decode(data, enhance=False), eight_bits(planes[0]))
        results = {strength: svac2.decode(data, enhance=strength) for strength in (0.5, 1, 2)}
        np.testing.assert_array_equal(svac2.decode(data, enhance=True), results[1])
        assert len({result.tobytes() for result in results.values()}) == 3
        for strength, found in results.items():
            restored = restore(planes, default(), qp=48, strength=round(32 * strength))
            np.testing.assert_array_equal(found, eight_bits(restored))

    @pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
    def test_colour_changes_in_luma_alone(self, photo, small, subsampling):
        data = svac2.encode(photo, qp=48, subsampling=subsampling, enhance=False)
        planes = codec.decode_planes(memoryview(data), threads=1, cpu_mask=codec.CPU_ALL)
        plain = svac2.decode(data, enhance=False).astype(int)
        change = restore(planes[:1], small(), qp=48).astype(int) - planes[0]
        assert np.ptp(change) > 16
        expected = np.clip(plain + change[:, :, np.newaxis] / 4, 0, 255)
        unclipped = (plain > 0) & (plain < 255)
        found = svac2.decode(data, enhance=True, model=small())
        assert np.abs(found - expected)[unclipped].max() <= 1

    @pytest.mark.parametrize("effort", [1, 4, 8])
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("shape", [(1, 1), (1, 70), (66, 3), (73, 111)])
    @pytest.mark.parametrize("kind", ["own", "own_guided"])
    def test_decoder_gives_what_the_encoder_expects(
        self, drawing, request, kind, channels, shape, effort
    ):
        picture = np.repeat(drawing[: shape[0], : shape[1], np.newaxis], channels, 2)
        model = svac2.Model.load(request.getfixturevalue(kind))
        data, expected = codec.encode_with_reconstruction(
            picture,
            qp=48 * codec.QP_ONE,
            effort=effort,
            subsampling=codec.SUBSAMPLING["auto"],
            threads=1,
            checksum=True,
            cpu_mask=codec.CPU_ALL,
            progress=None,
            network=model.network,
        )
        if shape != (66, 3):  # of so little, it does not always pay
            assert (svac2.info(data).model is None) == (shape[0] == 1)
        np.testing.assert_array_equal(svac2.decode(data, model=model), expected)

    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_default_model_in_either_mode(self, large, mode):
        data, expected = codec.encode_with_reconstruction(
            large,
            qp=50 * codec.QP_ONE,
            effort=3,
            subsampling=codec.SUBSAMPLING["auto"],
            threads=2,
            checksum=True,
            cpu_mask=codec.CPU_ALL,
            progress=None,
            network=default().network,
            mode=codec.MODES[mode],
        )
        assert svac2.info(data).strength > 0
        np.testing.assert_array_equal(svac2.decode(data), expected)

    def test_processor_and_threads(self, drawing, own_guided, monkeypatch):
        picture = np.tile(drawing, (3, 3))
        data = svac2.encode(picture, qp=48, effort=1, model=own_guided)
        assert svac2.info(data).strength > 0
        expected = svac2.decode(data, model=own_guided)
        for cpu in options.CPU_CHOICES:
            monkeypatch.setenv("SVAC2_CPU", cpu)
            for threads in (1, 2):
                again = svac2.encode(picture, qp=48, effort=1, model=own_guided, threads=threads)
                assert again == data
                found = svac2.decode(data, model=own_guided, threads=threads)
                np.testing.assert_array_equal(found, expected)

    def test_every_truncation(self, drawing, own):
        model = svac2.Model.load(own)
        data = svac2.encode(drawing[:40, :40], qp=48, model=model)
        assert svac2.info(data).strength > 0
        for size in range(len(data)):
            with pytest.raises(svac2.FormatError):
                svac2.decode(data[:size], model=model)


class TestOwnModel:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_round_trip(self, drawing, own, channels):
        picture = drawing if channels == 1 else np.dstack([drawing] * 3)
        data = svac2.encode(picture, qp=48, model=own)
        info, model = svac2.info(data), svac2.Model.load(own)
        assert info.model == f"hash {model.hash[:16]}"
        assert info.strength > 0
        restored = svac2.decode(data, model=own)
        assert psnr(picture, restored).y > psnr(picture, svac2.decode(data, enhance=False)).y + 0.5
        for same in (str(own), model):
            np.testing.assert_array_equal(svac2.decode(data, model=same), restored)

    def test_not_installed(self, drawing, own, tmp_path):
        path = tmp_path / "drawing.svac2"
        svac2.write(path, drawing, qp=48, model=own)
        problem = r"drawing\.svac2: .*not installed \(hash [0-9a-f]{16}\).*model=.*enhance=False"
        for how in ("auto", True, 0.5):
            with pytest.raises(svac2.ModelError, match=problem):
                svac2.read(path, enhance=how)
        plain = svac2.read(path, enhance=False)
        without = svac2.decode(svac2.encode(drawing, qp=48, enhance=False))
        np.testing.assert_array_equal(plain, without)
        forced = svac2.read(path, enhance=True, model="clic2018")
        assert not np.array_equal(forced, plain)

    def test_another_than_the_file_names(self, drawing, own):
        data = svac2.encode(drawing, qp=48, model=own)
        problem = r"names the model hash [0-9a-f]{16}, not clic2018: leave .*enhance=True"
        with pytest.raises(svac2.ModelError, match=problem):
            svac2.decode(data, model="clic2018")

    def test_model_that_does_not_help_is_left_out(self, grey, own):
        data = svac2.encode(grey, qp=8, model=own)
        assert data == svac2.encode(grey, qp=8, enhance=False)
        np.testing.assert_array_equal(svac2.decode(data, model=own), svac2.decode(data))

    def test_bad_weight_file(self, photo, encoded, own, tmp_path):
        path = tmp_path / "bad.npz"
        path.write_bytes(own.read_bytes()[:-100])
        for call in (
            lambda: svac2.encode(photo, model=path),
            lambda: svac2.decode(encoded, model=path),
            lambda: svac2.enhance(photo, qp=40, model=path),
        ):
            with pytest.raises(svac2.ModelError, match=r"bad\.npz: not a weight file"):
                call()


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value", "valid"),
        [
            ("qp", -1, "0 to 63"),
            ("qp", 64, "0 to 63"),
            ("strength", -0.01, "0 to 2"),
            ("strength", 2.01, "0 to 2"),
            ("strength", float("nan"), "0 to 2"),
            ("threads", 65, "0 to 64"),
            ("model", "best", "'clic2018'"),
        ],
    )
    def test_enhance_out_of_range(self, grey, name, value, valid):
        with pytest.raises(svac2.OptionError, match=f"{name}.*{valid}") as caught:
            svac2.enhance(grey, **{"qp": 40, name: value})
        assert str(value) in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("qp", "40"),
            ("qp", True),
            ("strength", "1"),
            ("strength", True),
            ("strength", None),
            ("model", 1),
            ("threads", None),
        ],
    )
    def test_enhance_wrong_type(self, grey, name, value):
        with pytest.raises(svac2.OptionTypeError, match=f"^{name} must be"):
            svac2.enhance(grey, **{"qp": 40, name: value})

    def test_enhance_unknown(self, grey):
        with pytest.raises(svac2.OptionError, match=r"speed.*strength"):
            svac2.enhance(grey, qp=40, speed=3)
        with pytest.raises(TypeError, match="qp"):
            svac2.enhance(grey)

    @pytest.mark.parametrize("image", [np.zeros((8, 8, 5), np.uint8), np.zeros((8, 8), np.int16)])
    def test_enhance_unsupported(self, image):
        with pytest.raises(svac2.UnsupportedError):
            svac2.enhance(image, qp=40)

    @pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), "on", "off", None, [1]])
    def test_decode(self, encoded, value):
        valid = r"^enhance.*'auto', True, False .*from 0 to 2"
        with pytest.raises(svac2.OptionError, match=valid):
            svac2.decode(encoded, enhance=value)

    @pytest.mark.parametrize("value", ["auto", 1, 0.5, None])
    def test_encode(self, photo, value):
        with pytest.raises(svac2.OptionTypeError, match=r"^enhance must be True or False"):
            svac2.encode(photo, enhance=value)

    @pytest.mark.parametrize("enhance", [True, False])
    def test_unknown_model(self, photo, encoded, enhance):
        for function, argument in ((svac2.encode, photo), (svac2.decode, encoded)):
            with pytest.raises(svac2.OptionError, match="model='best' is unknown"):
                function(argument, enhance=enhance, model="best")

    def test_wrong_option_is_found_before_the_picture_is_read(self):
        with pytest.raises(svac2.OptionError):
            svac2.enhance("missing.png", qp=40, strength=3)
        with pytest.raises(svac2.OptionError):
            svac2.enhance(io.BytesIO(), qp=40, model="best")
