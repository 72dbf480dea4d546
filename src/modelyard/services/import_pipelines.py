"""Pipelines of an export with all that belongs to them, wholly or not at all."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from modelyard.domain.imports import Counted, ForeignStore, ImportOptions, ImportReport, Unreadable
from modelyard.domain.pipeline_runs import Failure, RunState, TaskState
from modelyard.domain.principals import Principal, Resource
from modelyard.formats import webhook_signatures
from modelyard.kit.clock import now_ms
from modelyard.services import pipeline_tracking
from modelyard.services.journal import event
from modelyard.storage import events, pipeline_imports, pipeline_json, triggers
from modelyard.storage.database import Database, Transaction
from modelyard.storage.portable.pipelines import ARTIFACTS, PIPELINES, RUNS, SCHEDULES, TASKS, TRIGGERS, VERSIONS, Part

Row = Mapping[str, Any]
Place = Callable[[Row], int | None]
"""The key of what a row belongs to, None when that has not come along."""
_AT_ONCE = 500
_ABORTED = 10
_CUT_OFF = "It was under way when it was exported; retry the run to have it go on here"


class PipelineImport:
    """After the experiments, which runs, schedules and triggers are in.

    What starts runs by itself arrives disabled, so that it does not on two servers; webhooks have a secret that nobody
    knows until they are given a new one.
    """

    def __init__(self, database: Database, principal: Principal, options: ImportOptions) -> None:
        self._database = database
        self._principal = principal
        self._options = options

    async def bring(self, store: ForeignStore, report: ImportReport) -> None:
        """Adds what is not here yet, and tells the report. Raises Unreadable."""
        experiments = {one.source_id: int(one.id) for one in report.experiments}

        def work(transaction: Transaction) -> _Arriving:
            arriving = _Arriving(transaction, self._principal, store, experiments, rehearsal=self._options.dry_run)
            arriving.bring()
            return arriving

        arrived = await self._database.write(work)  # a rehearsal writes nothing
        report.added.add(arrived.added)
        report.notes += arrived.notes


class _Arriving:
    def __init__(
        self,
        transaction: Transaction,
        principal: Principal,
        store: ForeignStore,
        experiments: Mapping[str, int],
        *,
        rehearsal: bool,
    ) -> None:
        self._transaction = transaction
        self._principal = principal
        self._store = store
        self._experiments = experiments
        self._rehearsal = rehearsal
        self._pipelines: dict[str, tuple[str, int]] = {}  # id and key of what they are here, by their ids there
        self._cut_off: list[str] = []  # tracking runs of runs that were under way
        self._now = now_ms()
        self.added = Counted()
        self.notes: list[str] = []

    def bring(self) -> None:
        for row in self._store.pipelines(PIPELINES.file):
            self._pipeline(row)
        for row in self._store.pipelines(VERSIONS.file):
            self._version(row)
        asleep = {"enabled": 0}
        unknown = webhook_signatures.new_secret(secrets.token_bytes(32))
        started = {"seen": triggers.last_event(self._transaction), "secret": unknown, **asleep}
        number = len(self._new(SCHEDULES, self._in_experiment, {"next_at": None, **asleep}))
        number += len(self._new(TRIGGERS, self._in_experiment, started))
        if number:
            self.notes.append(
                f"{number} schedules and triggers came disabled; enable them where they are to start runs"
            )
        runs = self._new(RUNS, self._in_experiment, {"doomed": 0, "fence": 0})
        self.added.pipeline_runs += len(runs)
        for part in (TASKS, ARTIFACTS):
            self._put(part, (row for row in self._store.pipelines(part.file) if row["run_id"] in runs), runs)
        for own in self._cut_off if not self._rehearsal else ():
            pipeline_tracking.end(self._transaction, self._principal.workspace_id, own, RunState.CANCELED, self._now)

    def _pipeline(self, row: Row) -> None:
        known = pipeline_imports.keys(self._transaction, PIPELINES, [row["id"]]).get(row["id"])
        here = (row["id"], known) if known else self._named(row["name"])
        if here is None:
            self.added.pipelines += 1
            self._insert(PIPELINES, [(None, row)], {})
            here = row["id"], pipeline_imports.keys(self._transaction, PIPELINES, [row["id"]]).get(row["id"], 0)
        self._pipelines[row["id"]] = here

    def _named(self, name: str) -> tuple[str, int] | None:
        return pipeline_imports.named(self._transaction, self._principal.workspace_id, name)

    def _version(self, row: Row) -> None:
        if row["pipeline_id"] not in self._pipelines:
            raise Unreadable(f"{VERSIONS.file}: version '{row['name']}' is of no pipeline in {PIPELINES.file}")
        _, pk = self._pipelines[row["pipeline_id"]]
        if pipeline_imports.keys(self._transaction, VERSIONS, [row["id"]]):
            return
        if pk and pipeline_imports.has_version(self._transaction, pk, row["name"]):
            self.notes.append(f"Version '{row['name']}' of a pipeline stays out: there is another of that name here")
            return
        self._insert(VERSIONS, [(pk, row)], {})

    def _in_experiment(self, row: Row) -> int | None:
        return self._experiments.get(row["experiment_id"])

    def _new(self, part: Part, place: Place, extra: Row) -> Mapping[str, int]:
        """Adds those that are not here yet; their keys by id."""
        new: dict[str, int] = {}
        for rows in _batches(self._store.pipelines(part.file)):
            known = pipeline_imports.keys(self._transaction, part, [row["id"] for row in rows])
            found = [(place(row), self._as_here(row)) for row in rows if row["id"] not in known]
            coming = [(owner, row) for owner, row in found if owner is not None]
            self._insert(part, coming, extra)
            ids = [row["id"] for _, row in coming]
            new.update(dict.fromkeys(ids, 0))  # in a rehearsal they have no keys
            new.update(pipeline_imports.keys(self._transaction, part, ids))
        return new

    def _put(self, part: Part, rows: Iterator[Row], runs: Mapping[str, int]) -> None:
        for some in _batches(rows):
            self._insert(part, [(runs[row["run_id"]], self._as_here(row)) for row in some], {})

    def _as_here(self, row: Row) -> Row:
        """With the pipeline that it is here, and ended: what was under way there is not carried on here as well."""
        changed = dict(row)
        if row.get("pipeline_id") in self._pipelines:
            changed["pipeline_id"] = self._pipelines[row["pipeline_id"]][0]
        if "state" in row and row["ended_at"] is None and row["state"] not in _ENDED:
            cut_off = Failure(_ABORTED, _CUT_OFF)
            state = RunState.CANCELED.value  # a task's is called the same
            history = pipeline_json.with_moment(row["history"], self._now, state, cut_off)
            changed |= {"state": state, "ended_at": self._now, "history": history}
            if own := row.get("tracking_run_id"):
                self._cut_off.append(own)
            if "error" in row:
                changed["error"] = pipeline_json.error_text(cut_off)
        return changed

    def _insert(self, part: Part, rows: Sequence[tuple[int | None, Row]], extra: Row) -> None:
        for _, row in rows:
            _check(part, row)
        if self._rehearsal:
            return
        pipeline_imports.insert_all(self._transaction, part, self._principal.workspace_id, rows, extra)
        if part in (TASKS, ARTIFACTS):
            return
        arrived = (
            event(self._principal, f"{part.noun}.imported", Resource(part.noun, row["id"]), name=row["name"])
            for _, row in rows
        )
        events.record(self._transaction, *arrived)


def _check(part: Part, row: Row) -> None:
    """What nobody could read again, or would lead elsewhere: ids name folders. Raises Unreadable."""
    for name in ("id", "task_id"):
        if name in part.columns and not _ID.fullmatch(str(row[name])):
            raise Unreadable(f"{part.file}: {str(row[name])[:100]!r} cannot be an id")
    if (states := _STATES.get(part.noun)) and row["state"] not in states:
        raise Unreadable(f"{part.file}: '{str(row['state'])[:100]}' is no state")


_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_STATES: Mapping[str, frozenset[str]] = {RUNS.noun: frozenset(RunState), TASKS.noun: frozenset(TaskState)}
_ENDED = frozenset(state.value for states in (RunState, TaskState) for state in states if state.ended)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _AT_ONCE)):
        yield some
