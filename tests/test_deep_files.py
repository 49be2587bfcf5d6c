"""Pictures of more than 8 bits from file to file, through the API and the command."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import cli
from svac2.arrays import scaled
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata
from svac2.metrics import psnr
from svac2.pictures.images import load_picture
from svac2.pictures.png import write_png

QP = 0


@pytest.fixture(scope="module")
def deep(photo):
    """A photograph of 12 bits, of which the low ones are noise."""
    noise = np.random.default_rng(7).integers(0, 16, photo.shape)
    return (photo.astype(np.uint16) << 4) + noise.astype(np.uint16)


@pytest.fixture(scope="module")
def coded(deep):
    return svac2.encode(deep, qp=QP, bit_depth=12)


@pytest.fixture(scope="module")
def coded_grey(deep):
    return svac2.encode(deep[:, :, 1], qp=QP, bit_depth=12, mode="multiscale")


def load(path):
    return load_picture(path, limits=Limits())


class TestDecode:
    def test_type_and_depth(self, coded, deep):
        decoded = svac2.decode(coded)
        assert decoded.dtype == np.uint16
        assert decoded.shape == deep.shape
        assert decoded.max() < 4096
        assert svac2.info(coded).bit_depth == 12
        assert psnr(deep, decoded, 12).rgb > 48

    def test_again(self, coded):
        decoded = svac2.decode(coded)
        again = svac2.decode(svac2.encode(decoded, qp=QP, bit_depth=12))
        assert psnr(decoded, again, 12).rgb > 48

    def test_into_an_array(self, coded, coded_grey, deep):
        expected = svac2.decode(coded)
        canvas = np.full((100, 150, 3), 7, np.uint16)
        inside = canvas[90:17:-1, 20:131]
        assert svac2.decode(coded, out=inside) is inside
        np.testing.assert_array_equal(inside, expected)
        inside[...] = 7
        assert (canvas == 7).all()
        grey = svac2.decode(coded_grey, scale=1 / 4)
        out = np.zeros_like(grey)
        assert svac2.decode(coded_grey, scale=1 / 4, out=out) is out
        np.testing.assert_array_equal(out, grey)

    @pytest.mark.parametrize("kind", ["u1", ">u2", "i2", "f4"])
    def test_into_an_array_of_another_type(self, coded, deep, kind):
        out = np.full(deep.shape, 7, kind)
        with pytest.raises(svac2.OptionError, match=r"and the picture .* and uint16"):
            svac2.decode(coded, out=out)
        assert (out == 7).all()

    def test_smaller(self, coded_grey, deep):
        whole = svac2.decode(coded_grey)
        for options in ({"scale": 1 / 2}, {"scale": 1 / 8}, {"max_size": 30}):
            small = svac2.decode(coded_grey, **options)
            assert small.dtype == np.uint16
            assert abs(small.mean() - whole.mean()) < 40


class TestPillow:
    def test_grey(self, coded_grey, tmp_path):
        path = tmp_path / "grey.svac2"
        path.write_bytes(coded_grey)
        image = svac2.read(path, pillow=True)
        assert image.mode == "I;16"
        expected = scaled(svac2.decode(coded_grey), 12, 16)
        np.testing.assert_array_equal(np.asarray(image), expected)
        image.save(tmp_path / "grey.png")
        np.testing.assert_array_equal(load(tmp_path / "grey.png").samples[:, :, 0], expected)

    def test_colour(self, coded):
        with pytest.raises(svac2.UnsupportedError, match="no colour of 12 bits: leave pillow out"):
            svac2.read(io.BytesIO(coded), pillow=True)

    def test_images_are_given(self, deep):
        image = Image.fromarray(deep[:, :, 1])
        expected = svac2.encode(deep[:, :, 1], qp=30, bit_depth=12)
        assert svac2.encode(image, qp=30, bit_depth=12) == expected
        assert svac2.info(svac2.encode(image, qp=30)).bit_depth == 16


class TestEnhance:
    def test_depth_and_type(self, deep):
        restored = svac2.enhance(deep, qp=30, bit_depth=12)
        assert (restored.shape, restored.dtype) == (deep.shape, np.uint16)
        assert restored.max() < 4096
        assert psnr(deep, restored, 12).rgb > 30
        grey = deep[:, :, 1]
        np.testing.assert_array_equal(svac2.enhance(grey, qp=30, bit_depth=12, strength=0), grey)

    def test_qp_of_the_depth(self, deep):
        svac2.enhance(deep[:9, :9], qp=-32, bit_depth=12)
        with pytest.raises(svac2.OptionError, match=r"qp=-33 .* -32 to 63 for 12 bits"):
            svac2.enhance(deep, qp=-33, bit_depth=12)

    def test_command(self, deep, tmp_path):
        source, target = tmp_path / "a.pgm", tmp_path / "b.png"
        thin = deep[:1, :, 1]
        source.write_bytes(b"P5 111 1 4095 " + thin.astype(">u2").tobytes())
        assert cli.main(["enhance", str(source), str(target), "--qp", "30"]) == 0
        expected = scaled(svac2.enhance(thin, qp=30, bit_depth=12), 12, 16)
        np.testing.assert_array_equal(load(target).samples[:, :, 0], expected)

    def test_command_keeps_a_row_of_colour(self, photo, tmp_path):
        source, target = tmp_path / "a.png", tmp_path / "b.png"
        Image.fromarray(photo[:1]).save(source)
        assert cli.main(["enhance", str(source), str(target), "--qp", "30"]) == 0
        assert load(target).samples.shape == (1, 111, 3)


class TestCommand:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_png_to_png(self, deep, tmp_path, channels, capsys):
        samples = scaled(deep[:, :, :channels].squeeze(), 12, 16)
        source, file, target = (tmp_path / name for name in ("a.png", "a.svac2", "b.png"))
        metadata = Metadata(icc_profile=b"profile", xmp=b"<x/>", cicp=Cicp(9, 16))
        write_png(source, samples, metadata, 16)
        assert cli.main(["encode", str(source), str(file), "--qp", str(QP)]) == 0
        assert cli.main(["decode", str(file), str(target)]) == 0
        picture = load(target)
        assert (picture.bit_depth, picture.metadata) == (16, metadata)
        np.testing.assert_array_equal(
            picture.samples, np.atleast_3d(svac2.decode(file.read_bytes()))
        )
        assert cli.main(["info", str(file), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["bit_depth"] == 16
        assert cli.main(["compare", str(source), str(file), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["psnr_rgb"]
        assert found == pytest.approx(psnr(np.atleast_3d(samples), picture.samples, 16).rgb)

    def test_depth_in_between(self, coded, tmp_path, capsys):
        file, target = tmp_path / "a.svac2", tmp_path / "b.png"
        file.write_bytes(coded)
        assert cli.main(["decode", str(file), str(target)]) == 0
        expected = scaled(svac2.decode(coded), 12, 16)
        np.testing.assert_array_equal(load(target).samples, expected)
        assert cli.main(["compare", str(file), str(target), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["psnr_rgb"] is None  # the same

    def test_demo_takes_bytes(self, deep, tmp_path, capsys):
        source = tmp_path / "a.png"
        write_png(source, deep, Metadata(), 12)
        assert cli.main(["demo", str(source), "--output", str(tmp_path / "out")]) == 1
        assert "WebP and JPEG take pictures of 8 bits" in capsys.readouterr().err
