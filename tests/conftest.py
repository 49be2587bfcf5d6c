"""Pictures and files that the tests share."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2.demo import PICTURE


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """Return a small RGB picture with edges, texture and a gradient."""
    with Image.open(PICTURE) as image:
        samples = np.asarray(image.crop((490, 180, 601, 253)))
    samples.setflags(write=False)
    return samples


@pytest.fixture(scope="session")
def grey(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a small grey picture."""
    return np.asarray(Image.fromarray(photo).convert("L"))


@pytest.fixture(scope="session")
def encoded(photo: NDArray[np.uint8]) -> bytes:
    """Return a file with a checksum."""
    return svac2.encode(photo, qp=32)
