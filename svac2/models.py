"""Networks that restore decoded pictures: which are installed, and which a file or caller names."""

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeAlias

from svac2._core import codec
from svac2.errors import ModelError, OptionError, OptionTypeError
from svac2.files import AnyPath, check_path, naming

FOLDER = Path(__file__).with_name("weights")
HASH_DIGITS = 16
# Of pictures while they are decoded, also from an effort on at which time does not count, and of
# those of which there is nothing but luma.
DEFAULT = "swift"
DEFAULT_SLOW, SLOW_EFFORT = "guided", 9
DEFAULT_ENHANCE = "clic2018"


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
        views: 1, 2, 4 or 8, mirrored and transposed, in which it sees the picture and of which the
            mean is taken: each takes as long as one alone.
        path: of the weight file.
        content: of the weight file.
    """

    name: str
    hash: str
    qps: tuple[int, ...]
    planes: int
    views: int
    path: Path = field(compare=False)
    network: codec.Network = field(compare=False)
    content: bytes = field(compare=False)

    @classmethod
    def load(cls, path: AnyPath, /) -> Self:
        """Load a weight file; ModelError says what is wrong with it."""
        file_path = check_path(path)
        from svac2.weight_files import MAX_SIZE

        with file_path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
        return cls._of(file_path, content)

    @classmethod
    def _of(cls, file_path: Path, content: bytes) -> Self:
        # Here: what it imports is much, and most programs load no weights while they start.
        from svac2.weight_files import checked_arrays

        with naming(file_path):
            arrays = checked_arrays(content)
            digest: str = arrays["hash"].item()
            network = codec.Network(
                hash=short_hash(digest),
                planes=arrays["planes"].item(),
                views=arrays["views"].item(),
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
            views=arrays["views"].item(),
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
    """Return the model that serves where none is named: one of the defaults above."""
    if name not in _installed():
        raise ModelError(f"the model {name!r}, the default, is missing in {FOLDER}")
    return _installed()[name]


def default_at(effort: int) -> Model:
    """Return the model that serves an encoder of this effort where none is named."""
    return default(DEFAULT_SLOW if effort >= SLOW_EFFORT else DEFAULT)


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
