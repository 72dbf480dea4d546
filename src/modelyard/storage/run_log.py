"""Adding metrics, params and tags to runs: everything that came in at once, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.events import Event
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import Logged, Metric
from modelyard.domain.series import Points
from modelyard.storage import events, key_values, logged_model_points, runs, series
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import params, run_tags

Param = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One caller's batch for one run."""

    workspace_id: int
    run_id: str
    logged: Logged
    event: Event | None = None


@dataclass(slots=True)
class _Gathered:
    """What is to be written once every entry has been looked at."""

    points: dict[series.Key, Points] = field(default_factory=lambda: defaultdict(Points))
    params: dict[Param, str] = field(default_factory=dict)
    tags: dict[Param, str] = field(default_factory=dict)
    runs: dict[int, int] = field(default_factory=dict)  # pk -> workspace
    events: list[Event] = field(default_factory=list)


def append(transaction: Transaction, entries: Sequence[Entry]) -> Sequence[ModelyardError | None]:
    """Adds what can be added; an entry is taken whole or refused whole.

    Refuses with NotFound an unknown run, with InvalidInput a deleted one and a param that has another value already.
    Raises NotFound for an unknown logged model: then each entry is tried alone.
    """
    found = _runs(transaction, entries)
    known = _known_params(transaction, entries, found)
    gathered = _Gathered()
    outcomes: list[ModelyardError | None] = []
    for entry in entries:
        row = found.get((entry.workspace_id, entry.run_id))
        refusal = _refusal(entry, row, known)
        outcomes.append(refusal)
        if refusal is None and row is not None:
            _gather(gathered, entry, row, known)
            _record_about_models(transaction, entry)
    _write(transaction, gathered)
    events.record(transaction, *gathered.events)
    return outcomes


def _runs(transaction: Transaction, entries: Sequence[Entry]) -> dict[tuple[int, str], Row[Any]]:
    found: dict[tuple[int, str], Row[Any]] = {}
    by_workspace: dict[int, set[str]] = defaultdict(set)
    for entry in entries:
        by_workspace[entry.workspace_id].add(entry.run_id)
    for workspace_id, run_ids in by_workspace.items():
        for row in runs.rows_of(transaction, workspace_id, sorted(run_ids), lock=True):
            found[workspace_id, row.id] = row
    return found


def _known_params(
    transaction: Transaction, entries: Sequence[Entry], found: dict[tuple[int, str], Row[Any]]
) -> dict[Param, str]:
    pks = {
        row.pk
        for entry in entries
        if entry.logged.params and (row := found.get((entry.workspace_id, entry.run_id))) is not None
    }
    stored = key_values.read(transaction, params, sorted(pks))
    return {(pk, key): value for pk, pairs in stored.items() for key, value in pairs.items()}


def _refusal(entry: Entry, row: Row[Any] | None, known: dict[Param, str]) -> ModelyardError | None:
    if row is None:
        return NotFound(f"Run with id={entry.run_id} not found")
    if row.lifecycle != Lifecycle.ACTIVE:
        return InvalidInput(
            f"The run {entry.run_id} must be in the 'active' state. Current state is {row.lifecycle}; restore it first."
        )
    for key, value in entry.logged.params:
        before = known.get((row.pk, key))
        if before is not None and before != value:
            return InvalidInput(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with value="
                f"'{before[:500]}' for run ID='{entry.run_id}'. Attempted logging new value '{value[:500]}'."
            )
    return None


def _gather(gathered: _Gathered, entry: Entry, row: Row[Any], known: dict[Param, str]) -> None:
    pk, experiment_pk = row.pk, row.experiment_pk
    for metric in entry.logged.metrics:
        points = gathered.points[entry.workspace_id, experiment_pk, pk, metric.key]
        points.steps.append(metric.step)
        points.timestamps.append(metric.timestamp)
        points.values.append(metric.value)
    for key, value in entry.logged.params:
        if (pk, key) not in known:
            known[pk, key] = gathered.params[pk, key] = value
    for key, value in entry.logged.tags:
        gathered.tags[pk, key] = value
    gathered.runs[pk] = entry.workspace_id
    if entry.event is not None:
        gathered.events.append(entry.event)


def _record_about_models(transaction: Transaction, entry: Entry) -> None:
    about: dict[tuple[str, str, str], list[Metric]] = defaultdict(list)
    for metric in entry.logged.metrics:
        if metric.model_id:
            about[metric.model_id, metric.dataset_name, metric.dataset_digest].append(metric)
    for (model_id, name, digest), metrics in about.items():
        logged_model_points.record(transaction, entry.workspace_id, model_id, entry.run_id, (name, digest), metrics)


def _write(transaction: Transaction, gathered: _Gathered) -> None:
    series.append(transaction, gathered.points)
    for table, pairs in ((params, gathered.params), (run_tags, gathered.tags)):
        by_workspace: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
        for (pk, key), value in pairs.items():
            by_workspace[gathered.runs[pk]].append((pk, key, value))
        for workspace_id, rows in by_workspace.items():
            key_values.put(transaction, table, workspace_id, rows)
    renamed = {pk: value for (pk, key), value in gathered.tags.items() if key == runs.NAME_TAG and value}
    if renamed:
        runs.rename(transaction, renamed)
    if gathered.runs:
        runs.outdate(transaction, list(gathered.runs))
