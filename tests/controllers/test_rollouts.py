"""What becomes of an endpoint when its rollout changes, with processes that start in an instant."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from modelyard.domain.deployments import Deployment, Part
from modelyard.domain.endpoint_status import Phase, RevisionState, Transition, Truth
from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.models import NewVersion
from modelyard.domain.rollouts import Guard, Plan, Strategy, Target
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.formats.inference import Hints
from modelyard.services.models import Models
from tests.support.conditions import until
from tests.support.light import LightLauncher, uri
from tests.support.tracking import ME, journal
from tests.support.yard import Yard, alive


async def deployed(yard: Yard, *specs: Mapping[str, object], strategy: Strategy | None = None) -> None:
    """Revisions one after the other, each by the strategy; every one is ready before the next."""
    for number, spec in enumerate(specs, 1):
        await yard.endpoints.deploy(ME, "m", uri(**spec), Deployment(strategy=strategy or Strategy()))
        await yard.until("m", lambda seen, number=number: seen.of(number).state is RevisionState.LOADED)  # type: ignore[misc]
    await yard.until("m", lambda seen: seen.status.phase is Phase.READY)


@asynccontextmanager
async def load(yard: Yard, askers: int = 8) -> AsyncIterator[Counter[bytes]]:
    """Asks without a pause in the meantime; any request that fails, or whose value is not its revision's, is raised."""
    answers: Counter[bytes] = Counter()
    over = False

    async def ask() -> None:
        while not over:
            answer = await yard.ask("m")
            assert answer.predictions == str(answer.revision).encode(), "version and value do not agree"
            answers[answer.predictions] += 1
            await asyncio.sleep(0)

    asking = [asyncio.create_task(ask()) for _ in range(askers)]
    try:
        await until(lambda: answers.total() >= askers)
        yield answers
        before = answers.total()
        await until(lambda: answers.total() >= before + askers or any(task.done() for task in asking))
    finally:
        over = True
        await asyncio.gather(*asking)


async def _ask_on(yard: Yard) -> None:
    """Until it is cancelled, whatever the answers are."""
    while True:
        await asyncio.gather(*(yard.ask("m") for _ in range(4)), return_exceptions=True)
        await asyncio.sleep(0.01)


async def test_everything_may_change_under_load_and_nothing_is_lost(light: Yard) -> None:
    """`make zero-loss` is the long form, over HTTP."""
    await deployed(light, {"value": 1})
    values = iter(range(2, 1000))
    async with load(light) as answers:
        for _ in range(10):
            await light.endpoints.deploy(ME, "m", uri(value=(number := next(values))))
            await light.ready("m", number)
        await light.endpoints.deploy(
            ME, "m", uri(value=(canary := next(values))), Deployment(strategy=Strategy(canary=10))
        )
        await light.ready("m", number)
        for share in (50, 20):
            await light.rollouts.shift(ME, "m", (Target(number, 100 - share), Target(canary, share)))
        await light.rollouts.promote(ME, "m")
        await light.ready("m", canary)
        await light.rollouts.roll_back(ME, "m")
        await light.ready("m", number)
        await light.endpoints.deploy(ME, "m", uri(broken=True))
        await light.failed("m")
        await light.rollouts.roll_back(ME, "m")
        await light.ready("m", number)
        restarts = light.lineup("m").restarts
        for killed in range(1, 4):
            light.kill("m")
            await until(lambda killed=killed: light.lineup("m").restarts == restarts + killed and light.pids("m") != ())  # type: ignore[misc]
            before = answers.total()
            await until(lambda before=before: answers.total() > before + 100)  # type: ignore[misc] # none was lost twice
    assert answers.total() > 0
    assert set(answers) >= {str(number).encode(), str(canary).encode()}


async def test_a_killed_replica_of_several_loses_nothing_and_is_replaced(light: Yard) -> None:
    options = ServingOptions(scaling=Scaling(least=2, most=2))
    await light.endpoints.deploy(ME, "m", uri(value=1), Deployment(options))
    await light.until("m", lambda seen: seen.of(1).ready == 2)
    async with load(light):
        for victim in light.pids("m"):
            os.kill(victim, signal.SIGKILL)
            await until(lambda victim=victim: victim not in light.pids("m") and len(light.pids("m")) == 2)  # type: ignore[misc]
    assert (await light.until("m", lambda seen: seen.of(1).restarts == 2)).of(1).failure is not None


async def test_what_a_canary_gets_is_its_share_and_hints_choose_among_them(light: Yard) -> None:
    await deployed(light, {"value": 1}, {"value": 2}, strategy=Strategy(canary=20))
    seen = Counter([(await light.ask("m")).revision for _ in range(2000)])
    assert (seen[2] - 400) ** 2 / 400 + (seen[1] - 1600) ** 2 / 1600 < 20, "a chance of one in a hundred thousand"
    assert {(await light.ask("m", Hints(revision=2))).predictions for _ in range(5)} == {b"2"}
    assert len({(await light.ask("m", Hints(sticky="me"))).revision for _ in range(20)}) == 1
    with pytest.raises(NotFound):
        await light.ask("m", Hints(revision=3))
    detail = await light.endpoints.get(ME, "m")
    assert [(one.number, one.state, one.traffic) for one in detail.revisions] == [
        (1, RevisionState.LOADED, 80),
        (2, RevisionState.LOADED, 20),
    ]
    assert (detail.status.serving_revision, detail.status.transition) == (1, Transition.UP_TO_DATE)


async def test_a_broken_canary_gets_nothing_and_the_status_says_why(light: Yard) -> None:
    await deployed(light, {"value": 1})
    await light.endpoints.deploy(ME, "m", uri(broken=True), Deployment(strategy=Strategy(canary=50)))
    detail = await light.failed("m")
    assert {(await light.ask("m")).predictions for _ in range(20)} == {b"1"}
    assert (detail.status.transition, detail.status.reason) == (Transition.BLOCKED, "LoadFailed")
    failed = detail.of(2)
    assert failed.failure is not None
    assert (failed.state, failed.traffic, failed.failure.exit_code) == (RevisionState.FAILED, 0, 3)
    assert "the model is broken" in failed.failure.log_tail
    conditions = {one.type: one.status for one in detail.status.conditions}
    assert conditions == {
        "PredictorReady": Truth.TRUE,
        "RoutesReady": Truth.FALSE,
        "IngressReady": Truth.FALSE,
        "LatestDeploymentReady": Truth.FALSE,
        "Ready": Truth.FALSE,
        "Stopped": Truth.FALSE,
    }


async def test_after_a_rollback_the_one_before_answers_at_once(light: Yard, launcher: LightLauncher) -> None:
    await deployed(light, {"value": 1}, {"value": 2})
    started = list(launcher.started)
    assert (await light.ask("m")).predictions == b"2"
    await light.rollouts.roll_back(ME, "m")
    await until(lambda: light.lineup("m").shares == {1: 100})
    assert (await light.ask("m")).predictions == b"1"
    assert launcher.started == started, "it was still there"
    await light.ready("m", 1)


async def test_of_all_revisions_before_only_one_is_kept_warm(light: Yard, launcher: LightLauncher) -> None:
    await deployed(light, *({"value": number} for number in range(1, 6)))
    await until(lambda: launcher.running == 2)
    assert sorted(light.lineup("m").pools) == [4, 5]


async def test_a_shadow_is_compared_and_never_seen(light: Yard) -> None:
    await deployed(light, {"value": 1})
    await light.endpoints.deploy(ME, "m", uri(value=2), Deployment(strategy=Strategy(shadow=100)))
    await light.ready("m")
    assert {(await light.ask("m")).predictions for _ in range(30)} == {b"1"}
    await until(lambda: light.plane.lately("m")[2].different == 30)


async def test_a_canary_with_errors_is_rolled_back_by_itself(light: Yard) -> None:
    guard = Guard(error_rate=0.2, requests=10, window=30)
    await deployed(light, {"value": 1})
    await light.endpoints.deploy(ME, "m", uri(value=2, fails=5), Deployment(strategy=Strategy(canary=50, guard=guard)))
    await until(lambda: light.lineup("m").shares == {1: 50, 2: 50})
    asked = await asyncio.gather(*(light.ask("m") for _ in range(100)), return_exceptions=True)
    assert any(isinstance(one, Exception) for one in asked)
    detail = await light.until("m", lambda seen: "was rolled back" in seen.status.message)
    why = detail.endpoint.rollouts[""].rolled_back
    assert why is not None
    assert (why.revision, why.reason) == (2, "ErrorRate")
    assert {(await light.ask("m")).predictions for _ in range(20)} == {b"1"}
    assert ("endpoint.rolled_back", "m", "system") in await journal(light.database)


@pytest.mark.parametrize(
    ("spec", "guard", "reason"),
    [
        ({"value": 2, "seconds": 0.2}, Guard(latency_ms=50, requests=5), "Latency"),
        ({"value": 2, "refuses": 9}, Guard(requests=5), "ErrorRate"),
        ({"value": 2, "crashes": 1}, Guard(requests=1000), "CrashLoop"),
        ({"value": 2, "broken": True}, Guard(), "LoadFailed"),
    ],
)
async def test_a_canary_that_misbehaves_is_rolled_back_by_itself(
    light: Yard, spec: dict[str, object], guard: Guard, reason: str
) -> None:
    await deployed(light, {"value": 1})
    await light.endpoints.deploy(ME, "m", uri(**spec), Deployment(strategy=Strategy(canary=50, guard=guard)))
    asking = asyncio.create_task(_ask_on(light))
    detail = await light.until("m", lambda seen: seen.endpoint.rollouts[""].rolled_back is not None)
    asking.cancel()
    why = detail.endpoint.rollouts[""].rolled_back
    assert why is not None
    assert (why.revision, why.reason) == (2, reason)
    await light.ready("m", 1)


async def test_of_several_canaries_each_gets_its_share_and_only_the_one_at_fault_is_rolled_back(light: Yard) -> None:
    specs = ({"value": 1}, {"value": 2, "fails": 3}, {"value": 3})
    parts = [Part(uri(**spec), ServingOptions(), percent) for spec, percent in zip(specs, (40, 30, 30), strict=True)]
    await light.endpoints.deploy_all(ME, "m", parts, {})
    await light.ready("m")
    assert light.lineup("m").shares == {1: 40, 2: 30, 3: 30}
    asked = await asyncio.gather(*(light.ask("m") for _ in range(100)), return_exceptions=True)
    seen = Counter(one.revision for one in asked if not isinstance(one, BaseException))
    assert 38 <= seen[1] <= 42
    assert 28 <= seen[3] <= 32
    # A guard comes with a deployment, and watches whoever is on trial.
    guard = Guard(error_rate=0.2, requests=10, window=30)
    await light.endpoints.deploy(ME, "m", uri(value=4), Deployment(strategy=Strategy(canary=10, guard=guard)))
    await light.rollouts.shift(ME, "m", (Target(1, 40), Target(2, 30), Target(4, 30)))
    asking = asyncio.create_task(_ask_on(light))
    detail = await light.until("m", lambda seen: seen.endpoint.rollouts[""].rolled_back is not None)
    asking.cancel()
    why = detail.endpoint.rollouts[""].rolled_back
    assert why is not None
    assert (why.revision, why.reason) == (2, "ErrorRate")
    await until(lambda: light.lineup("m").shares == {1: 70, 4: 30})


async def test_a_plan_is_climbed_to_its_end_by_itself(light: Yard) -> None:
    await deployed(light, {"value": 1})
    strategy = Strategy(plan=Plan((10, 50, 100), 0.1), guard=Guard())
    await light.endpoints.deploy(ME, "m", uri(value=2), Deployment(strategy=strategy))
    async with load(light, askers=2):
        await light.ready("m", 2)
    shifts = [
        action for action, _, actor in await journal(light.database) if actor == "system" and action[9:] != "moved"
    ]
    assert shifts == ["endpoint.traffic_shifted", "endpoint.promoted"]
    assert light.lineup("m").rollout.previous == 1


async def test_a_moved_alias_rolls_the_endpoint(light: Yard) -> None:
    models = Models(light.database)
    await models.create(ME, "taxi")
    for value in (1, 2):
        await light.versions.create(ME, "taxi", NewVersion(f"s3://light/{uri(value=value).rpartition('/')[2]}"))
    await light.versions.set_alias(ME, "taxi", "champion", 1)
    await light.endpoints.deploy(ME, "m", "models:/taxi@champion")
    await light.ready("m", 1)
    async with load(light):
        await light.versions.set_alias(ME, "taxi", "champion", 2)
        detail = await light.ready("m", 2)
    assert detail.endpoint.revision.model_version == "2"


async def test_an_endpoint_comes_back_as_it_was_after_a_kill(light: Yard, launcher: LightLauncher) -> None:
    await deployed(light, {"value": 1}, {"value": 2})
    await light.endpoints.deploy(ME, "m", uri(value=3), Deployment(strategy=Strategy(canary=30)))
    await light.until("m", lambda seen: seen.of(3).traffic == 30)
    await light.endpoints.deploy(ME, "other", uri(value=1))
    await light.ready("other")
    await light.endpoints.stop(ME, "other")
    await light.until("other", lambda seen: seen.status.phase is Phase.STOPPED)
    await light.stop()
    await until(lambda: launcher.running == 0)
    light.start()
    assert (await light.ask("m")).revision in {2, 3}, "requests wait for the replicas"
    await until(lambda: light.lineup("m").shares == {2: 70, 3: 30})
    assert light.lineup("m").rollout.previous == 1
    with pytest.raises(Unavailable, match="is stopped"):
        await light.ask("other")


async def test_after_a_kill_amid_a_failed_deployment_what_answered_before_answers(light: Yard) -> None:
    await deployed(light, {"value": 1})
    await light.endpoints.deploy(ME, "m", uri(broken=True, preparing=0.2))
    await light.failed("m")
    await light.stop()
    light.start()
    assert (await light.ask("m")).predictions == b"1"
    assert (await light.failed("m")).status.serving_revision == 1


async def test_what_is_stopped_runs_nothing_and_is_started_again(light: Yard, launcher: LightLauncher) -> None:
    await deployed(light, {"value": 1})
    (pid,) = light.pids("m")
    await light.endpoints.stop(ME, "m")
    await light.until("m", lambda seen: seen.status.phase is Phase.STOPPED)
    await until(lambda: not alive(pid) and launcher.running == 0)
    with pytest.raises(Unavailable, match="modelyard start m"):
        await light.ask("m")
    await light.endpoints.start(ME, "m")
    await light.ready("m")
    assert (await light.ask("m")).predictions == b"1"


async def test_several_models_of_one_endpoint_are_looked_after_one_by_one(light: Yard) -> None:
    for value, model in enumerate(("day", "night"), 1):
        await light.endpoints.deploy(ME, "m", uri(value=value), Deployment(model=model))
    await light.until("m", lambda seen: seen.status.phase is Phase.READY and len(seen.revisions) == 2)
    assert [(await light.ask(f"m/{model}")).predictions for model in ("day", "night")] == [b"1", b"2"]
    with pytest.raises(NotFound):
        await light.ask("m")
    await light.endpoints.stop(ME, "m", "day")
    await until(lambda: light.lineup("m", "day").pools == {})
    with pytest.raises(Unavailable, match="'m/day' is stopped"):
        await light.ask("m/day")
    await light.endpoints.deploy(ME, "m", uri(broken=True), Deployment(model="dusk"))
    assert "model 'dusk': " in (await light.failed("m")).status.message
    await light.endpoints.remove_model(ME, "m", "dusk")
    await until(lambda: light.directory.names() == ("m/day", "m/night"))
    assert (await light.ask("m/night")).predictions == b"2"
