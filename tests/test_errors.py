"""What svac2 says of calls and files that it refuses, and that it refuses them in time."""

import importlib
import inspect
import io
import pickle

import pytest
from PIL import Image

import svac2
from svac2 import cli
from svac2._core import codec
from svac2.errors import SvacError


@pytest.fixture
def path(encoded, tmp_path):
    path = tmp_path / "photo.svac2"
    path.write_bytes(encoded)
    return path


@pytest.fixture
def no_work(monkeypatch):
    """Make every call of the core that works on samples fail."""

    def fail(*arguments, **options):
        raise AssertionError("the work was begun")

    for name in ("encode", "decode", "enhance"):
        monkeypatch.setattr(codec, name, fail)


def calls(photo, path):
    """Every function of the interface, with what it must be given."""
    return {
        svac2.encode: (photo, {}),
        svac2.decode: (path, {}),
        svac2.enhance: (photo, {"qp": 30}),
        svac2.info: (path, {}),
        svac2.read: (path, {}),
        svac2.write: (io.BytesIO(), {}),
    }


@pytest.mark.usefixtures("no_work")
class TestOptions:
    @pytest.mark.parametrize("name", ["encode", "decode", "enhance", "info", "read", "write"])
    def test_unknown(self, photo, path, name):
        function = getattr(svac2, name)
        first, needed = calls(photo, path)[function]
        rest = (photo,) if name == "write" else ()
        with pytest.raises(TypeError, match="unknown option qualty: the options are ") as caught:
            function(first, *rest, **needed, qualty=75)
        assert isinstance(caught.value, svac2.OptionTypeError)
        signature = inspect.signature(
            {"read": svac2.decode, "write": svac2.encode}.get(name, function)
        )
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                assert parameter.name in str(caught.value)

    def test_unknown_beside_pillow(self, path):
        with pytest.raises(svac2.OptionTypeError, match="unknown option mode: the options are enh"):
            svac2.read(path, pillow=True, mode="normal")

    @pytest.mark.parametrize(
        ("function", "options", "message"),
        [
            (svac2.encode, {"mode": "multi"}, "mode='multi' .*'normal', 'multiscale', 'auto'"),
            (svac2.encode, {"mode": 1}, "mode must be .*'auto', not 1"),
            (svac2.encode, {"base_scale": 3}, "base_scale=3 .* 2, 4 or 8"),
            (svac2.encode, {"base_qp": 64}, "base_qp=64 .* to 63"),
            (svac2.encode, {"enhance": 0.5}, "enhance must be True or False, not 0.5"),
            (svac2.encode, {"model": "best"}, "model='best' .*'clic2018', 'guided'"),
            (svac2.encode, {"limits": 5}, "limits must be a svac2.Limits, not 5"),
            (svac2.encode, {"cicp": (1, 300, 0, True)}, "cicp.transfer=300 .* 0 to 255"),
            (svac2.decode, {"scale": 0.3}, "scale=0.3 .* 1, 1/2, 1/4 or 1/8"),
            (svac2.decode, {"max_size": 0}, "max_size=0 .* 1 to 65535"),
            (svac2.decode, {"max_size": 9, "scale": 0.5}, "max_size and scale were both given"),
            (svac2.decode, {"enhance": 2.5}, "enhance=2.5 .* 0 to 2"),
            (svac2.decode, {"allow_partial": 1}, "allow_partial must be True or False, not 1"),
            (svac2.enhance, {"qp": 64}, "qp=64 .* 0 to 63"),
            (svac2.enhance, {"qp": 30, "strength": -1}, "strength=-1 .* 0 to 2"),
            (
                svac2.enhance,
                {"qp": 30, "model": "guided"},
                "'guided' serves encode and decode alone",
            ),
            (svac2.info, {"limits": None}, "limits must be a svac2.Limits, not None"),
            (svac2.read, {"pillow": "yes"}, "pillow must be True or False, not 'yes'"),
        ],
    )
    def test_value_and_range_are_named(self, photo, path, function, options, message):
        first = photo if function in (svac2.encode, svac2.enhance) else path
        with pytest.raises(svac2.OptionError, match=message):
            function(first, **options)


class Noted(io.BytesIO):
    """A file that knows how far it was read."""

    end = 0

    def read(self, size=-1):
        content = super().read(size)
        self.end = max(self.end, self.tell())
        return content


class TestMissingModel:
    @pytest.fixture
    def data(self, photo, monkeypatch):
        data = svac2.encode(photo, qp=40, mode="multiscale")
        assert svac2.info(data).model == "swift"
        monkeypatch.setattr(importlib.import_module("svac2.models"), "_installed", dict)
        return data

    def test_before_decoding(self, data, no_work):
        file = Noted(data)
        with pytest.raises(svac2.ModelError, match="not installed") as caught:
            svac2.decode(file)
        info = svac2.info(data)
        assert file.end <= info.header_size
        assert info.model in str(caught.value)
        assert info.model.startswith("hash ")

    def test_what_needs_none(self, data):
        assert svac2.decode(data, enhance=False).shape == (73, 111, 3)
        assert svac2.decode(data, max_size=20).shape == (13, 20, 3)

    def test_command(self, data, tmp_path, capsys):
        source, target = tmp_path / "photo.svac2", tmp_path / "photo.png"
        source.write_bytes(data)
        assert cli.main(["decode", str(source), str(target)]) == 1
        assert "photo.svac2: the picture is to be restored by a model" in capsys.readouterr().err
        assert not target.exists()


class TestOwnFiles:
    @pytest.mark.usefixtures("no_work")
    def test_encode(self, path, encoded):
        for source in (encoded, bytearray(encoded), memoryview(encoded), io.BytesIO(encoded)):
            with pytest.raises(svac2.UnsupportedError, match=r"^a svac2 file: decode it first$"):
                svac2.encode(source)
        for source in (path, str(path)):
            with pytest.raises(svac2.UnsupportedError, match=r"photo\.svac2: a svac2 file: decode"):
                svac2.encode(source)
        with path.open("rb") as file, pytest.raises(svac2.UnsupportedError, match="a svac2 file"):
            svac2.write(io.BytesIO(), file)

    def test_bytes_of_others(self, photo):
        for content in (b"GIF89a", bytearray(b"GIF89a")):
            with pytest.raises(svac2.OptionTypeError, match=r"\(for its bytes, io\.BytesIO\)"):
                svac2.encode(content)

    def test_command(self, path, tmp_path, capsys):
        target = tmp_path / "again.svac2"
        assert cli.main(["encode", str(path), str(target)]) == 1
        assert capsys.readouterr().err == f"svac2: {path}: a svac2 file: decode it first\n"
        assert not target.exists()


class TestTargets:
    @pytest.mark.parametrize("suffix", ["png", "JPG", "webp", "avif", "jxl", "heic", "tif", "npy"])
    @pytest.mark.usefixtures("no_work")
    def test_names_of_other_formats(self, photo, suffix, tmp_path, capsys):
        source, target = tmp_path / "source.png", tmp_path / f"x.{suffix}"
        Image.fromarray(photo).save(source)
        with pytest.raises(
            svac2.OptionError, match=f"ends in .{suffix.lower()} belongs to another"
        ):
            svac2.write(target, photo)
        assert cli.main(["encode", str(source), str(target)]) == 2
        assert "belongs to another format" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == [source]

    @pytest.mark.usefixtures("no_work")
    def test_names_that_are_no_png(self, path, tmp_path, capsys):
        for words in (["decode"], ["enhance", "--qp=30"]):
            for suffix in ("gif", "svac2", "jxl"):
                assert cli.main([*words, str(path), str(tmp_path / f"x.{suffix}")]) == 2
                assert f"x.{suffix}: " in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("words", [["encode"], ["decode"], ["enhance", "--qp=30"]])
    def test_old_files_survive(self, photo, encoded, words, tmp_path, capsys):
        source = tmp_path / "source"
        png = io.BytesIO()
        Image.fromarray(photo).save(png, "PNG")
        content = encoded if words == ["decode"] else png.getvalue()
        target = tmp_path / ("old.svac2" if words == ["encode"] else "old.png")
        target.write_bytes(b"old")
        for wrong in (b"", content[: len(content) // 2], b"text"):
            source.write_bytes(wrong)
            assert cli.main([*words, str(source), str(target)]) == 1
            assert capsys.readouterr().err.startswith("svac2: ")
            assert target.read_bytes() == b"old"
            assert sorted(tmp_path.iterdir()) == [target, source]

    def test_an_exception_of_progress_leaves_the_old_file(self, photo, tmp_path):
        def stop(done, total):
            raise InterruptedError("enough")

        target = tmp_path / "old.svac2"
        target.write_bytes(b"old")
        with pytest.raises(InterruptedError, match="enough"):
            svac2.write(target, photo, progress=stop)
        assert target.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [target]


class TestShown:
    def test_model(self):
        for model in svac2.models():
            assert repr(model) == f"<svac2.Model {model.name}, hash {model.hash[:16]}>"

    def test_info(self, encoded, grey):
        size = len(encoded)
        kind = svac2.info(encoded).subsampling
        expected = f"<svac2.ImageInfo 111x73 RGB {kind}, qp 32, normal, {size} bytes>"
        assert repr(svac2.info(encoded)) == expected
        data = svac2.encode(grey, qp=40, mode="multiscale", enhance=False)
        info = svac2.info(data)
        assert repr(info) == f"<svac2.ImageInfo 111x73 grey, qp 40, multiscale, {len(data)} bytes>"
        assert len(repr(info.layers[0])) < 120

    def test_notebook(self, encoded):
        table = svac2.info(encoded)._repr_html_()
        assert table.startswith("<table>")
        for text in ("111 x 73", f"{len(encoded):,} bytes", "bits per pixel", "qp 32", "none"):
            assert text in table

    def test_notebook_lists_layers_and_metadata(self, grey):
        data = svac2.encode(grey, mode="multiscale", exif=b"<b>" * 9, cicp=(9, 16, 0, True))
        info = svac2.info(data)
        table = info._repr_html_()
        for layer in info.layers:
            assert f"{layer.width} x {layer.height}</th><td>{layer.level}" in table
        assert "EXIF, 27 bytes; primaries 9, transfer 16" in table

    def test_metadata_are_counted_not_printed(self, photo):
        data = svac2.encode(photo, xmp=b"<x/>" * 1000, icc_profile=b"<profile>", enhance=False)
        for text in (repr(svac2.info(data)), svac2.info(data)._repr_html_()):
            assert "<x/>" not in text
            assert "<profile>" not in text

    def test_all_can_be_pickled(self, encoded):
        info = svac2.info(encoded)
        for value in (info, info.metadata, svac2.Cicp(9, 16), svac2.Limits.untrusted()):
            again = pickle.loads(pickle.dumps(value))
            assert again == value
            assert type(again) is type(value)

    def test_errors_can_be_pickled(self, encoded, path):
        path.write_bytes(encoded[:-1])
        for source in (path, b"", b"GIF89a"):
            with pytest.raises(SvacError) as caught:
                svac2.decode(source)
            again = pickle.loads(pickle.dumps(caught.value))
            assert type(again) is type(caught.value)
            assert str(again) == str(caught.value)
