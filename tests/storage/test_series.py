from sqlalchemy import select

from modelyard.domain.series import Points
from modelyard.services.runs import Runs
from modelyard.storage import run_log, series
from modelyard.storage.database import Database, Transaction
from modelyard.storage.run_log import Entry
from modelyard.storage.tables.tracking import chunks, runs
from tests.support.gathering import together
from tests.support.statements import counted
from tests.support.tracking import ME, metrics, new_experiment, new_run


async def keys_of(database: Database, *run_ids: str) -> list[int]:
    def work(transaction: Transaction) -> list[int]:
        found = {row.id: row.pk for row in transaction.execute(select(runs.c.id, runs.c.pk))}
        return [found[run_id] for run_id in run_ids]

    return await database.read(work)


async def log(database: Database, run_id: str, *points: tuple[str, float, int, int]) -> None:
    await database.append(run_log.append, Entry(1, run_id, metrics(*points)))


async def read(database: Database, pks: list[int], key: str) -> dict[int, list[tuple[int, int, float]]]:
    """By run: (step, timestamp, value)."""
    found = await database.read(lambda transaction: series.read(transaction, pks, key))
    return {pk: list(points) for pk, points in found.items()}


async def test_points_of_many_writes_are_read_in_order_of_time_then_step_then_value(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    (pk,) = await keys_of(database, run_id)
    await log(database, run_id, ("m", 3.0, 5, 1), ("m", 1.0, 5, 1))
    await log(database, run_id, ("m", 9.0, 1, 7))
    await log(database, run_id, ("m", 2.0, 5, 0), ("other", 0.0, 0, 0))
    assert await read(database, [pk], "m") == {pk: [(7, 1, 9.0), (0, 5, 2.0), (1, 5, 1.0), (1, 5, 3.0)]}


async def test_runs_without_the_metric_are_absent(database: Database) -> None:
    experiment = await new_experiment(database)
    first, second = await new_run(database, experiment), await new_run(database, experiment)
    pks = await keys_of(database, first, second)
    await log(database, first, ("m", 1.0, 1, 1))
    assert set(await read(database, pks, "m")) == {pks[0]}
    assert await read(database, pks, "no such") == {}
    assert await read(database, [], "m") == {}


async def test_points_that_come_together_for_one_series_are_one_row(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await together(database, *(log(database, run_id, ("m", 0.5, 1, step)) for step in range(50)))
    numbers = await database.read(lambda transaction: transaction.scalars(select(chunks.c.number)).all())
    assert numbers == [1]
    await log(database, run_id, ("m", 0.5, 1, 50))
    numbers = await database.read(lambda transaction: transaction.scalars(select(chunks.c.number)).all())
    assert sorted(numbers) == [1, 2]


async def test_nothing_to_add_is_nothing_done(database: Database) -> None:
    with counted(database) as seen:
        await database.write(lambda transaction: series.append(transaction, {}))
    assert seen == []


async def test_series_of_many_runs_are_read_by_one_statement(database: Database) -> None:
    experiment = await new_experiment(database)
    run_ids = [await new_run(database, experiment) for _ in range(5)]
    for run_id in run_ids:
        await log(database, run_id, ("m", 1.0, 1, 1), ("m", 2.0, 2, 2))
    pks = await keys_of(database, *run_ids)
    with counted(database) as seen:
        assert len(await read(database, pks, "m")) == 5
    assert len(seen) == 1


async def test_points_go_with_their_run(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    await log(database, run_id, ("m", 1.0, 1, 1))
    await database.write(lambda transaction: transaction.execute(runs.delete()))
    left = await database.read(lambda transaction: transaction.execute(select(chunks)).all())
    assert left == []


async def test_a_run_in_the_trash_keeps_its_points(database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    (pk,) = await keys_of(database, run_id)
    await log(database, run_id, ("m", 1.0, 1, 1))
    await Runs(database).delete(ME, run_id)
    assert await read(database, [pk], "m") == {pk: [(1, 1, 1.0)]}
    assert isinstance(await database.read(lambda transaction: series.read(transaction, [pk], "m")[pk]), Points)
