from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, literal, select, true, union_all, update

from modelyard.domain.models import ModelVersion, Stage, VersionStatus
from modelyard.storage import key_values, model_aliases
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.model_aliases import Aliases
from modelyard.storage.tables.registry import model_version_tags, models
from modelyard.storage.tables.registry import model_versions as versions


def with_names() -> Select[Any]:
    """Rows that `complete` understands."""
    return select(versions, models.c.name).join(models, models.c.pk == versions.c.model_pk)


def insert_one(transaction: Transaction, workspace_id: int, model_pk: int, version: ModelVersion) -> int:
    """The new row's key."""
    made = transaction.execute(
        insert(versions).values(
            workspace_id=workspace_id,
            model_pk=model_pk,
            number=version.number,
            description=version.description,
            user=version.user,
            stage=version.stage,
            source=version.source,
            location=version.location,
            run_id=version.run_id,
            run_link=version.run_link,
            logged_model_id=version.model_id,
            status=version.status,
            status_message=version.status_message,
            created_at=version.created_at,
            updated_at=version.updated_at,
        )
    ).inserted_primary_key
    return int(made[0]) if made is not None else 0


def row_of(transaction: Transaction, model_pk: int, number: int) -> Row[Any] | None:
    return transaction.execute(
        with_names().where(versions.c.model_pk == model_pk, versions.c.number == number)
    ).one_or_none()


def highest(transaction: Transaction, model_pk: int) -> int | None:
    """The number of the newest version that is left."""
    return transaction.execute(select(func.max(versions.c.number)).where(versions.c.model_pk == model_pk)).scalar()


def complete(transaction: Transaction, rows: Sequence[Row[Any]], aliases: Aliases | None = None) -> list[ModelVersion]:
    """Versions with tags and aliases, in a fixed number of statements."""
    tags = key_values.read(transaction, model_version_tags, [row.pk for row in rows])
    if aliases is None:
        aliases = model_aliases.of_models(transaction, sorted({row.model_pk for row in rows}))
    named = _by_number(aliases)
    return [_version(row, tags.get(row.pk, {}), named.get((row.model_pk, row.number), ())) for row in rows]


def latest(
    transaction: Transaction, model_pks: Sequence[int], aliases: Aliases
) -> Mapping[int, Sequence[ModelVersion]]:
    """By model, the newest version of each stage, by number; one look-up each, however many there are."""
    stages = union_all(*(select(literal(stage.value).label("stage")) for stage in Stage)).subquery()
    inner = versions.alias()
    newest = select(func.max(inner.c.number)).where(inner.c.model_pk == models.c.pk, inner.c.stage == stages.c.stage)
    statement = (
        select(versions, models.c.name)
        .select_from(models)
        .join(stages, true())
        .join(
            versions,
            (versions.c.model_pk == models.c.pk)
            & (versions.c.number == newest.correlate(models, stages).scalar_subquery()),
        )
        .where(among(models.c.pk, model_pks, transaction.dialect.name))
    )
    found: dict[int, list[ModelVersion]] = defaultdict(list)
    if model_pks:
        rows = transaction.execute(statement).all()
        for row, version in sorted(
            zip(rows, complete(transaction, rows, aliases), strict=True), key=lambda pair: pair[1].number
        ):
            found[row.model_pk].append(version)
    return found


def change(transaction: Transaction, pk: int, now: int, **values: str) -> None:
    """Changes `description` or `stage`."""
    transaction.execute(update(versions).where(versions.c.pk == pk).values(updated_at=now, **values))


def archive_others(transaction: Transaction, model_pk: int, stage: Stage, number: int, now: int) -> list[int]:
    """Archives what is in `stage` but for version `number`; the numbers of what moved."""
    moved = transaction.execute(
        update(versions)
        .where(versions.c.model_pk == model_pk, versions.c.stage == stage, versions.c.number != number)
        .values(stage=Stage.ARCHIVED, updated_at=now)
        .returning(versions.c.number)
    )
    return sorted(moved.scalars())


def remove(transaction: Transaction, pk: int) -> None:
    transaction.execute(delete(versions).where(versions.c.pk == pk))


def put_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, model_version_tags, workspace_id, [(pk, key, value) for key, value in tags])


def remove_tag(transaction: Transaction, pk: int, key: str) -> bool:
    return key_values.remove(transaction, model_version_tags, pk, key)


def _by_number(aliases: Aliases) -> Mapping[tuple[int, int], Sequence[str]]:
    named: dict[tuple[int, int], list[str]] = defaultdict(list)
    for model_pk, numbers in aliases.items():
        for alias, number in numbers.items():
            named[model_pk, number].append(alias)
    return named


def _version(row: Row[Any], tags: Mapping[str, str], aliases: Sequence[str]) -> ModelVersion:
    return ModelVersion(
        name=row.name,
        number=row.number,
        source=row.source,
        location=row.location,
        created_at=row.created_at,
        updated_at=row.updated_at,
        description=row.description,
        user=row.user,
        stage=Stage(row.stage),
        run_id=row.run_id,
        run_link=row.run_link,
        model_id=row.logged_model_id,
        status=VersionStatus(row.status),
        status_message=row.status_message,
        tags=tags,
        aliases=aliases,
    )
