from pathlib import Path

from sqlalchemy import text

from modelyard.domain.backups import Verified
from modelyard.storage import verifying
from modelyard.storage.database import Database, Transaction
from tests.support.tracking import new_experiment
from tests.support.trash import bench


def looked(url: str) -> Verified:
    engine = verifying.opened(url)
    found = verifying.rows(engine, None, Verified(), lambda _what, _share: None)
    engine.dispose()
    return found


async def test_a_series_without_points_is_damaged_unless_its_run_is_being_deleted_for_good(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    kept = await bench(database, tmp_path / "artifacts").run(await new_experiment(database))
    assert looked(database_url) == Verified(series=1, points=3, problems=[])

    def lose_points(transaction: Transaction) -> None:
        transaction.execute(text("DELETE FROM chunks"))

    await database.write(lose_points)
    assert looked(database_url).problems == [f"The metric 'loss' of run {kept} has lost its points"]

    def condemn(transaction: Transaction) -> None:
        transaction.execute(text("UPDATE runs SET workspace_id = -workspace_id"))

    await database.write(condemn)
    assert looked(database_url) == Verified(problems=[])


async def test_a_flipped_bit_of_points_is_found_on_both_databases(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    store = bench(database, tmp_path / "artifacts")
    run = await store.run(await new_experiment(database), points=1)

    def flip(transaction: Transaction) -> None:
        points = bytearray(transaction.execute(text("SELECT points FROM chunks")).scalar_one())
        points[len(points) // 2] ^= 4
        transaction.execute(text("UPDATE chunks SET points = :points"), {"points": bytes(points)})

    await database.write(flip)
    (problem,) = looked(database_url).problems
    assert problem.startswith(f"The metric 'loss' of run {run} is damaged")
