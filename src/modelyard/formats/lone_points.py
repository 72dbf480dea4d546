"""Chunks of a single point, to the byte as `chunks.pack` makes them, in a third of the time.

Who logs point by point makes one chunk for each.
"""

import math
import struct
from functools import lru_cache
from zlib import crc32

from modelyard.formats.chunks import VERSION

_HEAD = bytes((VERSION, 0, 1))
_value = struct.Struct("<d").pack
_checksum = struct.Struct("<I").pack


def pack_one(step: int, timestamp: int, value: float) -> bytes:
    """Version, codec, one point, its step and timestamp as zigzag varints, its value, the checksum."""
    known = math.nan if value != value else value  # noqa: PLR0124 - only NaN differs from itself
    packed = _HEAD + _zigzag_varint(step) + _zigzag_varint(timestamp) + _value(known)
    return packed + _checksum(crc32(packed))


@lru_cache(1024)
def _zigzag_varint(number: int) -> bytes:
    """What comes together often has a step or a time in common."""
    left = number << 1 if number >= 0 else (-number << 1) - 1
    packed = bytearray()
    while left > 0x7F:
        packed.append(left & 0x7F | 0x80)
        left >>= 7
    packed.append(left)
    return bytes(packed)
