"""What many endpoints that nobody asks cost: looking after them takes as many statements as looking after few."""

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from modelyard.controllers import endpoints as controller
from modelyard.controllers.lineup import Lineup
from modelyard.controllers.reconciler import Reconciler
from modelyard.controllers.replica_sets import ReplicaSet
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import EndpointDetail, RevisionState
from modelyard.domain.models import NewVersion
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.services.models import Models
from tests.support.conditions import until
from tests.support.light import LightLauncher, uri
from tests.support.statements import counted
from tests.support.tracking import ME, settled
from tests.support.yard import Yard

FEW, MANY = 2, 12
LOOKS = 5
SLEEPY = Deployment(ServingOptions(scaling=Scaling(least=0, idle_seconds=0.1)))


async def deploy(yard: Yard, first: int, last: int) -> None:
    """Endpoints that follow an alias of a model each, as they do in a company."""
    for number in range(first, last):
        await Models(yard.database).create(ME, f"model-{number}")
        location = f"s3://light/{uri(value=number).rpartition('/')[2]}"
        await yard.versions.create(ME, f"model-{number}", NewVersion(location))
        await yard.versions.set_alias(ME, f"model-{number}", "champion", 1)
        await yard.endpoints.deploy(ME, f"e{number}", f"models:/model-{number}@champion", SLEEPY)
    for number in range(first, last):
        await yard.ready(f"e{number}")


async def statements_of_looks(yard: Yard) -> int:
    assert yard.controller is not None
    await yard.controller._follow()  # aliases that others may have moved come by the clock
    with counted(yard.database) as seen:
        for _ in range(LOOKS):
            await yard.controller.reconcile()
            for reconciler in yard.controller.reconcilers.values():
                reconciler.scale(time.monotonic())
    return len(seen)


async def test_looking_after_idle_endpoints_takes_no_more_statements_however_many_there_are(
    light: Yard, launcher: LightLauncher
) -> None:
    found = []
    held: list[tuple[int, int]] = []
    for first, last in ((0, FEW), (FEW, MANY)):
        await deploy(light, first, last)
        await until(lambda: launcher.running == 0)  # all asleep
        await hold_still(light)
        found.append(await statements_of_looks(light))
        held.append((len(threads()), len(pipes())))
        go_on(light)
    assert found[0] == found[1] <= 3 * LOOKS
    # One that sleeps holds no thread and nothing open; what earlier tests left open may be closed at any time.
    running, leading = held[0]
    await until(lambda: len(threads()) <= running and len(pipes()) <= leading)


async def test_a_deployment_among_many_reads_and_reconciles_no_endpoint_but_its_own(
    light: Yard, launcher: LightLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deploy(light, 0, MANY)
    await until(lambda: launcher.running == 0)
    monkeypatch.setattr(controller, "LOOK_EVERY", 3600.0)  # aliases that others may have moved come by the clock
    await hold_still(light)
    assert light.controller is not None
    await light.controller._follow()
    await light.endpoints.deploy(ME, "e1", uri(value=100), SLEEPY)
    await light.endpoints.deploy(ME, "more", uri(value=101), SLEEPY)
    known = {name: one.endpoint.generation for name, one in light.controller.reconcilers.items()}
    assert len(known) == MANY
    read = await light.services.reports.changed(known)
    assert [one.endpoint.name for one in read] == ["e1", "more"]
    with calls(Reconciler.want) as wanted, calls_of_aliases(light) as asked:
        await light.controller.reconcile()
    assert (len(wanted), asked) == (2, [])
    await light.versions.set_alias(ME, "model-3", "champion", 1)
    with calls_of_aliases(light) as asked:
        await light.controller.reconcile()
    assert len(asked) == 1, "whatever moves an alias is looked at"
    go_on(light)


async def test_of_many_models_only_the_one_that_changes_is_looked_at(light: Yard) -> None:
    options = ServingOptions(timeout=180.0)
    for number in range(FEW):
        await light.endpoints.deploy(ME, "many", uri(value=number), Deployment(options, model=f"m{number}"))
    await light.until("many", all_loaded)
    await hold_still(light)
    assert light.controller is not None
    await light.endpoints.deploy(ME, "many", uri(value=FEW), Deployment(options, model=f"m{FEW}"))
    with calls(Lineup.want) as wanted:
        await light.controller.reconcile()
    assert len(wanted) == 1
    await light.until("many", all_loaded)
    reconciler = light.controller.reconcilers["many"]
    reconciler.scale(time.monotonic())
    with calls(ReplicaSet.look) as looked:
        reconciler.scale(time.monotonic())
    assert looked == [], "nobody has been asked"
    assert await measured(light)
    await light.ask("many/m0")
    with calls(ReplicaSet.look) as looked:
        reconciler.scale(time.monotonic())
    assert len(looked) == 1
    assert [pool.may_have_grown for one in reconciler.lineups.values() for pool in one.pools.values()].count(True) == 1
    go_on(light)


def all_loaded(seen: EndpointDetail) -> bool:
    return all(one.state is RevisionState.LOADED for one in seen.revisions)


async def measured(yard: Yard) -> bool:
    """After their start, all replicas are measured once."""
    assert yard.controller is not None
    pools = [pool for one in yard.controller.reconcilers["many"].lineups.values() for pool in one.pools.values()]
    for pool in pools:
        await pool.measure()
    return not any(pool.may_have_grown for pool in pools)


@contextlib.contextmanager
def calls(function: Callable[..., Any]) -> Iterator[list[str]]:
    """Each call of it on this thread."""
    found: list[str] = []

    def note(frame: FrameType, kind: str, _: object) -> None:
        if kind == "call" and frame.f_code is function.__code__:
            found.append(function.__qualname__)

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


@contextlib.contextmanager
def calls_of_aliases(yard: Yard) -> Iterator[list[str]]:
    """Each statement that reads what aliases name."""
    found: list[str] = []
    with counted(yard.database) as seen:
        yield found
    found += [statement for statement in seen if "model_aliases" in statement]


def threads() -> list[str]:
    """Those that watch a process or copy its log; the database may start another whenever it likes."""
    return [one.name for one in threading.enumerate() if one.name.endswith(("(_copy)", "(_watch)"))]


def pipes() -> list[str]:
    """What leads to processes; the database may open another file whenever it likes."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # what listed them
            found.append(str(one.readlink()))
    return [one for one in found if one.startswith(("pipe:", "socket:", "anon_inode:[pidfd]"))]


async def hold_still(yard: Yard) -> None:
    """Ends the loop that looks by itself, after all that there is to report has been reported."""
    assert yard._running is not None
    yard._running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await yard._running
    assert yard.controller is not None
    with counted(yard.database) as seen:
        while True:
            seen.clear()
            await asyncio.sleep(0.3)
            await settled(yard.database)
            if not seen:
                return


def go_on(yard: Yard) -> None:
    assert yard.controller is not None
    yard._running = yard.controller.start()
