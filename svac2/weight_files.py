"""Weight files: the arrays of a network, and the hash that names it."""

import hashlib
import io
import math
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from svac2.errors import ModelError, OutOfMemoryError, SvacError

FORMAT = 5
MAX_SIZE = 2**24


class _Kind(NamedTuple):
    """What an array of a weight file must be; axes of one name have one size in all arrays."""

    dtype: str
    axes: tuple[str | int, ...] = ()


# What the hash covers, in its order.
_HASHED = {
    "planes": _Kind("<i4"),
    "views": _Kind("<i4"),
    "layers": _Kind("<i4", ("layers", 4)),
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


def weights_hash(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the hash of a network, from the arrays of its weight file."""
    digest = hashlib.sha256()
    for name, kind in _HASHED.items():
        array = np.asarray(arrays[name], kind.dtype)
        digest.update(f"{name}\n{array.shape!r}\n".encode("ascii"))
        digest.update(array.tobytes())
    return digest.hexdigest()


def checked_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a weight file, each of the kind that it must be, and hashed right."""
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
    digest = weights_hash(arrays)
    if arrays["hash"].item() != digest:
        raise ModelError(f"the hash of the weights is {digest}, not the one in the file")
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
    sizes: dict[str | int, int] = {4: 4}
    for name, (_, axes) in _KINDS.items():
        shape = arrays[name].shape
        for axis, size in zip(axes, shape, strict=False):
            sizes.setdefault(axis, size)
        expected = tuple(sizes.get(axis, axis) for axis in axes)
        if shape != expected:
            raise ModelError(f"the array {name} has the shape {shape}; it must be {expected}")
