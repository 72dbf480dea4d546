import math
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.runs import Logged, Metric
from modelyard.kit.ids import hex_id
from modelyard.services.runs import Runs
from modelyard.storage import run_log, series
from modelyard.storage.database import Database, Transaction
from modelyard.storage.run_log import Entry
from modelyard.storage.tables.tracking import params, run_tags, runs
from modelyard.storage.tables.tracking import series as series_table
from tests.support.gathering import together
from tests.support.statements import counted
from tests.support.tracking import ME, exact, metrics, new_experiment, new_run

Point = tuple[str, float, int, int]
values = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1.0, 5e-324])
points = st.tuples(st.sampled_from(["loss", "acc"]), values, st.integers(0, 2), st.integers(-2, 2))
groups = st.lists(st.lists(points, min_size=1, max_size=5), min_size=1, max_size=4)


async def log(database: Database, run_id: str, logged: Logged) -> None:
    await database.append(run_log.append, Entry(1, run_id, logged))


async def log_together(database: Database, *entries: tuple[str, Logged]) -> list[object]:
    return await together(database, *(log(database, run_id, logged) for run_id, logged in entries))


async def pairs(database: Database, table: object, run_id: str) -> dict[str, str]:
    assert table in (params, run_tags)
    wanted = params if table is params else run_tags

    def work(transaction: Transaction) -> dict[str, str]:
        joined = select(wanted.c.key, wanted.c.value).join(runs, runs.c.pk == wanted.c.run_pk)
        return {row.key: row.value for row in transaction.execute(joined.where(runs.c.id == run_id))}

    return await database.read(work)


async def latest(database: Database, run_id: str) -> dict[str, tuple[int, int, str]]:
    """By key: step, timestamp and value of the latest point."""

    def work(transaction: Transaction) -> dict[str, tuple[int, int, str]]:
        joined = select(series_table).join(runs, runs.c.pk == series_table.c.run_pk).where(runs.c.id == run_id)
        return {
            row.key: (
                row.latest_step,
                row.latest_at,
                exact(math.nan if row.latest_value is None else row.latest_value),
            )
            for row in transaction.execute(joined)
        }

    return await database.read(work)


async def history(database: Database, run_id: str, key: str) -> list[tuple[int, int, str]]:
    """Timestamp, step and value."""

    def work(transaction: Transaction) -> list[tuple[int, int, str]]:
        pk = transaction.execute(select(runs.c.pk).where(runs.c.id == run_id)).scalar_one()
        found = series.read(transaction, [pk], key).get(pk, ())
        return [(timestamp, step, exact(value)) for step, timestamp, value in found]

    return await database.read(work)


def latest_by_rule(logged: Sequence[Point]) -> dict[str, tuple[int, int, str]]:
    """The highest (step, timestamp, value) where NaN counts as zero; of equals the one that came first."""
    found: dict[str, tuple[int, int, float]] = {}
    for key, value, timestamp, step in logged:
        mine = (step, timestamp, 0.0 if math.isnan(value) else value)
        before = found.get(key)
        if before is None or mine > (*before[:2], 0.0 if math.isnan(before[2]) else before[2]):
            found[key] = (step, timestamp, value)
    return {key: (step, timestamp, exact(value)) for key, (step, timestamp, value) in found.items()}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=groups)
async def test_whatever_is_logged_the_latest_point_is_by_the_rule_and_the_history_whole(
    database: Database, groups: list[list[Point]]
) -> None:
    run_id = await new_run(database, await new_experiment(database, hex_id()))
    for group in groups:
        await log_together(database, *((run_id, metrics(point)) for point in group[:2]))
        await log(database, run_id, metrics(*group[2:]))
    flat = [point for group in groups for point in group]
    assert await latest(database, run_id) == latest_by_rule(flat)
    for key in ("loss", "acc"):
        wanted = {(timestamp, step, exact(value)) for name, value, timestamp, step in flat if name == key}
        found = await history(database, run_id, key)
        assert len(found) == len(wanted), "exact repeats are shown once"
        assert set(found) == wanted
        assert [point[:2] for point in found] == sorted(point[:2] for point in found)


async def test_special_values_come_back_exactly(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    special = [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1]
    for at, value in enumerate(special):
        await log(database, run_id, metrics((f"m{at}", value, 1, 1)))
        assert await history(database, run_id, f"m{at}") == [(1, 1, exact(value))]
        assert (await latest(database, run_id))[f"m{at}"] == (1, 1, exact(value))
    await log(database, run_id, metrics(("zero", -0.0, 1, 1)))
    assert await history(database, run_id, "zero") == [(1, 1, "-0.0")]


async def test_times_and_steps_may_be_as_big_as_64_bits_allow(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    biggest, smallest = 2**63 - 1, -(2**63)
    await log(database, run_id, metrics(("m", 1.0, biggest, smallest), ("m", 2.0, 0, biggest)))
    assert await history(database, run_id, "m") == [(0, biggest, "2.0"), (biggest, smallest, "1.0")]
    assert await latest(database, run_id) == {"m": (biggest, 0, "2.0")}


async def test_an_entry_is_taken_whole_or_refused_whole(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await log(database, run_id, Logged(params=[("p", "1")]))
    bad = Logged([Metric("m", 1.0, 1, 1)], [("new", "x"), ("p", "2")], [("t", "x")])
    good = Logged([Metric("n", 1.0, 1, 1)], [("p", "1"), ("q", "2")], [("u", "x")])
    refused, taken = await log_together(database, (run_id, bad), (run_id, good))
    assert isinstance(refused, InvalidInput)
    assert "Changing param values is not allowed" in refused.message
    assert taken is None
    assert await pairs(database, params, run_id) == {"p": "1", "q": "2"}
    assert set(await pairs(database, run_tags, run_id)) == {"mlflow.runName", "u"}
    assert set(await latest(database, run_id)) == {"n"}


async def test_of_two_values_of_a_param_in_one_group_one_is_refused(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    entries = [(run_id, Logged(params=[("p", value)])) for value in ("a", "b", "a", "")]
    outcomes = await log_together(database, *entries)
    assert [type(outcome) for outcome in outcomes] == [type(None), InvalidInput, type(None), InvalidInput]
    assert await pairs(database, params, run_id) == {"p": "a"}
    (again,) = await log_together(database, (run_id, Logged(params=[("p", "a")])))
    assert again is None


async def test_an_empty_param_is_a_value_that_stays(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await log(database, run_id, Logged(params=[("p", "")]))
    (refused,) = await log_together(database, (run_id, Logged(params=[("p", "x")])))
    assert isinstance(refused, InvalidInput)


async def test_of_several_values_of_a_tag_the_last_one_stays(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await log(database, run_id, Logged(tags=[("t", "1"), ("t", "2")]))
    assert (await pairs(database, run_tags, run_id))["t"] == "2"
    await log_together(database, (run_id, Logged(tags=[("t", "3")])), (run_id, Logged(tags=[("t", "4")])))
    assert (await pairs(database, run_tags, run_id))["t"] == "4"


async def test_the_tag_of_the_name_renames_the_run_unless_it_is_empty(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database), "first")
    await log(database, run_id, Logged(tags=[("mlflow.runName", "second")]))
    assert (await Runs(database).get(ME, run_id)).run.name == "second"
    await log(database, run_id, Logged(tags=[("mlflow.runName", "")]))
    assert (await Runs(database).get(ME, run_id)).run.name == "second"


async def test_unknown_and_deleted_runs_are_refused_without_disturbing_others(database: Database) -> None:
    experiment = await new_experiment(database)
    alive, deleted = await new_run(database, experiment), await new_run(database, experiment)
    await Runs(database).delete(ME, deleted)
    logged = metrics(("m", 1.0, 1, 1))
    outcomes = await log_together(database, ("f" * 32, logged), (deleted, logged), (alive, logged))
    assert [type(outcome) for outcome in outcomes] == [NotFound, InvalidInput, type(None)]
    assert isinstance(outcomes[1], ModelyardError)
    assert "must be in the 'active' state" in outcomes[1].message
    assert await latest(database, deleted) == {}
    assert set(await latest(database, alive)) == {"m"}


async def test_another_workspace_has_no_such_run(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    logged = metrics(("m", 1.0, 1, 1))
    theirs = database.append(run_log.append, Entry(2, run_id, logged))
    outcomes = await together(database, theirs, log(database, run_id, Logged()))
    assert [type(outcome) for outcome in outcomes] == [NotFound, type(None)]
    assert await latest(database, run_id) == {}


async def test_the_number_of_statements_does_not_depend_on_how_much_is_logged(database: Database) -> None:
    experiment = await new_experiment(database)
    run_ids = [await new_run(database, experiment) for _ in range(20)]
    numbers = []
    for some, keys, steps in ((run_ids[:1], 1, 1), (run_ids[1:], 20, 10)):
        entries = [
            (
                run_id,
                Logged(
                    [Metric(f"m{key}", 0.5, 1, step) for key in range(keys) for step in range(steps)],
                    [(f"p{key}", "x") for key in range(keys)],
                    [("mlflow.runName", "renamed"), *((f"t{key}", "x") for key in range(keys))],
                ),
            )
            for run_id in some
        ]
        with counted(database) as seen:
            await log_together(database, *entries)
        numbers.append(len(seen))
    # Runs and their versions, known params; series, chunks, params, tags; names.
    assert numbers == [7, 7]
