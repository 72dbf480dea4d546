import pytest

from modelyard.domain.errors import InvalidInput, NotFound, PermissionDenied
from modelyard.domain.pages import PageRequest
from modelyard.domain.runs import Metric
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import MOST_RUNS_AT_ONCE, Series
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, metrics, new_experiment, new_run

POINTS = [Metric("loss", float(step), 100 + step, step) for step in range(7)]


@pytest.fixture
def series(database: Database) -> Series:
    return Series(database)


@pytest.fixture
async def run(database: Database) -> str:
    run = await new_run(database, await new_experiment(database))
    for point in reversed(POINTS):
        await RunLog(database).log(ME, run, metrics((point.key, point.value, point.timestamp, point.step)))
    return run


async def test_without_a_page_the_history_is_whole_and_in_order(series: Series, run: str) -> None:
    page = await series.history(ME, run, "loss")
    assert page.items == POINTS
    assert page.next_token is None


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_a_history_make_the_whole(series: Series, run: str, limit: int) -> None:
    found: list[Metric] = []
    token = None
    for _ in range(-(-len(POINTS) // limit)):
        page = await series.history(ME, run, "loss", PageRequest(limit, token))
        found += page.items
        token = page.next_token
    assert found == POINTS
    assert token is None


async def test_a_token_is_of_one_series(series: Series, run: str) -> None:
    token = (await series.history(ME, run, "loss", PageRequest(2))).next_token
    with pytest.raises(InvalidInput, match="page token"):
        await series.history(ME, run, "acc", PageRequest(2, token))
    with pytest.raises(InvalidInput, match="must be a positive integer"):
        await series.history(ME, run, "loss", PageRequest(0))


async def test_an_unknown_key_has_no_points_and_an_unknown_run_is_not_found(series: Series, run: str) -> None:
    assert (await series.history(ME, run, "none")).items == []
    with pytest.raises(NotFound):
        await series.history(ME, "f" * 32, "loss")


async def test_a_run_in_the_trash_shows_its_history(series: Series, runs: Runs, run: str) -> None:
    await runs.delete(ME, run)
    assert (await series.history(ME, run, "loss")).items == POINTS


async def test_many_runs_are_read_at_once_by_id(series: Series, database: Database, run: str) -> None:
    empty = await new_run(database, await new_experiment(database, "other"))
    found = await series.bulk(ME, [run, empty], "loss")
    assert list(found) == sorted([run, empty])
    assert found[run] == POINTS
    assert found[empty] == []
    assert await series.bulk(ME, [], "loss") == {}


async def test_a_run_that_is_not_there_has_no_points(series: Series, run: str) -> None:
    found = await series.bulk(ME, [run, "f" * 32], "loss")
    assert (list(found), len(found["f" * 32])) == (sorted([run, "f" * 32]), 0)


async def test_there_is_a_limit_to_the_runs_read_at_once(series: Series, run: str) -> None:
    with pytest.raises(InvalidInput, match="at most 100"):
        await series.bulk(ME, [run] * (MOST_RUNS_AT_ONCE + 1), "loss")


async def test_a_stranger_sees_nothing(series: Series, run: str) -> None:
    for attempt in (series.history(STRANGER, run, "loss"), series.bulk(STRANGER, [run], "loss")):
        with pytest.raises(PermissionDenied):
            await attempt
