import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import View
from modelyard.domain.runs import Logged, Metric, RunChange, RunDetail
from modelyard.kit.ids import hex_id
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage import documents
from modelyard.storage.database import Database
from modelyard.storage.tables.tracking import run_documents
from tests.support.statements import counted
from tests.support.tracking import ME, metrics, new_experiment, new_run, settled, shown

Shown: TypeAlias = dict[str, dict[str, Any]]
Step: TypeAlias = tuple[str, int]


async def versions(database: Database) -> Mapping[int, int]:
    stored = select(run_documents.c.run_pk, run_documents.c.version)
    rows = await database.read(lambda transaction: transaction.execute(stored).all())
    return {row.run_pk: row.version for row in rows}


async def test_a_document_is_made_once_and_kept_for_the_next_reader(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await RunLog(database).log(ME, run_id, metrics(("m", 1.0, 2, 3)))
    numbers = []
    for _ in range(2):
        with counted(database) as seen:
            first = shown(await Runs(database).get(ME, run_id))
        await settled(database)
        numbers.append(sum("run_documents" not in statement for statement in seen))
        assert first["metrics"] == {"m": (1.0, 2, 3)}
    assert numbers[0] - numbers[1] == 3, "tags, params and latest metrics were not read again"


async def test_a_document_is_made_anew_after_a_change_only(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    log = RunLog(database).log
    seen: list[int] = []
    for change in (metrics(("m", 1.0, 1, 1)), Logged(params=[("p", "x")]), Logged(tags=[("t", "x")]), None):
        if change is not None:
            await log(ME, run_id, change)
        await Runs(database).get(ME, run_id)
        await settled(database)
        seen += (await versions(database)).values()
    assert seen == [1, 2, 3, 3]


async def test_an_older_document_never_takes_the_place_of_a_newer_one(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await RunLog(database).log(ME, run_id, Logged(tags=[("t", "x")]))
    detail = await Runs(database).get(ME, run_id)
    await settled(database)
    (pk,) = await versions(database)
    old = documents.Rebuilt(1, pk, 0, documents.of_new_run({}))
    await database.append(documents.keep, [old])
    assert (await versions(database))[pk] == 1
    assert (await Runs(database).get(ME, run_id)).document == detail.document


async def test_what_a_new_run_shows_is_what_a_search_shows(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database), "named")
    assert shown(await Runs(database).get(ME, run_id)) == {
        "metrics": {},
        "params": {},
        "tags": {"mlflow.runName": "named"},
    }


async def test_values_that_json_has_no_number_for_are_words_and_said_to_be_there(database: Database) -> None:
    experiment = await new_experiment(database)
    for value, word in ((math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (0.5, 0.5)):
        run_id = await new_run(database, experiment)
        await RunLog(database).log(ME, run_id, metrics(("a", 1.0, 1, 1), ("m", value, 1, 1), ("z", 1.0, 1, 1)))
        detail = await Runs(database).get(ME, run_id)
        assert shown(detail)["metrics"]["m"] == (word, 1, 1)
        assert detail.document.plain is (word == 0.5)
        await settled(database)
        assert (await Runs(database).get(ME, run_id)).document == detail.document


async def test_keys_and_values_of_any_alphabet_come_back(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    odd = {"ключ": 'say "hi"\\', "键": "\n\t\u2028🎉", "z": "", "A": "</script>"}
    await RunLog(database).log(ME, run_id, Logged(params=list(odd.items()), tags=list(odd.items())))
    found = shown(await Runs(database).get(ME, run_id))
    assert found["params"] == odd
    assert list(found["params"]) == ["A", "z", "ключ", "键"]


class Model:
    """What runs show, by the rules, in plain Python."""

    def __init__(self, database: Database, run_ids: list[str]) -> None:
        self._runs, self._log = Runs(database), RunLog(database)
        self.shown: dict[str, Shown] = {
            run_id: {"metrics": {}, "params": {}, "tags": {"mlflow.runName": "r"}} for run_id in run_ids
        }
        self.clock = 0

    async def do(self, what: str, run_id: str) -> None:
        self.clock += 1
        steps: Mapping[str, Callable[[str], Coroutine[Any, Any, None]]] = {
            "metric": self._metric,
            "param": self._param,
            "tag": self._tag,
            "untag": self._untag,
            "rename": self._rename,
        }
        await steps[what](run_id)

    async def _metric(self, run_id: str) -> None:
        await self._log.log(ME, run_id, Logged([Metric("m", 0.5, self.clock, self.clock)]))
        self.shown[run_id]["metrics"]["m"] = (0.5, self.clock, self.clock)

    async def _param(self, run_id: str) -> None:
        await self._log.log(ME, run_id, Logged(params=[(f"p{self.clock}", "x")]))
        self.shown[run_id]["params"][f"p{self.clock}"] = "x"

    async def _tag(self, run_id: str) -> None:
        await self._log.log(ME, run_id, Logged(tags=[("t", str(self.clock))]))
        self.shown[run_id]["tags"]["t"] = str(self.clock)

    async def _untag(self, run_id: str) -> None:
        if self.shown[run_id]["tags"].pop("t", None) is not None:
            await self._runs.delete_tag(ME, run_id, "t")

    async def _rename(self, run_id: str) -> None:
        await self._runs.update(ME, run_id, RunChange(name=f"r{self.clock}"))
        self.shown[run_id]["tags"]["mlflow.runName"] = f"r{self.clock}"


steps = st.tuples(
    st.sampled_from(["metric", "param", "tag", "untag", "rename", "get", "search", "settle"]), st.integers(0, 1)
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(steps, min_size=4, max_size=14))
async def test_a_reader_never_sees_less_than_what_was_acknowledged(database: Database, script: list[Step]) -> None:
    experiment = await new_experiment(database, hex_id())
    run_ids = [await new_run(database, experiment, "r") for _ in range(2)]
    model = Model(database, run_ids)
    for what, which in [*script, ("search", 0)]:
        if what == "settle":
            await settled(database)
        elif what == "get":
            detail = await Runs(database).get(ME, run_ids[which])
            assert shown(detail) == model.shown[run_ids[which]]
        elif what == "search":
            page = await Runs(database).search(ME, [experiment], (), (), View.ALL, PageRequest(10))
            assert {detail.run.id: shown(detail) for detail in page.items} == model.shown
            assert all(names_agree(detail) for detail in page.items)
        else:
            await model.do(what, run_ids[which])


def names_agree(detail: RunDetail) -> bool:
    assert detail.run.lifecycle is Lifecycle.ACTIVE
    return bool(shown(detail)["tags"]["mlflow.runName"] == detail.run.name)
