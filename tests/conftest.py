"""Pictures, files and C programs that the tests share."""

import binascii
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import svac2
from svac2._core import codec
from svac2.demo import PICTURE
from svac2.layers import Layer, OutputSize, Reduction
from svac2.weight_files import weights_hash

ROOT = Path(__file__).parent.parent
CORE = ROOT / "csrc"
C_CHECKS = ROOT / "tests" / "c"
sys.path.insert(0, str(ROOT / "tools"))


def run_silently(*command: object) -> str:
    """Run a command that must succeed without a word on standard error; return its output."""
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    return result.stdout


def import_build() -> ModuleType:
    """Return tools/core_build.py; skip tests of C programs where they cannot be built."""
    build: ModuleType = pytest.importorskip(
        "core_build", reason="the sources are not beside the tests"
    )
    if shutil.which(build.compiler()[0]) is None:
        pytest.skip("no C compiler")
    return build


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process after the other make a file, of those that share the tests."""
    import fcntl  # where there is a compiler to call

    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def link(
    sources: list[Path], program: Path, *, sanitized: bool, link_flags: Sequence[str] = ()
) -> None:
    """Compile C files, of which objects may be there already beside the program, and link them."""
    build = import_build()
    flags = ["-g", "-O1", *build.SANITIZERS] if sanitized else ["-O2"]

    def compile_file(source: Path) -> Path:
        target = program.parent / "-".join(source.with_suffix(".o").parts[-3:])
        with locked(target):
            if not target.exists():
                own = [*build.WARNINGS, "-Wshadow", *flags, f"-I{C_CHECKS}"]
                run_silently(*build.compile_command(source, target, own))
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compile_file, sources))
    linking = [*flags, *link_flags, "-pthread"]
    run_silently(*build.compiler(), *linking, *objects, "-o", program, "-lm")


@pytest.fixture(scope="session")
def run_sanitized(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a function that links C files with the core and runs the program.

    All is built with the address and undefined-behaviour sanitizers, whose reports are failures.
    link_flags: further ones.
    """
    core = import_build().core_sources(CORE)
    base = tmp_path_factory.getbasetemp()
    # Compiled once for all processes that pytest-xdist has started, which takes long enough.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sanitized-core"
    folder.mkdir(exist_ok=True)

    def run(own_sources: list[Path], *arguments: object, link_flags: Sequence[str] = ()) -> str:
        program = folder / "-".join(source.stem for source in own_sources)
        with locked(program):
            if not program.exists():
                link([*core, *own_sources], program, sanitized=True, link_flags=link_flags)
        return run_silently(program, *arguments)

    return run


@pytest.fixture(scope="session")
def link_optimised() -> Callable[[str, Path], None]:
    """Return a function that links a file of tests/c with the core by $CC -O2."""
    core = import_build().core_sources(CORE)
    return lambda name, program: link([*core, C_CHECKS / name], program, sanitized=False)


@pytest.fixture(scope="session")
def run_program() -> Callable[..., str]:
    """Return run_silently."""
    return run_silently


@pytest.fixture(params=[False, True], ids=["optimised", "sanitized"])
def run_check(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """Return a function that links a check of tests/c with some parts of the core and runs it.

    Its test runs twice: with an optimised build, and with one by the sanitizers.
    """
    build = import_build()

    def run(parts: list[str], pattern: str, *arguments: object) -> str:
        own = [C_CHECKS / "drawing.c", *sorted(C_CHECKS.glob(pattern))]
        program = tmp_path / "check"
        link([*build.core_sources(CORE, *parts), *own], program, sanitized=request.param)
        return run_silently(program, *arguments)

    return run


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """Return a small RGB picture with edges, texture and a gradient."""
    with Image.open(PICTURE) as image:
        samples = np.asarray(image.crop((490, 180, 601, 253)))
    samples.setflags(write=False)
    return samples


@pytest.fixture(scope="session")
def grey(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a small grey picture."""
    return np.asarray(Image.fromarray(photo).convert("L"))


@pytest.fixture(scope="session")
def encoded(photo: NDArray[np.uint8]) -> bytes:
    """Return a file with a checksum."""
    return svac2.encode(photo, qp=32)


def varint(value: int) -> bytes:
    """Write a number as the header does: seven bits a byte, low ones first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


class FileBuilder:
    """Makes the bytes of a file as docs/bitstream.md says, right or wrong; twin of container.c."""

    LAYER, ICC, EXIF, XMP = 1, 2, 3, 4
    CHECKED, CRITICAL = 1 << 6, 2 << 6

    def __call__(
        self,
        width: int,
        height: int,
        *,
        subsampling: str = "4:4:4",
        bit_depth: int = 8,
        layers: Sequence[tuple[int, float]] = ((0, 30),),
        items: Sequence[tuple[int, bytes]] = (),
        extra: bytes = b"",
        model: bytes = b"",
        cicp: bytes = b"",
        reserved: int = 0,
        size: int | None = None,
        version: int = 10,
    ) -> bytes:
        """Make a file.

        items: type and flags, as the byte that holds both, and content. size: what the header says
        of each, where that is not the truth. extra: further bytes of the header.
        """
        kinds = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
        flags = reserved | bool(cicp) << 6 | bool(model) << 5 | (bit_depth - 8) // 2 << 2
        body = bytes([flags | kinds.index(subsampling)]) + varint(width - 1) + varint(height - 1)
        body += (
            b"".join((scale << 14 | round(8 * qp) + 512).to_bytes(2, "big") for scale, qp in layers)
            + model
            + cicp
        )
        for head, content in items:
            body += bytes([head]) + varint(len(content) if size is None else size)
        body += extra
        start = b"\xb5S2" + bytes([version]) + varint(len(body)) + body
        file = start + binascii.crc_hqx(start, 0xFFFF).to_bytes(2, "big")
        for head, content in items:
            file += content
            if head & self.CHECKED:
                file += binascii.crc32(content).to_bytes(4, "little")
        return file

    def with_items(self, data: bytes, items: Sequence[bytes]) -> bytes:
        """Put other contents into a file's items, without checksums."""
        fields = codec.read_info(memoryview(data))
        kinds = [item["type"] for item in fields["items"]]
        heads = [kind | self.CRITICAL * (kind in codec.LAYER_ITEMS) for kind in kinds]
        listed = sum(1 + len(varint(item["size"])) for item in fields["items"])
        start = 4 + (2 if fields["header_size"] > 0x7F + 7 else 1)
        body = data[start : fields["header_size"] - 2 - listed]
        for head, content in zip(heads, items, strict=True):
            body += bytes([head]) + varint(len(content))
        header = data[:4] + varint(len(body)) + body
        return header + binascii.crc_hqx(header, 0xFFFF).to_bytes(2, "big") + b"".join(items)


@pytest.fixture(scope="session")
def make_smaller() -> Callable[..., NDArray[Any]]:
    """Return a function that makes a decoded picture of one layer smaller, as decode does."""

    def smaller(
        samples: NDArray[Any], size: int, bit_depth: int, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        unknown = dict.fromkeys(("qp", "lossless", "start", "end", "memory", "thread_memory"), 0)
        height, width = samples.shape[:2]
        layer = Layer(width=width, height=height, scale=1.0, **unknown)
        return Reduction.of([layer], 0, OutputSize(size, 1.0)).apply(samples, out, bit_depth)

    return smaller


@pytest.fixture(scope="session")
def code_and_reconstruct() -> Callable[..., tuple[bytes, NDArray[Any]]]:
    """Return a function that codes by all kernels and gives what decoders must output, too."""

    def code(samples: NDArray[Any], **options: Any) -> tuple[bytes, NDArray[Any]]:
        usual = {
            "subsampling": codec.SUBSAMPLING["auto"],
            "threads": 2,
            "checksum": True,
            "cpu_mask": codec.CPU_ALL,
            "progress": None,
        }
        return codec.encode_with_reconstruction(samples, **(usual | options))

    return code


@pytest.fixture(scope="session")
def build_file() -> FileBuilder:
    """Return a function that makes files."""
    return FileBuilder()


@pytest.fixture(scope="session")
def network_arrays() -> Callable[..., dict[str, NDArray[Any]]]:
    """Return a function that makes the arrays of a weight file: a small network, at random."""

    def make(
        heads: int = 1, planes: int = 1, cell: int = 1, ratio: int = 1, views: int = 1
    ) -> dict[str, NDArray[Any]]:
        rng = np.random.default_rng([2, heads])
        # 3x3 of the planes, 1x1 of that, 3x3 of that; the head reads all three.
        layers = [[3, 5, 0b1], [1, 4, 0b10], [3, 3, 0b100], [1, heads, 0b1110]]
        cells = [cell * ratio, cell * ratio, cell, cell]
        first = 5 * planes * cells[0] ** 2 * 9  # of which the weights can be larger
        weights = first + 4 * 5 + 3 * 4 * 9
        arrays = {
            "format": np.int32(5),
            "name": "random",
            "planes": np.int32(planes),
            "views": np.int32(views),
            "layers": np.column_stack([layers, cells]).astype(np.int32),
            "qps": np.array([24, 40], np.int32),
            "weights": np.concatenate(
                [
                    rng.integers(-most, most + 1, (2, count), np.int16)
                    for most, count in ((4096 if planes > 1 else 64, first), (64, weights - first))
                ],
                1,
            ),
            "biases": rng.integers(-3000, 3000, (2, 12), np.int32),
            "shifts": np.repeat(np.array([[9, 7, 7]], np.uint8), [5, 4, 3], 1).repeat(2, 0),
            "head_weights": rng.integers(-2000, 2000, (2, heads, cell**2, 12), np.int16),
            "head_biases": rng.integers(-(2**18), 2**18, (2, heads, cell**2), np.int32),
            "golden_qps": np.zeros(1, np.int32),
            "golden_planes": np.zeros((1, planes, 2, 3), np.uint16),
            "golden_restored": np.zeros((1, 2, 3), np.uint16),
            "training": "{}",
        }
        arrays = {name: np.asarray(array) for name, array in arrays.items()}
        return arrays | {"hash": np.asarray(weights_hash(arrays))}

    return make
