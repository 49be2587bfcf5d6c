from collections.abc import Callable, Mapping
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from svac2.arrays import Samples

CPU_AVX2: int
CPU_AVX512_VNNI: int
CPU_ALL: int
MAX_DIMENSION: int
QP_ONE: int
MAX_PSNR: int
MAX_QP: int
MAX_THREADS: int
MAX_EFFORT: int
HEADER_START: int
SIGNATURE: bytes
BASE_QP_CHOSEN: int
ALPHA_LOSSLESS: int
MAX_ERROR: int
STRENGTH_ONE: int
STRENGTH_MAX: int
STRENGTH_CODED: int
MODES: dict[str, int]
SUBSAMPLING: dict[str, int]
METADATA: dict[str, int]
LAYER_ITEMS: tuple[int, ...]

@final
class Network:
    def __new__(
        cls,
        *,
        hash: int,
        planes: int,
        views: int,
        layers: NDArray[np.int32],
        qps: NDArray[np.int32],
        weights: NDArray[np.int16],
        biases: NDArray[np.int32],
        shifts: NDArray[np.uint8],
        head_weights: NDArray[np.int16],
        head_biases: NDArray[np.int32],
    ) -> Self: ...
    @property
    def planes(self) -> int: ...

def encode_memory(
    width: int,
    height: int,
    channels: int,
    bit_depth: int,
    *,
    effort: int,
    subsampling: int,
    threads: int,
    mode: int,
    target_psnr: float = 0.0,
    lossless: bool = False,
    alpha_qp: int = ...,
    network: Network | None = None,
) -> int: ...
def encode(
    image: Samples,
    *,
    qp: int,
    effort: int,
    subsampling: int,
    threads: int,
    checksum: bool,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
    network: Network | None = None,
    mode: int = ...,
    base_log2_scale: int = 3,
    base_qp: int = ...,
    target_size: int = 0,
    target_psnr: float = 0.0,
    lossless: bool = False,
    max_error: int = 0,
    alpha_qp: int = ...,
    exact: bool = False,
    metadata: Mapping[str, bytes] = {},
    cicp: tuple[int, int, int, bool] | None = None,
    bit_depth: int = 8,
) -> bytes: ...
def encode_with_reconstruction(
    image: Samples,
    *,
    qp: int,
    effort: int,
    subsampling: int,
    threads: int,
    checksum: bool,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
    network: Network | None = None,
    mode: int = ...,
    base_log2_scale: int = 3,
    base_qp: int = ...,
    target_size: int = 0,
    target_psnr: float = 0.0,
    lossless: bool = False,
    max_error: int = 0,
    alpha_qp: int = ...,
    exact: bool = False,
    bit_depth: int = 8,
) -> tuple[bytes, Samples]: ...
def header_size(data: memoryview) -> int: ...
def read_info(data: memoryview) -> dict[str, Any]: ...
def item_size(item: dict[str, Any]) -> int: ...
def check_item(content: memoryview, item: dict[str, Any]) -> None: ...
def decode(
    data: memoryview,
    *,
    layer: int,
    threads: int,
    verify: bool,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
    network: Network | None = None,
    strength: int = ...,
    max_pixels: int = 0,
    max_memory: int = 0,
    channels: int = 0,
    background: tuple[int, int, int] = (0, 0, 0),
    out: Samples | None = None,
) -> Samples: ...
def decode_planes(data: memoryview, *, threads: int, cpu_mask: int) -> NDArray[np.uint16]: ...
def enhance(
    image: Samples,
    *,
    network: Network,
    qp: int,
    strength: int,
    threads: int,
    cpu_mask: int,
    bit_depth: int = 8,
) -> Samples: ...
def restore_luma(
    planes: NDArray[np.uint16],
    *,
    network: Network,
    qp: int,
    strength: int,
    threads: int,
    cpu_mask: int,
) -> NDArray[np.uint16]: ...
def restore_chroma(
    planes: NDArray[np.uint16],
    *,
    factors: NDArray[np.int8],
    threads: int,
    cpu_mask: int,
) -> NDArray[np.uint16]: ...
def cpu_features() -> int: ...
