"""Writing rows of pipelines that come from an export, beside what is here already."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from modelyard.storage import pipeline_documents
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.portable.pipelines import Part
from modelyard.storage.tables.pipelines import pipeline_versions, pipelines

Row = Mapping[str, Any]


def keys(transaction: Transaction, part: Part, ids: Sequence[str]) -> Mapping[str, int]:
    """The keys of the rows that are here, by id."""
    table = part.table
    found = select(table.c.id, table.c.pk).where(among(table.c.id, ids, transaction.dialect.name))
    return {row.id: row.pk for row in transaction.execute(found)}


def named(transaction: Transaction, workspace_id: int, name: str) -> tuple[str, int] | None:
    """The id and key of the pipeline of a name."""
    mine = (pipelines.c.workspace_id == workspace_id, pipelines.c.name == name)
    row = transaction.execute(select(pipelines.c.id, pipelines.c.pk).where(*mine)).one_or_none()
    return None if row is None else (row.id, row.pk)


def has_version(transaction: Transaction, pipeline_pk: int, name: str) -> bool:
    mine = (pipeline_versions.c.pipeline_pk == pipeline_pk, pipeline_versions.c.name == name)
    return transaction.execute(select(pipeline_versions.c.pk).where(*mine)).first() is not None


def insert_all(
    transaction: Transaction, part: Part, workspace_id: int, found: Sequence[tuple[int | None, Row]], extra: Row
) -> None:
    """Rows of a file with the keys of what they belong to; `extra` is what the file does not say, by column."""
    written = []
    for owner, row in found:
        values = {name: row[name] for name in part.columns} | {"workspace_id": workspace_id, **extra}
        if part.owner_key:
            values[part.owner_key] = owner
        if part.has_document:
            body = str(row["document"]).encode()
            values["digest"] = pipeline_documents.put(transaction, workspace_id, body) if body else ""
        written.append(values)
    if written:
        transaction.execute(insert(part.table), written)
