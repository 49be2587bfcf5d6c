"""Metadata: its checks, EXIF's orientation, and the colour that PNG's gAMA and cHRM tell."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from svac2.errors import LimitError, OptionError, OptionTypeError
from svac2.limits import Limits
from svac2.metadata import Cicp, Metadata, with_prefix, without_prefix
from svac2.pictures import colour, exif
from svac2.pictures.png import png_options

SRGB_POINTS = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
P3_POINTS = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
BT2020_POINTS = (31270, 32900, 70800, 29200, 17000, 79700, 13100, 4600)
ADOBE_POINTS = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def make_exif(order="<", *entries, offset=8):
    """Make EXIF without its prefix: a directory of entries (tag, type, count, four bytes)."""
    content = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", offset)
    content += struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        content += struct.pack(order + "HHL4s", tag, kind, count, value)
    return content + bytes(4)


def short(order, value):
    return struct.pack(order + "H", value)


class TestCicp:
    def test_srgb(self):
        assert Cicp.SRGB == (1, 13, 0, True)
        assert Cicp(9, 16).transfer == 16

    @pytest.mark.parametrize("value", [(9, 16, 0, True), Cicp(9, 16)])
    def test_accepted(self, value):
        cicp = Metadata(cicp=value).cicp
        assert isinstance(cicp, Cicp)
        assert cicp == (9, 16, 0, True)

    @pytest.mark.parametrize("value", [(256, 1, 0, True), (1, -1, 0, True)])
    def test_out_of_range(self, value):
        with pytest.raises(OptionError, match=r"^cicp\.[a-z]+=.* 0 to 255"):
            Metadata(cicp=value)

    @pytest.mark.parametrize("value", ["srgb", (1, 2), 13, ("a", 1, 0, True), (1, 1, 0, 1)])
    def test_wrong_type(self, value):
        with pytest.raises(OptionTypeError, match=r"^cicp.* must be "):
            Metadata(cicp=value)


class TestMetadata:
    def test_empty_is_none(self):
        assert Metadata(icc_profile=b"", xmp=b"") == Metadata()
        assert Metadata().size == 0

    def test_exif_gets_its_prefix(self):
        content = make_exif()
        assert Metadata(exif=content).exif == b"Exif\0\0" + content
        assert Metadata(exif=with_prefix(content)) == Metadata(exif=content)
        assert without_prefix(with_prefix(content)) == content == without_prefix(content)

    @pytest.mark.parametrize("name", ["icc_profile", "exif", "xmp"])
    def test_wrong_type(self, name):
        with pytest.raises(OptionTypeError, match=f"^{name} must be bytes or None, not str"):
            Metadata(**{name: "text"})

    def test_png_options(self):
        metadata = Metadata(
            icc_profile=b"profile", exif=make_exif(), xmp=b"<x/>", cicp=Cicp(9, 16, 9, False)
        )
        file = io.BytesIO()
        Image.new("RGB", (1, 1)).save(file, "PNG", **png_options(metadata))
        with Image.open(file) as image:
            assert image.info["icc_profile"] == metadata.icc_profile
            assert image.info["exif"] == metadata.exif
            assert str(image.info["XML:com.adobe.xmp"]) == "<x/>"
        assert b"cICP" + bytes([9, 16, 0, 0]) in file.getvalue()
        file = io.BytesIO()
        image = Image.new("RGB", (1, 1))
        image.info["icc_profile"] = b"other"
        image.save(file, "PNG", **png_options(Metadata()))
        with Image.open(file) as image:
            assert image.info == {}

    def test_fill(self):
        image = Image.new("RGB", (1, 1))
        Metadata(icc_profile=b"profile", cicp=Cicp.SRGB).fill(image)
        assert image.info == {"icc_profile": b"profile", "cicp": Cicp.SRGB}


class TestLimits:
    def test_size(self):
        Limits().check_size(65535, 1907)
        Limits(max_pixels=None, max_side=None).check_size(10**9, 10**9)
        with pytest.raises(LimitError, match=r"65x2 .* 130, more than max_pixels=100 of"):
            Limits(max_pixels=100).check_size(65, 2)
        with pytest.raises(LimitError, match=r"2x65 .*max_side=64"):
            Limits(max_side=64).check_size(2, 65)

    def test_untrusted_is_narrower(self):
        assert Limits.untrusted().max_pixels < Limits().max_pixels
        with pytest.raises(LimitError, match="max_memory"):
            Limits.untrusted().check_memory(2**30 + 1)
        with pytest.raises(LimitError, match="max_metadata"):
            Limits.untrusted().check_metadata(2**21)

    @pytest.mark.parametrize("name", ["max_pixels", "max_side", "max_memory", "max_metadata"])
    def test_wrong_values(self, name):
        with pytest.raises(OptionError, match=f"^{name}=0 .*from 1 to .* or None"):
            Limits(**{name: 0})
        with pytest.raises(OptionTypeError, match=f"^{name} must be an integer"):
            Limits(**{name: "many"})


class TestOrientation:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
    def test_upright(self, order, prefix):
        def with_orientation(value):
            return prefix + make_exif(
                order,
                (0x010F, 2, 4, b"abc\0"),
                (0x0112, 3, 1, short(order, value)),
                (0x0128, 3, 1, short(order, 2)),
            )

        for value in range(1, 9):
            assert exif.orientation_of(with_orientation(value)) == value
            assert exif.upright(with_orientation(value)) == with_orientation(1)

    @pytest.mark.parametrize(
        "entry",
        [
            (0x0112, 3, 1, b"\0\0"),
            (0x0112, 3, 1, b"\x09\0"),
            (0x0112, 2, 2, b"6\0"),
            (0x0112, 3, 0, b"\x06\0"),
            (0x0112, 5, 1, b"\x06\0"),
        ],
    )
    def test_that_makes_no_sense(self, entry):
        content = make_exif("<", entry)
        assert exif.orientation_of(content) is None
        assert len(exif.upright(content)) == len(content)

    def test_of_other_integer_types(self):
        assert exif.orientation_of(make_exif("<", (0x0112, 4, 1, b"\x06\0\0\0"))) == 6
        assert exif.orientation_of(make_exif(">", (0x0112, 1, 1, b"\x06"))) == 6

    def test_every_truncation_and_flip(self):
        content = make_exif("<", (0x0112, 3, 1, b"\6\0"), (0x8769, 4, 1, b"\x08\0\0\0"))
        for size in range(len(content)):
            exif.upright(content[:size])
        for bit in range(8 * len(content)):
            damaged = bytearray(content)
            damaged[bit // 8] ^= 1 << bit % 8
            assert len(exif.upright(bytes(damaged))) == len(content)
            tiff = exif.Tiff.of(bytes(damaged))
            if tiff:
                exif.of_tiff(tiff)

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (b'<a tiff:Orientation="', b'"/>'),
            (b"<a tiff:Orientation = '", b"'/>"),
            (b"<tiff:Orientation>", b"</tiff:Orientation>"),
        ],
    )
    def test_xmp(self, start, end):
        assert exif.xmp_orientation_of(start + b"6" + end) == 6
        assert exif.upright_xmp(start + b"6" + end) == start + b"1" + end

    def test_xmp_without_it(self):
        packet = b'<a exif:Orientation="6" tiff:OrientationX="6" tiff:Orientation="16"/>'
        assert exif.xmp_orientation_of(packet) is None
        assert exif.upright_xmp(packet) == packet


class TestColour:
    @pytest.mark.parametrize(
        ("gamma", "points"),
        [
            (45455, SRGB_POINTS),
            (45455, None),
            (45000, None),
            (None, SRGB_POINTS),
            (0, None),
            (0, SRGB_POINTS),
        ],
    )
    def test_srgb_needs_nothing(self, gamma, points):
        assert colour.describe(gamma, points, is_grey=False) is None
        assert colour.describe(gamma, points, is_grey=True) is None

    @pytest.mark.parametrize(
        ("gamma", "points", "expected"),
        [
            (100000, None, (1, 8)),
            (35714, SRGB_POINTS, (1, 5)),
            (45455, P3_POINTS, (12, 4)),
            (None, P3_POINTS, (12, 13)),
            (100000, BT2020_POINTS, (9, 8)),
            (45455, (*BT2020_POINTS[:7], 4650), (9, 4)),
        ],
    )
    def test_code_points(self, gamma, points, expected):
        assert colour.describe(gamma, points, is_grey=False) == (*expected, 0, True)

    def test_grey_has_no_primaries(self):
        assert colour.describe(100000, P3_POINTS, is_grey=True) == Cicp(1, 8)

    @pytest.mark.parametrize(
        "points",
        [(0,) * 8, (31270, 0, *SRGB_POINTS[2:]), (*SRGB_POINTS[:4] * 2,), (2**32 - 1,) * 8],
    )
    def test_nonsense(self, points):
        assert colour.describe(30000, points, is_grey=False) is None

    def test_huge_gamma(self):
        assert colour.describe(1, None, is_grey=False) is None

    def test_profile(self):
        """What Pillow makes of our profile of sRGB's primaries is what a power of 1.8 is."""
        profile = colour.describe(round(100000 / 1.8), SRGB_POINTS, is_grey=False)
        ramp = np.arange(256, dtype=np.uint8)
        pixels = np.stack(np.meshgrid(ramp[::15], ramp[::15], ramp[::15]), -1).reshape(1, -1, 3)
        converted = ImageCms.profileToProfile(
            Image.fromarray(pixels),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
        )
        linear = (pixels / 255) ** 1.8
        expected = np.where(linear < 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
        assert np.abs(np.asarray(converted) - 255 * expected).max() < 1.5

    def test_profile_of_primaries_alone(self):
        profile = colour.describe(None, ADOBE_POINTS, is_grey=False)
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        for name, x, y in (("red", 0.6484, 0.3309), ("green", 0.2302, 0.7016)):  # Adobe RGB's, D50
            assert getattr(opened, f"{name}_primary")[1][:2] == pytest.approx((x, y), abs=0.001)
        srgb = colour.describe(None, (*ADOBE_POINTS[:7], 6200), is_grey=False)
        assert srgb != profile

    def test_grey_profile(self):
        profile = colour.describe(30000, None, is_grey=True)
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        assert opened.xcolor_space == "GRAY"
        assert len(profile) < 330
        ImageCms.profileToProfile(
            Image.new("L", (1, 1)),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
