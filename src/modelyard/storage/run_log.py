"""Adding metrics, params and tags to runs: everything that came in at once, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.events import Event
from modelyard.domain.runs import Logged, Metric
from modelyard.storage import events, key_values, logged_model_points, runs, series
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import params, run_tags

_MODEL_OF = attrgetter("model_id")
Param = tuple[int, str]
RunId = tuple[int, str]
"""Workspace and id."""
Place = tuple[int, int]
"""A run's row and its experiment's."""


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

    metrics: dict[series.Key, list[Metric]] = field(default_factory=lambda: defaultdict(list))
    params: dict[Param, tuple[int, str]] = field(default_factory=dict)  # workspace and value
    tags: dict[Param, tuple[int, str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def append(transaction: Transaction, entries: Sequence[Entry]) -> Sequence[ModelyardError | None]:
    """Adds what can be added; an entry is taken whole or refused whole.

    Refuses with NotFound an unknown run, with InvalidInput a deleted one and a param that has another value already.
    Raises NotFound for an unknown logged model: then each entry is tried alone.
    """
    found = _places(transaction, entries)
    known = _known_params(transaction, entries, found)
    gathered = _Gathered()
    outcomes: list[ModelyardError | None] = []
    for entry in entries:
        place = found.get((entry.workspace_id, entry.run_id))
        refusal = _missing(transaction, entry) if place is None else _conflict(entry, place, known)
        outcomes.append(refusal)
        if refusal is None and place is not None:
            _gather(gathered, entry, place, known)
            _record_about_models(transaction, entry)
    _write(transaction, gathered)
    return outcomes


def _places(transaction: Transaction, entries: Sequence[Entry]) -> Mapping[RunId, Place]:
    by_workspace: dict[int, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        by_workspace[entry.workspace_id][entry.run_id] = None
    return {
        (workspace_id, run_id): place
        for workspace_id, run_ids in by_workspace.items()
        for run_id, place in runs.touch(transaction, workspace_id, list(run_ids)).items()
    }


def _known_params(transaction: Transaction, entries: Sequence[Entry], found: Mapping[RunId, Place]) -> dict[Param, str]:
    wanted = {
        (place[0], key): None
        for entry in entries
        if entry.logged.params and (place := found.get((entry.workspace_id, entry.run_id))) is not None
        for key, _ in entry.logged.params
    }
    return key_values.known(transaction, params, list(wanted))


def _missing(transaction: Transaction, entry: Entry) -> ModelyardError:
    row = runs.row_of(transaction, entry.workspace_id, entry.run_id)
    if row is None:
        return NotFound(f"Run with id={entry.run_id} not found")
    return InvalidInput(
        f"The run {entry.run_id} must be in the 'active' state. Current state is {row.lifecycle}. Restore it first."
    )


def _conflict(entry: Entry, place: Place, known: Mapping[Param, str]) -> ModelyardError | None:
    for key, value in entry.logged.params:
        before = known.get((place[0], key))
        if before is not None and before != value:
            return InvalidInput(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with value="
                f"'{before[:500]}' for run ID='{entry.run_id}'. Attempted logging new value '{value[:500]}'."
            )
    return None


def _gather(gathered: _Gathered, entry: Entry, place: Place, known: dict[Param, str]) -> None:
    pk, experiment_pk = place
    workspace_id, logged = entry.workspace_id, entry.logged
    for key, metrics in _by_key(logged.metrics).items():
        gathered.metrics[workspace_id, experiment_pk, pk, key] += metrics
    for key, value in logged.params:
        if (pk, key) not in known:
            known[pk, key] = value
            gathered.params[pk, key] = workspace_id, value
    for key, value in logged.tags:
        gathered.tags[pk, key] = workspace_id, value
    if entry.event is not None:
        gathered.events.append(entry.event)


def _by_key(metrics: Sequence[Metric]) -> Mapping[str, Sequence[Metric]]:
    if len(metrics) == 1:
        return {metrics[0].key: metrics}
    by_key: dict[str, list[Metric]] = defaultdict(list)
    for metric in metrics:
        by_key[metric.key].append(metric)
    return by_key


def _record_about_models(transaction: Transaction, entry: Entry) -> None:
    if not any(map(_MODEL_OF, entry.logged.metrics)):
        return
    about: dict[tuple[str, str, str], list[Metric]] = defaultdict(list)
    for metric in entry.logged.metrics:
        if metric.model_id:
            about[metric.model_id, metric.dataset_name, metric.dataset_digest].append(metric)
    for (model_id, name, digest), metrics in about.items():
        logged_model_points.record(transaction, entry.workspace_id, model_id, entry.run_id, (name, digest), metrics)


def _write(transaction: Transaction, gathered: _Gathered) -> None:
    series.append(transaction, {key: series.added(metrics) for key, metrics in gathered.metrics.items()})
    key_values.put_all(transaction, params, gathered.params)
    key_values.put_all(transaction, run_tags, gathered.tags)
    renamed = {pk: name for (pk, key), (_, name) in gathered.tags.items() if key == runs.NAME_TAG and name}
    if renamed:
        runs.rename(transaction, renamed)
    events.record(transaction, *gathered.events)
