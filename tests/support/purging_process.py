"""Does a job of deleting for good, slowly: python -m tests.support.purging_process URL BLOBS JOB."""

import asyncio
import sys
from pathlib import Path

from modelyard.services import purge, sweeping
from modelyard.storage.opening import open_database
from tests.support.tracking import ME
from tests.support.trash import bench

purge.BATCH = purge.ROWS = purge.BLOBS = 3  # so that there are many moments to be killed in
sweeping.GRACE = -1.0


async def work(url: str, blobs: str, job: str) -> None:
    database = open_database(url)
    trash = bench(database, Path(blobs))
    found = await trash.jobs.get(ME, job)
    print("working", flush=True)
    await trash.deletion.carry_out(found)
    await trash.jobs.end(found)
    database.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
