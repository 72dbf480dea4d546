from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.serving.shim import frames
from modelyard.serving.shim.frames import Frame, FrameTooLarge, Reader

FRAMES = st.lists(
    st.builds(
        Frame,
        number=st.integers(0, 2**32 - 1),
        code=st.integers(0, 255),
        deadline=st.floats(allow_nan=False),
        header=st.binary(max_size=30),
        body=st.binary(max_size=100),
    ),
    max_size=5,
)


@given(sent=FRAMES, cuts=st.lists(st.integers(0, 700), max_size=8))
def test_frames_are_read_as_they_were_packed_however_they_arrive(sent: list[Frame], cuts: list[int]) -> None:
    stream = b"".join(frames.pack(one.code, one.number, one.header, one.body, one.deadline) for one in sent)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reader = Reader()
    arrived = [frame for start, end in pairwise(places) for frame in reader.feed(stream[start:end])]
    assert arrived == sent


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    announced = frames.PREFIX.pack(2, frames.BODY_LIMIT + 1, 0, 0, 0.0)
    with pytest.raises(FrameTooLarge):
        list(Reader().feed(announced))
    with pytest.raises(FrameTooLarge):
        frames.pack(frames.PREDICT, 1, bytes(frames.HEADER_LIMIT + 1))
