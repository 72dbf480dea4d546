"""The tasks of a run as a tree that finds its neighbours at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelyard.domain.pipeline_runs import PipelineRun, Task, TaskKind, TaskState
from modelyard.domain.pipeline_spec import (
    Component,
    Constant,
    Dag,
    FromInput,
    FromTask,
    Importer,
    Json,
    PipelineSpec,
    Source,
    TaskSpec,
)
from modelyard.formats.pipeline_spec.checks import upstream


@dataclass(slots=True)
class Node:
    """A task with those beside, above and below it. `spec` is None for the root; iterations have that of their loop.

    `waiting` counts the tasks it waits for, `open` its own tasks that have not ended, `failures` the tries that count.
    """

    task: Task
    component: Component
    spec: TaskSpec | None = None
    scope: "Node | None" = None
    children: dict[str | int, "Node"] = field(default_factory=dict)
    waiting: int = 0
    open: int = 0
    failures: int = 0
    lost: int = 0
    under_way: int = 0
    upcoming: int = 0

    @property
    def is_iteration(self) -> bool:
        return self.task.iteration is not None

    @property
    def dag(self) -> Dag | None:
        return self.component.body if isinstance(self.component.body, Dag) else None

    @property
    def begun(self) -> bool:
        return self.task.state in (TaskState.RUNNING, TaskState.WAITING)

    @property
    def has_try(self) -> bool:
        """Whether something of it may be under way elsewhere."""
        return self.task.state is TaskState.RUNNING and self.task.kind in (TaskKind.STEP, TaskKind.IMPORT)

    def below(self) -> Iterator["Node"]:
        """All under it, itself last."""
        for child in self.children.values():
            yield from child.below()
        yield self


@dataclass(frozen=True, slots=True)
class Edges:
    """Who waits for whom in a DAG, by name."""

    before: Mapping[str, Sequence[str]]
    after: Mapping[str, Sequence[str]]


def edges(dag: Dag) -> Edges:
    before = {task.name: upstream(task) for task in dag.tasks.values()}
    after: dict[str, list[str]] = {name: [] for name in dag.tasks}
    for name, needed in before.items():
        for one in needed:
            after[one].append(name)
    return Edges(before, after)


def kind_of(component: Component, spec: TaskSpec | None, *, iteration: bool = False) -> TaskKind:
    if spec is not None and spec.loop is not None and not iteration:
        return TaskKind.LOOP
    if isinstance(component.body, Dag):
        return TaskKind.DAG
    return TaskKind.IMPORT if isinstance(component.body, Importer) else TaskKind.STEP


def new_root(run: PipelineRun, spec: PipelineSpec, task_id: str, now: int) -> Task:
    name, shown = spec.root.name, spec.display_name
    return Task(task_id, run.id, "", name, shown, TaskKind.DAG, TaskState.PENDING, now)


def new_task(
    parent: Node, spec: TaskSpec, component: Component, task_id: str, now: int, iteration: int | None = None
) -> Task:
    kind = kind_of(component, spec, iteration=iteration is not None)
    above = parent.task
    return Task(task_id, above.run_id, above.id, spec.name, spec.display_name, kind, TaskState.PENDING, now, iteration)


def used_inputs(component: Component) -> frozenset[str]:
    """The inputs of a component that something in it reads; all of those of a step."""
    if not isinstance(component.body, Dag):
        return frozenset({*component.inputs.parameters, *component.inputs.artifacts})
    return frozenset(
        source.name
        for task in component.body.tasks.values()
        for source in (*task.parameters.values(), *(one for sources in task.artifacts.values() for one in sources))
        if isinstance(source, FromInput)
    )


def loop_item(node: Node, name: str) -> Json:
    """An item of a loop around, or a part of one, that the SDK has forgotten to pass on to where it is used."""
    if not name.startswith("pipelinechannel--") or "loop-item" not in name:
        return None
    whole, _, part = name.rpartition("-subvar-")
    around: Node | None = node
    while around is not None:
        given = around.task.inputs.parameters
        item = given.get(whole)
        if name in given:
            return given[name]
        if isinstance(item, dict) and part in item:
            return item[part]
        around = around.scope
    return None


def nearest(node: Node, source: Source) -> Json:
    """What a platform's source has: an input of the task or what is around it, or an output of a task beside those."""
    around: Node | None = node
    while around is not None:
        task = around.task
        if isinstance(source, FromInput) and source.name in task.inputs.parameters:
            return task.inputs.parameters[source.name]
        if isinstance(source, FromTask) and source.task in around.children:
            return around.children[source.task].task.outputs.parameters.get(source.output)
        around = around.scope
    return source.value if isinstance(source, Constant) else None


def tree(spec: PipelineSpec, tasks: Sequence[Task]) -> dict[str, Node]:
    """Nodes of recorded tasks by id, linked, and counted as far as the states tell."""
    nodes: dict[str, Node] = {}
    for task in _parents_first(tasks):
        scope = nodes.get(task.parent_id)
        if scope is None:
            nodes[task.id] = Node(task, spec.root)
            continue
        own = scope.spec if task.iteration is not None else scope.dag.tasks[task.name] if scope.dag else None
        component = spec.components[own.component] if own is not None else spec.root
        node = nodes[task.id] = Node(task, component, own, scope, failures=_failures(task))
        scope.children[task.name if task.iteration is None else task.iteration] = node
    for node in nodes.values():
        node.open = sum(not child.task.state.ended for child in node.children.values())
    return nodes


def _parents_first(tasks: Sequence[Task]) -> Iterator[Task]:
    below: dict[str, list[Task]] = {}
    for task in tasks:
        below.setdefault(task.parent_id, []).append(task)
    level = below.get("", [])
    while level:
        yield from level
        level = [child for task in level for child in sorted(below.get(task.id, ()), key=_order)]


def _order(task: Task) -> int:
    return -1 if task.iteration is None else task.iteration


def _failures(task: Task) -> int:
    """Tries that failed since the task was last made new: those it waited after, with a reason."""
    count = 0
    for moment in task.history:
        if moment.state == TaskState.PENDING:
            count = 0
        elif moment.state == TaskState.WAITING and moment.error is not None:
            count += 1
    return count
