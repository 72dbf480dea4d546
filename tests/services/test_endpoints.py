from pathlib import Path

import pytest

from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import Phase, RevisionState, RevisionStatus, Status
from modelyard.domain.endpoints import Wanted
from modelyard.domain.errors import (
    Conflict,
    InvalidInput,
    InvalidState,
    ModelyardError,
    NotFound,
    PermissionDenied,
)
from modelyard.domain.graphs import Wiring
from modelyard.domain.rollouts import Strategy, Target
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.graphs import Graphs
from modelyard.services.rollouts import Rollouts
from modelyard.storage.database import Database
from tests.support.endpoints import proven, shares
from tests.support.tracking import ME, STRANGER, journal

URI = "mlflow-artifacts:/1/models/taxi"
UV = ServingOptions("uv")
CANARY = Strategy(canary=10)


async def test_what_is_deployed_is_wanted_and_the_controller_is_woken(
    endpoints: Endpoints, changes: EndpointChanges
) -> None:
    made = await endpoints.deploy(ME, "taxi", URI)
    assert (made.name, made.revision.number, made.revision.location) == ("taxi", 1, URI)
    assert changes.changed.is_set()
    assert (await endpoints.deploy(ME, "taxi", URI, Deployment(UV))).revision.environment == "uv"
    detail = await endpoints.get(ME, "taxi")
    assert (detail.endpoint.revision.number, detail.status.phase) == (2, Phase.PENDING)
    assert [each.endpoint.name for each in await endpoints.list(ME)] == ["taxi"]
    assert [revision.number for revision, _ in await endpoints.history(ME, "taxi")] == [2, 1]


async def test_a_revision_that_answered_is_what_one_can_go_back_to(
    endpoints: Endpoints, rollouts: Rollouts, reports: EndpointReports
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    assert shares(await endpoints.deploy(ME, "taxi", URI)) == ({2: 100}, 0), "the first has never answered"
    await proven(reports, "taxi", 2)
    assert shares(await endpoints.deploy(ME, "taxi", URI)) == ({3: 100}, 2)
    assert shares(await endpoints.deploy(ME, "taxi", URI)) == ({4: 100}, 2), "the third has not"
    assert shares(await rollouts.roll_back(ME, "taxi")) == ({2: 100}, 4)


async def test_a_canary_is_promoted_or_rolled_back(
    endpoints: Endpoints, rollouts: Rollouts, database: Database
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    assert shares(await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=CANARY))) == ({1: 90, 2: 10}, 0)
    assert shares(await rollouts.shift(ME, "taxi", (Target(1, 50), Target(2, 50)))) == ({1: 50, 2: 50}, 0)
    assert shares(await rollouts.promote(ME, "taxi")) == ({2: 100}, 1)
    assert shares(await rollouts.roll_back(ME, "taxi")) == ({1: 100}, 2)
    actions = [action for action, _, _ in await journal(database)]
    deployed, shifted = "endpoint.deployed", "endpoint.traffic_shifted"
    assert actions == [deployed, deployed, shifted, "endpoint.promoted", "endpoint.rolled_back"]


async def test_shadows_stay_when_shares_are_shifted_unless_others_are_named(
    endpoints: Endpoints, rollouts: Rollouts
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=CANARY))
    await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=Strategy(shadow=100)))
    kept = await rollouts.shift(ME, "taxi", (Target(1, 20), Target(2, 80)))
    assert kept.rollouts[""].shadows == (Target(3, 100, shadow=True),)
    other = await rollouts.shift(ME, "taxi", (Target(1, 100), Target(2, 50, shadow=True)))
    assert other.rollouts[""].shadows == (Target(2, 50, shadow=True),)


async def test_what_failed_to_load_is_not_promoted(
    endpoints: Endpoints, rollouts: Rollouts, reports: EndpointReports
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=CANARY))
    await reports.report("taxi", None, [RevisionStatus(2, RevisionState.FAILED)])
    with pytest.raises(InvalidState, match="Revision 2 of 'taxi' has failed to load"):
        await rollouts.promote(ME, "taxi")


async def test_revisions_of_others_get_no_requests(endpoints: Endpoints, rollouts: Rollouts) -> None:
    await endpoints.deploy(ME, "taxi", URI, Deployment(model="day"))
    await endpoints.deploy(ME, "taxi", URI, Deployment(model="night"))
    with pytest.raises(NotFound, match="no revision 9"):
        await rollouts.shift(ME, "taxi", (Target(9, 100),), model="day")
    with pytest.raises(NotFound, match="no revision 2 of model 'day'"):
        await rollouts.shift(ME, "taxi", (Target(2, 100),), model="day")


async def test_models_come_and_go_but_the_last_one_goes_with_its_endpoint(endpoints: Endpoints) -> None:
    await endpoints.deploy(ME, "taxi", URI, Deployment(model="day"))
    both = await endpoints.deploy(ME, "taxi", URI, Deployment(model="night"))
    assert {model: rollout.stable for model, rollout in both.rollouts.items()} == {"day": 1, "night": 2}
    with pytest.raises(NotFound, match="no model 'dusk'; it has 'day', 'night'"):
        await endpoints.remove_model(ME, "taxi", "dusk")
    assert list((await endpoints.remove_model(ME, "taxi", "day")).rollouts) == ["night"]
    with pytest.raises(InvalidState, match="the only model"):
        await endpoints.remove_model(ME, "taxi", "night")


async def test_what_is_stopped_keeps_what_it_is_and_is_started_again(endpoints: Endpoints) -> None:
    made = await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=Strategy(), attributes={"kserve": "{}"}))
    stopped = await endpoints.stop(ME, "taxi")
    assert (stopped.wanted, stopped.rollouts, stopped.attributes) == (Wanted.STOPPED, made.rollouts, {"kserve": "{}"})
    assert (await endpoints.start(ME, "taxi")).wanted is Wanted.SERVING
    await endpoints.stop(ME, "taxi")
    assert (await endpoints.deploy(ME, "taxi", URI)).wanted is Wanted.SERVING, "deploying means serving"


async def test_one_of_several_models_is_stopped(endpoints: Endpoints) -> None:
    await endpoints.deploy(ME, "taxi", URI, Deployment(model="day"))
    await endpoints.deploy(ME, "taxi", URI, Deployment(model="night"))
    stopped = await endpoints.stop(ME, "taxi", "day")
    assert stopped.wanted is Wanted.SERVING
    assert {model: rollout.stopped for model, rollout in stopped.rollouts.items()} == {"day": True, "night": False}
    assert not (await endpoints.start(ME, "taxi", "day")).rollouts["day"].stopped


async def test_who_saw_an_older_generation_changes_nothing(endpoints: Endpoints, rollouts: Rollouts) -> None:
    seen = await endpoints.deploy(ME, "taxi", URI)
    changed = await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=CANARY, generation=seen.generation))
    assert changed.generation == seen.generation + 1
    late = [
        endpoints.deploy(ME, "taxi", URI, Deployment(generation=seen.generation)),
        endpoints.stop(ME, "taxi", generation=seen.generation),
        rollouts.promote(ME, "taxi", generation=seen.generation),
        rollouts.roll_back(ME, "taxi", generation=seen.generation),
        rollouts.shift(ME, "taxi", (Target(1, 100),), generation=seen.generation),
        rollouts.climb("taxi", model="", generation=seen.generation),
    ]
    for attempt in late:
        with pytest.raises(Conflict, match=f"generation {changed.generation}, not {seen.generation}"):
            await attempt
    assert (await endpoints.get(ME, "taxi")).endpoint == changed


async def test_words_of_the_protocols_name_no_endpoint_and_no_model_that_is_new(
    endpoints: Endpoints, database: Database, changes: EndpointChanges
) -> None:
    with pytest.raises(InvalidInput, match="No endpoint can be called 'stats'"):
        await endpoints.deploy(ME, "stats", URI)
    with pytest.raises(InvalidInput, match="No endpoint can be called 'stats'"):
        await Graphs(database, changes).apply(ME, "stats", Wiring({}), {})
    for model in ("ready", "versions"):
        with pytest.raises(InvalidInput, match=f"No model of an endpoint can be called '{model}'"):
            await endpoints.deploy(ME, "many", URI, Deployment(model=model))
    assert await endpoints.list(ME) == []
    await endpoints.deploy(ME, "ready", URI)
    await endpoints.deploy(ME, "many", URI, Deployment(model="readily"))


@pytest.mark.parametrize(
    ("name", "uri", "environment", "error"),
    [
        ("Taxi", URI, "local", InvalidInput),
        ("-taxi", URI, "local", InvalidInput),
        ("t" * 64, URI, "local", InvalidInput),
        ("taxi", "file:///etc", "local", InvalidInput),
        ("taxi", "models:/none/1", "local", NotFound),
        ("taxi", URI, "conda", InvalidInput),
    ],
)
async def test_what_cannot_be_served_is_refused_and_not_noted(
    endpoints: Endpoints,
    changes: EndpointChanges,
    database: Database,
    name: str,
    uri: str,
    environment: str,
    error: type[ModelyardError],
) -> None:
    with pytest.raises(error):
        await endpoints.deploy(ME, name, uri, Deployment(ServingOptions(environment)))
    assert await endpoints.list(ME) == []
    assert not changes.changed.is_set()
    assert await journal(database) == []


async def test_options_and_strategies_that_cannot_be_are_refused(endpoints: Endpoints) -> None:
    with pytest.raises(InvalidInput, match=r"scaling\.least"):
        await endpoints.deploy(ME, "taxi", URI, Deployment(ServingOptions(scaling=Scaling(least=2))))
    with pytest.raises(InvalidInput, match="canary"):
        await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=Strategy(canary=300)))
    with pytest.raises(InvalidInput, match="name of a model"):
        await endpoints.deploy(ME, "taxi", URI, Deployment(model="a/b"))


async def test_an_endpoint_that_was_removed_is_there_until_nothing_of_it_runs(
    endpoints: Endpoints, rollouts: Rollouts, changes: EndpointChanges, reports: EndpointReports
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    changes.changed.clear()
    await endpoints.remove(ME, "taxi")
    assert changes.changed.is_set()
    assert (await endpoints.get(ME, "taxi")).endpoint.removed
    with pytest.raises(InvalidState, match="being removed"):
        await rollouts.promote(ME, "taxi")
    await reports.forget("taxi")
    with pytest.raises(NotFound, match="no endpoint 'taxi'"):
        await endpoints.get(ME, "taxi")
    with pytest.raises(NotFound):
        await endpoints.remove(ME, "taxi")


async def test_deploying_again_takes_a_removal_back_and_begins_anew(
    endpoints: Endpoints, reports: EndpointReports
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    await proven(reports, "taxi", 1)
    await endpoints.remove(ME, "taxi")
    again = await endpoints.deploy(ME, "taxi", URI, Deployment(strategy=CANARY))
    await reports.forget("taxi")
    assert (again.wanted, shares(again)) == (Wanted.SERVING, ({2: 100}, 0))
    assert (await endpoints.get(ME, "taxi")).endpoint == again


async def test_changes_and_new_phases_are_events_and_repeated_reports_are_not(
    endpoints: Endpoints, reports: EndpointReports, database: Database
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    for status in (Status(Phase.LOADING), Status(Phase.LOADING, message="still"), Status(Phase.READY, 1)):
        await reports.report("taxi", status, [RevisionStatus(1), RevisionStatus(99)])
    await reports.report("unknown", Status(Phase.READY, 1))
    await endpoints.remove(ME, "taxi")
    assert await journal(database) == [
        ("endpoint.deployed", "taxi", "local"),
        ("endpoint.moved", "taxi", "system"),
        ("endpoint.moved", "taxi", "system"),
        ("endpoint.removed", "taxi", "local"),
    ]
    assert (await endpoints.get(ME, "taxi")).status.updated_at > 0


async def test_logs_are_the_last_lines_of_an_endpoint_that_exists(endpoints: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "taxi.1.log").write_text("one\ntwo\nthree\n")
    (tmp_path / "taxi.2.log").write_text("four\n")
    with pytest.raises(NotFound):
        await endpoints.logs(ME, "taxi", 2)
    await endpoints.deploy(ME, "taxi", URI)
    assert await endpoints.logs(ME, "taxi", 2) == "two\nthree"
    assert await endpoints.logs(ME, "taxi", 2, revision=2) == "four"
    for lines in (0, 10_001):
        with pytest.raises(InvalidInput):
            await endpoints.logs(ME, "taxi", lines)


async def test_a_stranger_may_do_nothing(endpoints: Endpoints, rollouts: Rollouts) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    attempts = [
        endpoints.deploy(STRANGER, "taxi", URI),
        endpoints.get(STRANGER, "taxi"),
        endpoints.list(STRANGER),
        endpoints.remove(STRANGER, "taxi"),
        endpoints.logs(STRANGER, "taxi", 1),
        endpoints.history(STRANGER, "taxi"),
        endpoints.stop(STRANGER, "taxi"),
        endpoints.start(STRANGER, "taxi"),
        endpoints.remove_model(STRANGER, "taxi", ""),
        rollouts.promote(STRANGER, "taxi"),
        rollouts.roll_back(STRANGER, "taxi"),
        rollouts.shift(STRANGER, "taxi", (Target(1, 100),)),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            await attempt
