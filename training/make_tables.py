"""Writes csrc/format/tables.c: every table of the format that a formula gives.

Run: python training/make_tables.py > csrc/format/tables.c
"""

import math
from collections.abc import Sequence

TX_SCALE = 4096  # an orthonormal basis in 12-bit fixed point
SEEN_MAX = 255
SPEEDS = ((1 / 10, 1 / 50), (1 / 18, 1 / 100), (1 / 32, 1 / 180), (1 / 64, 1 / 256))  # rate limits
TX_KEPT = 32  # frequencies kept of a 64-point transform
HORIZONTAL, DIAGONAL, VERTICAL = 18, 34, 50  # modes
ANGLES = (0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 23, 26, 29, 32)  # by the steps from the axis


def dct2(n: int) -> list[list[float]]:
    return [
        [
            math.sqrt((1 if k == 0 else 2) / n) * math.cos(math.pi * k * (2 * x + 1) / (2 * n))
            for x in range(n)
        ]
        for k in range(n)
    ]


def dst7(n: int) -> list[list[float]]:
    s = 2 / math.sqrt(2 * n + 1)
    return [
        [s * math.sin(math.pi * (2 * k + 1) * (x + 1) / (2 * n + 1)) for x in range(n)]
        for k in range(n)
    ]


def dct8(n: int) -> list[list[float]]:
    s = 2 / math.sqrt(2 * n + 1)
    return [
        [s * math.cos(math.pi * (2 * k + 1) * (2 * x + 1) / (4 * n + 2)) for x in range(n)]
        for k in range(n)
    ]


def integer(matrix: list[list[float]]) -> list[list[int]]:
    return [[round(TX_SCALE * v) for v in row] for row in matrix]


def transposed(matrix: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*matrix, strict=True)]


def emit(declaration: str, values: Sequence[object]) -> None:
    print(f"{declaration} = {{")
    line = "   "
    for v in values:
        item = f" {v},"
        if len(line) + len(item) > 98:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};\n")


def flat(matrix: list[list[int]]) -> list[int]:
    return [v for row in matrix for v in row]


def diagonal_scan(width: int, height: int) -> list[int]:
    """Up-right diagonal order, each entry y * 16 + x."""
    order = []
    for d in range(width + height - 1):
        for x in range(d + 1):
            y = d - x
            if x < width and y < height:
                order.append(y * 16 + x)
    return order


def cubic_filter() -> list[int]:
    """4-tap interpolation in 1/32 sample: Catmull-Rom (Keys, a = -1/2), sum 64."""
    taps = []
    for f in range(32):
        t = f / 32
        w = [
            -0.5 * t + t**2 - 0.5 * t**3,
            1 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t + 2 * t**2 - 1.5 * t**3,
            -0.5 * t**2 + 0.5 * t**3,
        ]
        q = [round(64 * v) for v in w]
        q[1 if t < 0.5 else 2] += 64 - sum(q)
        taps += q
    return taps


def smooth_filter() -> list[int]:
    """4-tap interpolation that also smooths: [1 2 1] / 4 convolved with the linear one."""
    taps = []
    for f in range(32):
        q = [(32 - f) / 2, (32 - f) + f / 2, (32 - f) / 2 + f, f / 2]
        r = [math.floor(v + 0.5) for v in q]
        r[1 if f < 16 else 2] += 64 - sum(r)
        taps += r
    return taps


def modes_at_half_width() -> list[int]:
    """Return each mode's on a grid of half the width, planar and DC first.

    A direction is that whose angle is nearest, of two the one nearer to the axis.
    """

    def nearest(angle: float, axis: int, away: int) -> int:
        steps = min(range(17), key=lambda k: abs(ANGLES[k] - abs(angle)))
        return axis + (steps if (angle > 0) == (away > 0) else -steps)

    modes = [0, 1]
    for mode in range(2, 67):
        offset = mode - VERTICAL if mode >= DIAGONAL else HORIZONTAL - mode
        angle = math.copysign(ANGLES[abs(offset)], offset)
        if mode >= DIAGONAL:
            modes.append(nearest(angle / 2, VERTICAL, 1))
        elif abs(2 * angle) <= 32:
            modes.append(nearest(2 * angle, HORIZONTAL, -1))
        else:
            modes.append(nearest(32 * 32 / (2 * angle), VERTICAL, 1))
    return modes


def main() -> None:
    print("/* Made by: python training/make_tables.py > csrc/format/tables.c */")
    print('#include "format/tables.h"')
    print('#include "format/contexts.h"')
    print()
    for kind, basis, sizes in (
        ("dct2", dct2, (4, 8, 16, 32, 64)),
        ("dst7", dst7, (4, 8, 16, 32)),
        ("dct8", dct8, (4, 8, 16, 32)),
    ):
        for n in sizes:
            matrix = integer(basis(n))[:TX_KEPT]
            emit(f"static const int16_t {kind}_{n}[]", flat(matrix))
            emit(f"static const int16_t {kind}_{n}_t[]", flat(transposed(matrix)))
    for suffix, name in (("", "sv_tx_forward"), ("_t", "sv_tx_inverse")):
        print(f"const int16_t *const {name}[3][5] = {{")
        for kind in ("dct2", "dst7", "dct8"):
            row = [f"{kind}_{n}{suffix}" for n in (4, 8, 16, 32)]
            row.append(f"dct2_64{suffix}" if kind == "dct2" else "0")
            print("    {" + ", ".join(row) + "},")
        print("};\n")
    for lw in range(4):
        for lh in range(4):
            emit(f"static const uint8_t scan_{lw}_{lh}[]", diagonal_scan(1 << lw, 1 << lh))
    print("const uint8_t *const sv_diagonal_scan[4][4] = {")
    for lw in range(4):
        print("    {" + ", ".join(f"scan_{lw}_{lh}" for lh in range(4)) + "},")
    print("};\n")
    emit("const int8_t sv_intra_cubic[128]", cubic_filter())
    emit("const int8_t sv_intra_smooth[128]", smooth_filter())
    emit("const uint8_t sv_mode_at_half_width[67]", modes_at_half_width())
    emit("const uint16_t sv_step_scale[64]", [round(1024 * 2 ** (k / 64)) for k in range(64)])
    prices = [round(-4096 * math.log2((i + 0.5) / 256)) for i in range(256)]
    emit("const uint16_t sv_bin_price[SV_BIN_PRICES]", prices)
    squash = [round(65536 / (1 + math.exp(-i / 4))) for i in range(34)]
    emit("const uint16_t sv_squash_nodes[34]", squash)
    rates = [
        [round(32768 * max(1 / (seen + 2), limit)) for limit in limits]
        for limits in SPEEDS
        for seen in range(SEEN_MAX + 1)
    ]
    emit(
        "const sv_rates sv_rates_at[SV_SPEED_COUNT * (SV_SEEN_MAX + 1)]",
        [f"{{{fast}, {slow}}}" for fast, slow in rates],
    )


if __name__ == "__main__":
    main()
