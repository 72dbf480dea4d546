"""What happens next in a run. Pure: it is told what has ended, and says which tasks change and which are to start."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from modelyard.controllers.pipelines import inputs, outputs, times
from modelyard.controllers.pipelines.changes import Changes
from modelyard.controllers.pipelines.fingerprints import fingerprint
from modelyard.controllers.pipelines.nodes import (
    Edges,
    Node,
    edges,
    loop_item,
    nearest,
    new_root,
    new_task,
    tree,
    used_inputs,
)
from modelyard.controllers.pipelines.words import words_of_task
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import Failure, PipelineRun, RunState, Task, TaskKind, TaskState, Values
from modelyard.domain.pipeline_spec import Component, Json, PipelineSpec, Source, TaskSpec
from modelyard.formats.pipeline_spec import cel

INVALID, INTERNAL = 3, 13
MOST_LOST = 5


class Planner:
    """One run's. A call costs what it changes: an ended task looks at its DAG's followers, never at the whole run.

    `complete` is the dialect of final statuses; `clock` answers milliseconds.
    """

    def __init__(
        self,
        spec: PipelineSpec,
        run: PipelineRun,
        tasks: Sequence[Task],
        clock: Callable[[], int],
        new_id: Callable[[], str],
        *,
        words: Mapping[str, str],
        complete: bool = False,
    ) -> None:
        self._spec, self._run, self._clock, self._new_id, self._complete = spec, run, clock, new_id, complete
        self._nodes = tree(spec, tasks)
        self._root = next((node for node in self._nodes.values() if node.scope is None), None)
        self._edges: dict[str, Edges] = {}
        self._used: dict[str, frozenset[str]] = {}
        self.canceling, self._overdue = run.state is RunState.CANCELING, False
        self._due: dict[str, int] = {}
        self._queue: deque[Callable[[], None]] = deque()
        self._changes = Changes()
        self.words = words

    def take(self) -> Changes:
        """What has changed since the last time."""
        while self._queue:
            self._queue.popleft()()
        taken, self._changes = self._changes, Changes()
        return taken

    def knows(self, task_id: str) -> bool:
        return task_id in self._nodes

    def task(self, task_id: str) -> Task:
        return self._nodes[task_id].task

    def component(self, task_id: str) -> Component:
        return self._nodes[task_id].component

    def value_for(self, task_id: str, source: Source) -> Json:
        """What a platform's source has for a task."""
        return nearest(self._nodes[task_id], source)

    def begin(self, refusal: str = "") -> Sequence[str]:
        """Takes the run up, new (then a `refusal` ends it) or as it was left. Answers whose tries may be under way."""
        if self._root is None:
            self._root = self._add(
                Node(new_root(self._run, self._spec, self._new_id(), self._clock()), self._spec.root)
            )
        if self._root.task.state is TaskState.RUNNING:
            self._resume()
        elif not self.canceling:
            self._enter(self._root, refusal)
        elif self._root.task.state.ended:
            self._end_run(self._root)
        if self.canceling:
            self.cancel(overdue=False)
        return [task_id for task_id, node in self._nodes.items() if node.has_try]

    def succeeded(self, task_id: str, values: Values, *, cached_from: str = "") -> None:
        state = TaskState.CACHED if cached_from else TaskState.SUCCEEDED
        self._end(self._nodes[task_id], state, outputs=values, cached_from=cached_from, error=None)

    def failed(self, task_id: str, failure: Failure, *, final: bool = False) -> None:
        """A try has failed; unless `final` there may be another one."""
        node = self._nodes[task_id]
        if self.canceling:
            self._end(node, TaskState.CANCELED, error=failure)
        elif final or not self._try_again(node, failure):
            self._end(node, TaskState.FAILED, error=failure)

    def canceled(self, task_id: str) -> None:
        self._end(self._nodes[task_id], TaskState.CANCELED)

    def logged(self, task_id: str, attempt: int, digest: str) -> None:
        """What a try printed has been kept."""
        node = self._nodes[task_id]
        if node.task.attempt == attempt:
            self._set(node, log=digest)

    def lost(self, task_id: str) -> None:
        """Nobody knows how a try ended: there is another one, which does not count."""
        node = self._nodes[task_id]
        node.lost += 1
        if self.canceling or node.task.state.ended:
            self._end(node, TaskState.CANCELED)
        elif node.lost > MOST_LOST:
            message = f"The task was lost {node.lost} times: it may be what ends the processes that watch it"
            self._end(node, TaskState.FAILED, error=Failure(INTERNAL, message))
        else:
            self._once_more(node)

    def _once_more(self, node: Node) -> None:
        self._set(node, state=TaskState.WAITING, attempt=node.task.attempt + 1, error=None, log="")
        self._launch(node)

    def deadline(self) -> int | None:
        """When the run's time is over, in milliseconds."""
        return None if self.canceling or self._root is None else times.deadline(self._spec, self._root.task)

    def next_due(self) -> int | None:
        """When the next pause before another try is over, in milliseconds."""
        return min(self._due.values(), default=None)

    def wake(self) -> None:
        """Starts what has paused long enough."""
        now = self._clock()
        for task_id in [task_id for task_id, at in self._due.items() if at <= now]:
            del self._due[task_id]
            node = self._nodes[task_id]
            if node.task.kind is TaskKind.DAG:
                self._reopen(node)
            else:
                self._launch(node)

    def cancel(self, *, overdue: bool = False) -> None:
        """Ends the run as soon as what runs has been ended; `overdue` when its time is over rather than by wish."""
        self.canceling, self._overdue = True, overdue
        self._due.clear()
        for node in list(self._nodes.values()):
            task = node.task
            if task.id in self._changes.start:
                self._changes.start.remove(task.id)
                self._end(node, TaskState.CANCELED)
            elif node.has_try:
                self._changes.cancel.append(task.id)
            elif task.state in (TaskState.PENDING, TaskState.WAITING):
                self._end(node, TaskState.CANCELED)

    # How tasks begin

    def _enter(self, root: Node, refusal: str) -> None:
        """A run that is new, or is to be tried again."""
        self._changes.state = RunState.RUNNING
        self._set(root, state=TaskState.PENDING)
        try:
            self._set(root, inputs=inputs.of_run(self._run, self._spec.root))
        except InvalidInput as error:
            refusal = refusal or error.message
        if refusal:
            self._end(root, TaskState.FAILED, error=Failure(INVALID, refusal))
        else:
            self._begin(root)

    def _add(self, node: Node) -> Node:
        self._nodes[node.task.id] = node
        self._changes.tasks[node.task.id] = node.task
        return node

    def _ready(self, node: Node) -> None:
        """All that it waits for has ended: it starts, or is skipped."""
        spec, scope = node.spec, node.scope
        if node.task.state is not TaskState.PENDING or spec is None or scope is None:
            return
        if self.canceling:
            self._end(node, TaskState.CANCELED)
            return
        before = self._edges_of(scope).before[spec.name]
        unfit = None if spec.even_after_failure else outputs.unfit([scope.children[name].task for name in before])
        if unfit is not None:
            self._end(node, TaskState.SKIPPED, error=unfit)
            return
        try:
            given = inputs.resolve(spec, node.component, self._around(node, scope, spec))
            self._set(node, inputs=given)
            scope_of_condition: dict[str, Json] = {"inputs": {"parameter_values": dict(given.parameters)}}
            if spec.condition and not cel.holds(spec.condition, scope_of_condition):
                self._end(node, TaskState.SKIPPED)
                return
            self._begin(node)
        except InvalidInput as error:
            self._end(node, TaskState.FAILED, error=Failure(INVALID, error.message))

    def _around(self, node: Node, scope: Node, spec: TaskSpec) -> inputs.Around:
        beside = {name: scope.children[name].task for name in self._edges_of(scope).before[spec.name]}
        words, outer = words_of_task(self.words, node.task), partial(loop_item, scope)
        return inputs.Around(scope.task.inputs, outer, beside, words, self._complete)

    def _begin(self, node: Node) -> None:
        if node.task.kind is TaskKind.LOOP:
            self._open_loop(node)
        elif node.task.kind is TaskKind.DAG:
            (self._reopen if node.children else self._open)(node)
        else:
            self._launch(node)

    def _launch(self, node: Node) -> None:
        self._set(node, fingerprint=fingerprint(node))
        self._run_state(node)
        self._changes.start.append(node.task.id)

    def _run_state(self, node: Node) -> None:
        started = node.task.started_at or self._clock()
        self._set(node, state=TaskState.RUNNING, started_at=started, ended_at=None, retry_at=None)

    def _open(self, node: Node) -> None:
        dag, known = node.dag, self._edges_of(node)
        self._run_state(node)
        for spec in dag.tasks.values() if dag else ():
            component = self._spec.components[spec.component]
            task = self._new(node, spec, component)
            child = self._add(Node(task, component, spec, node, waiting=len(known.before[spec.name])))
            node.children[spec.name] = child
            if not child.waiting:
                self._queue.append(partial(self._ready, child))
        self._count(node)

    def _new(self, parent: Node, spec: TaskSpec, component: Component, iteration: int | None = None) -> Task:
        return new_task(parent, spec, component, self._new_id(), self._clock(), iteration)

    def _open_loop(self, node: Node) -> None:
        spec = node.spec
        if spec is None or spec.loop is None:
            return
        found = inputs.items(spec.loop, node.task.inputs, self.words)
        if spec.component not in self._used:
            self._used[spec.component] = used_inputs(node.component)
        given = [
            inputs.of_iteration(spec.loop, node.component, node.task.inputs, item, self._used[spec.component])
            for item in found
        ]
        self._run_state(node)
        for at, values in enumerate(given):
            if (known := node.children.get(at)) is None:
                task = replace(self._new(node, spec, node.component, at), inputs=values)
                node.children[at] = self._add(Node(task, node.component, spec, node))
            elif not known.task.state.produced:
                self._reset(known)
                self._set(known, inputs=values)
        node.upcoming = node.under_way = 0
        self._count(node)
        self._next_rounds(node)

    def _next_rounds(self, node: Node) -> None:
        """As many as may run at once."""
        limit = node.spec.loop.parallelism if node.spec and node.spec.loop else 0
        while node.upcoming < len(node.children) and (not limit or node.under_way < limit):
            child = node.children[node.upcoming]
            node.upcoming += 1
            if child.task.state is TaskState.PENDING and not self.canceling:
                node.under_way += 1
                self._begin(child)

    # How tasks end

    def _end(self, node: Node, state: TaskState, **changes: object) -> None:
        if node.task.state.ended:
            return
        self._due.pop(node.task.id, None)
        self._set(node, state=state, ended_at=self._clock(), retry_at=None, **changes)
        self._queue.append(partial(self._ended, node))

    def _ended(self, node: Node) -> None:
        """Looks at those who waited for it."""
        scope = node.scope
        if scope is None:
            self._end_run(node)
            return
        scope.open -= 1
        if node.is_iteration:
            scope.under_way -= 1
            self._next_rounds(scope)
        else:
            for name in self._edges_of(scope).after[node.task.name]:
                follower = scope.children[name]
                follower.waiting -= 1
                if not follower.waiting:
                    self._queue.append(partial(self._ready, follower))
        if not scope.open:
            self._close(scope)

    def _count(self, node: Node) -> None:
        node.open = sum(not child.task.state.ended for child in node.children.values())
        if not node.open:
            self._queue.append(partial(self._close, node))

    def _close(self, node: Node) -> None:
        """All in it has ended."""
        if node.open or node.task.state is not TaskState.RUNNING:
            return
        state, error = outputs.ending(node)
        if state is TaskState.SUCCEEDED:
            found = outputs.of_loop(node) if node.task.kind is TaskKind.LOOP else outputs.of_dag(node)
            self._end(node, state, outputs=found, error=None)
        elif state is TaskState.CANCELED or error is None or self.canceling:
            self._end(node, TaskState.CANCELED, error=error)
        elif node.task.kind is TaskKind.LOOP or not self._try_again(node, error):
            self._end(node, state, error=error)

    def _try_again(self, node: Node, failure: Failure) -> bool:
        retry = node.spec.retry if node.spec is not None else None
        if retry is None or node.failures >= retry.most or node.task.state.ended:
            return False
        at = self._clock() + times.pause(retry, node.failures)
        node.failures += 1
        attempt = node.task.attempt + 1
        self._set(node, state=TaskState.WAITING, attempt=attempt, error=failure, retry_at=at, started_at=None, log="")
        self._due[node.task.id] = at
        return True

    def _end_run(self, root: Node) -> None:
        canceled, overdue = self.canceling, self._overdue
        self._changes.state, self._changes.error = outputs.of_run(root, canceled=canceled, overdue=overdue)

    # Going on

    def _resume(self) -> None:
        """Counts anew what the states tell, and goes on where it was left."""
        for node in list(self._nodes.values()):
            task = node.task
            if task.state is TaskState.WAITING:
                self._due[task.id] = task.retry_at or self._clock()
            if task.state is not TaskState.RUNNING or node.has_try:
                continue
            if task.kind is TaskKind.LOOP:
                node.under_way = sum(child.begun for child in node.children.values())
                self._queue.append(partial(self._next_rounds, node))
            else:
                self._await(node)
            self._count(node)

    def _await(self, node: Node) -> None:
        """Counts what each of its tasks waits for; those that wait for nothing are looked at."""
        for name, child in node.children.items():
            before = self._edges_of(node).before[str(name)]
            child.waiting = sum(not node.children[one].task.state.ended for one in before)
            if child.task.state is TaskState.PENDING and not child.waiting:
                self._queue.append(partial(self._ready, child))

    def _reopen(self, node: Node) -> None:
        """Runs again what has not succeeded in a DAG, and all that depends on it."""
        edges_of, left = self._edges_of(node), []
        for name, child in node.children.items():
            if not child.task.state.produced:
                self._reset(child)
                left.append(str(name))
        while left:
            for name in edges_of.after[left.pop()]:
                if node.children[name].task.state.ended:
                    for one in node.children[name].below():
                        self._reset(one)
                    left.append(name)
        self._set(node, outputs=Values(), error=None)
        self._run_state(node)
        self._await(node)
        self._count(node)

    def _reset(self, node: Node) -> None:
        """As if it had not run yet, except that the number of its tries goes on, and what has succeeded in it stays."""
        node.failures = 0
        self._set(
            node, state=TaskState.PENDING, attempt=node.task.attempt + 1, error=None, started_at=None, ended_at=None,
            retry_at=None, outputs=Values(), cached_from="", log="",
        )  # fmt: skip

    def _edges_of(self, node: Node) -> Edges:
        name = node.component.name
        if name not in self._edges and node.dag is not None:
            self._edges[name] = edges(node.dag)
        return self._edges[name]

    def _set(self, node: Node, **changes: object) -> None:
        node.task = replace(node.task, **changes)  # type: ignore[arg-type]
        self._changes.tasks[node.task.id] = node.task
