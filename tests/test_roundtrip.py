"""The decoder gives, sample for sample, what the encoder says it will give.

The variable SVAC2_EXAMPLES sets how many random pictures are tried (60); a release tries 2000.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import svac2
from svac2 import options
from svac2._core import codec
from svac2.models import default

EXAMPLES = int(os.environ.get("SVAC2_EXAMPLES", "60"))
TESTS = Path(__file__).parent


def noise(rng, y, x, c):
    return rng.integers(0, 256, np.broadcast_shapes(y.shape, x.shape, c.shape))


def flat(rng, y, x, c):
    return rng.integers(0, 256) + rng.integers(0, 99) * c


def gradient(rng, y, x, c):
    return (rng.integers(-9, 10) * x + rng.integers(-9, 10) * y) // 4 + 60 * c


def checkerboard(rng, y, x, c):
    return 255 * (((x + c) // rng.integers(1, 17) + y // rng.integers(1, 17)) % 2)


def saturated_edges(rng, y, x, c):
    slope = rng.integers(-9, 10, 2)
    return np.where((slope[0] * x + slope[1] * y + 20 * c) % rng.integers(20, 99) < 15, 255, 0)


def text_like(rng, y, x, c):
    strokes = rng.random((*np.broadcast_shapes(y.shape, x.shape)[:2], 1)) < 0.3
    return np.where(np.repeat(strokes, 2, axis=1)[:, : x.shape[1]], 0, 255 - 30 * c)


def texture(rng, y, x, c):
    return 90 + x + y // 2 + 20 * c + noise(rng, y, x, c) // rng.integers(3, 40)


CONTENTS = [noise, flat, gradient, checkerboard, saturated_edges, text_like, texture]
SHAPES = st.one_of(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.just(1), st.integers(1, 300)),
    st.tuples(st.integers(1, 300), st.just(1)),
    st.tuples(st.sampled_from([8, 16, 63, 64, 65, 72, 128]), st.sampled_from([8, 9, 64, 65])),
)


def draw(content, shape, channels, seed):
    y, x, c = np.ogrid[: shape[0], : shape[1], :channels]
    samples = content(np.random.default_rng(seed), y, x, c)
    return np.broadcast_to(samples, (*shape, channels)).clip(0, 255).astype(np.uint8)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(
    content=st.sampled_from(CONTENTS),
    shape=SHAPES,
    channels=st.sampled_from([1, 3, 3]),
    seed=st.integers(0, 2**32 - 1),
    qp=st.integers(0, codec.MAX_QP),
    effort=st.integers(1, codec.MAX_EFFORT),
    subsampling=st.sampled_from(["auto", "4:2:0", "4:2:2", "4:4:4"]),
    threads=st.integers(1, 3),
    restored=st.booleans(),
    mode=st.sampled_from(sorted(codec.MODES)),
    base_log2_scale=st.integers(1, 3),
)
def test_decoder_equals_encoder(
    content,
    shape,
    channels,
    seed,
    qp,
    effort,
    subsampling,
    threads,
    restored,
    mode,
    base_log2_scale,
):
    samples = draw(content, shape, channels, seed)
    network = default().network if restored else None
    data, expected = codec.encode_with_reconstruction(
        samples,
        network=network,
        qp=qp,
        mode=codec.MODES[mode],
        base_log2_scale=base_log2_scale,
        effort=effort,
        subsampling=options.subsampling_code(subsampling),
        threads=threads,
        checksum=True,
        cpu_mask=codec.CPU_ALL,
        progress=None,
    )
    decoded = svac2.decode(data, threads=threads)
    np.testing.assert_array_equal(decoded, expected)
    info = svac2.info(data)
    assert (info.height, info.width, info.channels) == (*shape, channels)
    assert info.qp == qp / codec.QP_ONE
    if channels == 1:
        assert info.subsampling == "4:0:0"
    elif subsampling != "auto":
        assert info.subsampling == subsampling
    assert len(data) == info.file_size


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_finest_quantiser_is_nearly_lossless(content, channels):
    samples = draw(content, (66, 70), channels, 1)
    decoded = svac2.decode(svac2.encode(samples, qp=0, subsampling="4:4:4"))
    # Step 1: half a step at the most, and the rounding of the transforms and of the conversion.
    assert np.abs(decoded.reshape(samples.shape) - samples.astype(int)).mean() < 1


def test_random_pictures_with_sanitizers(run_sanitized):
    sources = [TESTS.parent / "fuzz" / "decode_fuzzer.c", TESTS / "c" / "drawing.c"]
    output = run_sanitized([*sources, TESTS / "c" / "codec_check.c"], max(12, EXAMPLES // 5), 1)
    assert output.endswith(" pictures\n")
