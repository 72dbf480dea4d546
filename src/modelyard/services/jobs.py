import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.jobs import Job, JobState
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import jobs as storage
from modelyard.storage.database import Database, Transaction

MOST_AT_ONCE = 1000


class Jobs:
    """Work in the background: asked for here, done by a controller, looked at by whoever asked.

    `changed` is set whenever there is something new to do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed = asyncio.Event()

    async def create(self, principal: Principal, kind: str, spec: Mapping[str, Any]) -> Job:
        """Stores what is to be done; it starts when nothing older is left. The caller has authorised it."""
        now = now_ms()
        job = Job(hex_id(), principal.workspace_id, kind, JobState.WAITING, spec, {}, principal.name, now, now)

        def work(transaction: Transaction) -> None:
            storage.insert_one(transaction, job)
            events.record(transaction, event(principal, "job.created", Resource("job", job.id), kind=kind))

        await self._database.write(work)
        self.changed.set()
        return job

    async def get(self, principal: Principal, job_id: str) -> Job:
        """Raises PermissionDenied, NotFound."""
        authorize(principal, "jobs.read", Resource("job", job_id))
        found = await self._database.read(
            lambda transaction: storage.by_id(transaction, principal.workspace_id, job_id)
        )
        if found is None:
            raise NotFound(f"There is no job {job_id}")
        return found

    async def newest(self, principal: Principal, kind: str | None = None, limit: int = 100) -> Sequence[Job]:
        """The last ones first. Raises PermissionDenied, or InvalidInput for more than 1,000."""
        authorize(principal, "jobs.read", Resource("job"))
        if not 1 <= limit <= MOST_AT_ONCE:
            raise InvalidInput(f"Ask for 1 to {MOST_AT_ONCE} jobs at once, not {limit}")
        return await self._database.read(
            lambda transaction: storage.newest(transaction, principal.workspace_id, kind, limit)
        )

    async def next(self, kinds: Sequence[str]) -> Job | None:
        """What is to be worked on: for controllers."""
        return await self._database.read(lambda transaction: storage.oldest_open(transaction, kinds))

    async def complain(self, job: Job, error: str) -> None:
        """Says what keeps a job from going on for the moment: for controllers."""
        await self._database.write(lambda transaction: storage.complain(transaction, job.id, error, now_ms()))

    async def end(self, job: Job, error: str = "") -> None:
        """Says that a job is done, or that it will never be: for controllers."""
        state = JobState.FAILED if error else JobState.SUCCEEDED
        ended = event(_owner(job), "job.ended", Resource("job", job.id), state=state, error=error)

        def work(transaction: Transaction) -> None:
            storage.end(transaction, job.id, state, error, now_ms())
            events.record(transaction, ended)

        await self._database.write(work)


def _owner(job: Job) -> Principal:
    return Principal(job.user, job.workspace_id)
