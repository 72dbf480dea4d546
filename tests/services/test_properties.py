"""The store against a model of MLflow's rules: whatever is done in whatever order, both answer the same.

MODELYARD_PROPERTIES=1 tries for minutes.
"""

import asyncio
import itertools
import math
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, precondition, rule, run_state_machine_as_test
from sqlalchemy import insert

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.models import NewVersion, Stage
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, View
from modelyard.domain.runs import Logged, Metric, NewRun, RunChange, RunStatus
from modelyard.services.compaction import Compaction
from modelyard.services.experiments import Experiments
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.database import Database
from modelyard.storage.runs import NAME_TAG
from modelyard.storage.tables.system import workspaces
from tests.support.mlflow_rules import RegistryRules, RunRules, Scalar, search
from tests.support.tracking import shown

LONG = os.environ.get("MODELYARD_PROPERTIES") == "1"
EXAMPLES, STEPS = (300, 60) if LONG else (12, 30)
T = TypeVar("T")

KEYS = st.sampled_from(["a", "b", "ü"])
TEXTS = st.sampled_from(["a", "A", "ab", "aB", "É"]) | st.text("aAbÉé%_*?[]^-\\", max_size=3)
FLOATS = st.sampled_from([math.nan, math.nan, 0.0, -0.0, 1.0, 1.5, -1.0, math.inf, -math.inf]) | st.floats()
STEPS_OF_POINTS = st.integers(-1, 2) | st.integers(-(2**63), 2**63 - 1)
TIMES = st.integers(0, 3)
POINTS = st.builds(Metric, KEYS, FLOATS, TIMES | st.integers(0, 2**63 - 1), STEPS_OF_POINTS)
PAIRS = st.lists(st.tuples(KEYS, TEXTS), max_size=2)
LOGGED = st.builds(Logged, st.lists(POINTS, max_size=6), PAIRS, PAIRS)
COMPARED = st.sampled_from([Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE])
OF_NAN = st.sampled_from([Operator.NE, Operator.NE, Operator.EQ, Operator.LE])
ALIKE = st.sampled_from([Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE])
NULLED = st.sampled_from([Operator.IS_NULL, Operator.IS_NOT_NULL])
KEYED = st.sampled_from([Field.PARAM, Field.TAG])
FINITE = st.sampled_from([0.0, 1.0, 1.5, -1.0]) | st.floats(allow_nan=False, allow_infinity=False)
NUMBERED = st.sampled_from(["start_time", "end_time"])
ATTRIBUTES = st.sampled_from(["start_time", "end_time", "run_name", "status", "run_id"])
CONDITIONS = st.one_of(
    st.builds(Comparison, st.just(Field.METRIC), KEYS, COMPARED, FINITE),
    st.builds(Comparison, KEYED, KEYS, ALIKE, TEXTS),
    st.builds(Comparison, KEYED, KEYS, NULLED, st.none()),
    st.builds(Comparison, st.just(Field.ATTRIBUTE), NUMBERED, COMPARED, TIMES | st.just(1.5)),
    st.builds(Comparison, st.just(Field.ATTRIBUTE), st.just("run_name"), ALIKE, TEXTS),
    st.builds(
        Comparison, st.just(Field.ATTRIBUTE), st.just("status"), ALIKE, st.sampled_from([*map(str, RunStatus), "%ED"])
    ),
)
ORDERS = st.one_of(
    st.builds(Order, st.just(Field.METRIC) | KEYED, KEYS, st.booleans()),
    st.builds(Order, st.just(Field.ATTRIBUTE), ATTRIBUTES, st.booleans()),
)
MODELS = st.sampled_from(["m", "m", "m", "M", "N"])
FLEETING = st.sampled_from(["M", "N"])
ALIASES = st.sampled_from(["champion", "Champion"])
NUMBERS = st.integers(1, 3)
PLACES = st.integers(0, 5)
SELDOM = st.sampled_from([True, False, False])
OF_VERSIONS = st.one_of(
    st.builds(Comparison, st.just(Field.ATTRIBUTE), st.just("name"), ALIKE, MODELS | TEXTS),
    st.builds(Comparison, st.just(Field.ATTRIBUTE), st.just("version_number"), COMPARED, NUMBERS),
    st.builds(Comparison, st.just(Field.TAG), KEYS, ALIKE, TEXTS),
)


def near(known: tuple[Field, str, Scalar]) -> st.SearchStrategy[Comparison]:
    """Conditions that such a value meets, or only just does not."""
    field, key, value = known
    if isinstance(value, str):
        other = value.swapcase()
        patterns = [value, other, f"{value[:1]}%", f"{other[:1]}%", f"%{other[1:]}", "_" * len(value)]
        return st.builds(Comparison, st.just(field), st.just(key), ALIKE, st.sampled_from(patterns))
    if is_nan(known):
        return st.builds(Comparison, st.just(field), st.just(key), OF_NAN, st.just(0.0))
    number = value if value is not None and math.isfinite(value) else 0.0
    return st.builds(Comparison, st.just(field), st.just(key), COMPARED, st.just(number))


def is_nan(known: tuple[Field, str, Scalar]) -> bool:
    return isinstance(known[2], float) and math.isnan(known[2])


class Store(RuleBasedStateMachine):
    """Each example has a workspace of its own in one database."""

    database: ClassVar[Database]
    runner: ClassVar[asyncio.Runner]
    numbers: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        database, number = self.database, next(self.numbers)
        self.me = replace(LOCAL_OWNER, workspace_id=number)
        row = {"workspace_id": number, "name": f"example {number}"}
        self.do(database.write(lambda transaction: transaction.execute(insert(workspaces), row)))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def both(self, work: Coroutine[Any, Any, T], rules: Callable[[], object]) -> T | None:
        """What the store answers, or None when both refuse, with the same error."""
        try:
            rules()
        except ModelyardError as expected:
            with pytest.raises(type(expected)):
                self.do(work)
            return None
        return self.do(work)

    @staticmethod
    def refuse_if(refused: bool, error: type[ModelyardError]) -> None:  # noqa: FBT001 - what the rules say
        if refused:
            raise error("as the rules say")


class Tracking(Store):
    runs: Bundle[RunRules] = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        database = self.database
        self.tracking, self.log, self.series = Runs(database), RunLog(database), Series(database)
        self.experiments = Experiments(database)
        made = [self.do(self.experiments.create(self.me, name)).id for name in ("one", "two")]
        self.known: dict[str, list[RunRules]] = {experiment: [] for experiment in made}
        self.trashed: set[str] = set()

    def experiment(self, at: int) -> str:
        return list(self.known)[at]

    @rule(target=runs, at=st.integers(0, 1), name=TEXTS.filter(bool), started=TIMES, logged=LOGGED)
    def start(self, at: int, name: str, started: int, logged: Logged) -> Any:
        experiment = self.experiment(at)
        made = self.both(
            self.tracking.create(self.me, NewRun(experiment, name, started_at=started)),
            lambda: self.refuse_if(experiment in self.trashed, InvalidInput),
        )
        if made is None:
            return multiple()
        run = RunRules(made.run.id, name, started)
        self.known[experiment].append(run)
        self.log_to(run, logged)
        return run

    @rule(run=runs, logged=LOGGED)
    def log_to(self, run: RunRules, logged: Logged) -> None:
        self.both(self.log.log(self.me, run.id, logged), lambda: run.log(logged))

    @rule(run=runs, key=KEYS)
    def untag(self, run: RunRules, key: str) -> None:
        self.both(self.tracking.delete_tag(self.me, run.id, key), lambda: run.untag(key))

    @rule(
        run=runs,
        change=st.builds(
            RunChange, st.none() | st.sampled_from(RunStatus), st.none() | TIMES, st.none() | TEXTS.filter(bool)
        ),
    )
    def change(self, run: RunRules, change: RunChange) -> None:
        self.both(self.tracking.update(self.me, run.id, change), lambda: run.change(change))

    @rule(run=runs, deleted=SELDOM)
    def move_run(self, run: RunRules, *, deleted: bool) -> None:
        move = self.tracking.delete if deleted else self.tracking.restore
        self.do(move(self.me, run.id))
        run.deleted = deleted

    @rule(at=st.integers(0, 1), deleted=SELDOM)
    def move_experiment(self, at: int, *, deleted: bool) -> None:
        """With all its runs."""
        experiment = self.experiment(at)
        move = self.experiments.delete if deleted else self.experiments.restore
        found = (experiment in self.trashed) is not deleted
        self.both(move(self.me, experiment), lambda: self.refuse_if(not found, NotFound))
        if found:
            self.trashed ^= {experiment}
            for run in self.known[experiment]:
                run.deleted = deleted

    @rule()
    def merge(self) -> None:
        self.do(Compaction(self.database).run(2))

    @rule(run=runs)
    def look(self, run: RunRules) -> None:
        found = self.do(self.tracking.get(self.me, run.id))
        seen = (found.run.name, found.run.status, found.run.ended_at, found.run.lifecycle == "deleted")
        assert seen == (run.name, run.status, run.ended_at, run.deleted)
        document = shown(found)
        assert document["params"] == run.params
        assert document["tags"] == run.tags | {NAME_TAG: run.name}
        latest = {key: _plain(float(value), at, step) for key, (value, at, step) in document["metrics"].items()}
        expected = {key: run.latest(key) for key in run.points}
        assert latest == {key: _plain(value, at, step) for key, (at, step, value) in expected.items()}
        for key in run.points:
            points = self.do(self.series.history(self.me, run.id, key)).items
            history = [_plain(one.value, one.timestamp, one.step) for one in points]
            assert history == [_plain(value, at, step) for at, step, value in run.history(key)]

    @rule(
        which=st.sampled_from([(0,), (1,), (0, 1)]),
        view=st.sampled_from(View),
        filters=st.lists(st.lists(CONDITIONS, max_size=2).map(tuple), min_size=1, max_size=4),
        order=st.lists(ORDERS, max_size=3, unique_by=lambda term: (term.field, term.key)),
        limit=st.integers(1, 4),
    )
    def find(self, which: tuple[int, ...], view: View, filters: list[Filter], order: list[Order], limit: int) -> None:
        for filter_ in filters:
            self.find_one([self.experiment(at) for at in which], view, filter_, order, limit)

    @precondition(lambda self: any(self.known.values()))
    @rule(data=st.data(), view=st.sampled_from([View.ACTIVE, View.ALL]))
    def find_what_is_there(self, data: st.DataObject, view: View) -> None:
        """And what differs from it in case alone, or in being NaN."""
        known = [pair for run in itertools.chain(*self.known.values()) for pair in run.values()]
        odd = list(filter(is_nan, known)) or known
        for among in (known, known, odd):
            filter_ = data.draw(st.lists(st.sampled_from(among).flatmap(near), min_size=1, max_size=2).map(tuple))
            self.find_one(list(self.known), view, filter_, [], 4)

    def find_one(self, experiments: list[str], view: View, filter_: Filter, order: list[Order], limit: int) -> None:
        expected = search([run for one in experiments for run in self.known[one]], view, filter_, order)
        found: list[str] = []
        token = None
        while True:
            asked = self.tracking.search(self.me, experiments, filter_, order, view, PageRequest(limit, token))
            page = self.do(asked)
            found += [one.run.id for one in page.items]
            token = page.next_token
            if token is None:
                break
        assert found == expected
        assert self.do(self.tracking.count(self.me, experiments, filter_, view)) == len(expected)

    def teardown(self) -> None:
        for run in itertools.chain(*self.known.values()):
            self.look(run)


class Registry(Store):
    """Begins with a model that has two versions, since most of the rules are about these."""

    def __init__(self) -> None:
        super().__init__()
        self.models, self.versions = Models(self.database), ModelVersions(self.database)
        self.registry = RegistryRules()
        self.register("m")
        self.new_version("m")
        self.new_version("m")

    def number(self, name: str, place: int) -> int:
        """Of one of the versions; sometimes of none."""
        found = sorted(self.registry.models[name].versions) if name in self.registry.models else []
        return found[place % len(found)] if place and found else 99

    @rule(name=MODELS)
    def register(self, name: str) -> None:
        self.both(self.models.create(self.me, name), lambda: self.registry.create(name))

    @rule(name=FLEETING)
    def unregister(self, name: str) -> None:
        self.both(self.models.delete(self.me, name), lambda: self.registry.delete(name))

    @rule(name=FLEETING, new=MODELS)
    def rename(self, name: str, new: str) -> None:
        self.both(self.models.rename(self.me, name, new), lambda: self.registry.rename(name, new))

    @rule(name=MODELS)
    def new_version(self, name: str) -> None:
        numbers: list[int] = []
        made = self.both(
            self.versions.create(self.me, name, NewVersion("s3://bucket/model")),
            lambda: numbers.append(self.registry.create_version(name)),
        )
        assert made is None or [made.number] == numbers

    @rule(name=MODELS, place=PLACES)
    def delete_version(self, name: str, place: int) -> None:
        number = self.number(name, place)
        self.both(self.versions.delete(self.me, name, number), lambda: self.registry.delete_version(name, number))

    @rule(name=MODELS, place=PLACES, stage=st.sampled_from(Stage), archive=st.booleans())
    def promote(self, name: str, place: int, stage: Stage, *, archive: bool) -> None:
        number = self.number(name, place)
        self.both(
            self.versions.move(self.me, name, number, stage, archive_existing=archive),
            lambda: self.registry.move(name, number, stage, archive=archive),
        )

    @rule()
    def replace_the_last_version(self) -> None:
        self.delete_version("m", -1)
        self.new_version("m")

    @rule(stage=st.sampled_from([Stage.STAGING, Stage.PRODUCTION]), archive=st.booleans())
    def replace_what_is_in_a_stage(self, stage: Stage, *, archive: bool) -> None:
        self.promote("m", 1, stage, archive=archive)
        self.promote("m", -1, stage, archive=archive)

    @rule(name=MODELS, place=PLACES, key=KEYS, value=TEXTS)
    def tag_version(self, name: str, place: int, key: str, value: str) -> None:
        number = self.number(name, place)
        self.both(
            self.versions.set_tag(self.me, name, number, key, value),
            lambda: self.registry.tag(name, number, key, value),
        )

    @rule(name=MODELS, place=PLACES, alias=ALIASES)
    def set_alias(self, name: str, place: int, alias: str) -> None:
        number = self.number(name, place)
        self.both(
            self.versions.set_alias(self.me, name, alias, number), lambda: self.registry.alias(name, alias, number)
        )

    @rule(name=MODELS, alias=ALIASES)
    def delete_alias(self, name: str, alias: str) -> None:
        self.both(self.versions.delete_alias(self.me, name, alias), lambda: self.registry.remove_alias(name, alias))

    @rule(name=MODELS, alias=ALIASES | st.just("latest"))
    def by_alias(self, name: str, alias: str) -> None:
        numbers: list[int] = []
        found = self.both(
            self.versions.by_alias(self.me, name, alias),
            lambda: numbers.append(self.registry.of(name).at(alias)),
        )
        assert found is None or [found.number] == numbers

    @rule(filter_=st.lists(OF_VERSIONS, max_size=2).map(tuple), limit=st.integers(1, 4))
    def find(self, filter_: Filter, limit: int) -> None:
        self.find_versions(filter_, limit)

    def find_versions(self, filter_: Filter, limit: int) -> None:
        found: list[tuple[str, int]] = []
        token = None
        while True:
            page = self.do(self.versions.search(self.me, filter_, (), PageRequest(limit, token)))
            found += [(one.name, one.number) for one in page.items]
            token = page.next_token
            if token is None:
                break
        assert found == self.registry.search_versions(filter_)

    @precondition(lambda self: any(self.registry.tagged()))
    @rule(data=st.data())
    def find_tagged_versions(self, data: st.DataObject) -> None:
        known = [(Field.TAG, key, value) for key, value in self.registry.tagged()]
        self.find_versions(data.draw(st.tuples(st.sampled_from(known).flatmap(near))), 4)

    def teardown(self) -> None:
        for name, rules in self.registry.models.items():
            model = self.do(self.models.get(self.me, name))
            assert model.aliases == rules.aliases
            assert [one.number for one in model.latest] == rules.latest()


def _plain(value: float, at: int, step: int) -> tuple[float | str, int, int]:
    return "NaN" if math.isnan(value) else value, at, step


@pytest.mark.parametrize("machine", [Tracking, Registry])
def test_the_store_does_what_mlflows_rules_say(database: Database, machine: type[Store], ticking: None) -> None:
    Store.database, Store.numbers = database, itertools.count(2)
    with asyncio.Runner() as Store.runner:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
