"""Encoding to a size of the file or to a PSNR."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import svac2
from svac2 import options
from svac2._core import codec
from svac2.cli import main
from svac2.metrics import psnr
from svac2.models import default


@pytest.fixture(scope="module")
def plain_size(photo):
    return len(svac2.encode(photo, quality=60))


class TestSize:
    @pytest.mark.parametrize("mode", ["normal", "multiscale", "auto"])
    @pytest.mark.parametrize("part", [0.6, 1.1, 3])
    def test_is_kept_and_used(self, photo, plain_size, mode, part):
        target = round(plain_size * part)
        data = svac2.encode(photo, target_size=target, mode=mode, effort=4)
        assert 0.96 * target <= len(data) <= target
        assert svac2.decode(data).shape == photo.shape

    def test_counts_metadata(self, photo, plain_size):
        target = plain_size + 1000
        data = svac2.encode(photo, target_size=target, exif=b"MM\0*" + bytes(1100))
        assert 0.96 * target <= len(data) <= target

    def test_more_than_the_finest_takes(self, grey):
        data = svac2.encode(grey, target_size=10**7, effort=2)
        assert svac2.info(data).qp == 0

    def test_too_few(self, photo, tmp_path):
        with pytest.raises(svac2.OptionError, match=r"target_size 40 .* takes \d+ bytes"):
            svac2.write(tmp_path / "out.svac2", photo, target_size=40)
        assert not list(tmp_path.iterdir())

    def test_what_the_error_names_can_be_reached(self, grey):
        with pytest.raises(svac2.OptionError, match="target_size") as caught:
            svac2.encode(grey, target_size=30)
        least = int(str(caught.value).split()[-2])
        assert len(svac2.encode(grey, target_size=least)) <= least


class TestPsnr:
    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    @pytest.mark.parametrize("enhance", [False, True])
    @pytest.mark.parametrize("target", [31, 40.5])
    def test_is_reached(self, photo, mode, enhance, target):
        data = svac2.encode(photo, target_psnr=target, mode=mode, enhance=enhance, effort=4)
        assert target <= psnr(photo, svac2.decode(data)).rgb <= target + 0.3

    def test_grey(self, grey):
        data = svac2.encode(grey, target_psnr=36)
        assert 36 <= psnr(grey, svac2.decode(data)).y <= 36.4

    def test_too_much(self, photo):
        with pytest.raises(svac2.OptionError, match=r"target_psnr 90 .* gives \d\d\.\d\d dB"):
            svac2.encode(photo, target_psnr=90)


CONTENTS = {
    "noise": lambda rng, y, x, c: rng.integers(0, 256, (y.size, x.size, c.size)),
    "waves": lambda rng, y, x, c: 128 + 90 * np.sin(y / 3 + c) * np.cos(x * (1 + c) / 7),
    "flat": lambda rng, y, x, c: rng.integers(0, 256) + 0 * (y + x + c),
}


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(
    content=st.sampled_from(sorted(CONTENTS)),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 99),
    target=st.one_of(
        st.tuples(st.just("target_size"), st.integers(30, 3000)),
        st.tuples(st.just("target_psnr"), st.floats(15, 60)),
    ),
    effort=st.sampled_from([1, 2, 5, 7]),
    mode=st.sampled_from(sorted(codec.MODES)),
    restored=st.booleans(),
    threads=st.integers(1, 3),
)
def test_never_missed(content, shape, channels, seed, target, effort, mode, restored, threads):
    y, x, c = np.ogrid[: shape[0], : shape[1], :channels]
    drawn = CONTENTS[content](np.random.default_rng(seed), y, x, c)
    samples = np.broadcast_to(drawn, (*shape, channels)).clip(0, 255).astype(np.uint8)
    name, value = target
    try:
        data, expected = codec.encode_with_reconstruction(
            samples,
            qp=0,
            effort=effort,
            subsampling=codec.SUBSAMPLING["auto"],
            threads=threads,
            checksum=True,
            cpu_mask=options.cpu_mask(),
            progress=None,
            network=default().network if restored else None,
            mode=codec.MODES[mode],
            **{name: value},
        )
    except svac2.OptionError as error:
        if name not in str(error):
            raise
        return
    decoded = svac2.decode(data)
    np.testing.assert_array_equal(decoded, expected.reshape(decoded.shape))
    if name == "target_size":
        assert len(data) <= value
    else:
        squares = np.mean((decoded.astype(float) - samples.reshape(decoded.shape)) ** 2)
        assert squares == 0 or 10 * np.log10(255**2 / squares) >= value


@pytest.mark.parametrize("target", [{"target_size": 2500}, {"target_psnr": 33}])
def test_same_for_threads_and_kernels(photo, monkeypatch, target):
    expected = svac2.encode(photo, threads=1, **target)
    assert svac2.encode(photo, threads=3, **target) == expected
    monkeypatch.setenv("SVAC2_CPU", "scalar")
    assert svac2.encode(photo, threads=2, **target) == expected


@pytest.mark.parametrize("target", [{"target_size": 2500}, {"target_psnr": 33}])
def test_progress(photo, target):
    calls = []
    svac2.encode(photo, progress=lambda done, total: calls.append((done, total)), **target)
    assert len({total for _, total in calls}) == 1
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]

    def stop(done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        svac2.encode(photo, progress=stop, **target)


class TestOptions:
    @pytest.mark.parametrize("other", [{"quality": 50}, {"qp": 30}, {"target_psnr": 30}])
    def test_one_of_them(self, photo, other):
        (name,) = other
        with pytest.raises(svac2.OptionError, match=f"(?=.*{name})(?=.*target_size)"):
            svac2.encode(photo, target_size=1000, **other)

    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ({"target_size": 0}, svac2.OptionError),
            ({"target_size": 1.5}, svac2.OptionTypeError),
            ({"target_psnr": 0}, svac2.OptionError),
            ({"target_psnr": 121}, svac2.OptionError),
            ({"target_psnr": float("nan")}, svac2.OptionError),
            ({"target_psnr": "high"}, svac2.OptionTypeError),
        ],
    )
    def test_refused(self, photo, options, kind):
        with pytest.raises(kind, match=next(iter(options))):
            svac2.encode(photo, **options)


class TestCommand:
    @pytest.mark.parametrize(("text", "size"), [("2500", 2500), ("2.5k", 2500), ("0.003M", 3000)])
    def test_size(self, photo, tmp_path, text, size):
        picture, file = tmp_path / "photo.png", tmp_path / "photo.svac2"
        Image.fromarray(photo).save(picture)
        assert main(["encode", str(picture), str(file), "--target-size", text]) == 0
        assert 0.96 * size <= file.stat().st_size <= size
        assert file.read_bytes() == svac2.encode(photo, target_size=size)

    def test_psnr(self, photo, tmp_path):
        picture, file = tmp_path / "photo.png", tmp_path / "photo.svac2"
        Image.fromarray(photo).save(picture)
        assert main(["encode", str(picture), str(file), "--target-psnr", "33.5"]) == 0
        assert file.read_bytes() == svac2.encode(photo, target_psnr=33.5)

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            (("--target-size", "10"), "cannot be reached"),
            (("--target-size", "3kB"), "target_size must be an integer"),
            (("--target-psnr", "119"), "cannot be reached"),
            (("--target-psnr", "30", "--qp", "30"), "not allowed with"),
        ],
    )
    def test_refused(self, photo, tmp_path, capsys, option, message):
        picture, file = tmp_path / "photo.png", tmp_path / "photo.svac2"
        Image.fromarray(photo).save(picture)
        try:
            status = main(["encode", str(picture), str(file), *option])
        except SystemExit as stop:
            status = stop.code
        assert status == 2
        assert message in capsys.readouterr().err
        assert not file.exists()


@pytest.mark.parametrize("bit_depth", [8, 10, 12, 16])
@pytest.mark.parametrize("decibels", [30.9, 44])
def test_psnr_is_that_of_the_file_at_every_depth(bit_depth, decibels):
    """Also where a picture has too few bytes for its luma to be restored."""
    y, x = np.mgrid[:320, :320]
    waves = 127 + 60 * np.sin(x / 57) * np.cos(y / 31) + 8 * np.sin(x * y / 700)
    largest = 2**bit_depth - 1
    kind = np.uint8 if bit_depth == 8 else np.uint16
    picture = np.rint(waves / 255 * largest).astype(kind)
    data = svac2.encode(picture, bit_depth=bit_depth, target_psnr=decibels, effort=2)
    error = ((svac2.decode(data).astype(np.float64) - picture) ** 2).mean()
    assert 10 * np.log10(largest**2 / error) >= decibels


def test_reconstruction_is_that_of_the_file():
    picture = np.where(np.arange(640) < 320, 60, 190).astype(np.uint8)
    picture = np.tile(picture, (640, 1))[:, :, np.newaxis]
    network = default().network
    data, expected = codec.encode_with_reconstruction(
        picture,
        qp=0,
        target_psnr=50.0,
        effort=2,
        subsampling=codec.SUBSAMPLING["4:0:0"],
        threads=1,
        checksum=True,
        cpu_mask=codec.CPU_ALL,
        progress=None,
        network=network,
    )
    np.testing.assert_array_equal(svac2.decode(data), expected)
