"""Pictures of more than 8 bits: no bit of them is lost, or they are refused."""

import base64
import contextlib
import io
import itertools
import re
import struct
import sys
import types
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2.arrays import BIT_DEPTHS, scaled
from svac2.errors import FormatError, LimitError, OptionError, UnsupportedError
from svac2.limits import Limits
from svac2.metadata import Cicp
from svac2.pictures import exif
from svac2.pictures.images import load_picture

# Pictures of 16x8 whose samples `ramp` makes, coded without loss by imagecodecs 2026.3.6.
FILES = {
    "AVIF 10": (
        "0000WW^{RQVRmU|00000VRmU|ZE0pPZE0a<O+hh10002%ZDn*}000000000XXk=`10000000000aA{+700000"
        "0000000000000004sdC7Z2$lO000310016oY;R)#0000)000310RR910RR926951JumAu6C~0YKW&i*H00031"
        "000_kZf0cy000000RRADb}%tRZ)|UJ00000YH4tCZ~y=ROKEUpZvX%Q6lrsCWdHyG000005C8xG2mk;85O8UD"
        "X#fBK00RmN3IG5A3}JRLLxCVb000006Ju{|a&BX6cmM(b0ssJj0000NX>e^}0000000001009I60)qqq006jc"
        "WMOm?015~=48QY%0RTucp#cy80O=s~BgMMjBvYq+pRebaS@k0MsXzbvNSm_~E0`;?cHy5k&wvz7k|_UxHJs4}"
        "mGS?ea%c8Q_s$&jrIjL-*&bDiLwU>CFzVwx43ybQZS^azZEwM!xN>z6Efz0_ql=G-dYga@W!~VfGp=A(*k#NP"
        "gwn6COslSA=VH5@hv3}AE`RST^;&5ey>GoRxnXhr`Uyx7-?jh|zoS3"
    ),
    "AVIF grey 12": (
        "0000SW^{RQVRmU|00000VRmU|ZE0pPZE0a<0002#ZDn*}000000000XXk=`10000000000aA{+70000000000"
        "00000000004sdC7Z2$lO000310016oY;R)#0000)000310RR910RR924FCWDJpcdzC~0YKW&i*H00031000_k"
        "Zf0cy000000RRADb}%tRZ)|UJ00000XlZbAZ~y=RNojCnZvX%Q6lrsCWdHyG000005C8xG2mk;84sdCBX#fBK"
        "009gD000bOb}>VNKzslI000wXZ)|dIV{CW;0ssO40)PMj02gU+ZD9Za00000009621OWnr1ONa4MQvnZbP@mx"
        "1y~Hf@zgRh5CEkp6!);0+WL!e9a#WR{G!A}Yniuhgp%Ox)>qPj(Y9dZijcA}eZ&Rw+ZX~i`al"
    ),
    "J2K grey 12": (
        "|4;u>04V?f0000G0000800000000000000G000080000000000009dD0sm3}3;+NC0RR951ONg5TmS?>VE<$Q"
        "B>(|Ka%Ew3Wn>^?c_2@4Wo}APMMofZWpZ<AZ*CwmE;TMR|BwI*000000H*)}|C8V1SP^Rs4FNCem;h;Mi>siT"
        "SL{jYR05`eKE3=DVSgrR^x%?CWf)^Zf9!cy4StqKSzc|ov&wLSn9a42ZCg{?OKYobuIqk0NsV=IoUZeKO5?iu"
        "zol{Ae@f%J`Mz;vNS2HF1Ot%I2<IQ$ZVWAP<|)Gkt~2d*l-0s@z-D`->^QEIt^vbgu-I%i8x4lTVX)Y2HX9HB"
        "*#"
    ),
    "JP2 grey 12": (
        "0000CYEU2`4GM<}0000KW^{RQYH%_j00000YH%_j0000jYH%`W0000MX=r3}000080000G009dJ0000001snt"
        "Y;pkr000005dZ)I8ESAcWB*V8Q2;3b000005C8xG2mk;800000000005C8xG2mk;8000000003C0RjI~01N;C"
        "009611Oxy9|6BkBKw$r503`qcLvm$dbY)~9VtF7>aAj^vP(?=|c4cyNX>V>IGA=bPH2;tQ3IG5A005@|0soWV"
        ";#d)D3=IJ<>X-m&X^X3%npf;e=~M!yfIhwa6k&fRY4qTdPGuNlLVxUeRt<iZM_FENx3kJ{f|$*<kZoI2+DmJz"
        "ZLaHnJV}jpaGb95e@f%J`M;%c-G55sy7|6wWJs2a`2+)y&j{xq+inakapoz*1+Fvgb(Gb@b--qOr0h7Zldb{7"
        "VX)Y2HX99w!(p)4Y&IJY|Je"
    ),
    "JP2 RGB 12": (
        "0000CYEU2`4GM<}0000KW^{RQYH%_j00000YH%_j0000jYH%`W0000MX=r3}000080000G00RpL0000001snt"
        "Y;pkr000005C8xIt7>pEWB*V8Q2;Lh000005C8xG2mk;800000000005C8xG2mk;8000000009E0RamE0Sf^E"
        "|55-9000010RRL900IA800cl_|6~9q00BdCWnpw>WFTUBAWv{*Zc0!^M<8}(a&u{KZXhx)H7+#&kN^q*00002"
        "GXMeqli%X75;IaYvRUiQtRyn=n4zbAPOy(h8vSfNz&iFCC<~$?E`5!reHc*G_(Ba2$b~k3@Njr81-P`M1~m_r"
        "bK#oRVJ7T_4<ebnuCWAj?t$pX|0ruSSCpqzjPy&frAiK_8p6E??G$7g+U142fBCNU4SZQfe&=Zx`<XToyNjU9"
        ")cRYBi>Jtgz8nKB$<nD>!H7zC7U{4jKr%~gez$zvH}y-nj(t|?q2VRJ-{RCzg?ZhUSx>2!B6KGfIY}un`^hx-"
        "sB~I(-UQKt1yg#%2f^D7$#DeD%TXtDWsOuXJt+-SRcck1su{PjL5Ts8lZUZLVA}b{KwF0r>vcpcebmiP6nf%)"
        "+9tA}pX{@l0rPH%nHVjZyM41nk`f0?ocfm{9ZxwLp0A>UbUso=g%S-~s%e8_fUr*a5m0wic}Twoz+$L*6M2e_"
        "^4F!fnk%u8j{%*;&?r!P!h_5T6dqtd-{R~%0elt`Aki7+i!K3bP$S&7xBpT+H5U*!msP0|=v0!*Jcd})u%LVz"
        "TfN%J=B#_{+_wXjv&rbi4@Z8@(7c_H%1tjE;{#CskE6|bDYWtf@=L<JAHi5Ghd4$&*&b%z;Q@L?G8TWft*Xi-"
        "_)FAYUS4<=R73`upSZ-UK?tHLlQ0TEm`iRB+k-fx9RdU1o5x3wdT){F$;H6QRZ=!xpd3@H8ofx_%nee(D(b4L"
        "s;a80s;a80s;d9l"
    ),
    "JP2 grey 13": (
        "0000CYEU2`4GM<}0000KW^{RQYH%_j00000YH%_j0000jYH%`W0000MX=r3}000080000G009gK0000001snt"
        "Y;pkr000005dZ)IA!=|kWB*V8Q2;3b000005C8xG2mk;800000000005C8xG2mk;8000000003D0RjI~01N;C"
        "009611Oxy9|6BkBKxqGD03`qcLvm$dbY)~9VtF7>aAj^vP(?=|c4cyNX>V>IGA=bPH2;tQ3IG5A006H50soWV"
        "_yp(?YYYtmFY1^8X=#hApqf|gN$FGqrhq=Z{1jn-CTaBGl1^n9V?uxIc~%X6mPc7$ZMU<^aDtf4wUBLFQ`$>w"
        "t8K39emqHyb#R=n^M6X?y7|AQaovAP<GT62ab!rAi}?ftkk1I`AKPvWEpg^4!v(H0?RAvZ!gauAd!+0*u9L0-"
        "!(p)4Y&IJWhQnd7*lac%4SqC?82?Bg|Je"
    ),
}


def load(content, **options):
    return load_picture(io.BytesIO(content), limits=Limits(), **options)


def opened(content, **options):
    with Image.open(io.BytesIO(content)) as image:
        return load_picture(image, limits=Limits(), **options)


def content_of(name):
    return base64.b85decode("".join(FILES[name]))


def ramp(bit_depth, channels=3):
    y, x = np.mgrid[0:8, 0:16]
    most = 2**bit_depth - 1
    planes = [x * most // 15, y * most // 7, (x + y) * most // 22]
    return np.stack(planes[:channels], -1).astype(np.uint16)


@pytest.fixture(scope="module")
def noise():
    """Samples of which every bit counts, and which no turn leaves as they are."""
    return np.random.default_rng(5).integers(0, 65536, (7, 11, 3), np.uint16)


def with_alpha(samples, alpha=65535):
    return np.dstack([samples, np.full(samples.shape[:2], alpha, np.uint16)])


def chunk(kind, content=b""):
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def make_png(samples, *chunks, late=b""):
    height, width, channels = samples.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
    return start + chunk(b"IDAT", zlib.compress(rows)) + late + chunk(b"IEND")


RAW, DEFLATE = 1, 8


def make_tiff(samples, *, order="<", compression=RAW, bits=16, photometric=None, **tags):
    """Write a TIFF file of strips of three rows; tags by their numbers, as in t338=2."""
    height, width, channels = samples.shape
    rows = [packed(samples[y : y + 3], order, bits) for y in range(0, height, 3)]
    strips = [zlib.compress(row) if compression == DEFLATE else row for row in rows]
    starts = list(itertools.accumulate(map(len, strips), initial=8))
    fields = {
        256: [width],
        257: [height],
        258: [bits] * channels,
        259: [compression],
        262: [(1 if channels < 3 else 2) if photometric is None else photometric],
        273: starts[:-1],
        277: [channels],
        278: [3],
        279: list(map(len, strips)),
    } | {int(name[1:]): [value] for name, value in tags.items()}
    place = starts[-1] + 2 + 12 * len(fields) + 4
    table, values = struct.pack(order + "H", len(fields)), b""
    for tag, numbers in sorted(fields.items()):
        content = struct.pack(f"{order}{len(numbers)}L", *numbers)
        if len(content) > 4:
            values += content
            content = struct.pack(order + "L", place + len(values) - len(content))
        table += struct.pack(order + "HHL4s", tag, 4, len(numbers), content)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return (
        mark + struct.pack(order + "L", starts[-1]) + b"".join(strips) + table + bytes(4) + values
    )


def packed(samples, order, bits):
    if bits == 16:
        return samples.astype(order + "u2").tobytes()
    rows = samples.reshape(len(samples), -1, 1) >> np.arange(bits - 1, -1, -1) & 1
    return np.packbits(rows.reshape(len(samples), -1).astype(np.uint8), axis=1).tobytes()


def make_pnm(samples, maxval):
    height, width, channels = samples.shape
    head = b"P%d\n# a remark\n%d %d\n%d\n" % (5 if channels == 1 else 6, width, height, maxval)
    return head + samples.astype(">u2").tobytes()


def turned(samples, orientation):
    """Turn samples as the definition of the tag says: by where row 0 and column 0 are."""
    upright = samples.swapaxes(0, 1) if orientation > 4 else samples
    bottom, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return upright[:: -1 if bottom else 1, :: -1 if right else 1]


def check(picture, samples, bit_depth=16):
    assert picture.bit_depth == bit_depth
    assert picture.samples.dtype == np.uint16
    assert picture.samples[0].flags.c_contiguous
    assert picture.samples.flags.aligned
    np.testing.assert_array_equal(picture.samples, samples)


class TestArrays:
    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    def test_depths(self, bit_depth, channels):
        samples = np.dstack([ramp(bit_depth), ramp(bit_depth, 1)])[:, :, :channels]
        picture = load_picture(samples, limits=Limits(), bit_depth=bit_depth)
        assert picture.bit_depth == bit_depth
        assert picture.samples.dtype == (np.uint8 if bit_depth == 8 else np.uint16)
        np.testing.assert_array_equal(picture.samples, samples)

    def test_depth_by_type(self):
        check(load_picture(ramp(12), limits=Limits()), ramp(12), 16)
        assert load_picture(ramp(8).astype(np.uint8), limits=Limits()).bit_depth == 8

    def test_byte_order_and_strides(self, noise):
        check(load_picture(noise.astype(">u2"), limits=Limits()), noise)
        check(load_picture(noise[::-2, ::3], limits=Limits()), noise[::-2, ::3])
        check(load_picture(noise[:, :, 0], limits=Limits()), noise[:, :, :1])
        odd = np.frombuffer(b"-" + noise.tobytes(), np.uint16, offset=1).reshape(noise.shape)
        assert not odd.flags.aligned
        check(load_picture(odd, limits=Limits()), noise)

    def test_samples_out_of_range(self):
        samples = ramp(12)
        for bit_depth, largest in ((8, 255), (10, 1023)):
            with pytest.raises(
                OptionError, match=rf"bit_depth={bit_depth}: .* to {largest}, .* 4095"
            ):
                load_picture(samples, limits=Limits(), bit_depth=bit_depth)

    def test_bytes_have_eight_bits(self):
        with pytest.raises(OptionError, match="bit_depth=10: an array of uint8 has 8 bits"):
            load_picture(ramp(8).astype(np.uint8), limits=Limits(), bit_depth=10)

    def test_masked(self, noise):
        check(load_picture(np.ma.masked_array(noise), limits=Limits()), noise)
        check(load_picture(np.ma.masked_array(noise, noise < 0), limits=Limits()), noise)
        masked = np.ma.masked_array(noise, noise == noise[0, 0])
        with pytest.raises(UnsupportedError, match=r"masked array, \d+ of .*`image.filled\(0\)`"):
            load_picture(masked, limits=Limits())

    @pytest.mark.parametrize(
        "image",
        [
            np.linspace(0, 1, 12).reshape(3, 4),
            np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
            np.linspace(0, 1, 12, dtype=np.float16).reshape(3, 4),
            np.eye(4, dtype=bool),
            np.arange(12).reshape(3, 4),
            np.arange(12, dtype=np.int16).reshape(3, 4) * 2000,
            np.arange(12, dtype=">i4").reshape(3, 4) * 5000,
        ],
        ids=lambda image: image.dtype.str,
    )
    def test_other_types_and_the_line_that_converts(self, image):
        with pytest.raises(UnsupportedError, match=f"samples of type {image.dtype}") as caught:
            load_picture(image, limits=Limits())
        (line,) = re.findall("`(.*)`", str(caught.value))
        converted = eval(line, {"image": image, "np": np})
        picture = load_picture(converted, limits=Limits())
        assert picture.samples.max() == (
            image.max() if image.dtype.kind == "i" else (255 if image.dtype.kind == "b" else 65535)
        )

    def test_integers_out_of_range(self):
        for low, high in ((-1, 3), (0, 65536)):
            with pytest.raises(UnsupportedError, match=f"from {low} to {high}, .* scale them"):
                load_picture(np.array([[low, high]]), limits=Limits())


class TestPillow:
    @pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
    def test_grey(self, noise, mode):
        grey = noise[:, :, 0]
        content = grey.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
        image = Image.frombytes(mode, (11, 7), content)
        check(load_picture(image, limits=Limits()), noise[:, :, :1])
        image = Image.fromarray(grey >> 4)
        check(load_picture(image, limits=Limits(), bit_depth=12), noise[:, :, :1] >> 4, 12)
        with pytest.raises(OptionError, match=r"bit_depth=10: .*to 1023"):
            load_picture(image, limits=Limits(), bit_depth=10)
        image.info["transparency"] = int(grey[2, 2] >> 4)
        alpha = np.where(grey >> 4 == grey[2, 2] >> 4, 0, 4095)
        expected = with_alpha(noise[:, :, :1] >> 4, alpha)
        check(load_picture(image, limits=Limits(), bit_depth=12), expected, 12)

    def test_depth_that_is_known(self, noise):
        for image in (Image.new("L", (2, 2)), io.BytesIO(make_png(noise))):
            with pytest.raises(OptionError, match=r"bit_depth=12: a .* tells its own; .*I;16"):
                load_picture(image, limits=Limits(), bit_depth=12)

    @pytest.mark.parametrize("mode", ["I", "F", "CMYK", "HSV", "RGBX", "LAB", "La", "RGBa"])
    def test_other_modes_and_the_line_that_converts(self, mode):
        image = Image.new(mode, (3, 2))
        with pytest.raises(UnsupportedError, match=f"a Pillow image of mode {mode}: ") as caught:
            load_picture(image, limits=Limits())
        (line,) = re.findall("`(.*)`", str(caught.value))
        from PIL import ImageCms

        converted = eval(line, {"image": image, "np": np, "ImageCms": ImageCms})
        assert load_picture(converted, limits=Limits()).samples.shape[:2] == (2, 3)


class TestPng:
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    @pytest.mark.parametrize("way", [load, opened])
    def test_all_bits(self, noise, channels, way):
        samples = noise[:, :, :channels]
        if channels == 4:
            samples = with_alpha(noise, noise[:, :, 0] ^ 1)
        check(way(make_png(samples)), samples)

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("way", [load, opened])
    def test_transparent_colour(self, noise, channels, way):
        samples = noise[:, :, :channels]
        key = samples[2, 2]
        alpha = np.full((7, 11), 65535)
        other = (key ^ 1).astype(">u2").tobytes()
        check(way(make_png(samples, chunk(b"tRNS", other))), with_alpha(samples, alpha))
        alpha[2, 2] = 0
        content = make_png(samples, chunk(b"tRNS", key.astype(">u2").tobytes()))
        check(way(content), with_alpha(samples, alpha))

    def test_transparent_colour_that_pillow_has_reduced(self, noise):
        content = make_png(noise, chunk(b"tRNS", noise[2, 2].astype(">u2").tobytes()))
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            with pytest.raises(UnsupportedError, match="does not fit in 8 bits: give the file"):
                load_picture(image, limits=Limits())

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("channels", [1, 3])
    def test_upright(self, noise, orientation, channels):
        tags = Image.Exif()
        tags[exif.ORIENTATION] = orientation
        late = chunk(b"eXIf", tags.tobytes()[6:])
        samples = noise[:, :, :channels]
        for way in (load, opened):
            picture = way(make_png(samples, late=late))
            check(picture, turned(samples, orientation))
            assert exif.orientation_of(picture.metadata.exif) == 1

    def test_metadata(self, noise):
        packet = b"XML:com.adobe.xmp" + bytes(5) + b"<x/>"
        content = make_png(
            noise,
            chunk(b"cICP", bytes([9, 16, 0, 1])),
            chunk(b"iCCP", b"x\0\0" + zlib.compress(b"profile")),
            late=chunk(b"iTXt", packet),
        )
        for way in (load, opened):
            metadata = way(content).metadata
            assert metadata.cicp == Cicp(9, 16)
            assert (metadata.icc_profile, metadata.xmp) == (b"profile", b"<x/>")

    def test_gamma_of_grey(self, noise):
        content = make_png(with_alpha(noise[:, :, :1]), chunk(b"gAMA", struct.pack(">I", 30000)))
        assert load(content).metadata.icc_profile[16:20] == b"GRAY"

    def test_file_that_is_closed(self, noise):
        file = io.BytesIO(make_png(noise))
        image = Image.open(file)
        file.close()
        with pytest.raises(UnsupportedError, match="cannot be read again: give the file"):
            load_picture(image, limits=Limits())

    def test_memory_before_the_pixels_are_read(self):
        header = struct.pack(">IIBBBBB", 300, 200, 16, 2, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"damaged")
        with pytest.raises(LimitError, match=r"are 1090016, more than"):
            load_picture(
                io.BytesIO(png),
                limits=Limits(max_memory=10**5),
                memory_of=lambda width, height, channels, bit_depth: (
                    bit_depth + 10000 * (width == 300) * (height == 200) * (channels == 3)
                ),
            )

    def test_damage(self, noise):
        content = make_png(noise)
        for size in range(60, len(content) - 12, 40):
            with pytest.raises(FormatError):
                load(content[:size])


class TestTiff:
    @pytest.mark.parametrize("order", "<>")
    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    @pytest.mark.parametrize("way", [load, opened])
    def test_all_bits(self, noise, order, compression, way):
        options = {"order": order, "compression": compression}
        check(way(make_tiff(noise, **options)), noise)
        check(way(make_tiff(noise[:, :, :1], **options)), noise[:, :, :1])
        samples = with_alpha(noise, noise[:, :, 0] ^ 1)
        check(way(make_tiff(samples, t338=0, **options)), noise)  # a channel of no meaning
        check(way(make_tiff(samples, t338=2, **options)), samples)

    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    def test_colour_that_was_multiplied_by_alpha(self, noise, compression):
        alpha = np.maximum(noise[:, :, 0], 4096)
        alpha[0, :3] = 0, 1, 65535
        shown = np.round(noise * (alpha / 65535)[:, :, None]).astype(np.uint16)
        content = make_tiff(with_alpha(shown, alpha), t338=1, compression=compression)
        samples = load(content).samples
        np.testing.assert_array_equal(samples[:, :, 3], alpha)
        assert np.abs(samples[1:, :, :3].astype(int) - noise[1:]).max() <= 9  # of steps of 16
        np.testing.assert_array_equal(samples[0, 0, :3], 0)
        np.testing.assert_array_equal(samples[0, 2, :3], noise[0, 2])

    @pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_adobe_deflate"])
    def test_what_pillow_writes(self, noise, compression):
        file = io.BytesIO()
        Image.fromarray(noise[:, :, 0]).save(file, "TIFF", compression=compression)
        check(load(file.getvalue()), noise[:, :, :1])

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    @pytest.mark.parametrize("order", "<>")
    def test_upright(self, noise, orientation, compression, order):
        for samples in (noise, noise[:, :, :1]):
            content = make_tiff(samples, order=order, compression=compression, t274=orientation)
            check(load(content), turned(samples, orientation))

    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    def test_white_is_zero(self, noise, compression):
        grey = noise[:, :, :1]
        content = make_tiff(grey, photometric=0, compression=compression)
        check(load(content), 65535 - grey)

    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    def test_twelve_bits(self, noise, compression):
        grey = noise[:, :10, :1] >> 4
        content = make_tiff(grey, bits=12, compression=compression)
        check(load(content), grey, 12)
        check(opened(content), grey, 12)

    @pytest.mark.parametrize("order", "<>")
    @pytest.mark.parametrize("compression", [RAW, DEFLATE])
    def test_planes_are_refused(self, noise, order, compression):
        content = make_tiff(noise, order=order, compression=compression, t284=2)
        for way in (load, opened):
            with pytest.raises(UnsupportedError, match=r"16 bits in planes .* misreads"):
                way(content)

    def test_signed_and_float(self, noise):
        with pytest.raises(UnsupportedError, match=r"mode I: .*uint16"):
            load(make_tiff(noise[:, :, :1], t339=2))


class TestPnm:
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("bit_depth", BIT_DEPTHS[1:])
    def test_all_bits(self, channels, bit_depth):
        samples = ramp(bit_depth, channels)
        for way in (load, opened):
            check(way(make_pnm(samples, 2**bit_depth - 1)), samples, bit_depth)

    def test_other_ranges(self):
        with pytest.raises(
            UnsupportedError, match=r"up to 1000: .* 1023 or 4095 or 16383 or 65535"
        ):
            load(make_pnm(ramp(8), 1000))
        with pytest.raises(UnsupportedError, match="plain PGM or PPM file of 10 bits"):
            load(b"P2 1 1 1023 7 ")

    def test_damage(self):
        with pytest.raises(FormatError, match="a sample of 4095 in 10 bits"):
            load(make_pnm(ramp(12), 1023))
        with pytest.raises(FormatError):
            load(make_pnm(ramp(12), 4095)[:-1])

    def test_loaded_image(self):
        with Image.open(io.BytesIO(make_pnm(ramp(16, 1), 65535))) as image:
            image.load()
            with pytest.raises(UnsupportedError, match="mode I: "):
                load_picture(image, limits=Limits())


class TestOtherFormats:
    @pytest.mark.parametrize("name", ["JP2 grey 12", "J2K grey 12"])
    @pytest.mark.parametrize("way", [load, opened])
    def test_jpeg_2000(self, name, way):
        check(way(content_of(name)), ramp(12, 1), 12)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("JP2 RGB 12", "a JPEG2000 picture of 12 bits, of which Pillow gives 8"),
            ("JP2 grey 13", "a picture of 13 bits: accepted are"),
        ],
    )
    def test_jpeg_2000_that_pillow_reduces(self, name, message):
        for way in (load, opened):
            with pytest.raises(UnsupportedError, match=message):
                way(content_of(name))

    def test_heif_without_its_plugin(self, monkeypatch):
        monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
        with pytest.raises(UnsupportedError, match=r"a HEIF file: .*register_heif_opener"):
            load(b"\0\0\0\x18ftypheic".ljust(99, b"\0"))

    @pytest.mark.parametrize("compression", [0, 1])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_sgi(self, compression, channels):
        head = struct.pack(
            ">HBBHHHH", 474, compression, 2, 3 if channels == 3 else 2, 4, 4, channels
        )
        with pytest.raises(
            UnsupportedError, match="SGI picture of 16 bits, of which Pillow gives 8"
        ):
            load(head.ljust(4096, b"\0"))


class FakeHeif(types.ModuleType):
    """A stand-in for pillow_heif: it gives what it is told to, and notes how it was asked."""

    def __init__(self, mode, samples):
        super().__init__("pillow_heif")
        self.mode, self.samples, self.asked = mode, samples, {}

    def open_heif(self, file, **options):
        self.asked = options
        file.read()
        return self

    def __array__(self, dtype=None, copy=None):
        return self.samples.astype(dtype)


class TestAvif:
    @pytest.fixture
    def no_plugin(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pillow_heif", None)

    @pytest.mark.usefixtures("no_plugin")
    @pytest.mark.parametrize(("name", "bit_depth"), [("AVIF 10", 10), ("AVIF grey 12", 12)])
    def test_what_to_install(self, name, bit_depth):
        for way in (load, opened):
            with pytest.raises(
                UnsupportedError, match=f"AVIF picture of {bit_depth} bits, .*'pillow-heif<1'"
            ):
                way(content_of(name))

    @pytest.mark.parametrize(
        ("name", "mode", "samples"),
        [("AVIF 10", "RGB;10", ramp(10)), ("AVIF grey 12", "I;12", ramp(12, 1)[:, :, 0])],
    )
    def test_all_bits(self, name, mode, samples, monkeypatch):
        heif = FakeHeif(mode, samples)
        monkeypatch.setitem(sys.modules, "pillow_heif", heif)
        for way in (load, opened):
            check(way(content_of(name)), np.atleast_3d(samples), int(mode[-2:]))
        assert heif.asked == {"convert_hdr_to_8bit": False, "hdr_to_16bit": False}

    def test_depth_that_is_not_given(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pillow_heif", FakeHeif("RGB", ramp(8)))
        with pytest.raises(UnsupportedError, match="AVIF picture of 10 bits"):
            load(content_of("AVIF 10"))

    def test_transparency(self, monkeypatch):
        samples = with_alpha(ramp(10), 511)
        monkeypatch.setitem(sys.modules, "pillow_heif", FakeHeif("RGBA;10", samples))
        check(load(content_of("AVIF 10")), samples, 10)
        multiplied = samples * [[[511 / 1023] * 3 + [1]]]
        monkeypatch.setitem(sys.modules, "pillow_heif", FakeHeif("RGBa;10", np.round(multiplied)))
        found = load(content_of("AVIF 10")).samples
        assert np.abs(found.astype(int) - samples).max() <= 1

    def test_real_plugin(self):
        heif = pytest.importorskip("pillow_heif")
        if not heif.libheif_info()["decoders"].get("dav1d"):
            pytest.skip("it has no decoder of AV1")
        check(load(content_of("AVIF 10")), ramp(10), 10)


DAMAGED = {
    "PNG": lambda samples: make_png(with_alpha(samples)),
    "TIFF": make_tiff,
    "TIFF deflated": lambda samples: make_tiff(samples, order=">", compression=DEFLATE),
    "TIFF 12": lambda samples: make_tiff(samples[:, :, :1] >> 4, bits=12),
    "PPM": lambda samples: make_pnm(samples, 65535),
    "JP2": lambda samples: content_of("JP2 grey 12"),
    "J2K": lambda samples: content_of("J2K grey 12"),
    "AVIF": lambda samples: content_of("AVIF 10"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_ends_in_our_errors(noise, kind):
    content = DAMAGED[kind](noise)
    for seed in range(150):
        rng = np.random.default_rng(seed)
        damaged = bytearray(content)
        for position in rng.integers(0, len(content), 3):
            damaged[position] = rng.integers(256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(FormatError, LimitError, UnsupportedError):
                load(bytes(damaged[: rng.integers(len(content) // 2, len(content) + 1)]))


@pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
def test_scaling_keeps_all_samples_apart(bit_depth):
    values = np.arange(2**bit_depth, dtype=np.uint16)
    brought = scaled(values, bit_depth, 16)
    np.testing.assert_array_equal(brought, np.round(values * (65535 / (2**bit_depth - 1))))
    np.testing.assert_array_equal(np.round(brought * ((2**bit_depth - 1) / 65535)), values)


def test_option_of_encode():
    low = ramp(8)
    expected = svac2.encode(low.astype(np.uint8), qp=30)
    assert svac2.encode(low, qp=30, bit_depth=8) == expected
    assert svac2.encode(low.astype(np.uint8), qp=30, bit_depth=8) == expected
    with pytest.raises(OptionError, match=r"bit_depth=9 .* 8, 10, 12, 14 or 16"):
        svac2.encode(low, bit_depth=9)
    with pytest.raises(
        svac2.OptionTypeError, match="bit_depth must be 8, 10, 12, 14 or 16, not '8"
    ):
        svac2.encode(low, bit_depth="8")
