from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from modelyard.domain.listing import Listing
from modelyard.domain.pipelines import Pipeline, PipelineVersion
from modelyard.storage import keyset, pipeline_documents, pipeline_json
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.pipelines import pipeline_versions, pipelines

Last = list[keyset.Scalar] | None
_SHARED = ("id", "name", "display_name", "description", "created_at")
_PIPELINES = Shelf(pipelines.c.pk, {name: pipelines.c[name] for name in _SHARED})
_VERSIONS = Shelf(pipeline_versions.c.pk, {name: pipeline_versions.c[name] for name in _SHARED})
_NAMED = select(pipeline_versions, pipelines.c.id.label("pipeline_id")).select_from(pipeline_versions.join(pipelines))


def insert_one(transaction: Transaction, workspace_id: int, pipeline: Pipeline) -> int:
    """The new row's key."""
    made = transaction.execute(
        insert(pipelines).values(
            workspace_id=workspace_id,
            id=pipeline.id,
            name=pipeline.name,
            display_name=pipeline.display_name,
            description=pipeline.description,
            tags=pipeline_json.text(pipeline.tags),
            created_at=pipeline.created_at,
        )
    ).inserted_primary_key
    return 0 if made is None else int(made[0])


def by_id(transaction: Transaction, workspace_id: int, pipeline_id: str) -> tuple[int, Pipeline] | None:
    """The row's key and the pipeline."""
    return _one(transaction, _mine(workspace_id).where(pipelines.c.id == pipeline_id))


def by_name(transaction: Transaction, workspace_id: int, name: str) -> tuple[int, Pipeline] | None:
    return _one(transaction, _mine(workspace_id).where(pipelines.c.name == name))


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[Pipeline], int, Last]:
    rows, total, last = _PIPELINES.find(transaction, _mine(workspace_id), listing, after)
    return [_pipeline(row) for row in rows], total, last


def change(transaction: Transaction, pk: int, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    transaction.execute(update(pipelines).where(pipelines.c.pk == pk).values(_written(values)))


def remove(transaction: Transaction, workspace_id: int, pk: int) -> None:
    """With its versions."""
    mine = select(pipeline_versions.c.digest).where(pipeline_versions.c.pipeline_pk == pk)
    digests = transaction.execute(mine).scalars().all()
    transaction.execute(delete(pipelines).where(pipelines.c.pk == pk))
    pipeline_documents.sweep(transaction, workspace_id, digests)


def insert_version(transaction: Transaction, workspace_id: int, pk: int, version: PipelineVersion) -> None:
    """`pk` is the key of its pipeline's row."""
    transaction.execute(
        insert(pipeline_versions).values(
            workspace_id=workspace_id,
            id=version.id,
            pipeline_pk=pk,
            name=version.name,
            display_name=version.display_name,
            description=version.description,
            tags=pipeline_json.text(version.tags),
            package_url=version.package_url,
            code_url=version.code_url,
            digest=pipeline_documents.put(transaction, workspace_id, version.document),
            created_at=version.created_at,
        )
    )


def version_by_id(transaction: Transaction, workspace_id: int, version_id: str) -> PipelineVersion | None:
    """With its document."""
    found = _NAMED.where(pipeline_versions.c.workspace_id == workspace_id, pipeline_versions.c.id == version_id)
    return _one_version(transaction, found)


def version_by_name(transaction: Transaction, pk: int, name: str) -> PipelineVersion | None:
    """With its document."""
    return _one_version(
        transaction, _NAMED.where(pipeline_versions.c.pipeline_pk == pk, pipeline_versions.c.name == name)
    )


def newest_version(transaction: Transaction, workspace_id: int, pipeline_id: str) -> PipelineVersion | None:
    """With its document."""
    mine = _NAMED.where(pipelines.c.workspace_id == workspace_id, pipelines.c.id == pipeline_id)
    newest = mine.order_by(pipeline_versions.c.created_at.desc(), pipeline_versions.c.pk.desc()).limit(1)
    return _one_version(transaction, newest)


def find_versions(
    transaction: Transaction, pk: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[PipelineVersion], int, Last]:
    """With their documents."""
    mine = _NAMED.where(pipeline_versions.c.pipeline_pk == pk)
    rows, total, last = _VERSIONS.find(transaction, mine, listing, after)
    documents = pipeline_documents.read(transaction, [row.digest for row in rows])
    return [_version(row, documents) for row in rows], total, last


def change_version(transaction: Transaction, version_id: str, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    mine = pipeline_versions.c.id == version_id
    transaction.execute(update(pipeline_versions).where(mine).values(_written(values)))


def remove_version(transaction: Transaction, workspace_id: int, version_id: str) -> None:
    gone = delete(pipeline_versions).where(pipeline_versions.c.id == version_id).returning(pipeline_versions.c.digest)
    pipeline_documents.sweep(transaction, workspace_id, transaction.execute(gone).scalars().all())


def has_versions(transaction: Transaction, pk: int) -> bool:
    mine = select(pipeline_versions.c.pk).where(pipeline_versions.c.pipeline_pk == pk).limit(1)
    return transaction.execute(mine).first() is not None


def _mine(workspace_id: int) -> Select[Any]:
    return select(pipelines).where(pipelines.c.workspace_id == workspace_id)


def _one(transaction: Transaction, statement: Select[Any]) -> tuple[int, Pipeline] | None:
    row = transaction.execute(statement).one_or_none()
    return None if row is None else (row.pk, _pipeline(row))


def _one_version(transaction: Transaction, statement: Select[Any]) -> PipelineVersion | None:
    row = transaction.execute(statement).one_or_none()
    return None if row is None else _version(row, pipeline_documents.read(transaction, [row.digest]))


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pipeline_json.text(value) if name == "tags" else value for name, value in values.items()}


def _pipeline(row: Row[Any]) -> Pipeline:
    return Pipeline(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        created_at=row.created_at,
        tags=pipeline_json.decoded(row.tags),
    )


def _version(row: Row[Any], documents: Mapping[str, bytes]) -> PipelineVersion:
    return PipelineVersion(
        pipeline_id=row.pipeline_id,
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        created_at=row.created_at,
        document=documents.get(row.digest, b""),
        package_url=row.package_url,
        code_url=row.code_url,
        tags=pipeline_json.decoded(row.tags),
    )
