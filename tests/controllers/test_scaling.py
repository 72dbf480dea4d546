import asyncio
from typing import Any

import pytest

from modelyard.controllers.scaling import Scaler
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import EndpointDetail, Phase, RevisionState
from modelyard.domain.errors import Unavailable
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.serving.dataplane import Limits
from tests.support.conditions import until
from tests.support.light import LightLauncher, uri
from tests.support.tracking import ME
from tests.support.yard import Yard, alive

SPREAD = Scaling(least=1, most=4, target=2, idle_seconds=10.0)


def looks(scaler: Scaler, start: float, loads: list[int]) -> list[int]:
    return [scaler.replicas(start + at, load, start + at) for at, load in enumerate(loads)]


def test_more_requests_than_meant_for_what_runs_start_more_up_to_the_most() -> None:
    assert looks(Scaler(SPREAD), 0, [0, 0, 0]) == [1, 1, 1]
    assert looks(Scaler(SPREAD), 0, [6, 6, 6])[-1] == 3
    assert looks(Scaler(SPREAD), 0, [100, 100, 100])[-1] == 4


def test_a_moments_burst_is_smoothed() -> None:
    assert max(looks(Scaler(SPREAD), 0, [0, 0, 5, 0, 0])) == 1


def test_fewer_are_run_only_after_it_was_calm_for_long() -> None:
    scaler = Scaler(SPREAD)
    assert looks(scaler, 0, [8, 8, 8])[-1] == 4
    calm = looks(scaler, 3, [1] * 14)
    assert calm[:9] == [4] * 9
    assert calm[-1] == 1
    assert calm == sorted(calm, reverse=True)


def test_none_are_run_after_nobody_asked_for_long_unless_some_are_always_wanted() -> None:
    to_zero = Scaler(Scaling(least=0, most=2, idle_seconds=10.0))
    assert to_zero.replicas(9.0, 0, 0.0) == 1
    assert to_zero.replicas(11.0, 0, 0.0) == 0
    assert to_zero.replicas(11.0, 1, 0.0) == 1
    assert Scaler(Scaling(least=1, most=1, idle_seconds=10.0)).replicas(1000.0, 0, 0.0) == 1


def test_where_there_is_no_choice_nothing_is_remembered() -> None:
    scaler = Scaler(Scaling(least=3, most=3))
    assert looks(scaler, 0, [0, 100, 0]) == [3, 3, 3]
    assert not scaler._needs


async def test_after_a_restart_only_the_sleeper_that_was_used_last_is_made_quick_to_wake(
    light: Yard, launcher: LightLauncher
) -> None:
    options = ServingOptions(scaling=Scaling(least=0, idle_seconds=0.2))
    for number, name in enumerate(("first", "second", "third")):
        await light.endpoints.deploy(ME, name, uri(value=number), Deployment(options))
        await light.until(name, sleeps)
    await light.ask("second")
    await light.until("second", lambda seen: seen.of(1).state is RevisionState.LOADED)
    await light.until("second", sleeps)
    for _ in range(2):  # the second time nothing has changed since the first
        await light.stop()
        launcher.prepared.clear()
        light.start()
        await until(lambda: bool(launcher.prepared))
        assert [one.model_uri for one in launcher.prepared] == [uri(value=1)]
    assert launcher.running == 0
    assert await light.ask("third")
    await light.until("third", sleeps)
    await light.stop()
    launcher.prepared.clear()
    light.memory = 64 << 20  # too little for libraries
    light.start()
    again = light.controller
    assert again is not None
    await until(lambda: len(again.reconcilers) == 3)
    await again._warm()
    assert launcher.prepared == []


def sleeps(seen: EndpointDetail) -> bool:
    return seen.of(1).state is RevisionState.STANDBY and seen.of(1).proven


async def test_a_server_without_endpoints_makes_nothing_ready(light: Yard, launcher: LightLauncher) -> None:
    assert light.controller is not None
    await light.controller._warm()
    assert launcher.prepared == []


async def test_replicas_come_with_the_load_and_go_when_it_is_over(light: Yard, launcher: LightLauncher) -> None:
    options = ServingOptions(scaling=Scaling(least=1, most=3, target=2, idle_seconds=0.5))
    await light.endpoints.deploy(ME, "m", uri(value=1, seconds=0.05), Deployment(options))
    await light.ready("m")
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            await light.ask("m")

    asking = [asyncio.create_task(ask()) for _ in range(12)]
    detail = await light.until("m", lambda seen: seen.of(1).ready == 3)
    assert detail.of(1).wanted == 3
    over.set()
    await asyncio.gather(*asking)
    await light.until("m", lambda seen: seen.of(1).ready == 1)
    await until(lambda: launcher.running == 1)
    assert detail.status.phase is Phase.READY


async def test_the_first_request_after_a_sleep_is_held_while_a_replica_starts(
    light: Yard, launcher: LightLauncher
) -> None:
    options = ServingOptions(scaling=Scaling(least=0, most=1, idle_seconds=0.1))
    await light.endpoints.deploy(ME, "m", uri(value=1), Deployment(options))
    for _ in range(3):
        asleep = await light.until("m", lambda seen: seen.of(1).state is RevisionState.STANDBY)
        await until(lambda: launcher.running == 0)
        assert (asleep.status.phase, asleep.of(1).wanted, asleep.of(1).traffic) == (Phase.READY, 0, 100)
        assert light.directory.lookup("m").metadata.platform == "light", "it can be described in its sleep"
        answers = await asyncio.gather(*(light.ask("m") for _ in range(20)))
        assert {answer.predictions for answer in answers} == {b"1"}
    assert len(launcher.started) == 4


async def test_a_request_is_held_no_longer_than_the_limit(light: Yard) -> None:
    options = ServingOptions(scaling=Scaling(least=0, most=1, idle_seconds=0.1))
    await light.endpoints.deploy(ME, "m", uri(value=1, loading=0.3), Deployment(options))
    await light.until("m", lambda seen: seen.of(1).state is RevisionState.STANDBY)
    light.plane.limits = Limits(hold=0.02)
    with pytest.raises(Unavailable, match="no process of its model running yet") as error:
        await light.ask("m")
    assert error.value.retry_after >= 1
    light.plane.limits = Limits()
    assert (await light.ask("m")).predictions == b"1", "it was started all the same"


async def test_what_slept_when_the_server_ended_sleeps_and_can_be_described_when_it_is_back(
    light: Yard, launcher: LightLauncher
) -> None:
    options = ServingOptions(scaling=Scaling(least=0, most=1, idle_seconds=60.0))
    await light.endpoints.deploy(ME, "m", uri(value=1), Deployment(options))
    await light.ready("m")
    (pid,) = light.pids("m")
    await light.stop()
    assert not alive(pid)
    light.start()
    await light.until("m", lambda seen: seen.of(1).state is RevisionState.STANDBY)
    assert light.directory.lookup("m").metadata.platform == "light"
    assert launcher.running == 0
    assert (await light.ask("m")).predictions == b"1"


async def test_what_has_answered_is_soon_looked_at_no_more_and_what_hangs_is(light: Yard) -> None:
    await light.endpoints.deploy(ME, "m", uri(value=1))
    await light.ready("m")
    await light.ask("m")
    pool = light.pool("m", 1)
    asked = pool.served.statistics.last
    assert asked > 0
    await until(lambda: pool._quiet_since == asked)
    client: Any = pool.replicas[0].client
    client.stalled = 0.001  # somebody gave up waiting for it
    await light.ask("m")
    for moment in range(1, 20):
        pool.scale(asked + moment)
    assert pool._quiet_since == asked, "it may have to be killed"
