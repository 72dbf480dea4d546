"""Pipelines in an export: a file for each of our tables, with ids in place of keys and documents in place of digests.

What only means something to the server that had it is left out: secrets, who looks after a run, what is due next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Table, and_, cast, select

from modelyard.storage.database import Transaction
from modelyard.storage.tables import pipelines as tables
from modelyard.storage.tables.base import String
from modelyard.storage.tables.tracking import experiments
from modelyard.storage.tables.triggers import pipeline_triggers

_AT_ONCE = 500
_LEFT_OUT = frozenset({"pk", "workspace_id", "digest", "secret", "fence", "doomed", "seen", "next_at"})


@dataclass(frozen=True, slots=True)
class Part:
    """One table. `owner_key` is its column that points to `owner`; in the file it is `owner_id`."""

    noun: str
    file: str
    table: Table
    owner: Table | None = None
    owner_key: str = ""
    owner_id: str = ""

    @property
    def columns(self) -> list[str]:
        """Those of the table that are in the file as they are."""
        return [name for name in self.table.columns.keys() if name not in _LEFT_OUT and name != self.owner_key]  # noqa: SIM118

    @property
    def has_document(self) -> bool:
        return "digest" in self.table.columns


_OF_EXPERIMENT = (experiments, "experiment_pk", "experiment_id")
_OF_RUN = (tables.pipeline_runs, "run_pk", "run_id")
PIPELINES = Part("pipeline", "pipelines.parquet", tables.pipelines)
VERSIONS = Part(
    "pipeline_version", "pipeline_versions.parquet", tables.pipeline_versions, tables.pipelines, "pipeline_pk",
    "pipeline_id",
)  # fmt: skip
SCHEDULES = Part("schedule", "schedules.parquet", tables.pipeline_schedules, *_OF_EXPERIMENT)
TRIGGERS = Part("trigger", "triggers.parquet", pipeline_triggers, *_OF_EXPERIMENT)
RUNS = Part("pipeline_run", "pipeline_runs.parquet", tables.pipeline_runs, *_OF_EXPERIMENT)
TASKS = Part("task", "pipeline_tasks.parquet", tables.pipeline_tasks, *_OF_RUN)
ARTIFACTS = Part("artifact", "pipeline_artifacts.parquet", tables.pipeline_artifacts, *_OF_RUN)
PARTS = (PIPELINES, VERSIONS, SCHEDULES, TRIGGERS, RUNS, TASKS, ARTIFACTS)
"""Each after what it belongs to."""


def schemas(pa: Any) -> Mapping[str, Any]:
    """By file."""

    def kind(part: Part, name: str) -> Any:
        return pa.int64() if isinstance(part.table.c[name].type, Integer) else pa.string()

    return {
        part.file: pa.schema(
            [
                *((name, kind(part, name)) for name in part.columns),
                *((name, pa.string()) for name in (part.owner_id,) if name),
                *((name, pa.string()) for name in ("document",) if part.has_document),
            ]
        )
        for part in PARTS
    }


def rows(transaction: Transaction, part: Part, workspace_id: int) -> Iterator[Mapping[str, object]]:
    """As they are in the file. Runs that are to be deleted are left out."""
    table, documents = part.table, tables.pipeline_documents
    wanted: list[Any] = [table.c[name] for name in part.columns]
    source: Any = table
    mine = [table.c.workspace_id == workspace_id]
    if part.owner is not None:
        source = source.join(part.owner, part.owner.c.pk == table.c[part.owner_key])
        owner_id = part.owner.c.id if "id" in part.owner.columns else cast(part.owner.c.pk, String)
        wanted.append(owner_id.label(part.owner_id))
    if tables.pipeline_runs in (table, part.owner):
        mine.append(tables.pipeline_runs.c.doomed == 0)
    if part.has_document:
        its_own = and_(documents.c.workspace_id == workspace_id, documents.c.digest == table.c.digest)
        source = source.outerjoin(documents, its_own)
        wanted.append(documents.c.body.label("document"))
    statement = select(*wanted).select_from(source).where(*mine).order_by(*table.primary_key.columns)
    for row in transaction.execute(statement.execution_options(yield_per=_AT_ONCE)).mappings():
        found = {**row}
        if part.has_document:
            found["document"] = (row["document"] or b"").decode()
        yield found
