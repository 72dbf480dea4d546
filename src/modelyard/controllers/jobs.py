import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from modelyard.domain.errors import ModelyardError, StorageFull, Unavailable
from modelyard.domain.jobs import Job
from modelyard.services.jobs import Jobs

log = logging.getLogger("modelyard.jobs")
LOOK_EVERY = 10.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0


class JobController:
    """Does jobs one after the other, by their kind; goes on with one that a crash interrupted."""

    def __init__(self, jobs: Jobs, kinds: Mapping[str, Callable[[Job], Awaitable[None]]]) -> None:
        self._jobs = jobs
        self._kinds = kinds

    async def run(self) -> None:
        """Goes on until cancelled."""
        delay = FIRST_DELAY
        while True:
            self._jobs.changed.clear()
            try:
                job = await self._jobs.next(list(self._kinds))
                if job is not None:
                    await self._work(job)
            except (Unavailable, StorageFull) as error:
                log.warning("jobs cannot be done at the moment: %s; trying again in %g s", error.message, delay)
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)
                continue
            delay = FIRST_DELAY
            if job is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._jobs.changed.wait()

    async def _work(self, job: Job) -> None:
        """Raises Unavailable or StorageFull when the job is to be tried again."""
        log.info("job %s (%s): %s", job.id, job.kind, "going on" if job.progress else "starting")
        try:
            await self._kinds[job.kind](job)
        except (Unavailable, StorageFull) as error:
            await self._jobs.complain(job, error.message)
            raise
        except ModelyardError as error:
            log.warning("job %s (%s) failed: %s", job.id, job.kind, error.message)
            await self._jobs.end(job, error.message)
        except Exception as error:
            log.exception("job %s (%s) failed", job.id, job.kind)
            await self._jobs.end(job, f"{type(error).__name__}: {error}")
        else:
            await self._jobs.end(job)
            log.info("job %s (%s): done", job.id, job.kind)
