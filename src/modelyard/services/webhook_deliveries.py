import secrets
from collections.abc import Collection, Sequence

from modelyard.domain.principals import SYSTEM, Resource
from modelyard.domain.webhooks import Answer, Delivery
from modelyard.kit.clock import now_ms
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import webhook_deliveries as storage
from modelyard.storage.database import Database, Transaction
from modelyard.storage.webhook_deliveries import State

FIRST_PAUSE = 1_000
LONGEST_PAUSE = 3_600_000
MOST_ATTEMPTS = 36
"""With the pauses between them, about a day."""
LONGEST_WAIT = 3 * 86_400_000
"""For a receiver with so many deliveries that their turns come late."""
KEPT = 7 * 86_400_000


class WebhookDeliveries:
    """What the controller asks about deliveries and tells of them. Times are milliseconds since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, busy: Collection[str] = ()) -> Sequence[Delivery]:
        """The oldest that is due of each active webhook, but those whose ids are `busy`."""
        return await self._database.read(lambda transaction: storage.due(transaction, now_ms(), busy))

    async def tried(self, delivery: Delivery, answer: Answer) -> bool:
        """Ends the delivery when it was taken, or after a day of tries; else it is due again after a longer pause.

        Answers whether there is nothing more to do for it.
        """
        now = now_ms()
        last = delivery.attempts + 1 >= MOST_ATTEMPTS or now - delivery.created_at > LONGEST_WAIT
        state = State.DELIVERED if answer.taken else State.GIVEN_UP if last else State.WAITING
        due_at = now + pause(delivery.attempts) if state is State.WAITING else now

        def work(transaction: Transaction) -> None:
            storage.tried(transaction, delivery.id, answer, state, due_at)
            if state is State.GIVEN_UP:
                given_up = event(
                    SYSTEM,
                    "webhook.given_up",
                    Resource("webhook", delivery.webhook_id),
                    delivery=delivery.id,
                    status=answer.status,
                    error=answer.error,
                )
                events.record(transaction, given_up)

        await self._database.write(work)
        return state is not State.WAITING

    async def prune(self) -> None:
        """Forgets deliveries that ended a week ago, and those for webhooks that were deleted."""
        before = now_ms() - KEPT
        await self._database.write(lambda transaction: storage.prune(transaction, before))


def pause(failures: int, longest: int = LONGEST_PAUSE) -> int:
    """Milliseconds to wait after another failure: twice as long each time, less a random part of up to a half."""
    whole: int = min(FIRST_PAUSE * 2 ** min(failures, 30), longest)
    return whole - secrets.randbelow(whole // 2 + 1)
