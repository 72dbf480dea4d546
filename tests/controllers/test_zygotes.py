"""What replicas are forked from may be killed: nobody is lost, and the next one is forked from another."""

import os
import signal
from pathlib import Path

import pytest

from modelyard.controllers.replicas import Launcher
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import Phase
from modelyard.domain.serving_options import ServingOptions
from tests.support.tracking import ME
from tests.support.yard import Yard, alive

ONE = [{"value": 1.0, "label": "x"}]
"""What the odd model answers to 1."""


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture
async def zygote(yard: Yard) -> int:
    """The one that the endpoint `odd` was forked from."""
    assert isinstance(yard.launcher, Launcher)
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    return parent_of(yard.pid("odd"))


async def test_replicas_outlive_the_process_they_were_forked_from(yard: Yard, zygote: int) -> None:
    first = yard.pid("odd")
    os.kill(zygote, signal.SIGKILL)
    await yard.until("odd", lambda _: not alive(zygote))
    assert await yard.predict("odd", 1) == ONE
    assert yard.pid("odd") == first
    yard.kill("odd")
    assert await yard.predict("odd", 1) == ONE
    detail = await yard.until("odd", lambda seen: seen.status.restarts == 1 and seen.status.phase is Phase.READY)
    assert detail.revisions[0].failure is not None
    second = yard.pid("odd")
    assert second != first
    assert parent_of(second) != zygote
    assert parent_of(second) != os.getpid(), "it is forked again, not started from nothing"


async def test_a_zygote_that_is_killed_while_replicas_start_is_replaced(yard: Yard, zygote: int) -> None:
    uri = await yard.keep("odd", "again", {"note": b"another model"})
    await yard.endpoints.deploy(ME, "more", uri, Deployment(ServingOptions()))
    os.kill(zygote, signal.SIGKILL)
    await yard.ready("more")
    assert await yard.predict("more", 1) == ONE
    assert await yard.predict("odd", 1) == ONE
