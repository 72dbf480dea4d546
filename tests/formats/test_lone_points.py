from hypothesis import given
from hypothesis import strategies as st

from modelyard.domain.series import points_of
from modelyard.formats.chunks import pack
from modelyard.formats.lone_points import pack_one

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(INT64, INT64, st.floats())
def test_a_lone_point_is_packed_as_any_other(step: int, timestamp: int, value: float) -> None:
    assert pack_one(step, timestamp, value) == pack(points_of([(step, timestamp, value)]))
