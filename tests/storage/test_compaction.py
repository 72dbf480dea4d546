import math
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from modelyard.domain.runs import Logged, Metric
from modelyard.formats.chunks import count_of
from modelyard.services.compaction import Compaction
from modelyard.services.run_log import RunLog
from modelyard.services.series import Series
from modelyard.storage import compaction
from modelyard.storage.database import Database, Transaction
from modelyard.storage.tables.tracking import chunks
from tests.support.tracking import ME, new_experiment, new_run


@pytest.fixture
async def run(database: Database) -> str:
    return await new_run(database, await new_experiment(database))


async def log(database: Database, run: str, *points: tuple[int, float]) -> None:
    metrics = [Metric("loss", value, 1000 + step, step) for step, value in points]
    await RunLog(database).log(ME, run, Logged(metrics))


async def history(database: Database, run: str) -> list[tuple[int, int, str]]:
    page = await Series(database).history(ME, run, "loss")
    return [(point.step, point.timestamp, repr(point.value)) for point in page.items]


async def rows(database: Database) -> tuple[int, int]:
    """How many chunks there are, and how many bytes they take."""
    statement = select(func.count(), func.sum(func.length(chunks.c.points)))
    found = await database.read(lambda transaction: transaction.execute(statement).one())
    return found[0], found[1]


async def test_many_small_chunks_become_one_small_block(database: Database, run: str) -> None:
    for step in range(300):
        await log(database, run, (step, math.sin(step)))
    before = await history(database, run)
    assert (await rows(database))[0] == 300
    assert await Compaction(database).run(64) == 1
    count, size = await rows(database)
    assert count == 1
    assert size / 300 < 8.5, "bytes a point of noise, its step and its time"
    assert await history(database, run) == before
    assert await Compaction(database).run(64) == 0, "there is nothing left to do"


async def test_a_series_with_few_new_chunks_is_left_alone(database: Database, run: str) -> None:
    for step in range(5):
        await log(database, run, (step, 0.5))
    assert await Compaction(database).run(6) == 0
    assert (await rows(database))[0] == 5


async def test_what_is_logged_while_chunks_are_merged_is_kept(database: Database, run: str) -> None:
    for step in range(10):
        await log(database, run, (step, 0.5))
    (series_pk,) = await database.read(lambda transaction: compaction.candidates(transaction, 1, 10))
    result = await database.read(lambda transaction: compaction.merged(transaction, series_pk))
    assert result is not None
    await log(database, run, (10, 0.25), (11, 0.125))
    assert await database.write(lambda transaction: compaction.put(transaction, result))
    assert [step for step, _, _ in await history(database, run)] == list(range(12))
    assert await Compaction(database).run(1) == 1
    assert [step for step, _, _ in await history(database, run)] == list(range(12))


async def test_of_two_that_merge_the_same_chunks_one_gives_way(database: Database, run: str) -> None:
    for step in range(10):
        await log(database, run, (step, 0.5))
    (series_pk,) = await database.read(lambda transaction: compaction.candidates(transaction, 1, 10))
    result = await database.read(lambda transaction: compaction.merged(transaction, series_pk))
    assert result is not None
    assert await database.write(lambda transaction: compaction.put(transaction, result))
    before = await rows(database)
    assert not await database.write(lambda transaction: compaction.put(transaction, result))
    assert await rows(database) == before


async def test_a_long_series_is_rewritten_a_few_times_only(
    database: Database, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    put = compaction.put

    def counting(transaction: Transaction, result: compaction.Merged) -> bool:
        nonlocal written
        written += sum(map(count_of, result.blocks))
        return put(transaction, result)

    monkeypatch.setattr(compaction, "put", counting)
    for batch in range(64):
        await log(database, run, *((batch * 10 + at, 0.5) for at in range(10)))
        await Compaction(database).run(1)
    assert len(await history(database, run)) == 640
    assert written < 8 * 640
    assert (await rows(database))[0] < 20


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.one_of(
            st.just("merge"),
            st.lists(
                st.tuples(st.integers(-5, 5), st.floats(allow_nan=True, allow_infinity=True)), min_size=1, max_size=5
            ),
        ),
        max_size=12,
    )
)
async def test_merging_never_changes_a_history(
    database: Database, actions: list[str | list[tuple[int, float]]]
) -> None:
    run = await new_run(database, await new_experiment(database, uuid4().hex))
    expected = set()
    for action in actions:
        if isinstance(action, list):
            await log(database, run, *action)
            expected |= {(step, "nan" if math.isnan(value) else repr(value)) for step, value in action}
        else:
            await Compaction(database).run(1)
    found = await history(database, run)
    assert len(found) == len(expected)
    assert {(step, value) for step, _, value in found} == expected
