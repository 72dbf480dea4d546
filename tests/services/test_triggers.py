import asyncio
import contextlib
import json
import time
from typing import Any

import pytest
from sqlalchemy import text

from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState, ModelyardError, NotFound, Unauthenticated
from modelyard.domain.listing import Listing
from modelyard.domain.models import NewVersion
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipeline_runs import PipelineRun, RunState
from modelyard.domain.pipelines import NewPipeline
from modelyard.domain.pipelines import NewVersion as NewPipelineVersion
from modelyard.domain.triggers import (
    MOST_WAITING,
    Firing,
    FiringState,
    NewTrigger,
    Rule,
    Trigger,
    TriggerChange,
    TriggerKind,
)
from modelyard.formats import webhook_signatures
from modelyard.services import trigger_firings
from modelyard.services.experiments import Experiments
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.services.pipelines import Pipelines
from modelyard.services.trigger_firings import TriggerFirings
from modelyard.services.triggers import Triggers
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support import postgres
from tests.support.pipelines import document
from tests.support.tracking import ME

SECRET = "a secret of sixteen or more"
TAKES = {
    "model": {"parameterType": "STRING", "isOptional": True},
    "version": {"parameterType": "NUMBER_INTEGER", "isOptional": True},
    "label": {"parameterType": "STRING", "isOptional": True},
}


class World:
    def __init__(self, database: Database) -> None:
        self.database = database
        started, changed = asyncio.Event(), asyncio.Event()
        self.runs = PipelineRuns(database, started)
        self.pipelines = Pipelines(database)
        self.triggers = Triggers(database, changed)
        self.firings = TriggerFirings(database, started, changed)
        self.models, self.versions = Models(database), ModelVersions(database)
        self.work = PipelineWork(database, None, started)  # type: ignore[arg-type]  # nothing here has artifacts
        self.pipeline_id = ""

    async def on(self, kind: TriggerKind, secret: str = "", **rule: Any) -> Trigger:
        if not self.pipeline_id:
            first = NewPipelineVersion(document(parameters=TAKES))
            self.pipeline_id = (await self.pipelines.create(ME, NewPipeline("p"), first))[0].id
        return await self.triggers.create(ME, NewTrigger("t", Rule(kind, **rule), self.pipeline_id, secret=secret))

    async def look(self) -> int:
        """As the controller does."""
        await self.firings.read_journal()
        return await self.firings.start_waiting()

    async def version(self, model: str = "taxi", alias: str = "") -> int:
        with contextlib.suppress(AlreadyExists):
            await self.models.create(ME, model)
        made = await self.versions.create(ME, model, NewVersion("s3://bucket/model"))
        if alias:
            await self.versions.set_alias(ME, model, alias, made.number)
        return made.number

    async def started(self) -> list[PipelineRun]:
        return list((await self.runs.list(ME, Listing(PageRequest(100)))).items)

    async def history(self, trigger: Trigger) -> list[Firing]:
        return list((await self.triggers.firings(ME, trigger.id, Listing(PageRequest(1000)))).items)

    async def end(self, run: PipelineRun) -> None:
        await self.work.record(run, await self.work.claim(run.id), [], RunState.SUCCEEDED)

    async def deliver(
        self, trigger: Trigger, body: object = None, id_: str = "m1", ago: int = 0, secret: str = SECRET
    ) -> Firing:
        sent = b"" if body is None else json.dumps(body).encode()
        headers = webhook_signatures.headers(id_, int(time.time()) - ago, sent, secret)
        return await self.firings.deliver(ME, trigger.id, headers, sent)


@pytest.fixture
async def world(database: Database, experiments: Experiments) -> World:
    await experiments.ensure_default()
    return World(database)


async def test_a_new_version_of_the_model_starts_one_run_with_what_the_event_tells(world: World) -> None:
    mapping = {"version": "version", "model": "model"}
    trigger = await world.on(TriggerKind.MODEL_VERSION, model="taxi", mapping=mapping, parameters={"label": "l"})
    await world.version("other")
    await world.version("taxi")
    assert [await world.look() for _ in range(3)] == [1, 0, 0]
    (run,) = await world.started()
    assert run.parameters == {"version": 1, "model": "taxi", "label": "l"}
    assert (run.trigger_id, run.name) == (trigger.id, "t-1")
    (firing,) = await world.history(trigger)
    assert (firing.state, firing.run_id, firing.said) == ("STARTED", run.id, "taxi has a new version 1")


async def test_a_moved_alias_starts_a_run_and_one_that_is_taken_away_none(world: World) -> None:
    mapping = {"version": "version", "label": "before"}
    await world.on(TriggerKind.ALIAS, model="taxi", alias="champion", mapping=mapping, most_at_once=10)
    await world.version(alias="champion")
    await world.version(alias="challenger")
    second = await world.version(alias="champion")
    await world.versions.set_alias(ME, "taxi", "champion", second)  # moves nothing
    await world.versions.delete_alias(ME, "taxi", "champion")
    assert await world.look() == 2
    taken = [run.parameters for run in await world.started()]
    assert taken == [{"version": 1, "label": None}, {"version": second, "label": "1"}]


async def test_servers_that_look_at_once_start_one_run(world: World) -> None:
    trigger = await world.on(TriggerKind.MODEL_VERSION, most_at_once=10)
    for _ in range(3):
        await world.version()
    outcomes = await asyncio.gather(*(world.look() for _ in range(4)), return_exceptions=True)
    assert sum(one for one in outcomes if isinstance(one, int)) + await world.look() == 3
    assert len(await world.started()) == len(await world.history(trigger)) == 3


async def test_what_happened_before_it_was_made_or_while_it_was_off_starts_nothing(world: World) -> None:
    await world.version()
    trigger = await world.on(TriggerKind.MODEL_VERSION)
    await world.triggers.disable(ME, trigger.id)
    await world.version()
    assert await world.look() == 0
    await world.triggers.enable(ME, trigger.id)
    assert await world.look() == 0
    await world.version()
    assert await world.look() == 1


async def test_many_events_of_other_kinds_are_left_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_firings, "AT_ONCE", 5)
    trigger = await world.on(TriggerKind.ALIAS, most_at_once=10)
    for _ in range(12):
        await world.version()
    for number in range(1, 10):
        await world.versions.set_alias(ME, "taxi", f"b{number}", number)
    for _ in range(10):
        await world.look()
    assert len(await world.history(trigger)) == len(await world.started()) == 9


async def test_a_firing_waits_while_enough_runs_are_open(world: World) -> None:
    trigger = await world.on(TriggerKind.MODEL_VERSION)
    for _ in range(3):
        await world.version()
    assert [await world.look() for _ in range(2)] == [1, 0]
    assert [one.state for one in await world.history(trigger)].count(FiringState.WAITING) == 2
    await world.end((await world.started())[0])
    assert await world.look() == 1


async def test_a_pipeline_that_brings_about_what_starts_it_is_bounded(world: World) -> None:
    trigger = await world.on(TriggerKind.ALIAS, alias="champion", most_an_hour=3)
    await world.version(alias="champion")
    for _ in range(5):
        await world.look()
        for run in await world.started():
            if not run.state.ended:
                await world.version(alias="champion")
                await world.end(run)
    assert len(await world.started()) == 3
    assert "bring about what starts it" in (await world.triggers.get(ME, trigger.id)).error
    assert [one.state for one in await world.history(trigger)].count(FiringState.FAILED) == 1


async def test_of_a_flood_only_so_many_wait(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET)
    for number in range(MOST_WAITING + 1):
        await world.deliver(trigger, id_=f"m{number}")
    with pytest.raises(InvalidInput, match="wait already"):
        await world.deliver(trigger, id_="one more")


async def test_a_signed_delivery_starts_a_run_at_once(world: World) -> None:
    mapping = {"label": "data.day", "version": "data.numbers.1"}
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET, mapping=mapping)
    firing = await world.deliver(trigger, {"data": {"day": "monday", "numbers": [4, 5]}})
    (run,) = await world.started()
    assert firing.run_id == run.id
    assert run.parameters == {"label": "monday", "version": 5}


async def test_a_copy_of_a_delivery_is_refused_and_one_signed_anew_is_told_of_the_first(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET)
    first = await world.deliver(trigger, {"a": 1}, ago=20)
    again = await world.deliver(trigger, {"a": 1}, ago=10)
    assert (again.id, again.run_id) == (first.id, first.run_id)
    sent = b'{"a": 1}'
    headers = webhook_signatures.headers("m2", int(time.time()), sent, SECRET)
    await world.firings.deliver(ME, trigger.id, headers, sent)
    with pytest.raises(AlreadyExists, match="come before"):
        await world.firings.deliver(ME, trigger.id, headers, sent)
    assert len(await world.history(trigger)) == 2


async def test_a_delivery_that_is_not_ours_or_old_starts_nothing(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET)
    for ago, secret in ((301, SECRET), (-600, SECRET), (0, "another secret of some length")):
        with pytest.raises(Unauthenticated):
            await world.deliver(trigger, {}, ago=ago, secret=secret)
    with pytest.raises(Unauthenticated, match="not signed"):
        await world.firings.deliver(ME, trigger.id, {}, b"{}")
    headers = webhook_signatures.headers("m", int(time.time()), b"{}", SECRET)
    with pytest.raises(Unauthenticated):
        await world.firings.deliver(ME, trigger.id, headers, b'{"more": 1}')
    assert await world.history(trigger) == []
    assert await world.started() == []


async def test_a_delivery_that_cannot_start_a_run_says_why_and_is_kept(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET, mapping={"version": "version"})
    with pytest.raises(InvalidInput, match="no field 'version'; at its top it has a"):
        await world.deliver(trigger, {"a": 1})
    with pytest.raises(InvalidInput, match="'version'"):
        await world.deliver(trigger, {"version": "many\0\ud800"}, id_="m2")
    await world.triggers.disable(ME, trigger.id)
    with pytest.raises(InvalidState, match="disabled"):
        await world.deliver(trigger, {"version": 1}, id_="m3")
    history = await world.history(trigger)
    assert [one.state for one in history] == ["FAILED", "FAILED"]
    assert all(one.error for one in history)
    assert await world.started() == []


async def test_the_secret_is_told_once(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK)
    assert trigger.secret.startswith("whsec_")
    await world.deliver(trigger, {}, secret=trigger.secret)
    assert (await world.triggers.get(ME, trigger.id)).secret == ""
    (listed,) = (await world.triggers.list(ME, Listing(PageRequest(10)))).items
    assert listed.secret == ""


async def test_a_pipeline_that_is_gone_fails_the_firing_and_a_trigger_that_is_gone_leaves_its_runs(
    world: World,
) -> None:
    trigger = await world.on(TriggerKind.MODEL_VERSION)
    await world.version()
    await world.look()
    await world.pipelines.delete(ME, world.pipeline_id, with_versions=True)
    await world.end((await world.started())[0])
    await world.version()
    assert await world.look() == 0
    assert "no pipeline" in (await world.triggers.get(ME, trigger.id)).error
    await world.triggers.delete(ME, trigger.id)
    with pytest.raises(NotFound):
        await world.triggers.get(ME, trigger.id)
    assert len(await world.started()) == 1


async def test_what_ended_long_ago_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, SECRET)
    await world.deliver(trigger)
    await world.firings.prune()
    assert len(await world.history(trigger)) == 1
    monkeypatch.setattr(trigger_firings, "KEPT_FOR", -1000)
    await world.firings.prune()
    assert await world.history(trigger) == []


async def test_an_event_that_is_recorded_late_is_not_passed_by() -> None:
    """Another server may have taken its number and not committed yet; on SQLite there is one writer."""
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    row = text(
        "INSERT INTO events (workspace_id, at, actor, action, kind, subject, detail) "
        "VALUES (1, 1, 'me', 'version.created', 'model', 'late', '{\"version\": 7}')"
    )
    with postgres.fresh_database() as url, contextlib.closing(open_database(url)) as database:
        await Experiments(database).ensure_default()
        world = World(database)
        trigger = await world.on(TriggerKind.MODEL_VERSION, most_at_once=10)
        with database._writer.connect() as other:
            other.execute(row)
            await world.version()
            with pytest.raises(ModelyardError):
                await world.look()
            assert await world.history(trigger) == []
            other.commit()
        assert await world.look() == 2
        said = {one.said for one in await world.history(trigger)}
        assert said == {"late has a new version 7", "taxi has a new version 1"}


@pytest.mark.parametrize(
    "rule",
    [
        Rule(TriggerKind.WEBHOOK, model="m"),
        Rule(TriggerKind.MODEL_VERSION, alias="a"),
        Rule(TriggerKind.ALIAS, alias="not an alias"),
        Rule(TriggerKind.MODEL_VERSION, model="a/b"),
        Rule(TriggerKind.ALIAS, most_at_once=0),
        Rule(TriggerKind.ALIAS, most_an_hour=0),
        Rule(TriggerKind.ALIAS, mapping={"unknown": "x"}),
        Rule(TriggerKind.ALIAS, mapping={"version": ""}),
        Rule(TriggerKind.ALIAS, mapping={"version": "v"}, parameters={"version": 1}),
        Rule(TriggerKind.ALIAS, parameters={"unknown": 1}),
        Rule(TriggerKind.ALIAS, parameters={"version": "many"}),
    ],
)
async def test_what_is_no_rule_is_refused(world: World, rule: Rule) -> None:
    await world.on(TriggerKind.ALIAS)
    with pytest.raises(InvalidInput):
        await world.triggers.create(ME, NewTrigger("t", rule, world.pipeline_id))


async def test_a_secret_is_long_and_only_of_a_webhook(world: World) -> None:
    with pytest.raises(InvalidInput, match="16 to"):
        await world.on(TriggerKind.WEBHOOK, "short")
    with pytest.raises(InvalidInput, match="Only a webhook"):
        await world.on(TriggerKind.ALIAS, SECRET)


async def test_what_it_fires_for_and_runs_with_can_be_changed(world: World) -> None:
    trigger = await world.on(TriggerKind.MODEL_VERSION, model="other", parameters={"label": "old"})
    await world.version()
    assert await world.look() == 0
    change = TriggerChange(name="new", model="taxi", parameters={"label": "new"}, mapping={"model": "model"})
    changed = await world.triggers.update(ME, trigger.id, change)
    assert changed == await world.triggers.get(ME, trigger.id)
    assert (changed.name, changed.rule.model, changed.rule.most_at_once) == ("new", "taxi", 1)
    await world.version()
    assert await world.look() == 1
    (run,) = (await world.runs.list(ME, Listing(PageRequest(10)))).items
    assert run.parameters == {"label": "new", "model": "taxi"}


async def test_a_change_that_makes_no_sense_changes_nothing(world: World) -> None:
    trigger = await world.on(TriggerKind.ALIAS, alias="champion")
    refused = (
        TriggerChange(alias="not an alias!"),
        TriggerChange(most_at_once=11),
        TriggerChange(parameters={"unknown": 1}),
        TriggerChange(mapping={"unknown": "x"}),
        TriggerChange(secret=""),
        TriggerChange(secret=SECRET),
    )
    for change in refused:
        with pytest.raises(InvalidInput):
            await world.triggers.update(ME, trigger.id, change)
    with pytest.raises(NotFound):
        await world.triggers.update(ME, trigger.id, TriggerChange(version_id="none"))
    assert await world.triggers.get(ME, trigger.id) == trigger
    with pytest.raises(NotFound):
        await world.triggers.update(ME, "none", TriggerChange(name="x"))


async def test_a_webhook_that_was_given_another_secret_takes_no_delivery_by_the_old_one(world: World) -> None:
    trigger = await world.on(TriggerKind.WEBHOOK, secret=SECRET)
    changed = await world.triggers.update(ME, trigger.id, TriggerChange(secret=""))
    assert changed.secret not in ("", SECRET)
    assert (await world.triggers.update(ME, trigger.id, TriggerChange(name="x"))).secret == ""
    now = int(time.time())
    with pytest.raises(Unauthenticated):
        await world.firings.deliver(ME, trigger.id, webhook_signatures.headers("m", now, b"{}", SECRET), b"{}")
    signed = webhook_signatures.headers("m", now, b"{}", changed.secret)
    assert (await world.firings.deliver(ME, trigger.id, signed, b"{}")).state is FiringState.STARTED
