"""Ends of steps, failures, crashes, cancellation and retries of a run in any order."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from modelyard.domain.pipeline_runs import Failure, RunState, Task, TaskKind, TaskState, to_do_again
from tests.support.compiled import compiled, component, dsl
from tests.support.rehearsal import Rehearsal, from_inputs


@component
def say(text: str = "") -> str:
    return text


@dsl.pipeline(name="inner")
def inner(text: str) -> str:
    return say(text=say(text=text).output).output


@dsl.pipeline(name="everything")
def everything(text: str = "t") -> None:
    with dsl.ExitHandler(say(text="exit")):
        first = say(text=text)
        first.set_retry(num_retries=2, backoff_duration="1s")
        with dsl.ParallelFor(["x", "y", "z"], parallelism=2) as item:
            part = say(text=item)
            with dsl.If(part.output != "y"):
                inner(text=part.output).set_retry(num_retries=1)
        with dsl.If(first.output == "t"):
            one = say(text="one")
        with dsl.Else():
            two = say(text="two")
        say(text=dsl.OneOf(one.output, two.output)).ignore_upstream_failure()


PACKAGE = compiled(everything)
BROKEN = Failure(2, "broken")
LEAVES = (TaskKind.STEP, TaskKind.IMPORT)


class Interleaved(RuleBasedStateMachine):
    """What was recorded is all that a crash leaves. What has succeeded is not started again while it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.run = Rehearsal(PACKAGE)
        self.done: dict[str, int] = {}
        self.take()

    def take(self) -> None:
        before = {task.id: task.attempt for task in self.run.tasks.values() if task.state.produced}
        changes = self.run.take()
        for task_id in changes.start:
            assert task_id not in before, self.run.label(task_id)
        for task_id in changes.cancel:
            if task_id in self.run.running:
                self.run.running.remove(task_id)
                self.run.planner.canceled(task_id)
        if changes.cancel:
            self.run.take()

    @property
    def open(self) -> bool:
        return not self.run.run.state.ended

    @precondition(lambda self: self.run.running)
    @rule(at=st.integers(0, 20), outcome=st.sampled_from(["good", "good", "good", "bad", "lost"]))
    def ends(self, at: int, outcome: str) -> None:
        task_id = self.run.running[at % len(self.run.running)]
        if outcome == "lost":
            self.run.running.remove(task_id)
            self.run.planner.lost(task_id)
        else:
            self.run.tell(task_id, from_inputs(self.run.tasks[task_id]) if outcome == "good" else BROKEN)
        self.take()

    @rule(seconds=st.integers(0, 5))
    def time_goes_by(self, seconds: int) -> None:
        self.run.now += 1000 * seconds
        if self.open:
            self.run.planner.wake()
            self.take()

    @precondition(lambda self: self.open)
    @rule(back=st.booleans())
    def crashes(self, back: bool) -> None:  # noqa: FBT001 - hypothesis
        """Tries go on or are lost; the planner knows what was recorded."""
        self.run.again()
        assert sorted(self.run.left) == sorted(self.run.running)
        if not back:
            for task_id in self.run.left:
                self.run.running.remove(task_id)
                self.run.planner.lost(task_id)
        self.take()

    @precondition(lambda self: self.open)
    @rule()
    def is_canceled(self) -> None:
        self.run.run = replace(self.run.run, state=RunState.CANCELING)
        self.run.planner.cancel()
        self.take()

    @precondition(lambda self: self.run.run.state in (RunState.FAILED, RunState.CANCELED))
    @rule()
    def is_retried(self) -> None:
        self.run.run = replace(self.run.run, state=RunState.PENDING)
        for task in to_do_again(list(self.run.tasks.values())):
            self.run.tasks[task.id] = task
        self.run.again()
        self.run.take()

    @invariant()
    def somebody_is_at_work(self) -> None:
        if self.open:
            assert self.run.running or self.run.planner.next_due() is not None
        else:
            assert not self.run.running
            assert all(task.state.ended for task in self.run.tasks.values())

    @invariant()
    def states_agree(self) -> None:
        below: dict[str, list[Task]] = {}
        for task in self.run.tasks.values():
            below.setdefault(task.parent_id, []).append(task)
        for task in self.run.tasks.values():
            if task.state is TaskState.SUCCEEDED and task.kind not in LEAVES:
                assert all(child.state.ended for child in below.get(task.id, ()))
                assert not any(child.state is TaskState.FAILED for child in below.get(task.id, ()))

    @invariant()
    def no_more_rounds_than_allowed(self) -> None:
        rounds = [task for task in self.run.tasks.values() if task.iteration is not None]
        assert sum(task.state in (TaskState.RUNNING, TaskState.WAITING) for task in rounds) <= 2

    def teardown(self) -> None:
        """Whatever has happened, with good steps it comes to an end."""
        for _ in range(200):
            if not self.open:
                return
            while self.run.running:
                self.ends(0, "good")
            self.time_goes_by(5)
        raise AssertionError(self.run.states())


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
