"""The IR of versions, schedules and runs: each once, however many run it."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, select

from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.pipelines import (
    pipeline_documents,
    pipeline_runs,
    pipeline_schedules,
    pipeline_versions,
)
from modelyard.storage.upserts import insert_into

_REFERRING = (pipeline_versions, pipeline_schedules, pipeline_runs)


def put(transaction: Transaction, workspace_id: int, body: bytes) -> str:
    """The digest it is found by."""
    digest = hashlib.sha256(body).hexdigest()
    statement = insert_into(pipeline_documents, transaction).values(workspace_id=workspace_id, digest=digest, body=body)
    transaction.execute(statement.on_conflict_do_nothing())
    return digest


def read(transaction: Transaction, digests: Sequence[str]) -> Mapping[str, bytes]:
    """By digest. They name their content, so the workspace is the business of who refers to them."""
    wanted = sorted(set(digests) - {""})
    if not wanted:
        return {}
    mine = among(pipeline_documents.c.digest, wanted, transaction.dialect.name)
    return {row.digest: row.body for row in transaction.execute(select(pipeline_documents).where(mine))}


def sweep(transaction: Transaction, workspace_id: int, digests: Sequence[str]) -> None:
    """Deletes those that nothing refers to any more."""
    unused = [~exists().where(table.c.digest == pipeline_documents.c.digest) for table in _REFERRING]
    mine = among(pipeline_documents.c.digest, sorted(set(digests)), transaction.dialect.name)
    transaction.execute(
        delete(pipeline_documents).where(pipeline_documents.c.workspace_id == workspace_id, mine, *unused)
    )
