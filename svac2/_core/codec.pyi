from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

CPU_AVX2: int
CPU_ALL: int
MAX_DIMENSION: int
MAX_QP: int
MAX_THREADS: int
MAX_EFFORT: int
SUBSAMPLING: dict[str, int]

def encode(
    image: NDArray[np.uint8],
    *,
    qp: int,
    effort: int,
    subsampling: int,
    threads: int,
    checksum: bool,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
) -> bytes: ...
def encode_with_reconstruction(
    image: NDArray[np.uint8],
    *,
    qp: int,
    effort: int,
    subsampling: int,
    threads: int,
    checksum: bool,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
) -> tuple[bytes, NDArray[np.uint8]]: ...
def read_info(data: memoryview) -> dict[str, int]: ...
def decode(
    data: memoryview,
    *,
    threads: int,
    verify: bool,
    max_pixels: int,
    cpu_mask: int,
    progress: Callable[[int, int], object] | None,
) -> NDArray[np.uint8]: ...
def cpu_features() -> int: ...
