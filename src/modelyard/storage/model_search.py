"""Pages of registered models and of their versions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, not_, select

from modelyard.domain.models import PROMPT_TAG, Model, ModelVersion
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order
from modelyard.storage import conditions, keyset
from modelyard.storage import model_versions as version_storage
from modelyard.storage import models as model_storage
from modelyard.storage.database import Transaction
from modelyard.storage.tables.registry import model_tags, model_version_tags, model_versions, models

_MODEL: Mapping[str, ColumnElement[Any]] = {"name": models.c.name}
_MODEL_ORDER: Mapping[str, ColumnElement[Any]] = {**_MODEL, "last_updated_timestamp": models.c.updated_at}
_VERSION: Mapping[str, ColumnElement[Any]] = {
    "name": models.c.name,
    "run_id": model_versions.c.run_id,
    "source_path": model_versions.c.source,
    "version_number": model_versions.c.number,
}
_VERSION_ORDER: Mapping[str, ColumnElement[Any]] = {
    "name": models.c.name,
    "version_number": model_versions.c.number,
    "creation_timestamp": model_versions.c.created_at,
    "last_updated_timestamp": model_versions.c.updated_at,
}
_NEWEST = (Order(Field.ATTRIBUTE, "last_updated_timestamp", ascending=False),)


def search_models(
    transaction: Transaction,
    workspace_id: int,
    filter_: Filter,
    order: Sequence[Order],
    after: Sequence[keyset.Scalar] | None,
    limit: int,
) -> tuple[list[Model], list[keyset.Scalar] | None]:
    """A page and the sort values of its last row when there is a next page; prompts only when asked for."""
    statement = select(models).where(models.c.workspace_id == workspace_id)
    dialect = transaction.dialect.name
    kept, prompts = _without_prompt_tag(filter_)
    if not prompts:
        marked = select(1).where(model_tags.c.model_pk == models.c.pk)
        marked = marked.where(model_tags.c.key == PROMPT_TAG, model_tags.c.value == "true")
        statement = statement.where(not_(exists(marked)))
    wanted = (_condition(comparison, model_tags, models.c.pk, _MODEL, dialect) for comparison in kept)
    statement = statement.where(*conditions.all_of(wanted, dialect))
    keys = [keyset.SortKey(_MODEL_ORDER[term.key], term.ascending) for term in order]
    keys.append(keyset.SortKey(models.c.name))
    rows = transaction.execute(keyset.page(statement, keys, after, limit)).all()
    last = keyset.values_of(rows[limit - 1], keys) if len(rows) > limit else None
    return model_storage.complete(transaction, rows[:limit]), last


def search_versions(
    transaction: Transaction,
    workspace_id: int,
    filter_: Filter,
    order: Sequence[Order],
    after: Sequence[keyset.Scalar] | None,
    limit: int,
) -> tuple[list[ModelVersion], list[keyset.Scalar] | None]:
    """As `search_models`; the last updated first, then by name and the highest number, unless ordered."""
    statement = version_storage.with_names().where(model_versions.c.workspace_id == workspace_id)
    dialect = transaction.dialect.name
    kept, prompts = _without_prompt_tag(filter_)
    if not prompts:
        marked = select(1).where(model_version_tags.c.version_pk == model_versions.c.pk)
        marked = marked.where(model_version_tags.c.key == PROMPT_TAG, model_version_tags.c.value == "true")
        statement = statement.where(not_(exists(marked)))
    wanted = (_condition(comparison, model_version_tags, model_versions.c.pk, _VERSION, dialect) for comparison in kept)
    statement = statement.where(*conditions.all_of(wanted, dialect))
    keys = [keyset.SortKey(_VERSION_ORDER[term.key], term.ascending) for term in order or _NEWEST]
    keys.append(keyset.SortKey(models.c.name))
    keys.append(keyset.SortKey(model_versions.c.number, ascending=False))
    rows = transaction.execute(keyset.page(statement, keys, after, limit)).all()
    last = keyset.values_of(rows[limit - 1], keys) if len(rows) > limit else None
    return version_storage.complete(transaction, rows[:limit]), last


def _condition(
    comparison: Comparison,
    tags: Table,
    owner: ColumnElement[int],
    columns: Mapping[str, ColumnElement[Any]],
    dialect: str,
) -> ColumnElement[bool]:
    if comparison.field is Field.TAG:
        return conditions.has_key(tags, owner, comparison, dialect)
    return conditions.attribute(columns, comparison, dialect)


def _without_prompt_tag(filter_: Filter) -> tuple[Filter, bool]:
    """What to look for, and whether that is prompts; asking for what is no prompt is what happens anyway."""
    asked = [term for term in filter_ if term.field is Field.TAG and term.key == PROMPT_TAG]
    if any(_asks_for_prompts(term) for term in asked):
        return filter_, True
    return tuple(term for term in filter_ if term not in asked), False


def _asks_for_prompts(term: Comparison) -> bool:
    wanted = {Operator.EQ: "true", Operator.NE: "false"}.get(term.operator)
    return wanted is not None and str(term.value).lower() == wanted
