import asyncio

from sqlalchemy import func, select

from modelyard.controllers.compaction import CHUNKS_WORTH_MERGING, CompactionController
from modelyard.domain.runs import Logged, Metric
from modelyard.services.compaction import Compaction
from modelyard.services.run_log import RunLog
from modelyard.storage.database import Database
from modelyard.storage.tables.tracking import chunks
from tests.support.conditions import SECONDS
from tests.support.tracking import ME, new_experiment, new_run


async def number_of_chunks(database: Database) -> int:
    counting = select(func.count()).select_from(chunks)
    return await database.read(lambda transaction: int(transaction.execute(counting).scalar_one()))


async def test_the_controller_merges_what_was_logged_point_by_point(database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    for step in range(CHUNKS_WORTH_MERGING):
        await RunLog(database).log(ME, run, Logged([Metric("loss", 0.5, step, step)]))
    controller = asyncio.create_task(CompactionController(Compaction(database)).run())
    async with asyncio.timeout(SECONDS):
        while await number_of_chunks(database) > 1:
            assert not controller.done()
    controller.cancel()
