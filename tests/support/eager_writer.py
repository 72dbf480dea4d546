"""Eight writers that note every answer, while chunks are merged: python -m tests.support.eager_writer URL JOURNAL.

It ends only when it is killed. What is in the journal was acknowledged; each line is run, number of the batch.
"""

import asyncio
import sys
from pathlib import Path
from typing import TextIO

from modelyard.domain.runs import Logged, Metric, NewRun
from modelyard.kit.ids import hex_id
from modelyard.services.compaction import Compaction
from modelyard.services.experiments import Experiments
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support.tracking import ME

WRITERS = 8
BATCHES_PER_RUN = 20


def batch(number: int) -> Logged:
    """Everything in it can be told from the number."""
    points = [Metric("loss", number + at / 4, number, 4 * number + at) for at in range(4)]
    return Logged(points, [(f"p{number}", str(number))], [("last", str(number))])


async def write(database: Database, experiment: str, journal: TextIO) -> None:
    while True:
        run = (await Runs(database).create(ME, NewRun(experiment))).run.id
        journal.write(f"{run} -1\n")
        for number in range(BATCHES_PER_RUN):
            await RunLog(database).log(ME, run, batch(number))
            journal.write(f"{run} {number}\n")


async def merge(database: Database) -> None:
    while True:
        await Compaction(database).run(2)


async def main(url: str, journal: Path) -> None:
    database = open_database(url)
    experiment = (await Experiments(database).create(ME, hex_id())).id
    # Unbuffered up to the kernel: what the process wrote before it was killed is there.
    with journal.open("a", buffering=1) as lines:
        await asyncio.gather(merge(database), *(write(database, experiment, lines) for _ in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
