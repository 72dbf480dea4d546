import asyncio

import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.series import points_of
from modelyard.services import recent_points
from modelyard.services.compaction import Compaction
from modelyard.services.recent_points import LONG, RecentPoints
from modelyard.services.run_log import RunLog
from modelyard.storage import runs, series
from modelyard.storage.database import Database, Transaction
from tests.support.statements import counted
from tests.support.tracking import ME, metrics, new_experiment, new_run

RUN_AND_SERIES = 2


@pytest.fixture
async def run(database: Database) -> str:
    """With a long series, in two chunks."""
    run = await new_run(database, await new_experiment(database))
    await add(database, run, 0, LONG // 2)
    await add(database, run, LONG // 2, LONG)
    return run


async def add(database: Database, run: str, first: int, until: int) -> None:
    def work(transaction: Transaction) -> None:
        row = runs.row_of(transaction, 1, run)
        assert row is not None
        points = points_of((at, 1000 + at, at / 2) for at in range(first, until))
        series.append(transaction, {(1, row.experiment_pk, row.pk, "loss"): points})

    await database.write(work)


async def test_the_points_of_a_long_series_are_not_read_twice(database: Database, run: str) -> None:
    recent = RecentPoints(database)
    numbers = []
    for _ in range(3):
        with counted(database) as seen:
            assert len(await recent.of(ME, run, "loss")) == LONG
        numbers.append(len(seen))
    assert numbers == [RUN_AND_SERIES + 1, RUN_AND_SERIES, RUN_AND_SERIES]


async def test_points_that_were_added_since_are_there(database: Database, run: str) -> None:
    recent = RecentPoints(database)
    await recent.of(ME, run, "loss")
    await RunLog(database).log(ME, run, metrics(("loss", 7.0, 10**9, LONG)))
    assert (await recent.of(ME, run, "loss")).values[-2:].tolist() == [(LONG - 1) / 2, 7.0]


async def test_merging_the_chunks_changes_nothing(database: Database, run: str) -> None:
    recent = RecentPoints(database)
    before = list(await recent.of(ME, run, "loss"))
    assert await Compaction(database).run(1) == 1
    assert list(await recent.of(ME, run, "loss")) == list(await RecentPoints(database).of(ME, run, "loss")) == before


async def test_what_is_kept_is_forgotten_after_a_while(
    database: Database, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_points, "SECONDS_KEPT", 0.0)
    recent = RecentPoints(database)
    await recent.of(ME, run, "loss")
    assert recent._kept
    forgotten = asyncio.Event()  # called after what was to be called just as soon
    asyncio.get_running_loop().call_later(0.01, forgotten.set)
    await forgotten.wait()
    assert not recent._kept


async def test_no_more_is_kept_than_there_is_room_for(
    database: Database, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_points, "MOST_KEPT", LONG + LONG // 2)
    other = await new_run(database, await new_experiment(database, "other"))
    await add(database, other, 0, LONG)
    recent = RecentPoints(database)
    for one in (run, other):
        await recent.of(ME, one, "loss")
    assert [place for place, _ in recent._kept] == [other]


async def test_whoever_may_not_see_the_run_is_not_served_from_memory(database: Database, run: str) -> None:
    recent = RecentPoints(database)
    await recent.of(ME, run, "loss")
    with pytest.raises(NotFound):
        await recent.of(Principal("local", workspace_id=2), run, "loss")
