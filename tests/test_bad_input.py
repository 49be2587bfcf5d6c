"""Every truncation and every flipped bit of small files of all kinds is found: an SvacError.

With sanitizers, test_fuzz_corpus.py has truncations and changes of the same files.
"""

from pathlib import Path

import pytest

import svac2

CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus"
LIMITS = svac2.Limits(max_pixels=2**18)
# A pixel, grey, subsampled, not, tall, two of layers, of metadata, of code points, restored by
# a model of one's own.
NAMES = [
    "grey-pixel",
    "grey-gradient",
    "420-text",
    "444-edges",
    "444-tall",
    "grey-layers",
    "444-layers",
    "grey-metadata",
    "444-cicp",
    "grey-restored",
]

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the tests")


@pytest.fixture(params=NAMES)
def content(request):
    """Return a file of the corpus, which has a checksum."""
    data = (CORPUS / f"{request.param}.svac2").read_bytes()
    svac2.decode(data, enhance=False)
    return data


def refused(data: bytes) -> None:
    with pytest.raises(svac2.SvacError):
        svac2.decode(data, enhance=False, limits=LIMITS, threads=1)


def test_every_truncation(content):
    for size in range(len(content)):
        refused(content[:size])


def test_every_flipped_bit(content):
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        refused(bytes(flipped))
