import asyncio

import pytest

from modelyard.serving import frames, launch
from modelyard.serving.shim import main


async def test_a_frame_is_read_as_it_was_packed() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(frames.pack(b"{}", (b"one", b"two")) + frames.pack(b"[]"))
    assert await frames.read(stream) == (b"{}", b"onetwo")
    assert await frames.read(stream) == (b"[]", b"")


async def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(frames.LENGTHS.pack(2, frames.BODY_LIMIT + 1))
    with pytest.raises(frames.FrameTooLarge):
        await frames.read(stream)


def test_both_ends_keep_to_the_same_limits_and_codes() -> None:
    ours = (frames.LENGTHS.format, frames.HEADER_LIMIT, frames.BODY_LIMIT, launch.LOAD_FAILED)
    assert ours == (main.LENGTHS.format, main.HEADER_LIMIT, main.BODY_LIMIT, main.LOAD_FAILED)
