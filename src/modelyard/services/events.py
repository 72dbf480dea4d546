from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.events import Event
from modelyard.domain.principals import Principal, Resource
from modelyard.services.authorize import authorize
from modelyard.storage import events as storage
from modelyard.storage.database import Database

MOST_AT_ONCE = 1000


class Events:
    """Reading the record of every change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self,
        principal: Principal,
        kind: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Event]:
        """What happened last, newest first: to one kind of thing or one subject, and before the event `before`.

        Raises PermissionDenied, or InvalidInput for more than 1,000 at once.
        """
        authorize(principal, "events.read", Resource("event"))
        if not 1 <= limit <= MOST_AT_ONCE:
            raise InvalidInput(f"Ask for 1 to {MOST_AT_ONCE} events at once, not {limit}")
        return await self._database.read(
            lambda transaction: storage.newest(transaction, principal.workspace_id, kind, subject, before, limit)
        )

    async def since(self, principal: Principal, after: int | None, limit: int = MOST_AT_ONCE) -> Sequence[Event]:
        """What happened after the event `after`, oldest first; without one, nothing but the last event.

        Raises PermissionDenied.
        """
        authorize(principal, "events.read", Resource("event"))
        if after is None:
            return await self.newest(principal, limit=1)
        return await self._database.read(
            lambda transaction: storage.since(transaction, principal.workspace_id, after, limit)
        )
