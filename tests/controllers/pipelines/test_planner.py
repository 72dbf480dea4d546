"""What happens next in a run: order, conditions, loops, failures."""

from typing import Any, NamedTuple, Optional

import pytest

from modelyard.domain.pipeline_runs import Failure, RunState, Task, TaskState, Values
from tests.support.compiled import compiled, component, dsl
from tests.support.rehearsal import Rehearsal, artifact, failing, from_inputs


@component
def say(text: str = "") -> str:
    return text


@component
def add(a: int, b: int = 10) -> int:
    return a + b


@component
def join(texts: list[str]) -> str:
    return ",".join(texts)


@component
def make(text: str, out: dsl.Output[dsl.Dataset]) -> None:
    print(text, out)


@component
def read(data: dsl.Input[dsl.Dataset]) -> str:
    return str(data)


@component
def read_all(data: dsl.Input[list[dsl.Dataset]]) -> str:
    return str(data)


@component
def report(status: dsl.PipelineTaskFinalStatus) -> None:
    print(status)


def adding(task: Task) -> dict[str, Any]:
    given = task.inputs.parameters
    return {"Output": given["a"] + given["b"]}  # type: ignore[operator]


def making(task: Task) -> Values | dict[str, Any]:
    if task.name.startswith("make"):
        return Values(artifacts={"out": (artifact(f"of-{task.inputs.parameters['text']}"),)})
    return {"Output": ",".join(one.name for some in task.inputs.artifacts.values() for one in some)}


def test_tasks_start_when_what_they_need_has_succeeded() -> None:
    @dsl.pipeline(name="p")
    def pipeline(n: int = 1) -> int:
        first = add(a=n)
        second = add(a=n, b=20)
        return add(a=first.output, b=second.output).output

    run = Rehearsal(compiled(pipeline), {"n": 5})
    run.take()
    assert run.started == ["add", "add-2"]
    run.play(adding)
    assert run.started == ["add", "add-2", "add-3"]
    assert run.run.state is RunState.SUCCEEDED
    assert run.root.outputs.parameters == {"Output": 40}
    assert run.named("add-3").inputs.parameters == {"a": 15, "b": 25}


def test_defaults_apply_and_what_has_no_value_stays_away() -> None:
    @component
    def optional(a: Optional[str] = None, b: int = 3) -> None:
        print(a, b)

    @dsl.pipeline(name="inner")
    def inner(a: Optional[str] = None, b: Optional[int] = None) -> None:
        optional(a=a, b=b)

    @dsl.pipeline(name="p")
    def pipeline(a: Optional[str] = None) -> None:
        inner(a=a)

    run = Rehearsal(compiled(pipeline)).play(failing())
    assert run.named("optional").inputs.parameters == {"b": 3}


def test_a_run_without_a_needed_parameter_fails_with_its_name() -> None:
    @dsl.pipeline(name="p")
    def pipeline(n: int) -> None:
        add(a=n)

    run = Rehearsal(compiled(pipeline)).play(adding)
    assert run.run.state is RunState.FAILED
    assert run.run.error is not None
    assert "'n'" in run.run.error.message


def test_a_condition_that_is_false_skips_and_the_run_succeeds() -> None:
    @dsl.pipeline(name="p")
    def pipeline(text: str = "it's") -> None:
        first = say(text=text)
        with dsl.If(first.output == "heads"):
            inner = say(text="inside")
            say(text=inner.output)
        with dsl.If(first.output != "heads"):
            say(text="other")

    run = Rehearsal(compiled(pipeline)).play(from_inputs)
    assert run.run.state is RunState.SUCCEEDED
    assert run.started == ["say", "say-4"]
    assert run.named("condition-1").state is TaskState.SKIPPED


@pytest.mark.parametrize(("side", "chosen"), [("a", "A"), ("b", "B"), ("c", "C")])
def test_one_branch_is_taken_and_its_output_is_that_of_all(side: str, chosen: str) -> None:
    @dsl.pipeline(name="p")
    def pipeline(side: str) -> str:
        with dsl.If(side == "a"):
            one = say(text="A")
        with dsl.Elif(side == "b"):
            two = say(text="B")
        with dsl.Else():
            three = say(text="C")
        return say(text=dsl.OneOf(one.output, two.output, three.output)).output

    run = Rehearsal(compiled(pipeline), {"side": side}).play(from_inputs)
    assert run.run.state is RunState.SUCCEEDED
    assert run.root.outputs.parameters == {"Output": chosen}
    assert len(run.started) == 2


def test_one_of_several_artifacts_is_passed_on() -> None:
    @dsl.pipeline(name="p")
    def pipeline(side: str) -> None:
        with dsl.If(side == "a"):
            one = make(text="A")
        with dsl.Else():
            two = make(text="B")
        read(data=dsl.OneOf(one.outputs["out"], two.outputs["out"]))

    run = Rehearsal(compiled(pipeline), {"side": "b"}).play(making)
    assert run.named("read").outputs.parameters == {"Output": "of-B"}


def test_a_loop_runs_for_each_item_and_collects_in_the_order_of_items() -> None:
    @dsl.pipeline(name="p")
    def pipeline(items: list[str]) -> str:
        with dsl.ParallelFor(items) as item:
            said = say(text=item)
        return join(texts=dsl.Collected(said.output)).output

    run = Rehearsal(compiled(pipeline), {"items": ["x", "y", "z"]})
    run.play(lambda task: from_inputs(task) if task.name == "say" else {"Output": "joined"}, last_first=True)
    assert run.run.state is RunState.SUCCEEDED
    assert run.named("join").inputs.parameters == {"texts": ["x", "y", "z"]}


def test_a_loop_over_nothing_collects_an_empty_list() -> None:
    @dsl.pipeline(name="p")
    def pipeline(items: list[str]) -> None:
        with dsl.ParallelFor(items) as item:
            said = say(text=item)
            made = make(text=item)
        join(texts=dsl.Collected(said.output))
        read_all(data=dsl.Collected(made.outputs["out"]))

    run = Rehearsal(compiled(pipeline), {"items": []}).play(making)
    assert run.run.state is RunState.SUCCEEDED
    assert run.named("join").inputs.parameters == {"texts": []}
    assert run.named("read-all").inputs.artifacts == {"data": ()}


def test_no_more_rounds_run_at_once_than_the_loop_allows() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        with dsl.ParallelFor(list("abcdefg"), parallelism=3) as item:
            first = say(text=item)
            say(text=first.output)

    run = Rehearsal(compiled(pipeline)).play(from_inputs)
    assert run.run.state is RunState.SUCCEEDED
    assert len(run.started) == 14
    assert run.most == 3


def test_nested_loops_collect_nested_lists() -> None:
    @component
    def flat(texts: list[list[str]]) -> str:
        return str(texts)

    @dsl.pipeline(name="p")
    def pipeline(outer: list[str]) -> None:
        with dsl.ParallelFor(outer) as one, dsl.ParallelFor(["1", "2"]) as two:
            said = say(text=f"{one}-{two}")
        flat(texts=dsl.Collected(said.output))

    run = Rehearsal(compiled(pipeline), {"outer": ["a", "b"]}).play(from_inputs)
    assert run.named("flat").inputs.parameters == {"texts": [["a-1", "a-2"], ["b-1", "b-2"]]}
    assert run.named("say[1.0]").inputs.parameters["text"] == "b-1"


def test_parts_of_items_are_selected_with_their_types() -> None:
    @dsl.pipeline(name="p")
    def pipeline(items: list[dict]) -> None:  # type: ignore[type-arg]
        with dsl.ParallelFor(items) as item:
            add(a=item.a, b=item.b)

    run = Rehearsal(compiled(pipeline), {"items": [{"a": 1, "b": 2}, {"a": "3", "b": 4}]})
    run.play(adding)
    assert run.run.state is RunState.SUCCEEDED
    assert [run.named(f"add[{at}]").outputs.parameters["Output"] for at in (0, 1)] == [3, 7]


def test_a_condition_in_a_loop_collects_what_was_produced() -> None:
    @dsl.pipeline(name="p")
    def pipeline(items: list[int]) -> None:
        with dsl.ParallelFor(items) as item, dsl.If(item > 1):
            said = say(text=f"{item}")
        join(texts=dsl.Collected(said.output))

    run = Rehearsal(compiled(pipeline), {"items": [1, 2, 3]}).play(from_inputs)
    assert run.run.state is RunState.SUCCEEDED
    assert run.named("join").inputs.parameters == {"texts": ["2", "3"]}


def test_loops_run_over_artifacts_too() -> None:
    @dsl.pipeline(name="inner")
    def inner(texts: list[str]) -> list[dsl.Dataset]:
        with dsl.ParallelFor(texts) as item:
            made = make(text=item)
        return dsl.Collected(made.outputs["out"])  # type: ignore[return-value]

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        with dsl.ParallelFor(inner(texts=["a", "b"]).output) as one:
            read(data=one)

    run = Rehearsal(compiled(pipeline)).play(making)
    assert run.run.state is RunState.SUCCEEDED
    assert run.named("read[1]").outputs.parameters == {"Output": "of-b"}


def test_what_is_not_a_list_cannot_be_looped_over() -> None:
    @dsl.pipeline(name="p")
    def pipeline(items: list[str]) -> None:
        with dsl.ParallelFor(items) as item:
            say(text=item)

    body = compiled(pipeline).replace(b"parameterType: LIST", b"parameterType: STRUCT")
    run = Rehearsal(body, {"items": {"a": 1}}).play(from_inputs)
    assert run.run.state is RunState.FAILED
    assert "must be a list" in str(run.named("for-loop-1").error)


def test_after_a_failure_what_depends_on_it_is_left_out_and_the_rest_goes_on() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        broken = say(text="broken")
        say(text="dependent").after(broken)
        say(text="free").after(say(text="other"))

    run = Rehearsal(compiled(pipeline)).play(failing("say"))
    assert run.states() == {"say": "FAILED", "say-2": "SKIPPED", "say-3": "SUCCEEDED", "say-4": "SUCCEEDED"}
    assert run.run.state is RunState.FAILED
    assert run.run.error == Failure(2, "Task 'say' failed: say is broken")
    assert "'say' was failed" in str(run.named("say-2").error)


def exit_handling(*, broken: bool, complete: bool = False) -> Rehearsal:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        done = report()
        with dsl.ExitHandler(done, name="work"):
            say(text="x")

    return Rehearsal(compiled(pipeline), complete=complete).play(failing("say") if broken else failing())


def test_an_exit_task_runs_whatever_happened_and_is_told_it() -> None:
    run = exit_handling(broken=True)
    assert run.states() == {"say": "FAILED", "report": "SUCCEEDED"}
    assert run.run.state is RunState.FAILED
    assert run.named("report").inputs.parameters["status"] == {
        "state": "FAILED",
        "pipelineJobResourceName": "p-run",
        "pipelineTaskName": "exit-handler-1",
        "error": {"code": 2, "message": "Task 'say' failed: say is broken"},
    }


@pytest.mark.parametrize(("complete", "word"), [(False, "SUCCEEDED"), (True, "COMPLETE")])
def test_success_is_told_in_the_chosen_word(complete: bool, word: str) -> None:  # noqa: FBT001
    run = exit_handling(broken=False, complete=complete)
    assert run.run.state is RunState.SUCCEEDED
    status = run.named("report").inputs.parameters["status"]
    assert isinstance(status, dict)
    assert (status["state"], status["error"]) == (word, {})


def test_ignoring_a_failure_takes_defaults_and_the_run_still_fails() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        broken = say(text="x")
        say(text=broken.output).ignore_upstream_failure()

    run = Rehearsal(compiled(pipeline)).play(failing("say"))
    assert run.named("say-2").state is TaskState.SUCCEEDED
    assert run.named("say-2").inputs.parameters == {"text": ""}
    assert run.run.state is RunState.FAILED


def test_sub_pipelines_pass_values_in_and_out() -> None:
    class Both(NamedTuple):
        number: int
        data: dsl.Dataset

    @dsl.pipeline(name="inner")
    def inner(n: int, text: str = "t") -> Both:  # type: ignore[valid-type]
        return Both(number=add(a=n).output, data=make(text=text).outputs["out"])  # type: ignore[return-value]

    @dsl.pipeline(name="p")
    def pipeline() -> int:
        both = inner(n=1)
        read(data=both.outputs["data"])
        return add(a=both.outputs["number"]).output

    run = Rehearsal(compiled(pipeline))
    run.play(lambda task: adding(task) if task.name.startswith("add") else making(task))
    assert run.run.state is RunState.SUCCEEDED
    assert run.named("read").outputs.parameters == {"Output": "of-t"}
    assert run.root.outputs.parameters == {"Output": 21}


def test_a_large_run_costs_what_changes_and_not_what_is_there() -> None:
    count = 300

    @dsl.pipeline(name="p")
    def pipeline(items: list[int]) -> None:
        with dsl.ParallelFor(items) as item:
            add(a=item)

    run = Rehearsal(compiled(pipeline), {"items": list(range(count))}).play(adding)
    assert run.run.state is RunState.SUCCEEDED
    assert len(run.tasks) == 2 + 2 * count
    assert run.changed <= 6 * count
    # Each round keeps what it reads, not the whole list.
    assert set(run.named("add[7]").inputs.parameters) == {"a", "b"}
    assert run.tasks[run.named("add[7]").parent_id].inputs.parameters == {"pipelinechannel--items-loop-item": 7}


def test_a_long_chain_needs_no_depth() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        before = say(text="0")
        for at in range(1, 400):
            before = say(text=str(at)).after(before)

    run = Rehearsal(compiled(pipeline)).play(failing("say"))
    assert run.run.state is RunState.FAILED
    assert list(run.states().values()).count("SKIPPED") == 399
