"""The file: header and items, against a twin written from docs/bitstream.md."""

import numpy as np
import pytest

import svac2


@pytest.fixture(scope="module")
def picture():
    return np.add.outer(np.arange(40), 2 * np.arange(50)).astype(np.uint8)


def rebuilt(build_file, data, **changes):
    """Make a grey file anew, with changes."""
    info = svac2.info(data)
    (layer,) = info.layers
    head = build_file.LAYER | build_file.CHECKED | build_file.CRITICAL
    items = [(head, data[layer.start : layer.end - 4]), *changes.pop("more", [])]
    options = {"subsampling": "4:0:0", "layers": [(0, info.qp)], "items": items}
    return build_file(info.width, info.height, **options | changes)


class TestTwin:
    def test_plain(self, build_file, picture):
        data = svac2.encode(picture, enhance=False)
        assert rebuilt(build_file, data) == data

    def test_a_plain_picture_pays_little(self, picture):
        """Signature, version, length and checksum of the header, item, checksum of the layer."""
        info = svac2.info(svac2.encode(picture, enhance=False))
        kind, width, height, layer = 1, 1, 1, 2
        assert info.header_size + 4 - (kind + width + height + layer) <= 16

    def test_metadata(self, build_file, picture):
        metadata = {"icc_profile": b"profile", "exif": b"MM\0*" + bytes(8), "xmp": b"<xmp/>"}
        data = svac2.encode(picture, enhance=False, cicp=(9, 16, 0, True), **metadata)
        types = (build_file.ICC, build_file.EXIF, build_file.XMP)
        more = [
            (kind | build_file.CHECKED, content)
            for kind, content in zip(types, metadata.values(), strict=True)
        ]
        assert rebuilt(build_file, data, more=more, cicp=bytes([9, 16, 0, 1])) == data

    def test_without_checksums(self, build_file, picture):
        data = svac2.encode(picture, enhance=False, checksum=False)
        layer = svac2.info(data).layers[0]
        items = [(build_file.LAYER | build_file.CRITICAL, data[layer.start :])]
        assert rebuilt(build_file, data, items=items) == data
        assert not svac2.info(data).checksum


class TestUnknown:
    def test_item_is_passed_over(self, build_file, picture):
        data = svac2.encode(picture, enhance=False)
        changed = rebuilt(build_file, data, more=[(60, b"whatever"), (60, b"twice")])
        np.testing.assert_array_equal(svac2.decode(changed), svac2.decode(data))
        assert svac2.info(changed).file_size == len(changed)

    def test_critical_item_is_refused(self, build_file, picture):
        data = svac2.encode(picture, enhance=False)
        changed = rebuilt(build_file, data, more=[(60 | build_file.CRITICAL, b"whatever")])
        for function in (svac2.info, svac2.decode):
            with pytest.raises(svac2.UnsupportedError, match="an item of type 60"):
                function(changed)

    @pytest.mark.parametrize("bits", [5 << 2, 6 << 2, 7 << 2])
    def test_kind_of_picture_is_refused(self, build_file, picture, bits):
        data = svac2.encode(picture, enhance=False)
        with pytest.raises(svac2.UnsupportedError, match="a kind of picture"):
            svac2.decode(rebuilt(build_file, data, reserved=bits))

    @pytest.mark.parametrize("bit", [11])
    def test_kind_of_layer_is_refused(self, build_file, picture, bit):
        data = svac2.encode(picture, enhance=False)
        layers = [(0, svac2.info(data).qp + (1 << bit) / 8)]
        with pytest.raises(svac2.UnsupportedError, match="a kind of picture"):
            svac2.decode(rebuilt(build_file, data, layers=layers))

    def test_version(self, build_file, picture):
        data = svac2.encode(picture, enhance=False)
        with pytest.raises(svac2.FormatError, match="format version 11; this library reads"):
            svac2.decode(rebuilt(build_file, data, version=11))


class TestRules:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"layers": [(1, 30), (2, 30), (0, 30)]}, "more than 2 layers"),
            ({"layers": [(1, 30), (0, 30)]}, "there are 2 layers|lists 1 of 2 parts"),
            ({"layers": [(0, -1 / 8)]}, "qp -0.125 of layer 0"),
            ({"layers": [(0, 63.125)]}, "qp 63.125 of layer 0"),
            ({"items": []}, "lists 0 of 1 parts"),
            ({"model": bytes(9)}, "strength 0"),
            ({"model": bytes(8) + b"\x41"}, "strength 65"),
            ({"extra": b"\x3c\x80\0"}, "longer than it needs to be"),
            ({"extra": b"\x3c\x80"}, "cut short"),
            ({"extra": b"\x3c\0" * 64}, "more than 64 items"),
            ({"more": [(2, b"a"), (2, b"b")]}, "two items of type 2"),
            ({"more": [(1 | 2 << 6, b"a")]}, "item 1 of the header is of type 1"),
            ({"more": [(0, b"a")]}, "of type 0, has flags 0"),
            ({"items": [(1, b"a")]}, "of type 1, has flags 0"),
        ],
    )
    def test_broken(self, build_file, picture, changes, message):
        data = svac2.encode(picture, enhance=False)
        with pytest.raises(svac2.CorruptError, match=message):
            svac2.decode(rebuilt(build_file, data, **changes))

    def test_every_flip_of_the_header(self, picture):
        data = svac2.encode(picture, icc_profile=b"profile", cicp=(1, 13, 0, True))
        for place in range(svac2.info(data).header_size):
            for bit in range(8):
                damaged = bytearray(data)
                damaged[place] ^= 1 << bit
                for verify in (True, False):
                    with pytest.raises(svac2.FormatError):
                        svac2.decode(damaged, verify=verify)

    def test_flips_of_metadata(self, picture):
        data = svac2.encode(picture, xmp=b"<xmp/>" * 10)
        for place in range(svac2.info(data).layers[-1].end, len(data)):
            damaged = bytearray(data)
            damaged[place] ^= 4
            with pytest.raises(svac2.CorruptError, match="checksum"):
                svac2.decode(damaged)
            info = svac2.info(damaged)
            with pytest.raises(svac2.CorruptError, match="checksum"):
                _ = info.xmp
            np.testing.assert_array_equal(svac2.decode(damaged, verify=False), svac2.decode(data))


class TestParts:
    """What a header says of the parts of layers; 1 << 10 in a layer's entry: without loss."""

    @pytest.mark.parametrize(
        ("reserved", "layers", "types", "message"),
        [
            (1 << 7, [(0, 30), (0, 30)], [1], "lists 1 of 2 parts"),
            (1 << 7, [(0, 30), (0, 30)], [5, 1], "item 0 of the header is of type 5"),
            (1 << 7, [(0, 30), (0, 30)], [1, 1], "item 1 of the header is of type 1"),
            (0, [(0, 30)], [1, 5], "item 1 of the header is of type 5; there are 1 layers of 1"),
            (0, [(1, 30 + 128), (0, 30)], [1, 1], "the base layer in the header is lossless"),
            (0, [(0, 128 - 1 / 8)], [1], "largest error -1 of layer 0"),
            (1 << 7, [(0, 30), (0, 63.125)], [1, 5], "qp 63.125 of layer 0"),
        ],
    )
    def test_broken(self, build_file, reserved, layers, types, message):
        items = [(kind | build_file.CRITICAL, b"content") for kind in types]
        data = build_file(8, 8, layers=layers, items=items, reserved=reserved)
        with pytest.raises(svac2.CorruptError, match=message):
            svac2.info(data)

    def test_restored_without_loss(self, build_file):
        items = [(build_file.LAYER | build_file.CRITICAL, bytes(9))]
        data = build_file(8, 8, layers=[(0, 128)], items=items, model=bytes(8) + b"\x20")
        with pytest.raises(svac2.CorruptError, match="a lossless picture that is to be restored"):
            svac2.info(data)

    def test_alpha_of_another_scale(self, build_file):
        items = [(kind | build_file.CRITICAL, b"content") for kind in (1, 5)]
        data = build_file(8, 8, layers=[(0, 30), (1, 30)], items=items, reserved=1 << 7)
        with pytest.raises(svac2.UnsupportedError, match="a kind of picture"):
            svac2.info(data)

    def test_alpha_that_need_not_be_known(self, build_file):
        items = [(build_file.LAYER | build_file.CRITICAL, b""), (5, b"")]
        data = build_file(8, 8, layers=[(0, 30), (0, 30)], items=items, reserved=1 << 7)
        with pytest.raises(
            svac2.CorruptError, match="item 1 of the header, of type 5, has flags 0"
        ):
            svac2.info(data)

    def test_few_bytes_and_many_pixels(self, build_file):
        items = [(build_file.LAYER | build_file.CRITICAL, bytes(8))]
        data = build_file(65535, 65535, layers=[(0, 128)], items=items)
        limits = svac2.Limits(max_pixels=None, max_side=None, max_memory=None)
        with pytest.raises(svac2.CorruptError, match="8 bytes cannot hold 65535x65535 pixels"):
            svac2.decode(data, limits=limits)
