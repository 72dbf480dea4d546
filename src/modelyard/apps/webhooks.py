"""The part of the server that tells others what happened: the controller, and the courier it sends."""

import asyncio
import contextlib

from modelyard.controllers.courier import HttpCourier
from modelyard.controllers.webhooks import WebhookController
from modelyard.kit.egress import Egress
from modelyard.services.webhook_deliveries import WebhookDeliveries
from modelyard.storage.database import Database


class Messengers:
    """`start` them when the database can be asked, `stop` them before it is closed."""

    def __init__(self, database: Database, *, allow_private: bool) -> None:
        self._egress = Egress(allow_private=allow_private)
        self.courier = HttpCourier(self._egress)
        self._controller = WebhookController(WebhookDeliveries(database), self.courier)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._controller.run(), name="webhook controller")

    @property
    def problem(self) -> str | None:
        """Why nothing is delivered, if nothing is."""
        if self._task is None:
            return "The webhook controller has not started"
        return "The webhook controller has ended" if self._task.done() else None

    async def stop(self) -> None:
        """What is on its way is sent again by the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._egress.close()
