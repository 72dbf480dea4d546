"""Run documents: params, tags and latest metrics as JSON that is ready to be sent.

A document is a copy. Writers only count up the run's version; a search rebuilds the documents it finds outdated, all
of them with three statements, and hands them back to be kept for the next one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import attrgetter

import msgspec
from sqlalchemy import Dialect, select

from modelyard.domain.runs import RunDocument
from modelyard.storage import key_values
from modelyard.storage.bulk import Bulk
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.prepared import Prepared
from modelyard.storage.runs import RunRow
from modelyard.storage.tables.tracking import params, run_documents, run_tags, series

_KEEP = Bulk(
    """
    INSERT INTO run_documents (run_pk, workspace_id, version, plain, body) {rows}
    ON CONFLICT (run_pk) DO UPDATE SET version = excluded.version, plain = excluded.plain, body = excluded.body
    WHERE excluded.version > run_documents.version
    """,
    "bigint int bigint int bytea",
)
_encode = msgspec.json.Encoder().encode


class Pair(msgspec.Struct, frozen=True):
    key: str
    value: str


class LatestMetric(msgspec.Struct, frozen=True):
    key: str
    value: float | str
    timestamp: int
    step: int


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """What there is none of is left out, as MLflow does."""

    metrics: Sequence[LatestMetric] = ()
    params: Sequence[Pair] = ()
    tags: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A document made for a version of a run, to be kept."""

    workspace_id: int
    run_pk: int
    version: int
    document: RunDocument


def current(
    transaction: Transaction, workspace_id: int, runs: Sequence[RunRow]
) -> tuple[Mapping[int, RunDocument], Sequence[Rebuilt]]:
    """The documents of runs, by row key, and those of them that had to be made anew."""
    versions = {run.pk: run.version for run in runs}
    stored = _stored(transaction.dialect).rows(transaction, {"pks": listed(list(versions), transaction.dialect.name)})
    found = {pk: RunDocument(body, plain == 1) for pk, version, plain, body in stored if version == versions[pk]}
    missing = [pk for pk in versions if pk not in found]
    if not missing:
        return found, ()
    built = build(transaction, missing)
    rebuilt = [Rebuilt(workspace_id, pk, versions[pk], built[pk]) for pk in missing]
    return {**found, **built}, rebuilt


def build(transaction: Transaction, pks: Sequence[int]) -> Mapping[int, RunDocument]:
    """Made from what is logged, for every key given."""
    tags = key_values.read(transaction, run_tags, pks)
    named = key_values.read(transaction, params, pks)
    latest: dict[int, list[LatestMetric]] = defaultdict(list)
    plain = dict.fromkeys(pks, True)
    points = _latest(transaction.dialect).rows(transaction, {"pks": listed(pks, transaction.dialect.name)})
    for pk, key, value, at, step in points:
        shown = as_json(value)
        plain[pk] = plain[pk] and not isinstance(shown, str)
        latest[pk].append(LatestMetric(key, shown, at, step))
    return {
        pk: RunDocument(
            _encode(Document(latest.get(pk, ()), _pairs(named.get(pk, {})), _pairs(tags.get(pk, {})))), plain[pk]
        )
        for pk in pks
    }


def of_new_run(tags: Mapping[str, str]) -> RunDocument:
    """What a run shows at its start."""
    return RunDocument(_encode(Document((), (), _pairs(dict(sorted(tags.items()))))))


def keep(transaction: Transaction, rebuilt: Sequence[Sequence[Rebuilt]]) -> Sequence[None]:
    """Stores documents; one that was made for a newer version stays."""
    newest = {made.run_pk: made for made in sorted(chain.from_iterable(rebuilt), key=attrgetter("version"))}
    _KEEP.run(
        transaction,
        [
            (made.run_pk, made.workspace_id, made.version, int(made.document.plain), made.document.body)
            for made in newest.values()
        ],
    )
    return [None] * len(rebuilt)


@cache
def _stored(dialect: Dialect) -> Prepared:
    shown = select(run_documents.c.run_pk, run_documents.c.version, run_documents.c.plain, run_documents.c.body)
    return Prepared(shown.where(among_bound(run_documents.c.run_pk, "pks", dialect.name)), dialect)


@cache
def _latest(dialect: Dialect) -> Prepared:
    shown = select(series.c.run_pk, series.c.key, series.c.latest_value, series.c.latest_at, series.c.latest_step)
    mine = shown.where(among_bound(series.c.run_pk, "pks", dialect.name))
    return Prepared(mine.order_by(series.c.run_pk, series.c.key), dialect)


def encoded(document: Document, *, plain: bool) -> RunDocument:
    return RunDocument(_encode(document), plain)


def _pairs(values: Mapping[str, str]) -> tuple[Pair, ...]:
    return tuple(Pair(key, value) for key, value in values.items())


def as_json(value: float | None) -> float | str:
    if value is None:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
