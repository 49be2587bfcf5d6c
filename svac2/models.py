"""Networks that restore decoded pictures, and the weight files that hold them."""

import hashlib
import io
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from svac2._core import codec
from svac2.errors import ModelError, OptionError, OptionTypeError, OutOfMemoryError, SvacError
from svac2.files import AnyPath, check_path, naming

FORMAT = 3
FOLDER = Path(__file__).with_name("weights")
MAX_SIZE = 2**24
HASH_DIGITS = 16
# Of pictures while they are decoded, and of those of which there is nothing but luma.
DEFAULT = "guided"
DEFAULT_ENHANCE = "clic2018"


class _Kind(NamedTuple):
    """What an array of a weight file must be; axes of one name have one size in all arrays."""

    dtype: str
    axes: tuple[str | int, ...] = ()


# What the hash covers, in its order.
_HASHED = {
    "planes": _Kind("<i4"),
    "cell": _Kind("<i4"),
    "layers": _Kind("<i4", ("layers", 3)),
    "qps": _Kind("<i4", ("sets",)),
    "weights": _Kind("<i2", ("sets", "weights")),
    "biases": _Kind("<i4", ("sets", "outputs")),
    "shifts": _Kind("|u1", ("sets", "outputs")),
    "head_weights": _Kind("<i2", ("sets", "heads", "phases", "features")),
    "head_biases": _Kind("<i4", ("sets", "heads", "phases")),
}
_DESCRIPTION = {
    "name": _Kind("str"),
    "hash": _Kind("str"),
    "golden_qps": _Kind("<i4", ("goldens",)),
    "golden_planes": _Kind("<u2", ("goldens", "planes", "height", "width")),
    "golden_restored": _Kind("<u2", ("goldens", "height", "width")),
    "training": _Kind("str"),
}
_KINDS = _HASHED | _DESCRIPTION


@dataclass(frozen=True, slots=True, repr=False)
class Model:
    """A network that restores decoded pictures, loaded from its weight file.

    Attributes:
        name: of the network.
        hash: of its weights: SHA-256, 64 hexadecimal digits. Files name a model by the first 16.
        qps: what its sets of weights were trained for; a picture takes the nearest.
        planes: what it reads: 1 for decoded luma alone, 2 for its prediction, too, 3 for luma
            before the loop filters, too. Only while svac2 decodes a picture are there more than
            one, so that `enhance` takes models of one.
        path: of the weight file.
        content: of the weight file.
    """

    name: str
    hash: str
    qps: tuple[int, ...]
    planes: int
    path: Path = field(compare=False)
    network: codec.Network = field(compare=False)
    content: bytes = field(compare=False)

    @classmethod
    def load(cls, path: AnyPath, /) -> Self:
        """Load a weight file; ModelError says what is wrong with it."""
        file_path = check_path(path)
        with file_path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
        return cls._of(file_path, content)

    @classmethod
    def _of(cls, file_path: Path, content: bytes) -> Self:
        with naming(file_path):
            arrays = _checked_arrays(content)
            digest = weights_hash(arrays)
            if arrays["hash"].item() != digest:
                raise ModelError(f"the hash of the weights is {digest}, not the one in the file")
            network = codec.Network(
                hash=short_hash(digest),
                planes=arrays["planes"].item(),
                cell=arrays["cell"].item(),
                layers=arrays["layers"],
                qps=arrays["qps"],
                weights=arrays["weights"],
                biases=arrays["biases"],
                shifts=arrays["shifts"],
                head_weights=arrays["head_weights"],
                head_biases=arrays["head_biases"],
            )
        return cls(
            name=arrays["name"].item(),
            hash=digest,
            qps=tuple(arrays["qps"].tolist()),
            planes=network.planes,
            path=file_path,
            network=network,
            content=content,
        )

    def __repr__(self) -> str:
        """Return the name and what files name it by."""
        return f"<svac2.Model {self.name}, hash {self.hash[:HASH_DIGITS]}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle one that is installed by its hash, others as a whole."""
        if find(short_hash(self.hash)) == self:
            return _installed_again, (self.name, self.hash)
        return Model._of, (self.path, self.content)


ModelLike: TypeAlias = Model | AnyPath


def weights_hash(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the hash of a network, from the arrays of its weight file."""
    digest = hashlib.sha256()
    for name, kind in _HASHED.items():
        array = np.asarray(arrays[name], kind.dtype)
        digest.update(f"{name}\n{array.shape!r}\n".encode("ascii"))
        digest.update(array.tobytes())
    return digest.hexdigest()


def short_hash(digest: str) -> int:
    """Return the part of a hash by which files name a model, 0..2^64 - 1."""
    return int(digest[:HASH_DIGITS], 16)


def models() -> list[Model]:
    """List the models that are installed, by name."""
    return list(_installed().values())


def choose(model: ModelLike) -> Model:
    """Return the model that a caller named, by the path of its weight file where it has one."""
    if isinstance(model, Model):
        return model
    if not isinstance(model, (str, os.PathLike)):
        raise OptionTypeError(
            "model must be the name of a model, the path of a weight file or a svac2.Model, not "
            + type(model).__name__
        )
    if not isinstance(model, str) or Path(model).suffix == ".npz":
        return Model.load(model)
    if model not in _installed():
        names = ", ".join(map(repr, _installed())) or "none"
        raise OptionError(
            f"model={model!r} is unknown: installed are {names}, and the path of a weight file "
            "must end in .npz"
        )
    return _installed()[model]


def default(name: str = DEFAULT) -> Model:
    """Return the model that serves where none is named: DEFAULT or DEFAULT_ENHANCE."""
    if name not in _installed():
        raise ModelError(f"the model {name!r}, the default, is missing in {FOLDER}")
    return _installed()[name]


def find(model_hash: int) -> Model | None:
    """Return the installed model that a file names."""
    for model in _installed().values():
        if short_hash(model.hash) == model_hash:
            return model
    return None


def describe(model_hash: int) -> str:
    """Return how to speak of a model that a file names: its name if it is installed."""
    model = find(model_hash)
    return model.name if model is not None else f"hash {model_hash:0{HASH_DIGITS}x}"


def _installed_again(name: str, digest: str) -> Model:
    """Return, where a pickled model is loaded, the same one as it is installed there."""
    model = find(short_hash(digest))
    if model is None or model.hash != digest:
        raise ModelError(f"the model {name!r} with hash {digest[:HASH_DIGITS]} is not installed")
    return model


@cache
def _installed() -> dict[str, Model]:
    found = (Model.load(path) for path in FOLDER.glob("*.npz"))
    return {model.name: model for model in sorted(found, key=lambda model: model.name)}


def _checked_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a weight file, each of the kind that it must be."""
    if len(content) > MAX_SIZE:
        raise ModelError(f"larger than a weight file may be, {MAX_SIZE} bytes")
    with _reading(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_SIZE:
            raise ModelError(f"larger than a weight file may be, {MAX_SIZE} bytes unpacked")
        version = _array(archive, "format", "<i4").item()
        if version != FORMAT:
            raise ModelError(f"a weight file of format {version}; this version reads {FORMAT}")
        arrays = {name: _array(archive, name, kind.dtype) for name, kind in _KINDS.items()}
    _check_shapes(arrays)
    name = arrays["name"].item()
    if not (name.isprintable() and 1 <= len(name) <= 64):
        raise ModelError(f"the name {name!r} must be of 1 to 64 printable characters")
    return arrays


@contextmanager
def _reading() -> Iterator[None]:
    """Turn into our exceptions what the reader of archives raises: of a damaged one, anything."""
    try:
        yield
    except SvacError:
        raise
    except MemoryError:
        raise OutOfMemoryError("no memory for the weights") from None
    except Exception as error:
        raise ModelError(f"not a weight file, or a damaged one: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of a member, its checksum verified; no more than was declared of it."""
    if name not in archive.namelist():
        raise ModelError(f"{name} is missing")
    member = archive.getinfo(name)
    # Of other methods zipfile unpacks more at once than it is asked for.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelError(f"{name} is neither stored nor deflated")
    with archive.open(member) as file:
        return file.read(member.file_size)


def _array(archive: zipfile.ZipFile, name: str, dtype: str) -> NDArray[Any]:
    """Return an array; unlike numpy.load, ask for no memory on the mere word of its header."""
    content = _member(archive, f"{name}.npy")
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ModelError(f"the array {name} is not in version 1.0 of NumPy's format")
    shape, is_fortran, found = np.lib.format.read_array_header_1_0(file)
    if found.kind != "U" if dtype == "str" else found != np.dtype(dtype):
        raise ModelError(f"the array {name} is of {found}; it must be of {np.dtype(dtype).name}")
    if math.prod(shape) * found.itemsize != len(content) - file.tell():
        raise ModelError(f"the array {name} has more or less content than its shape, {shape}, says")
    order: Literal["C", "F"] = "F" if is_fortran else "C"
    array = np.ndarray(shape, found, content, file.tell(), order=order)
    if dtype == "str":
        array.tolist()  # raises where a character is none
    # A copy: the content need not be aligned.
    return array.astype(found.newbyteorder("="), order="C")


def _check_shapes(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Check that axes of one name have one size."""
    sizes: dict[str | int, int] = {3: 3}
    for name, (_, axes) in _KINDS.items():
        shape = arrays[name].shape
        for axis, size in zip(axes, shape, strict=False):
            sizes.setdefault(axis, size)
        expected = tuple(sizes.get(axis, axis) for axis in axes)
        if shape != expected:
            raise ModelError(f"the array {name} has the shape {shape}; it must be {expected}")
