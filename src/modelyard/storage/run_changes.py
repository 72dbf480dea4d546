"""Changing and finishing runs: all that came in at once, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.events import Detail, Event
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import Run, RunChange
from modelyard.storage import events, key_values, runs
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import run_tags


@dataclass(frozen=True, slots=True)
class Entry:
    """One caller's change; the event is given its detail once it is known what differs."""

    workspace_id: int
    run_id: str
    change: RunChange
    event: Event


@dataclass(slots=True)
class _Gathered:
    runs: dict[int, tuple[Run, int]] = field(default_factory=dict)  # by row key, with what to add to the version
    tags: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def update(transaction: Transaction, entries: Sequence[Entry]) -> Sequence[Run | ModelyardError]:
    """The runs after their changes.

    Refuses with NotFound an unknown run, with InvalidInput a deleted one.
    """
    by_workspace: dict[int, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        by_workspace[entry.workspace_id][entry.run_id] = None
    found = {
        workspace_id: dict(runs.locked(transaction, workspace_id, list(run_ids)))
        for workspace_id, run_ids in by_workspace.items()
    }
    gathered = _Gathered()
    outcomes = [_changed(gathered, entry, found[entry.workspace_id]) for entry in entries]
    runs.change(transaction, gathered.runs)
    key_values.put_all(transaction, run_tags, gathered.tags)
    events.record(transaction, *gathered.events)
    return outcomes


def _changed(gathered: _Gathered, entry: Entry, found: dict[str, tuple[int, Run]]) -> Run | ModelyardError:
    if entry.run_id not in found:
        return NotFound(f"Run with id={entry.run_id} not found")
    pk, before = found[entry.run_id]
    if before.lifecycle is not Lifecycle.ACTIVE:
        return InvalidInput(
            f"The run {entry.run_id} must be in the 'active' state. "
            f"Current state is {before.lifecycle}. Restore it first."
        )
    after = _with(before, entry.change)
    found[entry.run_id] = pk, after
    renamed = bool(entry.change.name)
    if renamed:
        gathered.tags[pk, runs.NAME_TAG] = entry.workspace_id, after.name
    if after != before or renamed:
        _, more = gathered.runs.get(pk, (None, 0))
        gathered.runs[pk] = after, more + renamed
    if after != before:
        gathered.events.append(replace(entry.event, detail=_differences(before, after)))
    return after


def _with(run: Run, change: RunChange) -> Run:
    return replace(
        run,
        status=change.status or run.status,
        ended_at=run.ended_at if change.ended_at is None else change.ended_at,
        name=change.name or run.name,
    )


def _differences(before: Run, after: Run) -> dict[str, Detail]:
    changed = {"status": after.status, "ended_at": after.ended_at, "name": after.name}
    return {what: value for what, value in changed.items() if value != getattr(before, what)}
