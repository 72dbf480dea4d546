import asyncio
import threading

import pytest

from modelyard.kit.threads import in_thread


async def test_the_answer_and_the_error_come_back() -> None:
    assert await in_thread(max, 1, 2) == 2
    with pytest.raises(ValueError, match="invalid literal"):
        await in_thread(int, "x")


async def test_a_cancelled_caller_leaves_only_when_the_work_is_done() -> None:
    began, may_end = threading.Event(), threading.Event()
    done = []

    def work() -> None:
        began.set()
        may_end.wait()
        done.append(True)
        raise ValueError

    call = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(began.wait)
    call.cancel()
    await asyncio.sleep(0)
    assert not call.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert done == [True]
