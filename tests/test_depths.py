"""Pictures of 8 to 16 bits come back as they went in: shape, type, and what their quantiser allows.

The variable SVAC2_EXAMPLES sets how many random pictures are tried (60); -m slow tries 1500 more,
larger ones and at all efforts.
"""

import os
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import svac2
from svac2 import options
from svac2._core import codec
from svac2.arrays import BIT_DEPTHS
from svac2.demo import PICTURE
from svac2.metrics import psnr
from svac2.models import default

DEEP = BIT_DEPTHS[1:]
EXAMPLES = int(os.environ.get("SVAC2_EXAMPLES", "60"))
SUBSAMPLINGS = ("auto", "4:2:0", "4:2:2", "4:4:4")


def most(bit_depth):
    return 2**bit_depth - 1


def dtype_of(bit_depth):
    return np.uint8 if bit_depth == 8 else np.uint16


def flat(rng, y, x, c):
    return rng.random() + 0 * (x + y + c)


def noise(rng, y, x, c):
    return rng.random(np.broadcast_shapes(y.shape, x.shape, c.shape))


def gradient(rng, y, x, c):
    slopes = rng.random(3) / 60
    return slopes[0] * x + slopes[1] * y + 0.2 * c


def steps(rng, y, x, c):
    """Blocks of the least and the largest sample."""
    sides = rng.integers(1, 17, 2)
    return ((x + c) // sides[0] + y // sides[1]) % 2


def texture(rng, y, x, c):
    return 0.3 + (x + y) / 200 + 0.1 * c + noise(rng, y, x, c) / rng.integers(3, 400)


CONTENTS = (flat, noise, gradient, steps, texture)


def draw(content, shape, channels, bit_depth, seed):
    """Draw a picture, of content that goes from 0 to 1."""
    y, x, c = np.ogrid[: shape[0], : shape[1], :channels]
    picture = content(np.random.default_rng(seed), y, x, c)
    samples = np.broadcast_to(picture, (*shape, channels)) * most(bit_depth) + 0.5
    return samples.clip(0, most(bit_depth)).astype(dtype_of(bit_depth))


def error_bound(qp, bit_depth, channels):
    """Return the mean squared error that a picture may have, if its chroma has full size.

    Coefficients of an orthonormal transform that are rounded to multiples of a step have an error
    of step^2 / 12. The encoder rounds more of them to 0, the more the coarser, since that is what
    few bits pay for: noise, the worst case, gets up to 2.1 times that error. In colour the three
    planes add up, weighted by the squares of the inverse matrix, 1, 1.09 and 0.83, and chroma has a
    coarser quantiser: up to 4.6 times. A quantiser that were twice as coarse would give four times
    as much.

    Beside that, samples are rounded when they are put out, and planes after the conversion of
    colour, which counts where they have no more bits than the image: 1 / 12 each.
    """
    step = 2 ** (qp / 8) * 2 ** (bit_depth - 8)
    quantised, rounded = (2.6, 1.2) if channels == 1 else (5.5, 5.0 if bit_depth == 16 else 1.6)
    return (quantised * step**2 + rounded) / 12


@st.composite
def cases(draw_one, largest=40, efforts=(1, 2, 3)):
    """Options of encode_with_reconstruction, and the picture that is coded with them."""
    side = st.integers(1, largest)
    bit_depth = draw_one(st.sampled_from(BIT_DEPTHS))
    channels = draw_one(st.sampled_from([1, 3]))
    shape = draw_one(
        st.one_of(
            st.tuples(side, side),
            st.tuples(st.just(1), st.integers(1, 3 * largest)),
            st.tuples(st.integers(1, 3 * largest), st.just(1)),
        )
    )
    content = draw_one(st.sampled_from(CONTENTS))
    seed = draw_one(st.integers(0, 2**32 - 1))
    least = codec.QP_ONE * options.min_qp(bit_depth)
    keywords = {
        "bit_depth": bit_depth,
        "qp": draw_one(st.one_of(st.integers(least, codec.MAX_QP), st.just(least))),
        "mode": codec.MODES[draw_one(st.sampled_from(sorted(codec.MODES)))],
        "base_log2_scale": draw_one(st.integers(1, 3)),
        "effort": draw_one(st.sampled_from(efforts)),
        "subsampling": options.subsampling_code(draw_one(st.sampled_from(SUBSAMPLINGS))),
        "checksum": True,
        "progress": None,
    }
    return draw(content, shape, channels, bit_depth, seed), keywords


def check(samples, keywords):
    """Code a picture and decode it, by all kernels and none, on one thread and on two."""
    bit_depth, channels = keywords["bit_depth"], samples.shape[2]
    data, expected = codec.encode_with_reconstruction(
        samples, threads=2, cpu_mask=codec.CPU_ALL, **keywords
    )
    assert codec.encode(samples, threads=1, cpu_mask=0, **keywords) == data
    for cpu, threads in (("auto", 1), ("auto", 2), ("scalar", 1)):
        with mock.patch.dict(os.environ, SVAC2_CPU=cpu):
            decoded = svac2.decode(data, threads=threads)
        np.testing.assert_array_equal(decoded, expected.reshape(decoded.shape))
    picture = samples if channels == 3 else samples[:, :, 0]
    assert decoded.shape == picture.shape
    assert decoded.dtype == dtype_of(bit_depth)
    assert decoded.max() <= most(bit_depth)
    info = svac2.info(data)
    assert (info.width, info.height, info.channels) == (*samples.shape[1::-1], channels)
    assert (info.bit_depth, info.qp) == (bit_depth, keywords["qp"] / codec.QP_ONE)
    if info.subsampling in ("4:0:0", "4:4:4"):
        error = np.mean((decoded.astype(float) - picture) ** 2)
        assert error <= error_bound(info.qp, bit_depth, channels)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(cases())
def test_round_trip(case):
    check(*case)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(cases(largest=90, efforts=range(1, codec.MAX_EFFORT + 1)))
def test_more_round_trips(case):
    check(*case)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS[1:])
@pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
def test_every_kind_and_mode_at_the_least_and_the_largest_qp(bit_depth, subsampling):
    for channels, mode in ((1, "normal"), (3, "normal"), (3, "multiscale")):
        samples = draw(texture, (19, 35), channels, bit_depth, 5)
        for qp in (options.min_qp(bit_depth), options.MAX_QP):
            keywords = {
                "bit_depth": bit_depth,
                "qp": codec.QP_ONE * qp,
                "mode": codec.MODES[mode],
                "base_log2_scale": 1,
                "effort": 2,
                "subsampling": options.subsampling_code(subsampling),
                "checksum": True,
                "progress": None,
            }
            check(samples, keywords)


def deepened(box, bit_depth):
    """Return a part of the demo picture: sums of 4x4 samples each, over the range of a depth."""
    with Image.open(PICTURE) as image:
        samples = np.asarray(image.crop(box)).astype(np.uint32)
    height, width = samples.shape[0] - 3, samples.shape[1] - 3
    sums = sum(samples[y : y + height, x : x + width] for y in range(4) for x in range(4))
    return (sums * most(bit_depth) // (16 * 255)).astype(np.uint16)


class TestQuality:
    """As much as the samples' own bits are worth: quality 100 has a step of one sample."""

    @pytest.mark.parametrize(("bit_depth", "decibels"), [(10, 63), (12, 75), (14, 87), (16, 90)])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_photograph(self, bit_depth, decibels, channels):
        samples = deepened((490, 180, 601, 253), bit_depth)
        samples = samples if channels == 3 else samples[:, :, 1]
        data = svac2.encode(samples, bit_depth=bit_depth, quality=100)
        assert psnr(svac2.decode(data), samples, bit_depth).rgb >= decibels

    @pytest.mark.parametrize(("bit_depth", "decibels"), [(10, 63), (12, 75), (14, 87), (16, 90)])
    def test_gradient(self, bit_depth, decibels):
        y, x = np.mgrid[:128, :160]
        samples = ((x + 3 * y) * most(bit_depth) / (159 + 3 * 127)).astype(np.uint16)
        data = svac2.encode(samples, bit_depth=bit_depth, quality=100)
        assert psnr(svac2.decode(data), samples, bit_depth).rgb >= decibels

    def test_qp_is_on_the_scale_of_8_bits(self):
        """So at a qp all depths look the same, and take about as many bytes."""
        sizes, errors = [], []
        for bit_depth in BIT_DEPTHS:
            samples = deepened((490, 180, 601, 253), bit_depth).astype(dtype_of(bit_depth))
            data = svac2.encode(samples, bit_depth=bit_depth, qp=24)
            sizes.append(len(data))
            errors.append(psnr(svac2.decode(data), samples, bit_depth).rgb)
        assert max(sizes) < 1.05 * min(sizes)
        assert max(errors) - min(errors) < 0.5

    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
    def test_range_of_qp(self, bit_depth):
        samples = np.full((9, 9), 3, np.uint16)
        least = -8 * (bit_depth - 8)
        data = svac2.encode(
            samples, bit_depth=bit_depth, qp=least, mode="multiscale", base_qp=least
        )
        assert [layer.qp for layer in svac2.info(data).layers] == [least, least]
        with pytest.raises(
            svac2.OptionError, match=f"qp=.*from {least} to 63 for {bit_depth} bits"
        ):
            svac2.encode(samples, bit_depth=bit_depth, qp=least - 1 / 8)
        with pytest.raises(svac2.OptionError, match=f"base_qp=.*from {least} to 63"):
            svac2.encode(samples, bit_depth=bit_depth, mode="multiscale", base_qp=least - 1)


class TestExtremes:
    @pytest.mark.parametrize("bit_depth", DEEP)
    @pytest.mark.parametrize("mode", ["normal", "multiscale"])
    def test_flat_pictures_are_exact(self, bit_depth, mode):
        """Of 16 bits, but for black and white, without a base layer: it is up-scaled in 14 bits."""
        for shape in ((1, 1), (7, 5), (65, 20), (9, 66, 3)):
            for value in (0, most(bit_depth), most(bit_depth) // 3, 1):
                samples = np.full(shape, value, np.uint16)
                coarse = (bit_depth, mode) == (16, "multiscale") and 0 < value < most(bit_depth)
                for quality in (1, 75, 100):
                    data = svac2.encode(samples, bit_depth=bit_depth, quality=quality, mode=mode)
                    error = np.abs(svac2.decode(data).astype(int) - samples)
                    assert error.max() <= (2 if coarse else 0)

    @pytest.mark.parametrize("bit_depth", DEEP)
    def test_black_beside_white(self, bit_depth):
        samples = np.zeros((64, 64), np.uint16)
        samples[:, 24:] = most(bit_depth)
        for qp in (options.min_qp(bit_depth), 0, 40):
            data = svac2.encode(samples, bit_depth=bit_depth, qp=qp)
            error = np.abs(svac2.decode(data).astype(int) - samples).max()
            assert error <= 2 * 2 ** (qp / 8) * 2 ** (bit_depth - 8)

    @pytest.mark.parametrize("subsampling", SUBSAMPLINGS[1:])
    @pytest.mark.parametrize("bit_depth", DEEP)
    def test_grey_noise_as_colour(self, bit_depth, subsampling):
        """Luma alone has the error, whatever the size of chroma; and so the whole range is met."""
        grey = draw(noise, (33, 40), 1, bit_depth, 1)
        samples = np.repeat(grey, 3, 2)
        qp = options.min_qp(bit_depth)
        data = svac2.encode(samples, bit_depth=bit_depth, qp=qp, subsampling=subsampling)
        error = np.mean((svac2.decode(data).astype(float) - samples) ** 2)
        assert error <= error_bound(qp, bit_depth, 3)


class TestLayers:
    @pytest.mark.parametrize("shape", [(61, 84), (61, 84, 3)])
    @pytest.mark.parametrize("bit_depth", DEEP)
    def test_base_layer(self, bit_depth, shape):
        samples = deepened((490, 180, 577, 244), bit_depth)
        samples = samples if len(shape) == 3 else samples[:, :, 0]
        data = svac2.encode(
            samples, bit_depth=bit_depth, qp=20, mode="multiscale", base_scale=2, base_qp=10
        )
        base = svac2.decode(data, scale=1 / 2)
        assert base.dtype == np.uint16
        assert base.shape == (31, 42, *shape[2:])
        inside = samples[:60].astype(float)
        means = (inside[::2, ::2] + inside[1::2, ::2] + inside[::2, 1::2] + inside[1::2, 1::2]) / 4
        assert psnr(base[:30], means, bit_depth).rgb > 30
        for wanted in ({"max_size": 40}, {"max_size": 20}):
            smaller = svac2.decode(data, **wanted)
            assert smaller.dtype == np.uint16
            assert max(smaller.shape[:2]) == wanted["max_size"]
        end = svac2.info(data).layers[0].end
        with pytest.warns(svac2.PartialWarning):
            part = svac2.decode(data[: end + 9], allow_partial=True)
        np.testing.assert_array_equal(part, base)


class TestArrays:
    @pytest.mark.parametrize("bit_depth", DEEP)
    def test_strides_and_byte_order(self, bit_depth):
        samples = draw(texture, (23, 37), 3, bit_depth, 2)
        data = svac2.encode(samples, bit_depth=bit_depth, qp=20)
        canvas = np.full((60, 90, 4), 99, np.uint16)
        canvas[4:50:2, 80:6:-2, 3:0:-1] = samples
        for other in (
            canvas[4:50:2, 80:6:-2, 3:0:-1],
            samples.astype(">u2"),
            np.asfortranarray(samples),
            samples[::-1].copy()[::-1],
        ):
            np.testing.assert_array_equal(other, samples)
            assert svac2.encode(other, bit_depth=bit_depth, qp=20) == data

    @pytest.mark.parametrize("channels", [1, 3])
    def test_decode_into_an_array(self, channels):
        samples = draw(texture, (23, 37), channels, 12, 3)
        data = svac2.encode(samples, bit_depth=12, qp=20)
        expected = svac2.decode(data)
        canvas = np.full((50, 60, *expected.shape[2:]), 7, np.uint16)
        out = canvas[30:7:-1, 5:42]
        assert svac2.decode(data, out=out) is out
        np.testing.assert_array_equal(out, expected)
        out[...] = 7
        assert (canvas == 7).all()
        for kind in (np.uint8, np.int16, ">u2"):
            with pytest.raises(svac2.OptionError, match="uint16"):
                svac2.decode(data, out=np.zeros(expected.shape, kind))

    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS[:-1])
    def test_samples_above_the_largest(self, bit_depth):
        samples = np.full((5, 5), most(bit_depth), np.uint16)
        svac2.encode(samples, bit_depth=bit_depth)
        samples[4, 4] += 1
        with pytest.raises(svac2.OptionError, match=f"from 0 to {most(bit_depth)}"):
            svac2.encode(samples, bit_depth=bit_depth)

    def test_depth_8_is_that_of_bytes(self, photo):
        assert svac2.encode(photo.astype(np.uint16), bit_depth=8) == svac2.encode(photo)


@pytest.mark.parametrize("bit_depth", [10, 12, 16])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_restored_pictures_are_those_of_the_encoder(
    code_and_reconstruct, photo, bit_depth, subsampling
):
    more = bit_depth - 8
    samples = photo.astype(np.uint16) << more | photo >> (8 - min(more, 8))
    data, expected = code_and_reconstruct(
        samples,
        bit_depth=bit_depth,
        qp=8 * 44,
        effort=2,
        subsampling=codec.SUBSAMPLING[subsampling],
        network=default().network,
    )
    assert svac2.info(data).model is not None
    for cpu in ("auto", "scalar"):
        with mock.patch.dict(os.environ, SVAC2_CPU=cpu):
            np.testing.assert_array_equal(svac2.decode(data, threads=1), expected)
    plain = svac2.decode(data, enhance=False).astype(np.float64)
    assert ((expected - samples.astype(np.float64)) ** 2).mean() < ((plain - samples) ** 2).mean()
