import math
import struct
from array import array
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.domain.errors import Corrupt
from modelyard.domain.series import Points, points_of
from modelyard.formats.chunks import merge, pack, unpack

INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(INT64, INT64, st.floats()), max_size=40)
NOW = 1_760_000_000_000


def bits(points: Points) -> tuple[list[int], list[int], list[bytes]]:
    canonical = [math.nan if math.isnan(value) else value for value in points.values]
    return list(points.steps), list(points.timestamps), [struct.pack("<d", value) for value in canonical]


def regular(count: int) -> Points:
    return points_of((step, NOW + 250 * step, math.sin(step)) for step in range(count))


@given(ROWS, st.booleans())
def test_whatever_was_packed_comes_back(rows: list[tuple[int, int, float]], compress: bool) -> None:  # noqa: FBT001
    points = points_of(rows)
    assert bits(unpack(pack(points, compress=compress))) == bits(points)


@given(st.lists(st.integers(0, 2**33), min_size=1, max_size=40), INT64)
def test_uneven_steps_of_every_width_come_back(gaps: list[int], start: int) -> None:
    steps = [min(start + sum(gaps[:end]), 2**63 - 1) for end in range(len(gaps))]
    points = points_of((step, step, 0.5) for step in steps)
    assert bits(unpack(pack(points))) == bits(points)


def test_a_single_point_is_tiny() -> None:
    assert len(pack(points_of([(1_000_000, NOW, 0.1234567)]))) <= 26


def test_regular_points_take_their_values_and_little_more() -> None:
    assert len(pack(regular(1000))) < 8 * 1000 + 24


def test_uneven_milliseconds_take_two_bytes_a_point() -> None:
    points = points_of((step, NOW + 1000 * step + step * step % 997, 0.0) for step in range(1000))
    assert len(pack(points)) < 10 * 1000 + 24


def test_compression_is_kept_only_when_it_helps() -> None:
    smooth = points_of((step, NOW + step, 1.0) for step in range(1000))
    assert len(pack(smooth, compress=True)) < 200
    noise = points_of([(1, NOW, 0.1234567)])
    assert pack(noise, compress=True) == pack(noise)


def test_every_nan_becomes_the_same_bytes() -> None:
    strange = array("d", struct.pack("=Q", 0xFFF8_0000_0000_00FF))
    assert pack(Points(array("q", [1]), array("q", [2]), strange)) == pack(points_of([(1, 2, math.nan)]))


def test_the_sign_of_zero_survives() -> None:
    assert math.copysign(1, unpack(pack(points_of([(0, 0, -0.0)]))).values[0]) == -1


def test_the_bytes_on_disk_do_not_change_between_versions_of_the_program() -> None:
    points = points_of([(-1, 1000, 1.5), (0, 1003, -math.inf)])
    columns = "00020102d00f06000000000000f83f000000000000f0ff"
    assert pack(points).hex() == f"02{columns}f1eb035f"
    before_checksums = bytes.fromhex(f"01{columns}")
    assert bits(unpack(before_checksums)) == bits(points)


@pytest.mark.parametrize("compress", [False, True])
def test_every_flipped_bit_is_found(compress: bool) -> None:  # noqa: FBT001
    data = pack(points_of((step * step, NOW + step, step % 3) for step in range(20)), compress=compress)
    for place in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(Corrupt):
            unpack(bytes(flipped))


@pytest.mark.parametrize("compress", [False, True])
def test_a_chunk_cut_short_or_run_on_is_corrupt(compress: bool) -> None:  # noqa: FBT001
    data = pack(points_of((step * step, NOW, 2.0) for step in range(100)), compress=compress)
    for end in range(len(data)):
        with pytest.raises(Corrupt):
            unpack(data[:end])
    with pytest.raises(Corrupt):
        unpack(data + b"\0")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x03\x00\x00",
        b"\x02\x00\x00",
        b"\x02",
        b"\x01\x80\x00",
        b"\x01\x07\x02\x00\x00" + bytes(16),
        b"\x01\x00" + b"\xff" * 9 + b"\x01\x00\x00",
        b"\x01\x00" + b"\xff" * 20,
        b"\x01\x40\x01\x00\x00not deflated",
        b"\x01\x00\x02\xfe" + b"\xff" * 8 + b"\x01\x02\x00\x00" + bytes(16),
    ],
)
def test_nonsense_is_corrupt(data: bytes) -> None:
    with pytest.raises(Corrupt, match="cannot be read"):
        unpack(data)


@given(st.binary(max_size=60))
def test_random_bytes_are_points_or_corrupt(data: bytes) -> None:
    try:
        points = unpack(b"\x01" + data)
    except Corrupt:
        return
    assert bits(unpack(pack(points))) == bits(points)


@given(st.lists(ROWS, max_size=4))
def test_merging_orders_and_drops_repeats(parts: list[list[tuple[int, int, float]]]) -> None:
    merged = merge([pack(points_of(rows)) for rows in parts])
    expected = {_place(*row) for rows in parts for row in rows}
    assert [_place(*point) for point in merged] == sorted(expected)


def _place(step: int, timestamp: int, value: float) -> tuple[int, int, float, bool]:
    return timestamp, step, 0.0 if math.isnan(value) else value, math.isnan(value)


def test_merging_nothing_gives_no_points() -> None:
    assert len(merge([])) == 0


def test_merging_again_changes_nothing() -> None:
    parts: Sequence[Points] = [regular(50), regular(60), points_of([(3, NOW, math.nan)] * 2)]
    once = merge(map(pack, parts))
    assert bits(merge([pack(once), *map(pack, parts)])) == bits(once)
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(once))
