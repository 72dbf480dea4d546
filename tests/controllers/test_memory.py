import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from modelyard.controllers.memory import Charge, Memory
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import RevisionState
from modelyard.domain.serving_options import ServingOptions
from modelyard.executors import memory as measured
from modelyard.storage.database import Database
from tests.support.conditions import until
from tests.support.light import LightLauncher, uri
from tests.support.tracking import ME
from tests.support.yard import SOON, Yard, blobs_in

MODEL = 32 << 20
MODELS = 30
ROOM = 5


@dataclass(eq=False)
class Tenant:
    """Frees its memory as soon as it is told to."""

    memory: Memory
    last: float
    matters: int = 1
    busy: bool = False
    asleep: bool = False
    charges: list[Charge] = field(default_factory=list)

    @property
    def evictable(self) -> bool:
        return not self.busy and not self.asleep

    @property
    def standing(self) -> tuple[int, float]:
        return self.matters, self.last

    def stand_by(self) -> None:
        self.asleep = True
        while self.charges:
            self.memory.free(self.charges.pop())

    async def load(self, size: int = 1, *, by_force: bool = True) -> bool:
        charge = await self.memory.reserve(self, size, by_force=by_force)
        self.asleep = charge is None
        if charge is not None:
            self.charges.append(charge)
        return charge is not None


async def test_who_was_asked_longest_ago_makes_room_and_who_matters_least_before_that() -> None:
    memory = Memory(3)
    old, older, warm = Tenant(memory, 2.0), Tenant(memory, 1.0), Tenant(memory, 9.0, matters=0)
    for tenant in (old, older, warm):
        assert await tenant.load()
    gone: list[set[Tenant]] = []
    for _ in range(3):
        assert await Tenant(memory, 10.0).load()
        gone.append({tenant for tenant in (old, older, warm) if tenant.asleep})
    assert gone == [{warm}, {warm, older}, {warm, older, old}]
    assert memory.used == 3


async def test_as_many_make_room_as_are_needed_and_no_more() -> None:
    memory = Memory(10)
    tenants = [Tenant(memory, float(number)) for number in range(10)]
    for tenant in tenants:
        await tenant.load()
    assert await Tenant(memory, 99.0).load(4)
    assert [tenant.asleep for tenant in tenants] == [True] * 4 + [False] * 6


async def test_who_is_busy_is_waited_for() -> None:
    memory = Memory(1)
    busy = Tenant(memory, 1.0, busy=True)
    await busy.load()
    waiting = asyncio.create_task(Tenant(memory, 2.0).load())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    busy.busy = False
    assert await waiting


async def test_who_does_not_insist_gets_what_is_left() -> None:
    memory = Memory(2)
    first, second = Tenant(memory, 1.0), Tenant(memory, 2.0)
    assert await first.load(by_force=False)
    assert await second.load(by_force=False)
    assert not await Tenant(memory, 3.0).load(by_force=False)
    assert not first.asleep


async def test_what_is_larger_than_the_budget_may_run_alone_and_without_a_budget_everything_may() -> None:
    memory = Memory(2)
    first = Tenant(memory, 1.0)
    await first.load()
    assert await Tenant(memory, 2.0).load(100)
    assert first.asleep
    boundless = Memory(0)
    for number in range(100):
        assert await Tenant(boundless, float(number)).load(1 << 40, by_force=False)


async def test_what_has_grown_makes_room() -> None:
    memory = Memory(10)
    first, second = Tenant(memory, 1.0), Tenant(memory, 2.0)
    await first.load(2)
    await second.load(2)
    memory.settle(second.charges[0], 9)
    memory.shrink()
    assert (first.asleep, second.asleep) == (True, False)


@pytest.fixture
async def small(own_database: Database, tmp_path: Path, launcher: LightLauncher) -> AsyncIterator[Yard]:
    """A yard with room for five models."""
    artifacts = blobs_in(own_database, tmp_path)
    made = Yard(own_database, artifacts, launcher, tmp_path, memory=ROOM * MODEL, patience=2 * SOON)
    made.start()
    yield made
    await made.stop()


async def test_many_models_share_room_for_few_and_every_request_is_answered(
    small: Yard, launcher: LightLauncher
) -> None:
    options = ServingOptions(memory=MODEL)
    for number in range(MODELS):
        await small.endpoints.deploy(ME, "many", uri(value=number), Deployment(options, model=f"m{number}"))
    await small.until("many", lambda seen: all(one.proven for one in seen.revisions) and len(seen.revisions) == MODELS)
    assert launcher.most_running <= ROOM
    random = Random(7)  # noqa: S311 - chance, the same each time
    for _ in range(10):
        some = [random.randrange(MODELS) for _ in range(ROOM + 3)]
        answers = await asyncio.gather(*(small.ask(f"many/m{number}") for number in some))
        assert [answer.predictions for answer in answers] == [str(number).encode() for number in some]
    assert launcher.most_running <= ROOM
    states = [one.state for one in (await small.endpoints.get(ME, "many")).revisions]
    assert set(states) <= {RevisionState.LOADED, RevisionState.STANDBY, RevisionState.LOADING}
    started = len(launcher.started)
    await small.stop()
    await until(lambda: launcher.running == 0)
    small.start()
    assert (await small.ask("many/m7")).predictions == b"7"
    await until(lambda: launcher.running == ROOM)
    assert len(launcher.started) - started <= ROOM + 1, "after a start nobody drives others out unasked"


async def test_what_replicas_share_is_counted_once_beside_what_each_has() -> None:
    memory = Memory(10)
    memory.shared = 4
    first, second = Tenant(memory, 1.0), Tenant(memory, 2.0)
    assert await first.load(3)
    assert await second.load(3, by_force=False)
    assert memory.used == 10
    assert not await Tenant(memory, 3.0).load(1, by_force=False)
    assert await Tenant(memory, 3.0).load(3)
    assert (first.asleep, second.asleep) == (True, False)


async def test_who_waits_without_knowing_what_it_needs_goes_by_what_was_seen_meanwhile() -> None:
    memory = Memory(100 << 20)
    first = Tenant(memory, 1.0, busy=True)
    assert await first.load(0)
    waiting = asyncio.create_task(Tenant(memory, 2.0).load(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    memory.settle(first.charges[0], 12 << 20)
    assert await waiting
    assert (first.asleep, memory.used) == (False, 24 << 20)


async def test_a_process_is_measured_by_what_it_shares_with_nobody(tmp_path: Path) -> None:
    size = 30 << 20
    code = "import os, sys; kept = bytearray(os.urandom(1) * int(sys.argv[1])); os.fork() and os.wait(); input()"
    with subprocess.Popen(  # noqa: ASYNC220 - it says nothing, and is ended here
        [sys.executable, "-S", "-c", code, str(size)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=tmp_path
    ) as parent:
        await until(lambda: bool(children(parent.pid)))
        await until(lambda: measured.shared_by_forks(parent.pid) >= size)
        assert measured.used_by(children(parent.pid)[0]) < size / 2
        assert measured.used_by(parent.pid) < size / 2
        parent.communicate(b"\n\n")
    assert measured.used_by(parent.pid) == 0


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
