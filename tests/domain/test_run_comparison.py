from typing import Any

from modelyard.domain.pipeline_runs import Artifact, PipelineRun, RunState, Task, TaskKind, TaskState, Values
from modelyard.domain.run_comparison import MOST_LINES, compared


def run(name: str) -> PipelineRun:
    return PipelineRun(name, 1, "0", name, "", RunState.SUCCEEDED, "me", 1, 1)


def task(id_: str, parent: str = "root", kind: TaskKind = TaskKind.STEP, **rest: Any) -> Task:
    return Task(id_, "", parent, **{"name": id_, "display_name": id_, "kind": kind, "created_at": 1, **rest})


def root() -> Task:
    return task("root", "", TaskKind.DAG, state=TaskState.SUCCEEDED)


def metrics(**values: Any) -> Values:
    return Values({}, {"quality": [Artifact("a", "quality", "system.Metrics", "", "uri", values)]})


def test_rounds_of_a_loop_are_one_line_of_tasks_and_lines_of_their_own_of_values() -> None:
    tasks = [root(), task("loop", kind=TaskKind.LOOP, state=TaskState.FAILED)]
    for at, state in enumerate((TaskState.SUCCEEDED, TaskState.FAILED)):
        tasks.append(task(f"round {at}", "loop", TaskKind.DAG, name="loop", state=state, iteration=at))
        moments: dict[str, Any] = {"started_at": 100 * at, "ended_at": 100 * at + 70}
        made = metrics(mae=at)
        tasks.append(task(f"train {at}", f"round {at}", name="train", state=state, outputs=made, **moments))
    found = compared([run("a")], {"a": tasks})
    assert [line.place for line in found.tasks] == ["loop", "loop/train"]
    (cell,) = found.tasks[1].cells
    assert cell is not None
    assert (cell.task_id, cell.state, cell.tasks, cell.failed, cell.ms) == ("train 1", "FAILED", 2, 1, 170)
    assert [(line.place, line.key, line.cells) for line in found.values] == [
        ("loop[1]/train", "mae", [0]),
        ("loop[2]/train", "mae", [1]),
    ]


def test_what_only_one_run_has_is_missing_in_the_other() -> None:
    left = [root(), task("train", state=TaskState.RUNNING, started_at=5)]
    right = [root(), task("other", state=TaskState.CACHED, outputs=Values({"Output": 0.5, "list": [1]}))]
    found = compared([run("a"), run("b")], {"a": left, "b": right})
    states = {line.place: [cell and (cell.state, cell.ms) for cell in line.cells] for line in found.tasks}
    assert states == {"train": [("RUNNING", None), None], "other": [None, ("CACHED", None)]}
    assert [(line.output, line.cells) for line in found.values] == [("Output", [None, 0.5])]


def test_artifacts_stand_beside_one_another_and_plain_metrics_are_no_artifacts() -> None:
    classes = Artifact("c", "classes", "system.ClassificationMetrics", "", "uri", {"confusionMatrix": {}})
    made = Values({}, {"classes": [classes], **metrics(f1=1).artifacts})
    tasks = [root(), task("evaluate", state=TaskState.SUCCEEDED, outputs=made)]
    found = compared([run("a"), run("b")], {"a": tasks, "b": [root()]})
    assert [(line.place, line.output, line.cells) for line in found.artifacts] == [
        ("evaluate", "classes", [classes, None])
    ]


def test_lines_beyond_the_thousandth_are_counted() -> None:
    made = metrics(**{f"m{at}": at for at in range(MOST_LINES + 5)})
    found = compared([run("a")], {"a": [root(), task("train", state=TaskState.SUCCEEDED, outputs=made)]})
    assert (len(found.values), found.left_out) == (MOST_LINES, 5)
