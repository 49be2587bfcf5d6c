"""Models that are installed, and weight files: those that are right and those that are not."""

import dataclasses
import io
import os
import pickle
import struct
import sys
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

import svac2
from svac2.models import (
    DEFAULT,
    choose,
    default,
    describe,
    find,
    short_hash,
)
from svac2.weight_files import MAX_SIZE, weights_hash

MODULE = sys.modules["svac2.models"]  # as an attribute of svac2 it is the function
NUMBERS = ("planes", "views")
ARRAYS = ("layers", "qps", "weights", "biases", "shifts", "head_weights", "head_biases")
GOLDEN = ("golden_qps", "golden_planes", "golden_restored")
TEXTS = ("name", "hash", "training")


@pytest.fixture(scope="module")
def arrays(network_arrays):
    return network_arrays()


@pytest.fixture
def load(tmp_path):
    """Load a weight file of some arrays, or of some bytes."""

    def call(content):
        path = tmp_path / "weights.npz"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            np.savez(path, **content)
        return svac2.Model.load(path)

    return call


@pytest.fixture
def refused(load, tmp_path):
    """Check that a weight file is refused with the file's name and the problem."""

    def check(content, problem):
        with pytest.raises(svac2.ModelError, match=problem) as caught:
            load(content)
        assert str(caught.value).startswith(f"{tmp_path / 'weights.npz'}: ")

    return check


def file_of(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def changed(arrays, **changes):
    """Change arrays, and the hash to what it should be then."""
    arrays = arrays | changes
    return arrays | {"hash": np.asarray(weights_hash(arrays))} | changes


class TestInstalled:
    def test_models(self):
        found = {model.name: model for model in svac2.models()}
        assert list(found) == sorted(found)
        assert "clic2018" in found
        assert len({short_hash(model.hash) for model in found.values()}) == len(found)
        for model in found.values():
            assert 0 <= model.qps[0]
            assert list(model.qps) == sorted(set(model.qps))
            assert find(short_hash(model.hash)) is model
            assert describe(short_hash(model.hash)) == model.name
            assert choose(model.name) is model

    def test_listing_is_the_callers(self):
        svac2.models().clear()
        assert svac2.models()

    def test_default(self):
        assert default().name == DEFAULT
        assert default() is choose(DEFAULT)

    def test_missing_default(self, monkeypatch):
        monkeypatch.setattr(MODULE, "_installed", dict)
        assert svac2.models() == []
        with pytest.raises(svac2.ModelError, match=f"'{DEFAULT}', the default, is missing"):
            default()
        with pytest.raises(svac2.OptionError, match="installed are none"):
            choose(DEFAULT)

    def test_unknown(self):
        assert find(0x1234) is None
        assert describe(0x0A2B) == "hash 0000000000000a2b"


class TestChoose:
    def test_path(self, arrays, tmp_path, load):
        model = load(arrays)
        path = tmp_path / "weights.npz"
        for name in (path, str(path)):
            assert choose(name) == model
        assert choose(model) is model

    def test_missing_file(self, tmp_path):
        for name in (tmp_path / "missing", str(tmp_path / "missing.npz")):
            with pytest.raises(FileNotFoundError, match="missing"):
                choose(name)

    def test_unknown_name(self):
        with pytest.raises(svac2.OptionError, match=r"'best' is unknown.*'clic2018', .*\.npz"):
            choose("best")

    @pytest.mark.parametrize("wrong", [3, b"clic2018", True, 1.0])
    def test_wrong_type(self, wrong):
        with pytest.raises(svac2.OptionTypeError, match="model must be"):
            choose(wrong)


class TestWeightFile:
    @pytest.mark.parametrize("heads", [1, 2, 8])
    def test_fields(self, network_arrays, load, heads, tmp_path):
        arrays = network_arrays(heads)
        model = load(arrays)
        assert (model.name, model.qps, model.planes, model.views) == ("random", (24, 40), 1, 1)
        assert repr(model) == f"<svac2.Model random, hash {model.hash[:16]}>"
        assert model.hash == weights_hash(arrays) == arrays["hash"].item()
        assert model.path == tmp_path / "weights.npz"
        with pytest.raises(dataclasses.FrozenInstanceError):
            model.name = "other"

    def test_compressed(self, arrays, load):
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        assert load(buffer.getvalue()) == load(arrays)

    def test_column_order_means_nothing(self, arrays, load):
        turned = {name: np.asfortranarray(array) for name, array in arrays.items() if array.ndim}
        assert weights_hash(arrays | turned) == weights_hash(arrays)
        assert load(arrays | turned) == load(arrays)

    def test_further_arrays_mean_nothing(self, arrays, load):
        assert load(arrays | {"note": np.zeros(3)}) == load(arrays)

    def test_hash_is_frozen(self):
        """Files name models by this hash: it can never be computed in another way."""
        arrays = {name: np.uint8(5) for name in NUMBERS}
        arrays |= {name: np.arange(6, dtype=np.uint8).reshape(2, 3) for name in ARRAYS}
        digest = "630a11e89618c1d1eede44fc86357e4db52a3607f86820ba14bdbce7d08a8356"
        assert weights_hash(arrays) == digest
        assert short_hash("00ff" * 4 + digest) == 0x00FF00FF00FF00FF

    def test_same_weights_under_another_name(self, arrays, load):
        model = load(arrays | {"name": np.asarray("other")})
        assert (model.name, model.hash) == ("other", arrays["hash"].item())


class TestPickle:
    def test_installed(self, monkeypatch):
        """Not the weights but their hash goes to another process."""
        for model in svac2.models():
            pickled = pickle.dumps(model)
            assert len(pickled) < 500
            assert pickle.loads(pickled) is model
        monkeypatch.setattr(MODULE, "_installed", dict)
        with pytest.raises(svac2.ModelError, match="is not installed"):
            pickle.loads(pickled)

    def test_own(self, arrays, load, photo, tmp_path):
        model = load(arrays)
        (tmp_path / "weights.npz").unlink()
        again = pickle.loads(pickle.dumps(model))
        assert again == model
        assert again.path == model.path
        assert svac2.encode(photo, model=again) == svac2.encode(photo, model=model)


class TestBadContent:
    @pytest.mark.parametrize("name", ["format", *NUMBERS, *ARRAYS, *GOLDEN, *TEXTS])
    def test_missing_array(self, arrays, refused, name):
        kept = {key: array for key, array in arrays.items() if key != name}
        refused(kept, rf"{name}\.npy is missing")

    @pytest.mark.parametrize("name", [*NUMBERS, *ARRAYS, *GOLDEN, *TEXTS])
    def test_wrong_type(self, arrays, refused, name):
        wrong = np.float32 if arrays[name].dtype.kind in "iu" else np.bytes_
        refused(arrays | {name: arrays[name].astype(wrong)}, f"the array {name} is of .*must be")

    @pytest.mark.parametrize("name", [*NUMBERS, *ARRAYS, *GOLDEN, *TEXTS])
    def test_wrong_number_of_axes(self, arrays, refused, name):
        problem = f"the array {name} has the shape .*must be"
        refused(changed(arrays, **{name: arrays[name][np.newaxis]}), problem)
        if arrays[name].ndim > 0:
            refused(changed(arrays, **{name: arrays[name][0]}), problem)

    @pytest.mark.parametrize("name", ARRAYS[1:])
    def test_sets_missing(self, arrays, refused, name):
        sets = {key: arrays[key] for key in ARRAYS[1:]}
        sets[name] = sets[name][:1]
        refused(changed(arrays, **sets), "has the shape")

    @pytest.mark.parametrize("name", ARRAYS[2:])
    def test_too_short(self, arrays, refused, name):
        refused(changed(arrays, **{name: arrays[name][:, :-1]}), "must be|the layers need")

    @pytest.mark.parametrize("name", ARRAYS)
    def test_empty(self, arrays, refused, name):
        refused(changed(arrays, **{name: arrays[name][:0]}), "must be|are possible")

    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [
            ("format", 3, "of format 3; this version reads 5"),
            ("planes", 0, "0 planes"),
            ("planes", 4, "4 planes"),
            ("views", 0, "0 views"),
            ("views", 6, "6 views"),
            ("name", "", "1 to 64 printable"),
            ("name", "a\nb", "1 to 64 printable"),
            ("name", "a" * 65, "1 to 64 printable"),
            ("hash", "0" * 64, "the hash of the weights is [0-9a-f]{64}, not"),
        ],
    )
    def test_wrong_value(self, arrays, refused, name, value, problem):
        kind = {} if isinstance(value, str) else {"dtype": np.int32}
        refused(changed(arrays, **{name: np.asarray(value, **kind)}), problem)

    @pytest.mark.parametrize(
        ("name", "place", "value", "problem"),
        [
            ("layers", (0, 0), 5, "kernel of side 5"),
            ("layers", (0, 1), 0, "0 outputs"),
            ("layers", (0, 1), 2**31 - 1, "outputs"),
            ("layers", (1, 2), 0b100, "sources"),
            ("layers", (1, 2), -1, "sources"),
            ("layers", (3, 2), 0b110, "no layer reads layer 2"),
            ("layers", (3, 0), 3, "last layer"),
            ("layers", (3, 1), 2, "the layers need"),
            ("layers", (3, 1), 9, r"9 outputs; 1\.\.8"),
            ("layers", (3, 2), 0b1, "sources"),
            ("layers", (0, 3), 3, "cells with a side of 3"),
            ("layers", (1, 3), 0, "cells with a side of 0"),
            ("layers", (2, 3), 2, "layer 2 has cells of 2x2 and reads layer 1"),
            ("layers", (1, 0), 3, "the layers need"),
            ("qps", 0, -1, "qp -1"),
            ("qps", 1, 64, "qp 64"),
            ("qps", 1, 24, "must rise"),
            ("weights", (1, 3), 4097, "weight 4097"),
            ("weights", (1, 45), 65, "weight 65"),
            ("weights", (0, 60), -65, "weight -65"),
            ("biases", (0, 2), 2**31 - 1, "overflow"),
            ("biases", (1, 11), -(2**31), "overflow"),
            ("shifts", (0, 0), 25, "shift 25"),
            ("shifts", (1, 11), 255, "shift 255"),
            ("head_biases", (1, 0, 0), -(2**31), "overflow"),
        ],
    )
    def test_wrong_network(self, arrays, refused, name, place, value, problem):
        array = arrays[name].copy()
        array[place] = value
        refused(changed(arrays, **{name: array}), problem)

    def test_too_many_heads(self, network_arrays, refused):
        refused(network_arrays(9), r"9 outputs; 1\.\.8")

    @pytest.mark.parametrize("name", ["head_weights", "head_biases"])
    def test_heads_missing(self, network_arrays, refused, name):
        arrays = network_arrays(2)
        refused(changed(arrays, **{name: arrays[name][:, :1]}), "must be|the layers need")
        both = {key: arrays[key][:, :1] for key in ("head_weights", "head_biases")}
        refused(changed(arrays, **both), "the layers need")


class TestBadFile:
    def test_every_truncation(self, arrays, tmp_path):
        path = tmp_path / "weights.npz"
        path.write_bytes(file_of(arrays))
        problem = r"weights\.npz: not a weight file, or a damaged one"
        for size in reversed(range(path.stat().st_size)):
            os.truncate(path, size)
            with pytest.raises(svac2.ModelError, match=problem):
                svac2.Model.load(path)

    def test_damage_is_found_or_changes_nothing(self, arrays, load):
        whole, model = file_of(arrays), load(arrays)
        rng = np.random.default_rng(1)
        found = 0
        for _ in range(300):
            damaged = bytearray(whole)
            for place in rng.integers(0, len(whole), rng.integers(1, 4)):
                damaged[place] = rng.integers(256)
            try:
                assert load(bytes(damaged)) == model
            except svac2.ModelError:
                found += 1
        assert found > 150

    @pytest.mark.parametrize("content", [b"", b"PK\5\6", b"no archive, only some text" * 9])
    def test_not_an_archive(self, refused, content):
        refused(content, "not a weight file")

    def test_pickled(self, arrays, refused):
        class Attack:
            def __reduce__(self):
                return pytest.fail, ("the content was unpickled",)

        refused(pickle.dumps(Attack()), "not a weight file")
        refused(arrays | {"weights": np.array([[Attack()]], object)}, "weights is of object")
        refused(archive(arrays, weights=pickle.dumps(Attack())), "not a weight file")

    def test_large_file(self, refused):
        refused(bytes(MAX_SIZE + 1), "larger than a weight file may be")

    def test_large_content(self, arrays, refused):
        bomb = io.BytesIO()
        np.savez_compressed(bomb, **arrays, more=np.zeros(MAX_SIZE, np.uint8))
        assert len(bomb.getvalue()) < MAX_SIZE // 100
        refused(bomb.getvalue(), "unpacked")

    def test_more_content_than_declared(self, arrays, refused):
        """An archive whose directory hides how large a member becomes."""
        size = 2**26
        bomb = archive(arrays, zipfile.ZIP_DEFLATED, weights=bytes(size))
        bomb = bomb.replace(struct.pack("<I", size), struct.pack("<I", 200))
        tracemalloc.start()
        try:
            refused(bomb, "not a weight file")
            assert tracemalloc.get_traced_memory()[1] < size // 2
        finally:
            tracemalloc.stop()

    def test_more_content_promised_than_there_is(self, arrays, refused):
        header = io.BytesIO()
        shape = {"descr": "<i2", "fortran_order": False, "shape": (2**20, 2**40)}
        np.lib.format.write_array_header_1_0(header, shape)
        refused(archive(arrays, weights=header.getvalue()), "has more or less content than")

    @pytest.mark.parametrize("shape", [(-1, -1), (2, -150), (2.0,), None])
    def test_impossible_shape(self, arrays, refused, shape):
        text = repr({"descr": "|i1", "fortran_order": False, "shape": shape}).encode() + b"\n"
        header = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text
        refused(archive(arrays, weights=header + b"\1"), "not a weight file|content|shape")

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compression(self, arrays, refused, method):
        refused(archive(arrays, method), "neither stored nor deflated")

    def test_other_version_of_numpy(self, arrays, refused):
        content = io.BytesIO()
        np.lib.format.write_array(content, arrays["weights"], version=(2, 0))
        refused(archive(arrays, weights=content.getvalue()), r"not in version 1\.0")

    def test_wrong_checksum(self, arrays, refused):
        whole = file_of(arrays)
        weights = arrays["weights"].tobytes()
        assert zlib.crc32(weights) != zlib.crc32(bytes(len(weights)))
        refused(whole.replace(weights, bytes(len(weights))), "CRC")

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            svac2.Model.load(tmp_path / "missing.npz")
        with pytest.raises(IsADirectoryError):
            svac2.Model.load(tmp_path)
        with pytest.raises(svac2.OptionTypeError, match="path"):
            svac2.Model.load(3)


def archive(arrays, method=zipfile.ZIP_STORED, **contents):
    """Make an archive of arrays, some of whose members have a content of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array)
            file.writestr(f"{name}.npy", contents.get(name, content.getvalue()))
    return buffer.getvalue()
