"""Packed arrays of metric points: what one row of a series holds.

Layout, little-endian: version byte, codec byte, count (varint), steps, timestamps, values, CRC-32 of all before it.
Version 1 had no CRC-32; it is still read.

An integer column is its first number and the smallest difference between neighbours (zigzag varints), then what each
difference has beyond that in 1, 2 or 4 bytes; a constant stride needs nothing more. Wilder columns are plain int64.
The codec byte holds both columns' width codes (three bits each) and the flag that the values are deflated byte planes
(the first byte of every value, then the second...: neighbouring values share their leading bytes).
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate, chain, repeat
from operator import add, sub

from modelyard.domain.errors import Corrupt
from modelyard.domain.series import Points, has_nan, sorted_unique

VERSION = 2

_UNCHECKED = 1
_CHECKSUM_BYTES = 4
_STRIDE, _PLAIN = 0, 4
_TYPECODES = {1: "B", 2: "H", 3: "I"}
_WIDTH_MASK = 0x07
_TIMESTAMPS_SHIFT = 3
_DEFLATED = 0x40
_BEST_DEFLATE_RATIO = 1032


def pack(points: Points, *, compress: bool = False) -> bytes:
    """Bytes that `unpack` turns into the same points in the same order, to the bit but for the payload of NaNs.

    `compress` deflates the values if that makes them smaller: worth its time for chunks that are kept, not while a
    request waits.
    """
    packed = bytearray((VERSION, 0))
    _put_varint(packed, len(points))
    codec = _put_integers(packed, points.steps) | _put_integers(packed, points.timestamps) << _TIMESTAMPS_SHIFT
    values = _to_bytes(_with_one_nan(points.values))
    if compress:
        deflated = zlib.compress(b"".join(values[plane::8] for plane in range(8)))
        if len(deflated) < len(values):
            codec |= _DEFLATED
            values = deflated
    packed[1] = codec
    packed += values
    packed += _checksum(packed)
    return bytes(packed)


def unpack(data: bytes) -> Points:
    """The points of a chunk. Raises Corrupt when the bytes are not one whole chunk of a version known here."""
    try:
        return _unpack(data)
    except (IndexError, ValueError, OverflowError, zlib.error) as error:
        raise Corrupt(f"A chunk of metric points cannot be read ({len(data)} bytes): {error}") from error


def count_of(data: bytes) -> int:
    """How many points a chunk says it has. Raises Corrupt when it does not even say that."""
    try:
        return _varint(data, 2)[0]
    except (IndexError, ValueError) as error:
        raise Corrupt(f"A chunk of metric points cannot be read ({len(data)} bytes): {error}") from error


def merge(chunks: Iterable[bytes]) -> Points:
    """The points of all chunks in history order (timestamp, step, value), exact repeats once."""
    merged = Points()
    for chunk in chunks:
        points = unpack(chunk)
        merged.steps.extend(points.steps)
        merged.timestamps.extend(points.timestamps)
        merged.values.extend(points.values)
    return sorted_unique(merged)


def _unpack(data: bytes) -> Points:
    version, codec = data[0], data[1]
    if version == VERSION:
        data, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
        if _checksum(data) != checksum:
            raise ValueError("its checksum is not that of its bytes")
    elif version != _UNCHECKED:
        raise ValueError(f"version {version} is not known; this program reads up to version {VERSION}")
    if codec > _DEFLATED | 0x3F:
        raise ValueError(f"codec {codec:#x} is not known")
    deflated = bool(codec & _DEFLATED)
    count, at = _varint(data, 2)
    if count * 8 > len(data) * (_BEST_DEFLATE_RATIO if deflated else 1):
        raise ValueError(f"{count} points cannot be in so few bytes")
    steps, at = _integers(data, at, count, codec & _WIDTH_MASK)
    timestamps, at = _integers(data, at, count, codec >> _TIMESTAMPS_SHIFT & _WIDTH_MASK)
    values: array[float] = array("d")
    _fill(values, _inflate(data[at:], count) if deflated else data[at:])
    return Points(steps, timestamps, values)


def _checksum(data: bytes | bytearray) -> bytes:
    return zlib.crc32(data).to_bytes(_CHECKSUM_BYTES, "little")


def _put_integers(packed: bytearray, column: array[int]) -> int:
    """Appends a column and answers its width code."""
    if len(column) < 2:
        for number in column:
            _put_varint(packed, _zigzag(number))
        return _STRIDE
    first = column[0]
    if _is_ramp(column):
        _put_varint(packed, _zigzag(first))
        _put_varint(packed, _zigzag(column[1] - first))
        return _STRIDE
    differences = list(map(sub, column[1:], column))
    smallest = min(differences)
    spread = max(differences) - smallest
    if spread >= 2**32:
        packed += _to_bytes(column)
        return _PLAIN
    width = 1 if spread < 2**8 else 2 if spread < 2**16 else 3
    _put_varint(packed, _zigzag(first))
    _put_varint(packed, _zigzag(smallest))
    packed += _to_bytes(array(_TYPECODES[width], map(sub, differences, repeat(smallest))))
    return width


def _integers(data: bytes, at: int, count: int, width: int) -> tuple[array[int], int]:
    """A column of `count` numbers and where the next one starts."""
    column: array[int] = array("q")
    if width == _PLAIN:
        _fill(column, data[at : at + count * 8])
        return column, at + count * 8
    if count == 0:
        return column, at
    first, at = _varint(data, at)
    if count == 1:
        return array("q", (_unzigzag(first),)), at
    smallest, at = _varint(data, at)
    first, smallest = _unzigzag(first), _unzigzag(smallest)
    if width == _STRIDE:
        return _ramp(first, smallest, count), at
    if width not in _TYPECODES:
        raise ValueError(f"width code {width} is not known")
    extra: array[int] = array(_TYPECODES[width])
    end = at + (count - 1) * extra.itemsize
    _fill(extra, data[at:end])
    return array("q", accumulate(chain((first,), map(add, extra, repeat(smallest))))), end


def _is_ramp(column: array[int]) -> bool:
    first, stride, count = column[0], column[1] - column[0], len(column)
    return column[-1] == first + stride * (count - 1) and column == _ramp(first, stride, count)


def _ramp(first: int, stride: int, count: int) -> array[int]:
    if stride == 0:
        return array("q", (first,)) * count
    return array("q", range(first, first + stride * count, stride))


def _with_one_nan(values: array[float]) -> array[float]:
    if not has_nan(values):
        return values
    return array("d", [float("nan") if value != value else value for value in values])  # noqa: PLR0124 - NaN is not itself


def _inflate(deflated: bytes, count: int) -> bytes:
    inflater = zlib.decompressobj()
    planes = inflater.decompress(deflated, count * 8 + 1)
    if len(planes) != count * 8 or not inflater.eof or inflater.unused_data:
        raise ValueError(f"{count} points, but the deflated values are of another length")
    values = bytearray(count * 8)
    for plane in range(8):
        values[plane::8] = planes[plane * count : (plane + 1) * count]
    return bytes(values)


def _to_bytes(column: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _fill(column: array[int] | array[float], data: bytes) -> None:
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()


def _put_varint(packed: bytearray, number: int) -> None:
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while (byte := data[at]) > 0x7F:
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if shift > 63:
            raise ValueError("a number runs on for too long")
    return number | byte << shift, at + 1


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _unzigzag(number: int) -> int:
    return -(number + 1 >> 1) if number & 1 else number >> 1
