"""imageio and scikit-image, which reach svac2 files by Pillow."""

import subprocess
import sys

import numpy as np
import pytest

import svac2
import svac2.pillow

iio = pytest.importorskip("imageio.v3")

EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0Abc\0\0\0\0\0"


def run(program):
    subprocess.run([sys.executable, "-P", "-c", program], check=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "photo.svac2"


@pytest.mark.parametrize("order", ["imageio.v3, svac2.pillow", "svac2.pillow, imageio.v3"])
def test_in_any_order(order, path):
    run(f"""
import {order}, numpy
imageio.v3.imwrite({str(path)!r}, numpy.zeros((8, 9, 3), numpy.uint8))
assert imageio.v3.imread({str(path)!r}).shape == (8, 9, 3)
assert len(imageio.config.known_extensions[".svac2"]) == 1
svac2.pillow.register_svac2_opener()
assert [kind.extension for kind in imageio.config.extension_list].count(".svac2") == 1
""")
    assert svac2.info(path).width == 9  # and no TIFF file


def test_it_is_not_imported_for_that():
    run("import svac2.pillow, sys; assert not [name for name in sys.modules if 'imageio.' in name]")
    run("import sys; sys.modules['imageio'] = None; import svac2.pillow")


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_arrays(photo, channels, path):
    pixels = np.dstack([photo, photo[:, :, 0]])[:, :, :channels].squeeze()
    iio.imwrite(path, pixels, lossless=True, exact=True, effort=1)
    np.testing.assert_array_equal(iio.imread(path), pixels)
    properties = iio.improps(path)
    assert (properties.shape, properties.dtype) == (pixels.shape, np.uint8)
    (frame,) = iio.imiter(path)
    np.testing.assert_array_equal(frame, pixels)


def test_16_bits(grey, path):
    pixels = grey.astype(np.uint16) * 257
    iio.imwrite(path, pixels, lossless=True, effort=1)
    np.testing.assert_array_equal(iio.imread(path), pixels)
    assert iio.improps(path).dtype == np.uint16


def test_metadata(photo, path):
    iio.imwrite(path, photo, exif=EXIF, effort=1)
    found = iio.immeta(path)
    assert (found["exif"], found["Make"], found["bit_depth"]) == (EXIF, "Abc", 8)


def test_bytes(photo):
    data = iio.imwrite("<bytes>", photo, extension=".svac2", quality=50, effort=1)
    assert data == svac2.encode(photo, quality=50, effort=1)
    np.testing.assert_array_equal(iio.imread(data), svac2.decode(data))
    np.testing.assert_array_equal(iio.imread(data, extension=".svac2"), svac2.decode(data))


def test_refused(photo, path):
    with pytest.raises(TypeError, match="unknown option qualty"):
        iio.imwrite(path, photo, qualty=50)
    with pytest.raises(OSError, match="holds one"):
        iio.imwrite(path, np.stack([photo, photo]))


def test_second_version_of_its_api(photo, path):
    v2 = pytest.importorskip("imageio.v2")
    v2.imwrite(path, photo, effort=1)
    np.testing.assert_array_equal(v2.imread(path), svac2.decode(path))


def test_scikit_image(photo, path):
    skimage_io = pytest.importorskip("skimage.io")
    skimage_io.imsave(path, photo, check_contrast=False)
    np.testing.assert_array_equal(skimage_io.imread(path), svac2.decode(path))
    assert svac2.info(path).channels == 3
    assert skimage_io.imread(path, as_gray=True).shape == photo.shape[:2]
