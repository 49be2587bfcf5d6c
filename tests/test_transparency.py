"""Transparency: which pictures have it, what becomes of it, and what they look like."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import cli
from svac2.limits import Limits
from svac2.metrics import psnr
from svac2.pictures.images import load_picture
from svac2.transparency import OutputChannels


def load(content):
    return load_picture(io.BytesIO(content), limits=Limits())


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def cut_out(size=48, bit_depth=8):
    """A disc with a soft edge, of two colours, and what is not seen outside it."""
    y, x = np.mgrid[0:size, 0:size]
    largest = 2**bit_depth - 1
    away = np.hypot(y - size / 2, x - size / 2)
    alpha = ((size / 3 - away) / 4 + 0.5).clip(0, 1)
    colour = np.stack([x / size, np.where(y > x, 0.9, 0.2), np.full_like(alpha, 0.5)], 2)
    samples = np.round(np.dstack([colour, alpha]) * largest)
    return samples.astype(np.uint8 if bit_depth == 8 else np.uint16)


@pytest.fixture(scope="module")
def disc():
    return cut_out()


@pytest.fixture(scope="module")
def coded(disc):
    return svac2.encode(disc, qp=20)


class TestGiven:
    @pytest.mark.parametrize("channels", [2, 4])
    def test_arrays(self, disc, channels):
        samples = disc[:, :, -channels:]
        np.testing.assert_array_equal(load_picture(samples, limits=Limits()).samples, samples)
        strided = load_picture(samples[::-2, ::3], limits=Limits()).samples
        np.testing.assert_array_equal(strided, samples[::-2, ::3])

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
    def test_files(self, disc, kind):
        content = saved(Image.fromarray(disc), kind, exact=True, lossless=True)
        np.testing.assert_array_equal(load(content).samples, disc)
        with Image.open(io.BytesIO(content)) as image:
            opened = load_picture(image, limits=Limits())
        np.testing.assert_array_equal(opened.samples, disc)

    @pytest.mark.parametrize("mode", ["LA", "PA", "RGBA"])
    def test_pillow(self, disc, mode):
        image = Image.fromarray(disc).convert("RGB").convert(mode)
        image.putalpha(Image.fromarray(disc[:, :, 3]))
        expected = np.asarray(image if mode == "LA" else image.convert("RGBA"))
        found = load_picture(image, limits=Limits()).samples
        np.testing.assert_array_equal(found, expected)
        assert (found[:, :, -1] == disc[:, :, 3]).all()

    @pytest.mark.parametrize("mode", ["LA", "PA", "RGBA"])
    def test_opaque_alpha_is_kept(self, mode):
        found = load_picture(Image.new("L", (3, 2), 7).convert(mode), limits=Limits()).samples
        assert found.shape == (2, 3, 2 if mode == "LA" else 4)
        assert (found[:, :, -1] == 255).all()

    def test_palette(self):
        image = Image.new("P", (3, 1))
        image.putpalette([1, 2, 3, 4, 5, 6, 7, 8, 9])
        image.putdata([0, 1, 2])
        for transparency, alphas in ((1, (255, 0, 255)), (b"\x07\x09", (7, 9, 255))):
            expected = [[(1, 2, 3, alphas[0]), (4, 5, 6, alphas[1]), (7, 8, 9, alphas[2])]]
            content = saved(image, "PNG", transparency=transparency)
            assert load(content).samples.tolist() == np.array(expected).tolist()
            marked = image.copy()
            marked.info["transparency"] = transparency
            found = load_picture(marked, limits=Limits()).samples
            assert found.tolist() == np.array(expected).tolist()
        found = load(saved(image, "GIF", transparency=2)).samples
        assert found[0, :, 3].tolist() == [255, 255, 0]
        assert load(saved(image, "PNG")).samples.shape == (1, 3, 3)

    def test_palette_of_four_channels(self):
        image = Image.new("P", (2, 1))
        image.putpalette([1, 2, 3, 4, 5, 6, 7, 8], "RGBA")
        image.putdata([0, 1])
        found = load_picture(image, limits=Limits()).samples
        assert found.tolist() == [[[1, 2, 3, 4], [5, 6, 7, 8]]]

    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_transparent_grey(self, bits):
        values = np.arange(2**bits)
        grey = np.unpackbits(values.astype(np.uint8)[:, None], 1)[:, -bits:]
        for key in sorted({0, 1, 2**bits - 1}):
            content = make_png(len(values), bits, 0, np.packbits(grey).tobytes(), [key])
            ((gray, alpha),) = load(content).samples.transpose(0, 2, 1)
            np.testing.assert_array_equal(gray, values * 255 // (2**bits - 1))
            np.testing.assert_array_equal(alpha, np.where(values == key, 0, 255))

    def test_transparent_colour(self):
        content = make_png(3, 8, 2, bytes([1, 2, 3, 1, 2, 4, 1, 2, 3]), [1, 2, 3])
        expected = [[[1, 2, 3, 0], [1, 2, 4, 255], [1, 2, 3, 0]]]
        assert load(content).samples.tolist() == expected
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            assert load_picture(image, limits=Limits()).samples.tolist() == expected

    @pytest.mark.parametrize("key", [300, (1, 2), b"abc", "red", (1, 2, 3.5)])
    def test_transparent_colour_that_is_none(self, key):
        image = Image.new("RGB" if isinstance(key, tuple) else "L", (2, 2))
        image.info["transparency"] = key
        with pytest.raises(svac2.UnsupportedError, match="transparen"):
            load_picture(image, limits=Limits())

    def test_upright(self, disc):
        turned = disc[:20]
        exif = Image.Exif()
        exif[0x0112] = 6
        found = load(saved(Image.fromarray(turned), "PNG", exif=exif.tobytes())).samples
        np.testing.assert_array_equal(found, np.rot90(turned, -1))

    @pytest.mark.parametrize(("mode", "held"), [("RGBA", 4), ("LA", 2), ("L", 6)])
    def test_memory_before_the_pixels_are_read(self, mode, held):
        image = Image.new(mode, (300, 200))
        if mode == "L":
            image.info["transparency"] = 0
        with pytest.raises(svac2.LimitError, match=f" {300 * 200 * held + 10**6}, more than"):
            load_picture(
                image,
                limits=Limits(max_memory=10**6),
                memory_of=lambda width, height, channels, bit_depth: (
                    10**6 if channels == (4 if mode == "RGBA" else 2) else 0
                ),
            )


def make_png(width, bits, colour_type, row, key):
    def chunk(kind, content):
        check = struct.pack(">L", zlib.crc32(kind + content))
        return struct.pack(">L", len(content)) + kind + content + check

    header = struct.pack(">LLBBBBB", width, 1, bits, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


def composed(samples, background, largest=255):
    colour, alpha = samples[..., :-1].astype(float), samples[..., -1:] / largest
    return colour * alpha + np.asarray(background) * (1 - alpha)


class TestEncoded:
    @pytest.mark.parametrize("bit_depth", [8, 12, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_alpha_is_exact(self, bit_depth, channels, mode):
        samples = cut_out(40, bit_depth)[:, :, -channels:]
        data = svac2.encode(samples, qp=24, mode=mode, bit_depth=bit_depth)
        decoded = svac2.decode(data)
        assert decoded.shape == samples.shape
        np.testing.assert_array_equal(decoded[:, :, -1], samples[:, :, -1])
        assert psnr(samples, decoded, bit_depth).rgb > 30

    def test_quality_of_alpha(self, disc):
        files = [svac2.encode(disc, qp=24, alpha_quality=quality) for quality in (20, 60, 95)]
        errors = [np.abs(svac2.decode(f)[:, :, 3].astype(int) - disc[:, :, 3]).sum() for f in files]
        assert errors == sorted(errors, reverse=True)
        assert 0 < errors[0]
        qps = [svac2.info(file).alpha_qp for file in files]
        assert qps == sorted(qps, reverse=True)

    def test_quality_of_alpha_without_alpha(self, grey):
        assert svac2.encode(grey, qp=30, alpha_quality=50) == svac2.encode(grey, qp=30)
        assert svac2.encode(grey, qp=30, exact=True) == svac2.encode(grey, qp=30)

    def test_invisible_colour(self, disc):
        is_clear = disc[:, :, 3] == 0
        noisy = disc.copy()
        noisy[is_clear, :3] = np.random.default_rng(1).integers(0, 256, (is_clear.sum(), 3))
        kept = svac2.encode(noisy, qp=20, exact=True)
        free = svac2.encode(noisy, qp=20)
        assert len(free) < len(kept) / 2
        assert free == svac2.encode(disc, qp=20)
        errors = [
            np.abs(svac2.decode(data)[is_clear, :3].astype(int) - noisy[is_clear, :3]).mean()
            for data in (kept, free)
        ]
        assert errors[0] < 4 < 30 < errors[1]

    def test_info(self, disc, coded, grey):
        info = svac2.info(coded)
        assert (info.channels, info.lossless, info.max_error, info.alpha_qp) == (4, False, 0, None)
        assert "RGBA 4:" in repr(info)
        assert svac2.info(svac2.encode(disc, alpha_quality=50)).alpha_qp == 39
        assert "alpha qp 39" in repr(svac2.info(svac2.encode(disc, alpha_quality=50)))
        assert "48x48 grey with alpha, qp 20," in repr(
            svac2.info(svac2.encode(disc[:, :, 2:], qp=20))
        )
        assert svac2.info(svac2.encode(grey)).alpha_qp is None


class TestDecoded:
    def test_channels(self, coded):
        whole = svac2.decode(coded)
        np.testing.assert_array_equal(svac2.decode(coded, channels=4), whole)
        for background in (0, 255, (255, 128, 3)):
            found = svac2.decode(coded, background=background)
            assert found.shape == (48, 48, 3)
            assert np.abs(found - composed(whole, background)).max() <= 0.51
            again = svac2.decode(coded, channels=3, background=background)
            np.testing.assert_array_equal(again, found)

    def test_channels_of_grey(self, disc, grey):
        data = svac2.encode(disc[:, :, [0, 3]], qp=20)
        whole = svac2.decode(data)
        np.testing.assert_array_equal(svac2.decode(data, channels=4), whole[:, :, [0, 0, 0, 1]])
        plain = svac2.decode(data, background=200)
        assert plain.shape == (48, 48)
        assert np.abs(plain - composed(whole, 200)[:, :, 0]).max() <= 0.51
        found = svac2.decode(data, channels=3, background=(9, 99, 199))
        expected = composed(whole[:, :, [0, 0, 0, 1]], (9, 99, 199))
        assert np.abs(found - expected).max() <= 0.51
        opaque = svac2.encode(grey, qp=20)
        plain = svac2.decode(opaque)
        np.testing.assert_array_equal(svac2.decode(opaque, channels=3), np.dstack([plain] * 3))
        with_alpha = np.dstack([plain, np.full_like(plain, 255)])
        np.testing.assert_array_equal(svac2.decode(opaque, channels=2), with_alpha)
        np.testing.assert_array_equal(
            svac2.decode(opaque, channels=4), with_alpha[:, :, [0, 0, 0, 1]]
        )
        np.testing.assert_array_equal(svac2.decode(opaque, background=(1, 2, 3)), plain)

    def test_channels_of_colour(self, encoded, photo):
        plain = svac2.decode(encoded)
        found = svac2.decode(encoded, channels=4)
        np.testing.assert_array_equal(found[:, :, :3], plain)
        assert (found[:, :, 3] == 255).all()
        for channels in (1, 2):
            with pytest.raises(svac2.OptionError, match=f"not put out as grey, in {channels}"):
                svac2.decode(encoded, channels=channels)

    def test_more_than_eight_bits(self):
        samples = cut_out(40, 12)
        data = svac2.encode(samples, qp=10, bit_depth=12)
        whole = svac2.decode(data)
        found = svac2.decode(data, background=(4095, 0, 2000))
        assert np.abs(found - composed(whole, (4095, 0, 2000), 4095)).max() <= 0.51
        with pytest.raises(svac2.OptionError, match=r"background=\(4096, .* from 0 to 4095"):
            svac2.decode(data, background=4096)
        opaque = svac2.encode(samples[..., :3], qp=10, bit_depth=12)
        with pytest.raises(svac2.OptionError, match=r"background=\(4096, .* from 0 to 4095"):
            svac2.decode(opaque, background=4096)
        with pytest.raises(svac2.OptionTypeError, match="or three in a tuple, not 'white'"):
            svac2.decode(data, background="white")

    def test_refused(self, coded):
        for options, message in (
            ({"channels": 3}, "channels=3 without background: the picture has transparency"),
            ({"channels": 4, "background": 0}, "channels=4 and background=0 were both given"),
            ({"background": 256}, r"background=\(256, 256, 256\) is out of range: .* 0 to 255"),
            ({"channels": 0}, "channels=0 is out of range: it must be an integer from 1 to 4"),
            ({"channels": 5}, "channels=5"),
            ({"background": (1, 2)}, r"background must be a number or \(r, g, b\), not \(1, 2\)"),
            (
                {"background": "white"},
                "background must be an integer from 0 to 65535, or three in a tuple, not 'white'",
            ),
        ):
            with pytest.raises(svac2.OptionError, match=message):
                svac2.decode(coded, **options)

    def test_colour_behind_grey(self):
        wish = OutputChannels(0, (1, 2, 3))
        with pytest.raises(svac2.OptionError, match="has colour, and the picture is grey"):
            wish.of(2, 8)
        assert (wish.of(1, 8), wish.of(3, 8), wish.of(4, 8)) == (1, 3, 3)
        assert OutputChannels(3, (1, 2, 3)).of(2, 8) == 3

    def test_into_an_array(self, coded):
        for options in ({}, {"background": 255}, {"scale": 1 / 4}, {"scale": 1 / 2, "channels": 4}):
            expected = svac2.decode(coded, **options)
            out = np.zeros_like(expected)
            assert svac2.decode(coded, out=out, **options) is out
            np.testing.assert_array_equal(out, expected)
        with pytest.raises(svac2.OptionError, match=r"the picture \(48, 48, 4\)"):
            svac2.decode(coded, out=np.zeros((48, 48, 3), np.uint8))

    def test_without_its_end(self, disc):
        data = svac2.encode(disc, qp=20, mode="multiscale", base_scale=2)
        base = svac2.info(data).layers[0]
        with pytest.warns(svac2.PartialWarning):
            part = svac2.decode(data[: base.end + 9], allow_partial=True)
        assert part.shape == (24, 24, 4)
        np.testing.assert_array_equal(part, svac2.decode(data, scale=1 / 2))
        with pytest.warns(svac2.PartialWarning):
            part = svac2.decode(data[: base.end + 9], allow_partial=True, background=0)
        assert part.shape == (24, 24, 3)


class TestSmaller:
    @pytest.mark.parametrize("bit_depth", [8, 10, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    def test_what_is_invisible_does_not_bleed(self, make_smaller, bit_depth, channels):
        largest = 2**bit_depth - 1
        samples = cut_out(96, bit_depth)[:, :, -channels:]
        samples[:, :, :-1] = largest // 3
        samples[samples[:, :, -1] == 0, :-1] = largest
        small = make_smaller(samples, 20, bit_depth)
        assert small.shape == (20, 20, channels)
        assert small.dtype == samples.dtype
        is_seen = small[:, :, -1] > largest // 100
        assert np.abs(small[is_seen, :-1].astype(int) - largest // 3).max() <= 1
        assert 0.3 < is_seen.mean() < 0.6

    @pytest.mark.parametrize("bit_depth", [8, 16])
    def test_over_a_background(self, make_smaller, bit_depth):
        """It is what the picture over that background becomes."""
        samples, largest = cut_out(96, bit_depth), 2**bit_depth - 1
        small = make_smaller(samples, 30, bit_depth)
        for background in (0, largest):
            laid = np.round(composed(samples, background, largest)).astype(samples.dtype)
            expected = make_smaller(laid, 30, bit_depth) / largest
            error = composed(small, background, largest) / largest - expected
            assert np.abs(error).max() < 10 / 255  # where the filter rings, and alpha is clipped
            assert np.abs(error).mean() < 0.5 / 255

    def test_layers(self, disc, make_smaller):
        data = svac2.encode(disc, qp=12, mode="multiscale", base_scale=4)
        for size in (12, 9):
            found = svac2.decode(data, max_size=size)
            expected = make_smaller(disc, size, 8)
            assert psnr(found, expected).rgb > 26
            error = np.abs(found[:, :, 3].astype(int) - expected[:, :, 3])
            assert error.max() < 12


class TestPsnr:
    def test_mean_of_both_grounds(self, disc):
        other = disc.copy()
        other[:, :, 3] //= 2
        other[:, :, 0] += 3
        levels = [
            np.square(composed(disc, ground) - composed(other, ground)).mean()
            for ground in (0, 255)
        ]
        expected = 10 * np.log10(255**2 / np.mean(levels))
        assert psnr(disc, other).rgb == pytest.approx(expected)

    def test_what_is_not_seen(self, disc):
        other = disc.copy()
        other[disc[:, :, 3] == 0, :3] = 99
        assert psnr(disc, other) == (np.inf, np.inf)
        other[24, 24, 3] = 254
        assert psnr(disc, other).rgb < 100

    def test_opaque_is_as_without(self, photo):
        other = np.roll(photo, 1, 0)
        opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
        assert psnr(opaque, other) == pytest.approx(psnr(photo, other))
        assert psnr(photo, opaque) == (np.inf, np.inf)

    def test_grey(self, disc):
        grey = disc[:, :, [0, 3]]
        assert psnr(grey, disc[:, :, [0, 0, 0, 3]]) == (np.inf, np.inf)


class TestFiles:
    @pytest.mark.parametrize(("channels", "mode"), [(2, "LA"), (4, "RGBA")])
    def test_pillow(self, disc, channels, mode):
        data = svac2.encode(disc[:, :, -channels:], qp=20)
        image = svac2.read(io.BytesIO(data), pillow=True)
        assert image.mode == mode
        np.testing.assert_array_equal(np.asarray(image), svac2.decode(data))

    def test_pillow_of_more_than_eight_bits(self):
        data = svac2.encode(cut_out(40, 16)[:, :, 2:], qp=20)
        with pytest.raises(svac2.UnsupportedError, match="no transparency of 16 bits"):
            svac2.read(io.BytesIO(data), pillow=True)
        image = svac2.read(io.BytesIO(data), pillow=True, background=0)
        assert image.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(image), svac2.decode(data, background=0))

    @pytest.mark.parametrize("bit_depth", [8, 16])
    @pytest.mark.parametrize("channels", [2, 4])
    def test_command(self, bit_depth, channels, tmp_path, capsys):
        samples = np.ascontiguousarray(cut_out(40, bit_depth)[:, :, -channels:])
        samples[:, :, 0] = samples[:, :, 0] // 2 + np.arange(40) * 2
        source, file, target = (str(tmp_path / name) for name in ("a.png", "a.svac2", "b.png"))
        svac2.pictures.png.write_png(source, samples, svac2.Metadata(), bit_depth)
        assert cli.main(["encode", source, file, "--qp", "20"]) == 0
        assert svac2.info(file).channels == channels
        assert cli.main(["decode", file, target]) == 0
        found = load_picture(target, limits=Limits())
        assert found.bit_depth == bit_depth
        np.testing.assert_array_equal(found.samples, svac2.read(file))
        assert cli.main(["compare", source, file, "--json"]) == 0
        level = json.loads(capsys.readouterr().out)
        assert level["psnr_rgb"] == pytest.approx(psnr(samples, svac2.read(file), bit_depth).rgb)
        grey = str(2**bit_depth - 1)
        for text, value in ((grey, int(grey)), (f"{grey},0,7", (int(grey), 0, 7))):
            arguments = ["decode", file, target, "--background", text, "--channels", "3"]
            assert cli.main(arguments) == 0
            found = load_picture(target, limits=Limits()).samples
            np.testing.assert_array_equal(found, svac2.read(file, channels=3, background=value))

    def test_options_of_the_command(self, disc, tmp_path):
        source, file = tmp_path / "a.png", tmp_path / "a.svac2"
        Image.fromarray(disc).save(source)
        arguments = ["encode", str(source), str(file), "--alpha-quality", "60", "--exact"]
        assert cli.main(arguments) == 0
        assert file.read_bytes() == svac2.encode(disc, alpha_quality=60, exact=True)

    def test_demo(self, disc, tmp_path, capsys):
        source = tmp_path / "a.png"
        Image.fromarray(disc).save(source)
        arguments = ["demo", str(source), "--output", str(tmp_path / "out"), "--effort", "1"]
        assert cli.main(arguments) == 0
        rows = capsys.readouterr().out.splitlines()
        assert [row[:5].strip() for row in rows].count("WebP") == 3
        assert not [row for row in rows if row.startswith("JPEG")]
        with Image.open(tmp_path / "out" / "a-75-svac2.png") as image:
            assert image.mode == "RGBA"


class TestEnhance:
    def test_alpha_passes_through(self, disc):
        plain = svac2.enhance(np.ascontiguousarray(disc[:, :, :3]), qp=40)
        found = svac2.enhance(disc, qp=40)
        np.testing.assert_array_equal(found, np.dstack([plain, disc[:, :, 3]]))
        grey = svac2.enhance(np.ascontiguousarray(disc[:, :, 0]), qp=40)
        found = svac2.enhance(disc[:, :, [0, 3]], qp=40)
        np.testing.assert_array_equal(found, np.dstack([grey, disc[:, :, 3]]))

    def test_command(self, disc, tmp_path):
        source, target = tmp_path / "a.png", tmp_path / "b.png"
        Image.fromarray(disc).save(source)
        assert cli.main(["enhance", str(source), str(target), "--qp", "40"]) == 0
        with Image.open(target) as image:
            np.testing.assert_array_equal(np.asarray(image), svac2.enhance(disc, qp=40))
