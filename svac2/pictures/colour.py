"""What PNG's gAMA and cHRM say, as code points or, where there are none for it, as a profile.

And profiles for code points, where a format has none.

Sources: PNG (third edition) 11.3.2, ITU-T H.273 tables 2 and 3, ICC.1:2022. All is counted in
fractions, so that the profile is the same on every machine.
"""

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from svac2.metadata import Cicp

Matrix: TypeAlias = list[list[Fraction]]

_ONE = 100_000  # PNG's unit
# Chromaticities x, y of white, red, green, blue by H.273's number, in PNG's order and unit.
_D65 = (31270, 32900)
_PRIMARIES = {
    1: (*_D65, 64000, 33000, 30000, 60000, 15000, 6000),
    4: (31000, 31600, 67000, 33000, 21000, 71000, 14000, 8000),
    5: (*_D65, 64000, 33000, 29000, 60000, 15000, 6000),
    6: (*_D65, 63000, 34000, 31000, 59500, 15500, 7000),
    9: (*_D65, 70800, 29200, 17000, 79700, 13100, 4600),
    11: (31400, 35100, 68000, 32000, 26500, 69000, 15000, 6000),
    12: (*_D65, 68000, 32000, 26500, 69000, 15000, 6000),
    22: (*_D65, 63000, 34000, 29500, 60500, 15500, 7700),
}
_TRANSFERS = {
    4: (45455,),
    5: (35714,),
    8: (_ONE,),
}  # the numbers that are a plain power, as gAMA has it
_SRGB_TRANSFER = 13
_GAMMA_TOLERANCE, _POINT_TOLERANCE = 500, 125  # writers round

_D50 = [Fraction(value, 10000) for value in (9642, 10000, 8249)]
_BRADFORD = [
    [Fraction(value, 10000) for value in row]
    for row in ((8951, 2664, -1614), (-7502, 17135, 367), (389, -685, 10296))
]
_SRGB_CURVE = [Fraction(24, 10), 1 / Fraction(1055, 1000), Fraction(55, 1055)]
_SRGB_CURVE += [1 / Fraction(1292, 100), Fraction(4045, 100_000)]
_BT709_CURVE = [1 / Fraction(45, 100), 1 / Fraction(1099, 1000), Fraction(99, 1099)]
_BT709_CURVE += [1 / Fraction(45, 10), Fraction(81, 1000)]
_CURVES = {number: [Fraction(_ONE, gamma)] for number, (gamma,) in _TRANSFERS.items()}
_CURVES |= {_SRGB_TRANSFER: _SRGB_CURVE} | dict.fromkeys((1, 6, 14, 15), _BT709_CURVE)


def describe(
    gamma: int | None, chromaticities: Sequence[int] | None, is_grey: bool
) -> Cicp | bytes | None:
    """Return what gAMA and cHRM say, in PNG's unit, or None if that is sRGB or makes no sense.

    A gamma of 1/2.2 with the primaries of sRGB is what writers are told to add to sRGB pictures.
    Primaries alone are taken to come with the curve of sRGB, a gamma alone with its primaries.
    """
    chromaticities = tuple(_PRIMARIES[1] if is_grey or chromaticities is None else chromaticities)
    primaries = _known(_PRIMARIES, chromaticities, _POINT_TOLERANCE)
    transfer = _known(_TRANSFERS, (gamma or 0,), _GAMMA_TOLERANCE)
    if not gamma or (transfer == 4 and primaries == 1):
        transfer = _SRGB_TRANSFER
    if primaries is not None and transfer is not None:
        cicp = Cicp(primaries, transfer)
        return None if cicp == Cicp.SRGB else cicp
    curve = [Fraction(_ONE, gamma)] if gamma else _SRGB_CURVE
    try:
        to_xyz = None if is_grey else _to_d50(chromaticities)
        return _profile("From PNG gAMA and cHRM", curve, to_xyz)
    except (ZeroDivisionError, struct.error):
        return None


def profile_of(cicp: Cicp, is_grey: bool) -> bytes | None:
    """Return a profile that says the same as code points, or None if none can, as of PQ and HLG."""
    curve = _CURVES.get(cicp.transfer)
    if curve is None or cicp.primaries not in _PRIMARIES:
        return None
    name = f"H.273 primaries {cicp.primaries}, transfer {cicp.transfer}"
    return _profile(name, curve, None if is_grey else _to_d50(_PRIMARIES[cicp.primaries]))


def _known(
    table: Mapping[int, tuple[int, ...]], given: Sequence[int], tolerance: int
) -> int | None:
    """Return the number of what is given, if it is near something in the table."""
    for number, known in table.items():
        if all(abs(a - b) <= tolerance for a, b in zip(known, given, strict=True)):
            return number
    return None


def _to_d50(chromaticities: Sequence[int]) -> Matrix:
    """Return the matrix from linear RGB to XYZ, its white adapted to D50 as profiles want it."""
    points = [_xyz(*chromaticities[i : i + 2]) for i in range(0, 8, 2)]
    white, primaries = points[0], _transposed(points[1:])
    amounts = [row[0] for row in _product(_inverse(primaries), _column(white))]
    to_xyz = [
        [value * amount for value, amount in zip(row, amounts, strict=True)] for row in primaries
    ]
    given, wanted = (_product(_BRADFORD, _column(point)) for point in (white, _D50))
    gains = [[Fraction(0)] * 3 for _ in range(3)]
    for i in range(3):
        gains[i][i] = wanted[i][0] / given[i][0]
    adapted = _product(_inverse(_BRADFORD), _product(gains, _BRADFORD))
    return _product(adapted, to_xyz)


def _xyz(x: int, y: int) -> list[Fraction]:
    return [Fraction(x, y), Fraction(1), Fraction(_ONE - x - y, y)]


def _column(vector: list[Fraction]) -> Matrix:
    return [[value] for value in vector]


def _transposed(matrix: Matrix) -> Matrix:
    return [list(row) for row in zip(*matrix, strict=True)]


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = _transposed(right)
    return [
        [sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0)) for column in columns]
        for row in left
    ]


def _inverse(m: Matrix) -> Matrix:
    def minor(i: int, j: int) -> Fraction:  # with its sign, by cyclic indices
        a, b, p, q = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
        return m[a][p] * m[b][q] - m[a][q] * m[b][p]

    determinant = sum((m[0][j] * minor(0, j) for j in range(3)), Fraction(0))
    return [[minor(j, i) / determinant for j in range(3)] for i in range(3)]


def _profile(title: str, curve: list[Fraction], to_xyz: Matrix | None) -> bytes:
    """Return an ICC profile, version 4, of RGB by curve and matrix, or of grey by a curve."""
    curve_tag = b"para" + struct.pack(">4xH2x", 0 if len(curve) == 1 else 3) + _fixed(curve)
    tags = {
        b"desc": _text(title),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz_tag(_D50),
    }
    if to_xyz is None:
        tags[b"kTRC"] = curve_tag
    else:
        for name, column in zip(b"rgb", _transposed(to_xyz), strict=True):
            tags[bytes([name]) + b"XYZ"] = _xyz_tag(column)
            tags[bytes([name]) + b"TRC"] = curve_tag
    space = b"GRAY" if to_xyz is None else b"RGB "
    return _assemble(space, tags)


def _assemble(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    first = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">L", len(tags)), b""
    for name, content in tags.items():
        place = body.find(content)  # curves are shared
        if place < 0:
            place = len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sLL", name, first + place, len(content))
    header = struct.pack(">L4xL4s4s4s", first + len(body), 0x04400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + _fixed(_D50)
    return header.ljust(128, b"\0") + table + body


def _fixed(values: Sequence[Fraction]) -> bytes:
    return b"".join(struct.pack(">l", round(value * 65536)) for value in values)


def _xyz_tag(values: Sequence[Fraction]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _text(text: str) -> bytes:
    content = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xLL4sLL", 1, 12, b"enUS", len(content), 28) + content
