"""A run of a pipeline as a tree of its tasks."""

import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modelyard.cli import output, times

if TYPE_CHECKING:
    from rich.live import Live
    from rich.tree import Tree

    from modelyard.sdk.pipelines import PipelineRunDetail, Task

MARKS: Mapping[str, tuple[str, str]] = {
    "PENDING": ("·", "dim"),
    "WAITING": ("◷", "yellow"),
    "RUNNING": ("▶", "cyan"),
    "CANCELING": ("▶", "yellow"),
    "SUCCEEDED": ("✓", "green"),
    "CACHED": ("≈", "green"),
    "SKIPPED": ("-", "dim"),
    "FAILED": ("✗", "red"),
    "CANCELED": ("■", "yellow"),
}
MOST_CHILDREN = 50


def watch(seen: "Iterable[PipelineRunDetail]") -> "PipelineRunDetail":
    """Draws each; on a terminal in place of the one before, elsewhere only the last. Answers that."""
    if not sys.stdout.isatty():
        last = last_of(seen)
        output.show(drawn(last))
        return last
    from rich.live import Live

    with Live(refresh_per_second=8) as live:
        return last_of(_drawing(seen, live))


def last_of(seen: "Iterable[PipelineRunDetail]") -> "PipelineRunDetail":
    """There is always one."""
    return deque(seen, maxlen=1)[0]


def _drawing(seen: "Iterable[PipelineRunDetail]", live: "Live") -> "Iterator[PipelineRunDetail]":
    for one in seen:
        live.update(drawn(one))
        yield one


def drawn(detail: "PipelineRunDetail") -> "Tree":
    """The whole tree, with how far it is."""
    from rich.markup import escape
    from rich.tree import Tree

    run = detail.run
    children: dict[str, list[Task]] = defaultdict(list)
    for task in detail.tasks:
        children[task.parent_id].append(task)
    steps = [task for task in detail.tasks if task.kind in ("step", "import")]
    done = sum(task.ended_at is not None for task in steps)
    progress = f"{done} of {len(steps)} done" if steps else "nothing begun"
    tree = Tree(f"{_marked(run.state)} [bold]{escape(run.name)}[/] {run.id}  {progress}  {_lasted(run)}")
    if run.error is not None:
        tree.add(f"[red]{escape(run.error.message)}[/]")
    for root in children[""]:
        _grow(tree, children[root.id] or [root], children)
    return tree


def _grow(tree: "Tree", tasks: "Sequence[Task]", children: "Mapping[str, list[Task]]") -> None:
    for task in tasks[:MOST_CHILDREN]:
        branch = tree.add(_line(task))
        _grow(branch, children.get(task.id, ()), children)
    if len(tasks) > MOST_CHILDREN:
        tree.add(f"[dim]and {len(tasks) - MOST_CHILDREN} more[/]")


def _line(task: "Task") -> str:
    from rich.markup import escape

    name = task.display_name if task.iteration is None else f"{task.display_name} [{task.iteration}]"
    line = f"{_marked(task.state)} {escape(name)}  {_lasted(task)}"
    if task.attempt:
        line += f"  [yellow]try {task.attempt + 1}[/]"
    if task.error is not None:
        line += f"\n  [red]{escape(task.error.message)}[/]"
    return line


def _marked(state: str) -> str:
    mark, style = MARKS.get(state, ("?", ""))
    return f"[{style}]{mark} {state.lower()}[/]"


def _lasted(one: object) -> str:
    started, ended = getattr(one, "started_at", None), getattr(one, "ended_at", None)
    if started is None:
        return ""
    return f"[dim]{times.lasted(started, int(time.time() * 1000) if ended is None else ended)}[/]"
