"""A page of runs, held against a plain reading of the rules in Python."""

import math
import operator
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.query import Comparison, Field, Operator, Order, View
from modelyard.domain.runs import Dataset, DatasetInput, Logged, Metric, Run, RunStatus
from modelyard.storage import experiments, run_inputs, run_log, run_search, runs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.keyset import Scalar
from modelyard.storage.run_search import RunQuery

NAMES = ["a", "A", "a%", "a_b", "axb", "[a]", "*", "Ä", "ä", "it's", 'say "x"', "back\\slash", ""]
NUMBERS = [math.nan, math.inf, -math.inf, -1.0, 0.0, 0.5, 1.0]
CONTEXT = "mlflow.data.context"
RUNS = 40


@dataclass(frozen=True)
class Sample:
    """A run and all that is logged to it, as plain values."""

    run: Run
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    datasets: Sequence[Mapping[str, str]] = ()

    def attribute(self, key: str) -> Any:
        names = {"run_id": "id", "run_name": "name", "user_id": "user", "start_time": "started_at"}
        return getattr(self.run, {**names, "end_time": "ended_at"}.get(key, key))

    def value(self, where: Field, key: str) -> Any:
        kept = {Field.METRIC: self.metrics, Field.PARAM: self.params, Field.TAG: self.tags}
        return self.attribute(key) if where is Field.ATTRIBUTE else kept[where].get(key)


@cache
def samples() -> tuple[Sample, ...]:
    chance = random.Random(7)  # noqa: S311 - the same runs every time
    return tuple(sample(chance) for _ in range(RUNS))


def sample(chance: random.Random) -> Sample:
    run = Run(
        id=f"{chance.getrandbits(128):032x}",
        experiment_id=chance.choice("12"),
        name=chance.choice(NAMES),
        user=chance.choice(["me", "Me", ""]),
        status=chance.choice(list(RunStatus)),
        lifecycle=chance.choice([Lifecycle.ACTIVE, Lifecycle.ACTIVE, Lifecycle.DELETED]),
        started_at=chance.randrange(3),
        ended_at=chance.choice([None, 0, 1, 2]),
        artifact_uri=chance.choice(["s3://a/b", "mlflow-artifacts:/1"]),
    )

    def some(values: Sequence[Any]) -> dict[str, Any]:
        return {key: chance.choice(values) for key in ("x", "y z") if chance.random() < 0.7}

    datasets = [
        {"name": name, "digest": chance.choice(["d1", "d2"]), "context": chance.choice(["train", "Test", "it's"])}
        for name in ("rides", "zones")
        if chance.random() < 0.4
    ]
    return Sample(run, some(NUMBERS), some(NAMES), some(NAMES), datasets)


async def stored(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        if experiments.by_id(transaction, 1, 1) is None:
            for pk in (1, 2):
                experiments.insert_one(transaction, 1, f"e{pk}", "", 0, pk=pk)
            for each in samples():
                store(transaction, each)

    await database.write(work)


def store(transaction: Transaction, each: Sample) -> None:
    active = Run(**{name: getattr(each.run, name) for name in Run.__slots__} | {"lifecycle": Lifecycle.ACTIVE})
    pk = runs.insert_one(transaction, 1, active)
    metrics = [Metric(key, value, 1, 1) for key, value in each.metrics.items()]
    logged = Logged(metrics, list(each.params.items()), list(each.tags.items()))
    assert run_log.append(transaction, [run_log.Entry(1, each.run.id, logged)]) == [None]
    if each.run.lifecycle is Lifecycle.DELETED:
        runs.move(transaction, pk, Lifecycle.DELETED, 1)
    inputs = [
        DatasetInput(Dataset(made["name"], made["digest"], "local", "/x"), {CONTEXT: made["context"]})
        for made in each.datasets
    ]
    run_inputs.add_datasets(transaction, 1, int(each.run.experiment_id), pk, inputs)


COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.NOT_IN: lambda value, wanted: value not in wanted,
    Operator.LIKE: lambda value, pattern: like(value, pattern, re.NOFLAG),
    Operator.ILIKE: lambda value, pattern: like(value, pattern, re.IGNORECASE),
}


def like(value: str, pattern: str, flags: re.RegexFlag) -> bool:
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(expression, value, re.ASCII | re.DOTALL | flags) is not None


def holds(each: Sample, wanted: Comparison) -> bool:
    """NaN is unequal to everything; what is not there matches nothing but IS NULL."""
    if wanted.field is Field.DATASET:
        return any(COMPARE[wanted.operator](used[wanted.key], wanted.value) for used in each.datasets)
    value = each.value(wanted.field, wanted.key)
    if wanted.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return (value is None) == (wanted.operator is Operator.IS_NULL)
    if value is None:
        return False
    if isinstance(value, float) and math.isnan(value):
        return wanted.operator is Operator.NE
    return COMPARE[wanted.operator](value, wanted.value)


def ordered(found: Sequence[Sample], order: Sequence[Order]) -> list[str]:
    """Numbers, then NaN, then what is missing, in either direction; then newest first; then by id."""
    rows = sorted(found, key=lambda each: (-each.run.started_at, each.run.id))
    for term in reversed(order):
        values = {each.run.id: each.value(term.field, term.key) for each in rows}
        nan = {at: isinstance(value, float) and math.isnan(value) for at, value in values.items()}
        kinds = {at: 2 if value is None else int(nan[at]) for at, value in values.items()}
        present = [each for each in rows if kinds[each.run.id] == 0]
        present.sort(key=lambda each, values=values: values[each.run.id], reverse=not term.ascending)  # type: ignore[misc]
        rest = sorted((each for each in rows if kinds[each.run.id]), key=lambda each, kinds=kinds: kinds[each.run.id])  # type: ignore[misc]
        rows = present + rest
    return [each.run.id for each in rows]


def expected(query: RunQuery) -> list[str]:
    found = [
        each
        for each in samples()
        if int(each.run.experiment_id) in query.experiments
        and (query.view is View.ALL or each.run.lifecycle == query.view.value)
        and all(holds(each, wanted) for wanted in query.filter)
    ]
    return ordered(found, query.order)


async def pages(database: Database, query: RunQuery, limit: int, few: int | None = None) -> list[str]:
    found: list[str] = []
    after: Sequence[Scalar] | None = None
    while True:
        rows, after = await database.read(
            lambda transaction, after=after: run_search.search(transaction, query, after, limit, few)  # type: ignore[misc]
        )
        found += [row.id for row in rows]
        if after is None:
            return found


patterns = st.one_of(st.sampled_from(NAMES), st.text("aA%_x*[]'\"\\Ä", max_size=4))
texts = st.sampled_from(NAMES)
TEXT = [Operator.EQ, Operator.NE]
LIKE = [Operator.LIKE, Operator.ILIKE]
NUMBER = [Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE]
keys = st.sampled_from(["x", "y z", "absent"])
kept = st.sampled_from([Field.PARAM, Field.TAG])
attributes = st.sampled_from(["run_name", "status", "artifact_uri", "user_id", "run_id"])
ids = st.lists(st.sampled_from([each.run.id for each in samples()]), max_size=3).map(tuple)
parts = st.sampled_from(["name", "digest", "context"])
values = st.sampled_from(["rides", "zones", "d1", "d2", "train", "Test", "it's"])
comparisons = st.one_of(
    st.builds(Comparison, st.just(Field.METRIC), keys, st.sampled_from(NUMBER), st.sampled_from(NUMBERS[1:])),
    st.builds(Comparison, kept, keys, st.sampled_from(TEXT), texts),
    st.builds(Comparison, kept, keys, st.sampled_from(LIKE), patterns),
    st.builds(Comparison, kept, keys, st.sampled_from([Operator.IS_NULL, Operator.IS_NOT_NULL]), st.none()),
    st.builds(Comparison, st.just(Field.ATTRIBUTE), attributes, st.sampled_from(TEXT), texts),
    st.builds(Comparison, st.just(Field.ATTRIBUTE), attributes, st.sampled_from(LIKE), patterns),
    st.builds(
        Comparison, st.just(Field.ATTRIBUTE), st.just("run_id"), st.sampled_from([Operator.IN, Operator.NOT_IN]), ids
    ),
    st.builds(
        Comparison,
        st.just(Field.ATTRIBUTE),
        st.sampled_from(["start_time", "end_time"]),
        st.sampled_from(NUMBER),
        st.sampled_from([0, 1, 2, 0.5, 1.5]),
    ),
    st.builds(Comparison, st.just(Field.DATASET), parts, st.sampled_from(TEXT + LIKE), values),
    st.builds(
        Comparison,
        st.just(Field.DATASET),
        parts,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.lists(values, min_size=1, max_size=3).map(tuple),
    ),
)
orders = st.one_of(
    st.builds(Order, st.sampled_from([Field.METRIC, Field.PARAM, Field.TAG]), keys, st.booleans()),
    st.builds(
        Order,
        st.just(Field.ATTRIBUTE),
        st.sampled_from(["start_time", "end_time", "run_name", "status", "run_id", "user_id", "artifact_uri"]),
        st.booleans(),
    ),
)
queries = st.builds(
    RunQuery,
    st.just(1),
    st.sampled_from([(1,), (2,), (1, 2), (1, 2, 3), ()]),
    st.sampled_from(View),
    st.lists(comparisons, max_size=2).map(tuple),
    st.lists(orders, max_size=2, unique_by=lambda term: (term.field, term.key)).map(tuple),
)
often = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@often
@given(query=queries, limit=st.sampled_from([1, 3, 7, 100]), few=st.sampled_from([0, 3, 100, None]))
async def test_every_query_finds_what_the_rules_say_in_their_order_each_run_once(
    database: Database, query: RunQuery, limit: int, few: int | None
) -> None:
    await stored(database)
    wanted = expected(query)
    assert await pages(database, query, max(limit, len(wanted) // 8), few) == wanted
    assert await database.read(lambda transaction: run_search.count(transaction, query)) == len(wanted)


@often
@given(query=queries, offset=st.integers(1, RUNS + 2))
async def test_a_jump_leads_to_the_run_that_stands_there_and_on_from_it(
    database: Database, query: RunQuery, offset: int
) -> None:
    await stored(database)
    wanted = expected(query)[offset:]
    found, last = await database.read(lambda transaction: run_search.search(transaction, query, None, 3, offset=offset))
    assert [row.id for row in found] == wanted[:3]
    assert (last is None) == (len(wanted) <= 3)
    if last is not None:
        rest, _ = await database.read(lambda transaction: run_search.search(transaction, query, last, RUNS))
        assert [row.id for row in rest] == wanted[3:]


@pytest.mark.parametrize("ascending", [True, False])
async def test_numbers_come_before_nan_and_nan_before_nothing_in_both_directions(
    database: Database, *, ascending: bool
) -> None:
    await stored(database)
    query = RunQuery(1, (1, 2), View.ALL, (), (Order(Field.METRIC, "x", ascending),))
    by_id = {each.run.id: each.metrics.get("x") for each in samples()}
    found = [by_id[run_id] for run_id in await pages(database, query, 5)]
    assert len(found) == RUNS
    kinds = ["missing" if value is None else "nan" if math.isnan(value) else "number" for value in found]
    assert kinds == sorted(kinds, key=["number", "nan", "missing"].index)
    assert {"number", "nan", "missing"} == set(kinds)


async def test_another_workspace_sees_none_of_them(database: Database) -> None:
    await stored(database)
    assert await pages(database, RunQuery(2, (1, 2), View.ALL, ()), 100) == []


@pytest.mark.parametrize(
    ("field_", "key"), [(Field.ATTRIBUTE, "lifecycle_stage"), (Field.DATASET, "source"), (Field.DATASET, "name")]
)
async def test_what_cannot_be_ordered_by_is_refused(database: Database, field_: Field, key: str) -> None:
    with pytest.raises(InvalidInput):
        await pages(database, RunQuery(1, (1,), View.ALL, (), (Order(field_, key),)), 1)


async def test_what_cannot_be_searched_is_refused(database: Database) -> None:
    for field_, key in ((Field.ATTRIBUTE, "lifecycle_stage"), (Field.DATASET, "source")):
        with pytest.raises(InvalidInput):
            await pages(database, RunQuery(1, (1,), View.ALL, (Comparison(field_, key, Operator.EQ, "x"),)), 1)
