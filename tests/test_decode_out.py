"""decode(out=): into the caller's array, or not a byte of it."""

import numpy as np
import pytest

import svac2


@pytest.fixture(scope="module")
def layered(photo):
    return svac2.encode(photo, qp=32, mode="multiscale")


@pytest.fixture(scope="module")
def coded_grey(grey):
    return svac2.encode(grey, qp=32)


class TestDecodes:
    def test_contiguous(self, encoded, photo):
        out = np.zeros_like(photo)
        assert svac2.decode(encoded, out=out) is out
        np.testing.assert_array_equal(out, svac2.decode(encoded))

    def test_rows_of_a_larger_array(self, encoded, coded_grey, photo):
        canvas = np.full((200, 300, 3), 7, np.uint8)
        height, width = photo.shape[:2]
        inside = canvas[20 : 20 + height, 30 : 30 + width]
        svac2.decode(encoded, out=inside)
        np.testing.assert_array_equal(inside, svac2.decode(encoded))
        inside[...] = 7
        assert (canvas == 7).all()
        plane = np.zeros((height, 400), np.uint8)[::-1, 3 : 3 + width]
        svac2.decode(coded_grey, out=plane)
        np.testing.assert_array_equal(plane, svac2.decode(coded_grey))

    @pytest.mark.parametrize("options", [{"scale": 1 / 8}, {"scale": 1 / 4}, {"max_size": 40}])
    def test_smaller(self, layered, options):
        expected = svac2.decode(layered, **options)
        out = np.zeros_like(expected)
        assert svac2.decode(layered, out=out, **options) is out
        np.testing.assert_array_equal(out, expected)

    def test_part(self, layered):
        base = svac2.info(layered).layers[0]
        out = np.zeros((base.height, base.width, 3), np.uint8)
        with pytest.warns(svac2.PartialWarning):
            svac2.decode(layered[: base.end + 50], allow_partial=True, out=out)
        assert out.any()

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (9, 1, 3), (9, 1)])
    def test_thin(self, shape):
        data = svac2.encode(np.full(shape, 90, np.uint8), qp=10)
        target = np.zeros((20, 20, *shape[2:]), np.uint8)[: shape[0], : shape[1]]
        svac2.decode(data, out=target)
        np.testing.assert_array_equal(target, svac2.decode(data))

    def test_read(self, encoded, photo, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(encoded)
        out = np.zeros_like(photo)
        assert svac2.read(path, out=out) is out
        assert svac2.read(path, out=np.zeros_like(photo), pillow=True).size == (111, 73)


class TestRefuses:
    @pytest.mark.parametrize(
        ("shape", "dtype", "message"),
        [
            ((73, 110, 3), "u1", r"out has shape \(73, 110, 3\) and type uint8, .* \(73, 111, 3\)"),
            ((73, 111), "u1", r"out has shape \(73, 111\)"),
            ((73, 111, 3), "u2", "out has .* type uint16, .* and uint8"),
            ((73, 111, 3), "i1", "out has .* type int8, .* and uint8"),
            ((0,), "u1", r"out has shape \(0,\)"),
        ],
    )
    def test_shape_and_type(self, encoded, shape, dtype, message):
        out = np.full(shape, 7, dtype)
        with pytest.raises(svac2.OptionError, match=message):
            svac2.decode(encoded, out=out)
        assert (out == 7).all()

    def test_what_cannot_be_written_row_by_row(self, encoded):
        planes = np.full((3, 73, 111), 7, np.uint8)
        with pytest.raises(svac2.OptionError, match=r"out has strides .* contiguous"):
            svac2.decode(encoded, out=planes.transpose(1, 2, 0))
        assert (planes == 7).all()
        row = np.zeros(111 * 3, np.uint8)
        overlapping = np.lib.stride_tricks.as_strided(row, (73, 111, 3), (0, 3, 1))
        with pytest.raises(svac2.OptionError, match="overlap"):
            svac2.decode(encoded, out=overlapping)

    def test_read_only(self, encoded, photo):
        with pytest.raises(svac2.OptionError, match="read-only"):
            svac2.decode(encoded, out=photo)

    def test_no_array(self, encoded):
        with pytest.raises(svac2.OptionTypeError, match="numpy array, not bytearray"):
            svac2.decode(encoded, out=bytearray(73 * 111 * 3))

    def test_smaller_picture(self, layered, photo):
        out = np.full_like(photo, 7)
        with pytest.raises(svac2.OptionError, match=r"the picture \(10, 14, 3\)"):
            svac2.decode(layered, scale=1 / 8, out=out)
        assert (out == 7).all()

    def test_bad_file(self, encoded, photo):
        out = np.full_like(photo, 7)
        with pytest.raises(svac2.FormatError):
            svac2.decode(b"not a file of ours", out=out)
        with pytest.raises(svac2.TruncatedError):
            svac2.decode(encoded[:-9], out=out)
        assert (out == 7).all()
