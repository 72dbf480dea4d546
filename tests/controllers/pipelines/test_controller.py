"""Runs over a real store: what steps are given, what becomes of what they leave, and what interrupts them."""

import asyncio
import json
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidState
from modelyard.domain.pipeline_runs import RunState, Task, TaskKind, TaskState
from tests.support.compiled import compiled, component, dsl
from tests.support.conditions import until
from tests.support.stage import Given, Stage, step
from tests.support.statements import heard
from tests.support.tracking import ME


@component
def make(text: str, data: dsl.Output[dsl.Dataset]) -> int:
    print(text, data)
    return 1


@component
def read(data: dsl.Input[dsl.Dataset], times: int = 1) -> str:
    return str(data) * times


@component
def wait() -> None:
    pass


@dsl.pipeline(name="make-and-read")
def make_and_read(text: str = "hello") -> str:
    made = make(text=text)
    return read(data=made.outputs["data"], times=made.outputs["Output"]).output


@dsl.pipeline(name="waits")
def waits(text: str = "x") -> None:
    made = make(text=text)
    wait().after(made)


MAKE_AND_READ, WAITS = compiled(make_and_read), compiled(waits)


async def makes(given: Given) -> None:
    given.say("making")
    given.path("outputs", "data").write_text(given.parameters["text"])
    entry = {"name": "data", "uri": str(given.path("outputs", "data")), "metadata": {"rows": 3}}
    given.put({"data": {"artifacts": [entry]}}, Output=2.0)


async def reads(given: Given) -> None:
    given.put(Output=given.path("inputs", "data").read_text() * given.parameters["times"])


async def sleeps(_: Given) -> None:
    await asyncio.Event().wait()


async def test_artifacts_go_from_step_to_step_by_way_of_the_store(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes, "read": reads}
    detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ, text="abc"))
    assert detail.run.state is RunState.SUCCEEDED
    made, found = step(detail, "make"), step(detail, "read")
    (data,) = made.outputs.artifacts["data"]
    assert (data.schema_title, data.metadata) == ("system.Dataset", {"rows": 3})
    assert data.uri.startswith(f"mlflow-artifacts:/pipelines/{detail.run.id}/make/")
    assert found.inputs.artifacts["data"][0].id == data.id
    assert found.outputs.parameters == {"Output": "abcabc"}
    assert made.outputs.parameters == {"Output": 2}
    assert made.log.startswith("sha256:")
    await until(lambda: not on_stage.folders.of_run(detail.run.id).exists())


async def test_steps_find_the_server_and_their_run(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes, "read": reads}
    detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    env = on_stage.launches[0].env
    assert (env["MLFLOW_TRACKING_URI"], env["MLFLOW_EXPERIMENT_ID"]) == ("http://server", "0")
    assert json.loads(env["MLFLOW_RUN_CONTEXT"]) == {
        "mlflow.parentRunId": detail.run.tracking_run_id,
        "modelyard.pipelineRunId": detail.run.id,
        "modelyard.pipelineTaskId": step(detail, "make").id,
        "modelyard.pipelineTaskTry": "0",
    }


async def test_equal_work_is_taken_from_before_as_long_as_it_is_there(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes, "read": reads}
    first = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    again = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    assert on_stage.played == ["make", "read"]
    assert [step(again, name).state for name in ("make", "read")] == [TaskState.CACHED] * 2
    assert step(again, "make").cached_from == step(first, "make").id
    assert step(again, "make").outputs == step(first, "make").outputs
    (data,) = step(first, "make").outputs.artifacts["data"]
    await on_stage.artifacts.delete(ME, data.uri.removeprefix("mlflow-artifacts:/"))
    last = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    assert [step(last, name).state for name in ("make", "read")] == [TaskState.SUCCEEDED] * 2
    other = await on_stage.ended(await on_stage.submit(MAKE_AND_READ, text="other"))
    assert step(other, "make").state is TaskState.SUCCEEDED


async def test_a_step_of_a_chain_is_two_writes_and_where_its_log_is_goes_with_the_next(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.controllers.pipelines.conductor.SOON", 3600.0)
    many = 8

    @dsl.pipeline(name="chain")
    def chain() -> None:
        last = make(text="0")
        for number in range(1, many):
            last = make(text=str(number)).after(last)

    on_stage.parts = {"make": makes}
    with heard() as statements:
        detail = await on_stage.ended(await on_stage.submit(compiled(chain)))
    steps = [task for task in detail.tasks if task.kind is TaskKind.STEP]
    assert [task.log[:7] for task in steps] == ["sha256:"] * many
    recorded = sum("INTO pipeline_tasks" in statement for statement in statements)
    assert recorded <= many + 3, "the start and the end of the run, and each end of a step with the start of the next"


async def test_a_step_that_fails_says_why_and_its_log_is_kept(on_stage: Stage) -> None:
    async def breaks(given: Given) -> int:
        given.say("Traceback (most recent call last):")
        given.say("ValueError: no such thing")
        return 1

    on_stage.parts = {"make": breaks}
    detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    assert detail.run.state is RunState.FAILED
    assert detail.run.error is not None
    assert detail.run.error.message == (
        "Task 'make' failed: The step ended with exit code 1: ValueError: no such thing"
    )
    task = step(detail, "make")
    assert task.error is not None
    assert task.error.message.endswith("last):\nValueError: no such thing")
    assert task.log
    assert step(detail, "read").state is TaskState.SKIPPED


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "ended without writing its output 'Output'"),
        ('{"parameterValues": {"Output": "many"}}', "output 'Output' must be a whole number, not a text: many"),
        ("{", "executor_output.json cannot be read"),
    ],
)
async def test_outputs_that_are_missing_or_wrong_fail_the_step(
    on_stage: Stage, content: str | None, reason: str
) -> None:
    async def forgets(given: Given) -> None:
        if content is not None:
            given.output_file.write_text(content)

    on_stage.parts = {"make": forgets}
    detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    assert reason in str(step(detail, "make").error)


async def test_outputs_may_be_files_and_paths_of_ones_own(on_stage: Stage, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()

    async def writes(given: Given) -> None:
        (own / "a.txt").write_text("in a directory")
        given.put({"data": {"artifacts": [{"name": "data", "uri": "/none", "custom_path": str(own), "metadata": {}}]}})
        given.file_of("Output").write_text("1\n")

    async def lists(given: Given) -> None:
        given.put(Output=(given.path("inputs", "data") / "a.txt").read_text())

    on_stage.parts = {"make": writes, "read": lists}
    detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
    assert step(detail, "read").outputs.parameters == {"Output": "in a directory"}


async def test_terminating_ends_what_runs(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes, "wait": sleeps}
    run = await on_stage.submit(WAITS)
    await until(lambda: "wait" in on_stage.played)
    await on_stage.runs.terminate(ME, run.id)
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.CANCELED
    assert step(detail, "make").state is TaskState.SUCCEEDED
    assert step(detail, "wait").state is TaskState.CANCELED
    assert on_stage.executor.running() == []


async def test_a_run_terminated_at_once_starts_nothing_that_goes_on(on_stage: Stage) -> None:
    on_stage.parts = {"make": sleeps}
    runs = [await on_stage.submit(WAITS) for _ in range(5)]
    for run in runs:
        await on_stage.runs.terminate(ME, run.id)
    details = [await on_stage.ended(run) for run in runs]
    assert {detail.run.state for detail in details} == {RunState.CANCELED}
    assert on_stage.executor.running() == []


async def test_a_retried_run_goes_on_with_what_failed(on_stage: Stage) -> None:
    async def breaks(_: Given) -> int:
        return 1

    on_stage.parts = {"make": makes, "read": breaks}
    run = await on_stage.submit(MAKE_AND_READ)
    await on_stage.ended(run)
    on_stage.parts["read"] = reads
    await on_stage.runs.retry(ME, run.id)
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.SUCCEEDED
    assert on_stage.played == ["make", "read", "read"]
    assert step(detail, "read").attempt == 1


async def test_after_a_restart_what_ended_stays_and_what_ran_is_run_again(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes, "wait": sleeps}
    run = await on_stage.submit(WAITS)
    await until(lambda: "wait" in on_stage.played)
    await on_stage.end()
    on_stage.executor = on_stage.new_executor()
    on_stage.parts["wait"] = makes_nothing
    on_stage.begin()
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.SUCCEEDED
    assert on_stage.played == ["make", "wait", "wait"]
    assert step(detail, "wait").attempt == 1


async def makes_nothing(_: Given) -> None:
    return None


async def test_what_ended_while_nobody_looked_is_not_run_again(on_stage: Stage) -> None:
    go = asyncio.Event()

    async def makes_late(given: Given) -> None:
        await go.wait()
        await makes(given)

    on_stage.parts = {"make": makes_late, "read": reads}
    run = await on_stage.submit(MAKE_AND_READ)
    await until(lambda: "make" in on_stage.played)
    controller = on_stage._controllers.pop()
    controller.cancel()
    await asyncio.gather(controller, return_exceptions=True)
    go.set()  # it goes on without a controller, and leaves its marker
    await until(lambda: not on_stage.executor.running())
    on_stage.executor = on_stage.new_executor()
    on_stage.begin()
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.SUCCEEDED
    assert on_stage.played == ["make", "read"]


async def test_what_failed_for_itself_while_nobody_looked_is_not_run_again(on_stage: Stage) -> None:
    go = asyncio.Event()

    async def breaks_late(_: Given) -> int:
        await go.wait()
        return 3

    on_stage.parts = {"make": breaks_late}
    run = await on_stage.submit(WAITS)
    await until(lambda: "make" in on_stage.played)
    controller = on_stage._controllers.pop()
    controller.cancel()
    await asyncio.gather(controller, return_exceptions=True)
    go.set()
    await until(lambda: not on_stage.executor.running())
    on_stage.executor = on_stage.new_executor()
    on_stage.begin()
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.FAILED
    assert on_stage.played == ["make"]


async def test_who_has_been_superseded_records_nothing_more(on_stage: Stage) -> None:
    go = asyncio.Event()

    async def makes_late(given: Given) -> None:
        await go.wait()
        await makes(given)

    on_stage.parts = {"make": makes_late}
    run = await on_stage.submit(WAITS)
    await until(lambda: "make" in on_stage.played)
    fence = await on_stage.work.claim(run.id)
    go.set()
    await until(lambda: on_stage.executor.running() == [])
    with pytest.raises(InvalidState):
        await on_stage.work.record(run, fence - 1, [])
    # The one that gave up takes the run up anew, with a fence of its own, and adopts what has ended.
    detail = await on_stage.ended(run)
    assert detail.run.state is RunState.SUCCEEDED
    assert on_stage.played.count("make") == 1


@dsl.pipeline(name="imports")
def imports(uri: str) -> str:
    imported = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset, metadata={"from": "here", "n": 1})
    return read(data=imported.output).output


IMPORTS = compiled(imports)


async def test_an_importer_makes_an_artifact_of_a_file(on_stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text("1,2")
    on_stage.parts = {"read": reads}
    detail = await on_stage.ended(await on_stage.submit(IMPORTS, uri=str(tmp_path / "given.csv")))
    assert step(detail, "read").outputs.parameters == {"Output": "1,2"}
    (artifact,) = step(detail, "importer").outputs.artifacts["artifact"]
    assert artifact.metadata == {"from": "here", "n": 1}


async def test_an_importer_of_what_is_elsewhere_passes_its_address_on(on_stage: Stage) -> None:
    async def looks(given: Given) -> None:
        given.put(Output=given.input["inputs"]["artifacts"]["data"]["artifacts"][0]["uri"])

    on_stage.parts = {"read": looks}
    detail = await on_stage.ended(await on_stage.submit(IMPORTS, uri="gs://bucket/data.csv"))
    assert step(detail, "read").outputs.parameters == {"Output": "gs://bucket/data.csv"}
    missing = await on_stage.ended(await on_stage.submit(IMPORTS, uri="/nothing/here"))
    assert "imports /nothing/here, which is not there" in str(step(missing, "importer").error)


async def test_many_runs_go_on_beside_each_other(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes}
    runs = [await on_stage.submit(WAITS, text=str(at)) for at in range(8)]
    details = [await on_stage.ended(run) for run in runs]
    assert {detail.run.state for detail in details} == {RunState.SUCCEEDED}
    assert on_stage.played.count("make") == 8


async def test_a_run_that_cannot_be_carried_out_ends_and_others_go_on(on_stage: Stage) -> None:
    on_stage.parts = {"make": makes}
    await on_stage.end()
    broken, fine = await on_stage.submit(WAITS), await on_stage.submit(WAITS)
    foreign = Task("t1", broken.id, "", "root", "root", TaskKind.DAG, TaskState.RUNNING, 1)
    stray = Task("t2", broken.id, "t1", "no-such-task", "x", TaskKind.STEP, TaskState.RUNNING, 1)
    await on_stage.work.record(broken, await on_stage.work.claim(broken.id), [foreign, stray])
    on_stage.executor = on_stage.new_executor()
    on_stage.begin()
    assert (await on_stage.ended(fine)).run.state is RunState.SUCCEEDED
    found = (await on_stage.ended(broken)).run
    assert found.state is RunState.FAILED
    assert "could not carry the run out: KeyError: 'no-such-task'" in str(found.error)


async def test_outputs_that_are_too_old_are_not_taken_again(on_stage: Stage) -> None:
    on_stage.reuse_for = -1.0
    await on_stage.end()
    on_stage.executor = on_stage.new_executor()
    on_stage.begin()
    on_stage.parts = {"make": makes, "read": reads}
    for _ in range(2):
        detail = await on_stage.ended(await on_stage.submit(MAKE_AND_READ))
        assert step(detail, "make").state is TaskState.SUCCEEDED
