"""svac2 files in Pillow: opened, loaded, made smaller, saved, and what goes wrong."""

import copy
import io
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

import svac2
import svac2.pillow
from svac2.metrics import psnr
from svac2.pillow import Svac2ImageFile, register_svac2_opener

PROFILE = bytes(16) + b"RGB " + bytes(range(200))
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"

# What each mode is saved as.
SAVED_AS = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "YCbCr": "RGB",
    "I;16": "I;16",
    "I;16B": "I;16",
    "I": "I;16",
    "F": "L",
    "CMYK": "RGB",
    "HSV": "RGB",
    "LAB": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "La": "LA",
}


def make_exif(orientation=1):
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Maker"
    return tags


EXIF = make_exif().tobytes()


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "SVAC2", **{"effort": 1, **options})
    return file.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data), formats=["SVAC2"])


def samples(count, kind=np.uint8, most=255):
    y, x = np.mgrid[0:30, 0:41]
    planes = [(x * 37 + y * (11 + n)) % (most + 1) for n in range(count)]
    return np.stack(planes, -1).squeeze().astype(kind)


@pytest.fixture(scope="module")
def layered(photo):
    """A file with a base layer at 1/8, of a picture that this does not divide."""
    return svac2.encode(
        photo, qp=30, effort=1, mode="multiscale", exif=EXIF, xmp=XMP, icc_profile=PROFILE
    )


@pytest.fixture
def defaults():
    """Register the defaults again after the test."""
    yield
    register_svac2_opener()


class CountingFile(io.BytesIO):
    """A file that knows how many of its bytes were read."""

    read_size = 0

    def read(self, size=-1):
        part = super().read(size)
        self.read_size += len(part)
        return part


class TestOpen:
    def test_header(self, layered, photo, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(layered)
        with Image.open(path) as image:
            assert isinstance(image, Svac2ImageFile)
            assert (image.format, image.mode, image.size) == ("SVAC2", "RGB", photo.shape[1::-1])
            assert image.get_format_mimetype() == "image/x-svac2"
            assert image.info == {
                "icc_profile": PROFILE,
                "exif": EXIF,
                "xmp": XMP,
                "bit_depth": 8,
            }
            assert image.getexif()[ExifTags.Base.Make] == "Maker"
            assert image._getexif()[ExifTags.Base.Make] == "Maker"
            np.testing.assert_array_equal(image, svac2.decode(layered))

    def test_reads_no_pixels_before_load(self, photo):
        data = svac2.encode(np.tile(photo, (4, 4, 1)), lossless=True, effort=1, exif=EXIF)
        file = CountingFile(data)
        image = Image.open(file)
        assert image.info["exif"] == EXIF
        assert file.read_size < 1000 < len(data) / 10
        image.load()
        assert file.read_size > len(data)

    @pytest.mark.parametrize(
        ("count", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")], ids=str
    )
    def test_modes(self, count, mode):
        expected = samples(count)
        image = opened(svac2.encode(expected, lossless=True, exact=True, effort=1))
        assert image.mode == mode
        np.testing.assert_array_equal(image, expected)

    @pytest.mark.parametrize("bit_depth", [10, 16])
    def test_deep_grey(self, bit_depth):
        expected = samples(1, np.uint16, 2**bit_depth - 1)
        data = svac2.encode(expected, bit_depth=bit_depth, lossless=True, effort=1)
        image = opened(data)
        assert (image.mode, image.info["bit_depth"]) == ("I;16", bit_depth)
        np.testing.assert_array_equal(image, svac2.read(io.BytesIO(data), pillow=True))

    @pytest.mark.parametrize("count", [2, 3, 4])
    def test_deep_colour_as_of_png(self, count):
        expected = samples(count, np.uint16, 4095)
        data = svac2.encode(expected, bit_depth=12, lossless=True, exact=True, effort=1)
        image = opened(data)
        assert (image.mode, image.info["bit_depth"]) == ({2: "LA", 3: "RGB", 4: "RGBA"}[count], 12)
        np.testing.assert_array_equal(image, np.rint(expected / 4095 * 255))

    def test_encode_takes_all_bits_of_one_that_is_not_loaded(self):
        expected = samples(3, np.uint16, 4095)
        data = svac2.encode(expected, bit_depth=12, lossless=True, effort=1)
        again = svac2.encode(opened(data), lossless=True, effort=1)
        assert svac2.info(again).bit_depth == 12
        np.testing.assert_array_equal(svac2.decode(again), expected)
        image = opened(data)
        image.load()
        assert svac2.info(svac2.encode(image, effort=1)).bit_depth == 8

    def test_encode_takes_grey_of_16_bits_of_one_that_is_loaded(self):
        data = svac2.encode(samples(1, np.uint16, 1023), bit_depth=10, lossless=True, effort=1)
        image = opened(data)
        image.load()
        again = svac2.encode(image, lossless=True, effort=1)
        np.testing.assert_array_equal(svac2.decode(again), image)
        image.save(io.BytesIO(), "SVAC2")

    def test_encode_keeps_what_comes_with_it(self, layered):
        found = svac2.info(svac2.encode(opened(layered), effort=1)).metadata
        assert found == svac2.Metadata(icc_profile=PROFILE, exif=EXIF, xmp=XMP)

    @pytest.mark.parametrize("is_loaded", [False, True])
    def test_copies(self, layered, is_loaded):
        expected = svac2.decode(layered)
        image = opened(layered)
        if is_loaded:
            image.load()
        for twin in (image.copy(), copy.copy(image), pickle.loads(pickle.dumps(image))):
            np.testing.assert_array_equal(twin, expected)
            assert twin.info == image.info
            assert twin.mode == "RGB"

    def test_one_frame(self, layered):
        image = opened(layered)
        assert (image.n_frames, image.is_animated, image.tell()) == (1, False, 0)
        image.seek(0)
        with pytest.raises(EOFError):
            image.seek(1)

    def test_closes_its_own_file_only(self, layered, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(layered)
        image = Image.open(path)
        own = image.fp
        assert not own.closed
        image.load()
        assert own.closed
        assert image.fp is None
        with path.open("rb") as file:
            file.seek(5)
            image = Image.open(file)
            file.seek(9)
            image.load()
            assert not file.closed
        with Image.open(path) as image:
            own = image.fp
        assert own.closed
        with pytest.raises(ValueError, match="Operation on closed image"):
            image.load()

    def test_from_threads(self, layered):
        expected, found = svac2.decode(layered), [None] * 4

        def load(number):
            found[number] = np.asarray(opened(layered))

        threads = [threading.Thread(target=load, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for picture in found:
            np.testing.assert_array_equal(picture, expected)

    @pytest.mark.parametrize("size", [1, 50, 10**6])
    def test_parser(self, layered, size):
        """By which Django's ImageField learns the size of an upload."""
        parser = ImageFile.Parser()
        for start in range(0, len(layered), size):
            parser.feed(layered[start : start + size])
            if start > 200:
                assert parser.image.size == (111, 73)
        np.testing.assert_array_equal(parser.close(), svac2.decode(layered))

    def test_in_place(self, layered, tmp_path):
        path = tmp_path / "photo.svac2"
        path.write_bytes(layered)
        image = Image.open(path)
        expected = svac2.decode(layered)
        image.save(path, lossless=True, effort=1)
        np.testing.assert_array_equal(svac2.read(path), expected)

    def test_our_own_functions_still_write_the_name(self, photo, tmp_path):
        svac2.write(tmp_path / "photo.svac2", photo, effort=1)
        with pytest.raises(svac2.OptionError, match=r"\.png belongs to another format"):
            svac2.write(tmp_path / "photo.png", photo)


class TestDamage:
    def test_not_ours(self):
        with pytest.raises(UnidentifiedImageError):
            opened(b"GIF89a" + bytes(30))

    @pytest.mark.parametrize("size", [3, 4, 8, 12])
    def test_truncated_header(self, layered, size):
        with pytest.raises(UnidentifiedImageError):
            opened(layered[:size])

    def test_later_version(self, layered):
        data = layered[:3] + b"\x0b" + layered[4:]
        with (
            pytest.warns(UserWarning, match="format version 11; this library reads version 10"),
            pytest.raises(UnidentifiedImageError),
        ):
            opened(data)

    @pytest.mark.parametrize("left_out", [1, 400])
    def test_truncated(self, layered, left_out):
        """Of the metadata, which is left out, and of the pixels."""
        image = opened(layered[:-left_out])
        assert image.size == opened(layered).size
        with pytest.raises(OSError, match=r"image file is truncated.*LOAD_TRUNCATED_IMAGES"):
            image.load()

    def test_truncated_on_request(self, layered, monkeypatch):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
        start = svac2.info(layered).layers[0].end
        image = opened(layered[: start + 10])
        size = image.size
        with pytest.warns(svac2.PartialWarning, match="ends early"):
            image.load()
        whole = svac2.decode(layered)
        assert image.size == size == whole.shape[1::-1]
        base = Image.fromarray(svac2.decode(layered, scale=1 / 8))
        np.testing.assert_array_equal(image, base.resize(size, Image.Resampling.BICUBIC))
        whole_image = opened(layered)
        whole_image.load()
        np.testing.assert_array_equal(whole_image, whole)
        with pytest.raises(OSError, match="truncated"):  # where no layer is whole
            opened(layered[: start - 1]).load()

    def test_corrupt(self, layered):
        layer = svac2.info(layered).layers[0]
        data = bytearray(layered)
        data[layer.start + 3] ^= 1
        image = opened(data)
        with pytest.raises(OSError, match="checksum"):
            image.load()
        with pytest.raises(OSError, match="checksum"):
            opened(data).verify()
        data = layered[:-30] + bytes(30)  # in the XMP
        image = opened(data)
        assert "exif" not in image.info
        with pytest.raises(OSError, match="checksum"):
            image.load()

    @pytest.mark.filterwarnings("ignore::svac2.PartialWarning", "ignore:image file could not")
    @pytest.mark.parametrize("is_lenient", [False, True])
    def test_what_strangers_send(self, layered, is_lenient, monkeypatch):
        """Nothing but what programs catch of any format."""
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", is_lenient)
        source = np.random.default_rng(7)
        raised = 0
        for _ in range(200):
            data = bytearray(layered[: source.integers(4, len(layered) + 1)])
            for place in source.integers(0, len(data), source.integers(0, 4)):
                data[place] = source.integers(256)
            try:
                image = opened(data)
                image.thumbnail((10, 9))
                opened(data).verify()
                opened(data).load()
            except OSError:  # of which UnidentifiedImageError is one
                raised += 1
        assert raised > 100

    def test_verify(self, layered):
        opened(layered).verify()
        with pytest.raises(OSError, match="truncated"):
            opened(layered[:-1]).verify()

    def test_bomb(self, monkeypatch):
        data = svac2.encode(np.zeros((100, 100), np.uint8), effort=1)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9000)
        with pytest.warns(Image.DecompressionBombWarning):
            opened(data)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)
        with pytest.raises(Image.DecompressionBombError):
            opened(data)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        opened(data).load()


class TestSmaller:
    @pytest.mark.parametrize("name", ["layered", "encoded"])
    @pytest.mark.parametrize(
        ("size", "scale"),
        [((13, 9), 1 / 8), ((14, 9), 1 / 4), ((13, 10), 1 / 4), ((55, 36), 1 / 2), ((1, 1), 1 / 8)],
    )
    def test_draft(self, request, name, size, scale):
        """Neither side of what is decoded is less than the size, as with JPEG."""
        data = request.getfixturevalue(name)
        image = opened(data)
        found = image.draft("RGB", size)
        assert found == ("RGB", (0, 0, *image.size))
        assert image.draft("RGB", (1, 1)) is None  # it is configured
        np.testing.assert_array_equal(image, svac2.decode(data, scale=scale))
        assert image.draft("RGB", (1, 1)) is None

    def test_no_draft(self, layered):
        for size in ((56, 1), (1, 37), (111, 73), (1000, 1000), None):
            image = opened(layered)
            assert image.draft(None, size) is None
            assert image.size == (111, 73)

    def test_draft_has_the_size_that_jpeg_has(self, layered):
        file = io.BytesIO()
        opened(layered).save(file, "JPEG")
        for size in ((10, 9), (27, 18), (28, 19), (5, 5), (60, 2)):
            jpeg, image = Image.open(file), opened(layered)
            for each in (jpeg, image):
                each.draft(None, size)
            assert image.size == jpeg.size

    @pytest.mark.parametrize("size", [(6, 6), (6, 1000), (1000, 4), (5.9, 6.5), (40, 40), (500, 9)])
    def test_thumbnail(self, layered, size):
        """Of the size that Pillow gives to any picture, and near to what all pixels give."""
        image, plain = opened(layered), opened(layered).copy()
        plain.thumbnail(size)
        image.thumbnail(size)
        assert image.size == plain.size
        if plain.size != (111, 73):
            assert psnr(np.asarray(image), np.asarray(plain)).rgb > 25

    def test_thumbnail_reads_the_base_layer_alone(self, layered):
        for size in ((6, 6), (6, 10**6)):
            file = CountingFile(layered)
            image = Image.open(file)
            start = file.read_size
            image.thumbnail(size)
            base = svac2.info(layered).layers[0]
            assert file.read_size - start <= base.end
        file = CountingFile(layered)
        image = Image.open(file)
        image.thumbnail((6, 6), reducing_gap=None)
        assert file.read_size > len(layered)

    def test_every_size_is_as_of_any_picture(self, layered):
        for width in range(1, 130, 19):
            for height in range(1, 90, 13):
                plain = Image.new("L", (111, 73))
                image = opened(layered)
                image.load()
                plain.thumbnail((width, height))
                image.thumbnail((width, height))
                assert image.size == plain.size

    def test_encode_takes_what_was_drafted(self, layered):
        image = opened(layered)
        image.draft(None, (10, 9))
        assert svac2.info(svac2.encode(image, effort=1)).width == 14


class TestSave:
    @pytest.mark.parametrize("mode", SAVED_AS)
    def test_every_mode_with_metadata(self, mode):
        """Nothing is lost but what Pillow's own conversion to the mode of the file loses."""
        image = Image.fromarray(samples(3)).convert(
            "L" if mode.startswith(("L", "I", "F")) else "RGB"
        )
        image = image.convert("LA").convert(mode) if mode == "La" else image
        image = image.convert("RGBA").convert(mode) if mode == "RGBa" else image.convert(mode)
        data = saved(image, lossless=True, exact=True, exif=EXIF, xmp=XMP, icc_profile=PROFILE)
        back = opened(data)
        assert back.mode == SAVED_AS[mode]
        assert (back.info["exif"], back.info["xmp"]) == (EXIF, XMP)
        assert back.info["icc_profile"] == PROFILE
        expected = image if mode.startswith("I") else image.convert(back.mode)
        np.testing.assert_array_equal(back, np.asarray(expected).astype(np.asarray(back).dtype))

    def test_numbers_that_would_be_lost(self):
        for image in (
            Image.new("I", (4, 4), 70000),
            Image.new("I", (4, 4), -1),
            Image.new("F", (4, 4), 0.5),
            Image.new("F", (4, 4), 256),
            Image.new("F", (4, 4), float("nan")),
        ):
            with pytest.raises(OSError, match=f"mode {image.mode}: if its samples go from 0"):
                saved(image)

    @pytest.mark.parametrize("is_exif", [False, True])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_orientation(self, orientation, is_exif):
        """The file shows upright what the image with these metadata shows."""
        image = Image.fromarray(samples(3))
        exif, xmp = make_exif(orientation), b'<x tiff:Orientation="%d"/>' % orientation
        given = {"exif": exif} if is_exif else {"xmp": xmp}
        shown = image.copy()
        shown.info.update({"exif": exif.tobytes()} if is_exif else given)
        back = opened(saved(image, lossless=True, **given))
        np.testing.assert_array_equal(back, ImageOps.exif_transpose(shown))
        assert back.getexif()[ExifTags.Base.Orientation] == 1
        np.testing.assert_array_equal(ImageOps.exif_transpose(back), back)

    def test_exif_and_xmp_only_where_given(self, layered):
        """As all of Pillow's writers have it; pixels are left as they are then."""
        image = Image.fromarray(samples(3))
        image.info |= {"exif": make_exif(6).tobytes(), "xmp": XMP, "icc_profile": PROFILE}
        back = opened(saved(image, lossless=True))
        assert back.info == {"icc_profile": PROFILE, "bit_depth": 8}
        np.testing.assert_array_equal(back, image)
        assert "exif" in image.info

    @pytest.mark.parametrize("nothing", [None, b"", ""])
    def test_nothing(self, nothing):
        image = Image.fromarray(samples(3))
        image.info |= {"exif": EXIF, "xmp": XMP, "icc_profile": PROFILE}
        data = saved(image, exif=nothing, xmp=nothing, icc_profile=nothing)
        assert svac2.info(data).metadata == svac2.Metadata()

    def test_exif_objects(self):
        image = Image.fromarray(samples(3))
        assert opened(saved(image, exif=make_exif())).info["exif"] == EXIF
        assert "exif" not in opened(saved(image, exif=Image.Exif())).info
        assert opened(saved(image, xmp=XMP.decode())).info["xmp"] == XMP
        for wrong in ({"exif": "text"}, {"xmp": 5}, {"icc_profile": 5}):
            with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
                saved(image, **wrong)

    def test_code_points(self):
        """They are kept, but where another profile says what colour it is."""
        data = svac2.encode(samples(3), effort=1, cicp=svac2.Cicp(12, 13))
        image = opened(data)
        assert image.info["cicp"] == (12, 13, 0, True)
        for options, expected in (
            ({}, (12, 13, 0, True)),
            ({"icc_profile": None}, (12, 13, 0, True)),
            ({"icc_profile": PROFILE}, None),
            ({"icc_profile": PROFILE, "cicp": (9, 16, 0, True)}, (9, 16, 0, True)),
            ({"cicp": None}, None),
        ):
            assert svac2.info(saved(image, **options)).cicp == expected
        image.info["icc_profile"] = PROFILE  # as ImageCms does
        assert svac2.info(saved(image)).cicp is None

    def test_profile_of_cmyk(self):
        """It is not that of the RGB that is stored, even where a program hands it on."""
        image = Image.fromarray(samples(3)).convert("CMYK")
        image.info["icc_profile"] = PROFILE.replace(b"RGB ", b"CMYK")
        for options in ({}, {"icc_profile": image.info["icc_profile"]}):
            assert svac2.info(saved(image, **options)).icc_profile is None
        assert svac2.info(saved(image, icc_profile=PROFILE)).icc_profile == PROFILE

    def test_options_are_those_of_encode(self):
        image = Image.fromarray(samples(3))
        assert saved(image, quality=30, mode="multiscale", subsampling="4:2:0") == svac2.encode(
            image, quality=30, mode="multiscale", subsampling="4:2:0", effort=1
        )
        assert saved(image, lossless=True, max_error=2) == svac2.encode(
            image, lossless=True, max_error=2, effort=1
        )

    def test_what_webp_and_jpeg_mean(self):
        image = Image.fromarray(samples(4))
        lossless = svac2.encode(image, lossless=True, effort=1)
        assert saved(image, lossless=True, quality=100, alpha_quality=100, method=6) == lossless
        assert saved(image, quality=0) == saved(image, quality=1)
        assert saved(image, alpha_quality=100) == saved(image)
        assert saved(image, alpha_quality=0) == saved(image, alpha_quality=1)
        for number, name in enumerate(("4:4:4", "4:2:2", "4:2:0")):
            assert saved(image, subsampling=number) == saved(image, subsampling=name)
        assert saved(image, optimize=True, progressive=True, dpi=(300, 300)) == saved(image)

    @pytest.mark.parametrize(
        "options",
        [
            {"qualty": 75},
            {"comment": b"text"},
            {"pnginfo": None},
            {"quality": 101},
            {"quality": "keep"},
            {"subsampling": "4:1:1"},
            {"subsampling": 3},
            {"quality": 75, "qp": 30},
        ],
        ids=str,
    )
    def test_refused(self, options, tmp_path):
        path = tmp_path / "photo.svac2"
        with pytest.raises(ValueError, match=next(iter(options))):
            Image.fromarray(samples(3)).save(path, **options)
        assert not path.exists()

    def test_unknown_name_is_a_type_error_too(self):
        with pytest.raises(TypeError, match="unknown option qualty: the options are quality"):
            saved(Image.new("L", (4, 4)), qualty=5)

    def test_too_large(self):
        saved(Image.new("1", (65535, 1)))
        with pytest.raises(OSError, match="max_pixels=100"):
            saved(Image.new("L", (40, 40)), limits=svac2.Limits(max_pixels=100))

    def test_frames(self, tmp_path):
        frames = [Image.new("L", (8, 8), grey) for grey in (10, 200)]
        path = tmp_path / "frames.gif"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with Image.open(path) as animation:
            with pytest.raises(OSError, match="a svac2 file holds one"):
                saved(animation, save_all=True)
            with pytest.raises(OSError, match="a svac2 file holds one"):
                saved(frames[0], append_images=frames[1:])
            animation.seek(1)  # one of them, as with any format
            back = opened(saved(animation, lossless=True))
            np.testing.assert_array_equal(back, animation.convert("RGB"))
        assert opened(saved(Image.new("L", (4, 4)), save_all=True)).size == (4, 4)

    def test_targets(self, tmp_path):
        image = Image.fromarray(samples(3))
        path = tmp_path / "photo.svac2"
        image.save(path, effort=1)
        data = path.read_bytes()
        image.save(str(path), effort=1)
        assert path.read_bytes() == data == saved(image)
        with (tmp_path / "other").open("wb") as file:
            file.write(b"before")
            image.save(file, format="svac2", effort=1)
        assert (tmp_path / "other").read_bytes() == b"before" + data


class TestRegister:
    def test_options(self, layered, defaults):
        plain = svac2.decode(layered, enhance=False)
        assert (plain != svac2.decode(layered)).any()
        register_svac2_opener(enhance=False, threads=1)
        np.testing.assert_array_equal(opened(layered), plain)
        register_svac2_opener(limits=svac2.Limits(max_pixels=100))
        with pytest.raises(OSError, match="max_pixels=100"):
            opened(layered).load()

    @pytest.mark.parametrize(
        "options", [{"enhance": "on"}, {"limits": 5}, {"max_size": 5}, {"threads": -1}], ids=str
    )
    def test_wrong_options(self, options, layered):
        with pytest.raises(ValueError, match=next(iter(options))):
            register_svac2_opener(**options)
        opened(layered).load()

    def test_again(self):
        register_svac2_opener()
        assert Image.ID.count("SVAC2") == 1
        assert Image.registered_extensions()[".svac2"] == "SVAC2"

    def test_only_by_import(self):
        program = """
import svac2
from PIL import Image
assert "SVAC2" not in Image.OPEN
import svac2.pillow
assert "SVAC2" in Image.OPEN
"""
        subprocess.run([sys.executable, "-P", "-c", program], check=True)
