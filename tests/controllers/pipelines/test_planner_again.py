"""Tries that follow others: retries, restarts, cancellation, caching."""

from dataclasses import replace

from modelyard.domain.pipeline_runs import Failure, RunState, Task, TaskState, Values, to_do_again
from tests.support.compiled import compiled, component, dsl
from tests.support.rehearsal import Rehearsal, failing, from_inputs

BROKEN = Failure(2, "broken")


@component
def say(text: str = "") -> str:
    return text


def chain(*, retries: int = 0, pause: str = "0s") -> bytes:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        first = say(text="a")
        second = say(text=first.output)
        say(text=second.output)
        if retries:
            second.set_retry(num_retries=retries, backoff_duration=pause, backoff_factor=2.0, backoff_max_duration="5s")

    return compiled(pipeline)


def step(run: Rehearsal, said: object = None) -> Task:
    """One that runs ends."""
    run.take()
    (task_id,) = run.running
    run.tell(task_id, said or {"Output": "x"})
    run.take()
    return run.tasks[task_id]


def test_a_failed_try_is_followed_by_others_after_growing_pauses() -> None:
    run = Rehearsal(chain(retries=3, pause="2s"))
    step(run)
    pauses = []
    for attempt in range(3):
        task = step(run, BROKEN)
        assert (task.state, task.attempt, task.error) == (TaskState.WAITING, attempt + 1, BROKEN)
        due = run.planner.next_due()
        assert due is not None
        pauses.append(due - run.now)
        run.planner.wake()
        run.take()
        assert not run.running
        run.now = due
        run.planner.wake()
    assert pauses == [2000, 4000, 5000]
    assert step(run, BROKEN).state is TaskState.FAILED
    assert run.run.state is RunState.FAILED


def test_a_restart_goes_on_with_the_pause_and_the_count() -> None:
    run = Rehearsal(chain(retries=2, pause="2s"))
    step(run)
    step(run, BROKEN)
    run.again()
    assert run.left == []
    assert run.planner.next_due() == 2000
    run.now = 2000
    run.planner.wake()
    step(run, BROKEN)
    run.again()
    run.now = 10_000
    run.planner.wake()
    assert step(run, BROKEN).state is TaskState.FAILED


def test_a_lost_try_is_made_again_and_does_not_count() -> None:
    run = Rehearsal(chain(retries=1))
    step(run)
    for attempt in range(4):
        (task_id,) = run.running
        run.again()
        assert run.left == [task_id]
        run.running.clear()
        run.planner.lost(task_id)
        run.take()
        assert run.tasks[task_id].attempt == attempt + 1
    assert step(run, BROKEN).state is TaskState.WAITING


def test_a_restart_at_any_moment_runs_each_finished_task_once() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        done = say(text="exit")
        with dsl.ExitHandler(done):
            first = say(text="a")
            with dsl.ParallelFor(["x", "y", "z"], parallelism=2) as item:
                inner = say(text=item)
                with dsl.If(inner.output != "y"):
                    say(text=inner.output)
            say(text="end").after(first)

    body = compiled(pipeline)
    expected = sorted(Rehearsal(body).play(from_inputs).started)
    for stop in range(1, 9):
        run = Rehearsal(body)
        run.take()
        for _ in range(stop):
            if run.running:
                run.tell(run.running[0], from_inputs(run.tasks[run.running[0]]))
                run.take()
        finished = [task.id for task in run.tasks.values() if task.state.ended]
        interrupted = list(run.running)
        run.again()
        assert sorted(run.left) == sorted(interrupted)
        run.running.clear()
        for task_id in run.left:
            run.planner.lost(task_id)
        started_before = len(run.started)
        run.play(from_inputs)
        assert run.run.state is RunState.SUCCEEDED, stop
        again = {run.label(task_id) for task_id in finished} & set(run.started[started_before:])
        assert not again
        assert sorted(set(run.started)) == sorted(set(expected))


def retried(run: Rehearsal) -> None:
    """As the service does it."""
    run.run = replace(run.run, state=RunState.PENDING)
    for task in to_do_again(list(run.tasks.values())):
        run.tasks[task.id] = task
    run.started.clear()
    run.again()


def test_a_failed_run_that_is_retried_keeps_what_succeeded() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        done = say(text="exit")
        with dsl.ExitHandler(done):
            first = say(text="a")
            with dsl.ParallelFor(["x", "y"]) as item:
                say(text=item).after(first)
            say(text="free")

    run = Rehearsal(compiled(pipeline))
    run.play(lambda task: BROKEN if task.inputs.parameters["text"] == "y" else from_inputs(task))
    assert run.run.state is RunState.FAILED
    retried(run)
    run.play(from_inputs)
    assert str(run.run.state) == "SUCCEEDED"
    assert run.started == ["say-3[1]", "say"]  # and the exit task, which is told how it went
    assert run.named("say-3[1]").attempt == 1


def test_a_canceled_run_that_is_retried_goes_on() -> None:
    run = Rehearsal(chain())
    step(run)
    run.planner.cancel()
    changes = run.take()
    assert changes.cancel == run.running
    run.planner.canceled(run.running.pop())
    run.take()
    assert run.run.state is RunState.CANCELED
    assert run.states() == {"say": "SUCCEEDED", "say-2": "CANCELED", "say-3": "CANCELED"}
    retried(run)
    run.play(from_inputs)
    assert str(run.run.state) == "SUCCEEDED"
    assert run.started == ["say-2", "say-3"]


def test_canceling_starts_nothing_more_not_even_exit_tasks() -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        done = say(text="exit")
        with dsl.ExitHandler(done), dsl.ParallelFor(["x", "y", "z"], parallelism=1) as item:
            say(text=item)

    run = Rehearsal(compiled(pipeline))
    run.take()
    run.planner.cancel()
    assert len(run.take().cancel) == 1
    run.tell(run.running[0], BROKEN)  # it fails before it can be ended
    run.take()
    assert run.run.state is RunState.CANCELED
    assert len(run.started) == 1
    assert set(run.states().values()) == {"CANCELED"}


def test_a_restart_while_canceling_goes_on_canceling() -> None:
    run = Rehearsal(chain())
    run.take()
    run.run = replace(run.run, state=RunState.CANCELING)
    run.again()
    assert run.take().cancel == run.left
    run.planner.lost(run.left[0])
    run.take()
    assert run.run.state is RunState.CANCELED


def test_a_run_canceled_before_it_began_ends_at_once() -> None:
    run = Rehearsal(chain())
    run.run = replace(run.run, state=RunState.CANCELING)
    run.again()
    run.take()
    assert run.run.state is RunState.CANCELED
    assert run.started == []


def test_a_run_over_its_deadline_fails() -> None:
    body = chain() + b"\n---\nplatforms: {kubernetes: {pipelineConfig: {activeDeadlineSeconds: 60}}}\n"
    run = Rehearsal(body)
    run.take()
    assert run.planner.deadline() == 60_000
    run.planner.cancel(overdue=True)
    run.take()
    run.planner.canceled(run.running.pop())
    run.take()
    assert run.run.state is RunState.FAILED
    assert run.run.error is not None
    assert run.run.error.code == 4


def test_a_sub_pipeline_is_tried_again_as_far_as_it_failed() -> None:
    @dsl.pipeline(name="inner")
    def inner() -> None:
        first = say(text="a")
        say(text=first.output)

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        inner().set_retry(num_retries=1)
        say(text="beside")

    body = compiled(pipeline)
    run = Rehearsal(body)
    assert run.spec.root.body.tasks["inner"].retry.most == 1  # type: ignore[union-attr]
    fails = [BROKEN]
    run.play(lambda task: fails.pop() if task.name == "say-2" and fails else from_inputs(task))
    run.now += 3_600_000
    run.planner.wake()
    run.play(from_inputs)
    assert run.run.state is RunState.SUCCEEDED
    assert run.started.count("say-2") == 2


def test_equal_work_has_equal_fingerprints() -> None:
    @dsl.pipeline(name="p")
    def pipeline(text: str = "a") -> None:
        say(text=text)
        say(text="a")
        say(text="b")
        say(text="a").set_caching_options(False)

    run = Rehearsal(compiled(pipeline)).play(failing())
    prints = {name: run.named(name).fingerprint for name in ("say", "say-2", "say-3", "say-4")}
    assert prints["say"] == prints["say-2"] != ""
    assert prints["say-3"] not in ("", prints["say"])
    assert prints["say-4"] == ""


def test_outputs_of_an_earlier_task_count_as_produced() -> None:
    run = Rehearsal(chain())
    run.take()
    first = run.running.pop()
    run.planner.succeeded(first, Values({"Output": "from before"}), cached_from="t-old")
    run.take()
    assert (run.tasks[first].state, run.tasks[first].cached_from) == (TaskState.CACHED, "t-old")
    assert run.tasks[run.running[0]].inputs.parameters == {"text": "from before"}


def test_what_is_lost_again_and_again_fails() -> None:
    run = Rehearsal(chain())
    run.take()
    (task_id,) = run.running
    for _ in range(6):
        run.planner.lost(task_id)
        run.take()
    assert run.tasks[task_id].state is TaskState.FAILED
    assert "lost 6 times" in str(run.tasks[task_id].error)


def test_news_of_what_has_ended_change_nothing() -> None:
    run = Rehearsal(chain(retries=2))
    first, second = step(run), step(run)
    for late in (first, second):
        run.planner.failed(late.id, BROKEN)
        run.planner.lost(late.id)
        run.planner.canceled(late.id)
        assert not run.take()
        assert run.tasks[late.id].state is TaskState.SUCCEEDED
