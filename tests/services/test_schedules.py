import asyncio

import pytest

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipeline_runs import PipelineRun, RunState
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.domain.schedules import NewSchedule, Plan, Schedule
from modelyard.services.experiments import Experiments
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.services.pipelines import Pipelines
from modelyard.services.schedules import Schedules
from modelyard.storage.database import Database
from tests.support.pipelines import document
from tests.support.tracking import ME

MINUTE = 60_000
STAMP = {"stamp": {"parameterType": "STRING"}}


class World:
    def __init__(self, database: Database) -> None:
        self.database = database
        started = asyncio.Event()
        self.runs = PipelineRuns(database, started)
        self.schedules = Schedules(database, started)
        self.work = PipelineWork(database, None, started)  # type: ignore[arg-type]  # nothing here has artifacts

    async def every_minute(self, **plan: object) -> Schedule:
        new = NewSchedule("s", Plan(every=60, **plan), document=document())  # type: ignore[arg-type]
        return await self.schedules.create(ME, new)

    async def started(self) -> list[PipelineRun]:
        found = await self.runs.list(ME, Listing(PageRequest(100)))
        return list(found.items)

    async def end(self, run: PipelineRun) -> None:
        await self.work.record(run, await self.work.claim(run.id), [], RunState.SUCCEEDED)


@pytest.fixture
async def world(database: Database, experiments: Experiments) -> World:
    await experiments.ensure_default()
    return World(database)


def at(schedule: Schedule, minutes: float) -> int:
    return schedule.created_at + int(minutes * MINUTE)


async def test_each_slot_starts_one_run(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10)
    assert await world.schedules.next_at() == at(schedule, 1)
    assert [await world.schedules.fire(at(schedule, minute)) for minute in (0.9, 1, 1.1, 2.5)] == [0, 1, 0, 1]
    runs = await world.started()
    assert [(run.name, run.scheduled_at) for run in runs] == [("s-1", at(schedule, 1)), ("s-2", at(schedule, 2))]
    assert {run.schedule_id for run in runs} == {schedule.id}


async def test_several_that_fire_at_once_start_a_slot_once(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10)
    fired = await asyncio.gather(*(world.schedules.fire(at(schedule, 1)) for _ in range(5)))
    assert sorted(fired) == [0, 0, 0, 0, 1]


async def test_a_clock_that_is_set_back_fires_nothing_again(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10)
    assert await world.schedules.fire(at(schedule, 2)) == 1
    assert await world.schedules.fire(at(schedule, 1)) == 0


async def test_missed_slots_are_made_up_for_one_after_the_other(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10)
    assert [await world.schedules.fire(at(schedule, 3.5)) for _ in range(4)] == [1, 1, 1, 0]
    assert [run.scheduled_at for run in await world.started()] == [at(schedule, minute) for minute in (1, 2, 3)]


async def test_without_catching_up_only_the_newest_missed_slot_is_started(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10, catch_up=False)
    assert [await world.schedules.fire(at(schedule, 60 * 24 * 365 + 0.5)) for _ in range(2)] == [1, 0]
    assert [run.scheduled_at for run in await world.started()] == [at(schedule, 60 * 24 * 365)]


async def test_a_slot_waits_while_enough_runs_are_open(world: World) -> None:
    schedule = await world.every_minute()
    assert [await world.schedules.fire(at(schedule, 2)) for _ in range(2)] == [1, 0]
    (first,) = await world.started()
    await world.end(first)
    assert await world.schedules.fire(at(schedule, 2)) == 1


async def test_it_ends_at_its_end(world: World) -> None:
    now = 1_700_000_000_000
    plan = {"start_at": now, "end_at": now + 2 * MINUTE, "most_at_once": 10}
    await world.every_minute(**plan)
    assert [await world.schedules.fire(now + 10 * MINUTE) for _ in range(4)] == [1, 1, 0, 0]
    assert await world.schedules.next_at() is None


async def test_disabled_it_starts_nothing_and_what_it_missed_is_not_made_up_for(world: World) -> None:
    schedule = await world.every_minute(most_at_once=10)
    await world.schedules.disable(ME, schedule.id)
    assert await world.schedules.fire(at(schedule, 5)) == 0
    await world.schedules.enable(ME, schedule.id)
    enabled = await world.schedules.get(ME, schedule.id)
    assert enabled.enabled
    assert enabled.next_at is not None
    assert enabled.next_at >= at(schedule, 1)


async def test_without_a_version_the_newest_of_each_time_is_run(world: World) -> None:
    pipelines = Pipelines(world.database)
    made, _ = await pipelines.create(ME, NewPipeline("p"), NewVersion(document()))
    plan = Plan(every=60, most_at_once=10)
    schedule = await world.schedules.create(ME, NewSchedule("s", plan, pipeline_id=made.id))
    await world.schedules.fire(at(schedule, 1))
    newer = await pipelines.add_version(ME, made.id, NewVersion(document(tasks=("a",)), name="v2"))
    await world.schedules.fire(at(schedule, 2))
    assert (await world.started())[-1].version_id == newer.id
    await pipelines.delete(ME, made.id, with_versions=True)
    assert await world.schedules.fire(at(schedule, 3)) == 0
    failed = await world.schedules.get(ME, schedule.id)
    assert "no pipeline" in failed.error
    assert failed.next_at == at(schedule, 4)


async def test_macros_are_those_of_the_slot(world: World) -> None:
    plan = Plan(every=60, parameters={"stamp": "[[ScheduledTime.15:04]] [[Index]]"}, start_at=1_700_000_000_000)
    await world.schedules.create(ME, NewSchedule("s", plan, document=document(parameters=STAMP)))
    await world.schedules.fire(1_700_000_060_000)
    (run,) = await world.started()
    assert run.parameters == {"stamp": "22:14 1"}


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(cron="* * * * * *", every=5),
        Plan(every=-1),
        Plan(cron="never"),
        Plan(every=5, most_at_once=11),
        Plan(every=5, most_at_once=0),
        Plan(every=5, start_at=2, end_at=1),
        Plan(every=5, parameters={"unknown": 1}),
    ],
)
async def test_what_is_no_plan_is_refused(world: World, plan: Plan) -> None:
    with pytest.raises(InvalidInput):
        await world.schedules.create(ME, NewSchedule("s", plan, document=document()))


async def test_a_schedule_that_is_deleted_leaves_its_runs(world: World) -> None:
    schedule = await world.every_minute()
    await world.schedules.fire(at(schedule, 1))
    await world.schedules.delete(ME, schedule.id)
    with pytest.raises(NotFound):
        await world.schedules.get(ME, schedule.id)
    assert len(await world.started()) == 1
