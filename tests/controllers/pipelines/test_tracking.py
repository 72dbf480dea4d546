"""What becomes of tracking runs that a step had open when its try ended."""

import asyncio
import json

from modelyard.domain.pipeline_runs import RunState
from modelyard.domain.runs import NewRun, RunStatus
from modelyard.services.runs import Runs
from tests.support.compiled import compiled, component, dsl
from tests.support.stage import Given, Stage
from tests.support.tracking import ME


@component
def train() -> None:
    pass


@component
def after() -> None:
    pass


@dsl.pipeline(name="trains")
def trains() -> None:
    trained = train().set_retry(num_retries=1, backoff_duration="0s")
    after().after(trained)


TRAINS = compiled(trains)


class Opened:
    """Tracking runs as mlflow code in a step starts them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._runs = Runs(stage.database)
        self.ids: list[str] = []

    async def open(self, given: Given, parent: str = "") -> str:
        tags = json.loads(given.launch.env["MLFLOW_RUN_CONTEXT"]) | ({"mlflow.parentRunId": parent} if parent else {})
        new = NewRun(given.launch.env["MLFLOW_EXPERIMENT_ID"], tags=list(tags.items()))
        self.ids.append((await self._runs.create(ME, new)).run.id)
        return self.ids[-1]

    async def statuses(self) -> list[RunStatus]:
        return [(await self._runs.get(ME, run_id)).run.status for run_id in self.ids]


async def test_a_try_that_fails_ends_what_it_had_open_and_the_next_one_has_its_own(on_stage: Stage) -> None:
    opened, seen = Opened(on_stage), list[list[RunStatus]]()

    async def trains_badly(given: Given) -> int:
        seen.append(await opened.statuses())
        outer = await opened.open(given)
        await opened.open(given, parent=outer)
        return 1

    on_stage.parts = {"train": trains_badly}
    detail = await on_stage.ended(await on_stage.submit(TRAINS))
    assert detail.run.state is RunState.FAILED
    assert seen == [[], [RunStatus.FAILED] * 2]
    assert await opened.statuses() == [RunStatus.FAILED] * 4


async def test_what_a_step_that_succeeds_leaves_open_is_open_for_later_steps_and_ends_with_the_run(
    on_stage: Stage,
) -> None:
    opened, seen = Opened(on_stage), list[list[RunStatus]]()

    async def leaves(given: Given) -> None:
        await opened.open(given)

    async def goes_on(_: Given) -> None:
        seen.append(await opened.statuses())

    on_stage.parts = {"train": leaves, "after": goes_on}
    detail = await on_stage.ended(await on_stage.submit(TRAINS))
    assert detail.run.state is RunState.SUCCEEDED
    assert seen == [[RunStatus.RUNNING]]
    assert await opened.statuses() == [RunStatus.FINISHED]


async def test_what_a_canceled_step_had_open_is_killed(on_stage: Stage) -> None:
    opened = Opened(on_stage)

    async def never_ends(given: Given) -> None:
        await opened.open(given)
        await on_stage.runs.terminate(ME, run.id)
        await asyncio.Event().wait()

    on_stage.parts = {"train": never_ends}
    run = await on_stage.submit(TRAINS)
    assert (await on_stage.ended(run)).run.state is RunState.CANCELED
    assert await opened.statuses() == [RunStatus.KILLED]


async def test_what_a_step_had_open_that_was_lost_with_the_server_is_killed(on_stage: Stage) -> None:
    opened = Opened(on_stage)

    async def never_ends(given: Given) -> None:
        await opened.open(given)
        await asyncio.Event().wait()

    on_stage.parts = {"train": never_ends}
    run = await on_stage.submit(TRAINS)
    await on_stage.until(run, lambda _: bool(opened.ids))
    await on_stage.end()
    assert await opened.statuses() == [RunStatus.RUNNING]

    async def trains_well(given: Given) -> None:
        await opened.open(given)

    on_stage.parts = {"train": trains_well}
    on_stage.executor = on_stage.new_executor()
    on_stage.begin()
    assert (await on_stage.ended(run)).run.state is RunState.SUCCEEDED
    assert await opened.statuses() == [RunStatus.KILLED, RunStatus.FINISHED]


async def test_runs_of_others_below_the_same_parent_are_left_alone(on_stage: Stage) -> None:
    opened = Opened(on_stage)
    others: list[str] = []

    async def breaks(given: Given) -> int:
        outer = await opened.open(given)
        theirs = NewRun("0", tags=[("mlflow.parentRunId", outer)])
        others.append((await Runs(on_stage.database).create(ME, theirs)).run.id)
        return 1

    on_stage.parts = {"train": breaks}
    await on_stage.ended(await on_stage.submit(TRAINS))
    left = [(await Runs(on_stage.database).get(ME, one)).run.status for one in others]
    assert left == [RunStatus.RUNNING] * 2
