import asyncio
import contextlib
import logging
import time

from modelyard.domain.errors import ModelyardError
from modelyard.domain.webhooks import Answer, Courier, Delivery
from modelyard.services.webhook_deliveries import WebhookDeliveries, pause

log = logging.getLogger("modelyard.webhooks")
LOOK_EVERY = 0.5
PRUNE_EVERY = 3600.0
MOST_AT_ONCE = 64
LONGEST_REST = 60_000
"""Milliseconds that a receiver is left alone after failures, so that thousands of deliveries do not storm it."""


class WebhookController:
    """Sends what is due: to each webhook one delivery at a time, to many webhooks at once.

    What is on its way when the server ends is sent again by the next one, under the same id.
    """

    def __init__(self, deliveries: WebhookDeliveries, courier: Courier) -> None:
        self._deliveries = deliveries
        self._courier = courier
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, int] = {}
        self._resting: dict[str, float] = {}
        self._served: dict[str, float] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Goes on until cancelled."""
        pruned = float("-inf")
        try:
            while True:
                self._wake.clear()
                try:
                    if time.monotonic() - pruned > PRUNE_EVERY:
                        await self._deliveries.prune()
                        pruned = time.monotonic()
                    await self.look()
                except ModelyardError as error:
                    log.warning("webhooks cannot be looked after: %s; trying again", error.message)
                except Exception:
                    log.exception("looking after webhooks failed; trying again")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._wake.wait()
        finally:
            await self._stop()

    async def look(self) -> None:
        """Starts sending what is due, to those first who have waited longest for their turn."""
        now = time.monotonic()
        self._resting = {webhook: until for webhook, until in self._resting.items() if until > now}
        free = MOST_AT_ONCE - len(self._sending)
        if free <= 0:
            return
        due = await self._deliveries.due({*self._sending, *self._resting})
        waiting = {delivery.webhook_id for delivery in due}
        self._served = {webhook: at for webhook, at in self._served.items() if webhook in waiting}
        for delivery in sorted(due, key=lambda one: self._served.get(one.webhook_id, 0.0))[:free]:
            self._served[delivery.webhook_id] = now
            self._sending[delivery.webhook_id] = asyncio.create_task(self._send(delivery))

    async def _send(self, delivery: Delivery) -> None:
        webhook = delivery.webhook_id
        try:
            answer = await self._courier.deliver(delivery)
            self._rest(webhook, taken=answer.taken)
            ended = await self._deliveries.tried(delivery, answer)
            _report(delivery, answer, ended=ended)
        except ModelyardError as error:
            log.warning("delivery %s cannot be noted and will be sent again: %s", delivery.id, error.message)
            self._rest(webhook, taken=False)
        except Exception:
            log.exception("delivery %s failed and will be sent again", delivery.id)
            self._rest(webhook, taken=False)
        finally:
            del self._sending[webhook]
            self._wake.set()

    def _rest(self, webhook: str, *, taken: bool) -> None:
        if taken:
            self._failures.pop(webhook, None)
            return
        failures = self._failures.get(webhook, 0)
        self._failures[webhook] = failures + 1
        self._resting[webhook] = time.monotonic() + pause(failures, LONGEST_REST) / 1000

    async def _stop(self) -> None:
        sending = list(self._sending.values())
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


def _report(delivery: Delivery, answer: Answer, *, ended: bool) -> None:
    """The URL is not logged: many hold a token."""
    if answer.taken:
        log.debug("delivery %s to webhook %s: %s", delivery.id, delivery.webhook_name, answer.status)
        return
    said = answer.error or f"status {answer.status}"
    what = "given up" if ended else "to be tried again"
    log.warning(
        "delivery %s to webhook %s, try %d, %s: %s",
        delivery.id,
        delivery.webhook_name,
        delivery.attempts + 1,
        what,
        said,
    )
