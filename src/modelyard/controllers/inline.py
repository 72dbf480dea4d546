import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from modelyard.controllers.acceleration import Acceleration, Accelerator
from modelyard.controllers.memory import Charge, Memory, Tenant
from modelyard.serving.served import Served


class Inline:
    """A revision's converted model in the gateway; what it needs there counts as the memory of replicas does.

    When that is short it goes like a replica that was not asked for long, and it comes back when its revision is asked.
    `owner` has the revision's replicas; `changed` is called when `said` is another.
    """

    def __init__(
        self, owner: Tenant, served: Served, memory: Memory, accelerator: Accelerator, changed: Callable[[], None]
    ) -> None:
        self.said = ""
        self._owner = owner
        self._served = served
        self._memory = memory
        self._accelerator = accelerator
        self._changed = changed
        self._source: tuple[Path, Path] | None = None
        self._charge: Charge | None = None
        self._entering: asyncio.Task[None] | None = None
        self._left = 0.0

    @property
    def evictable(self) -> bool:
        return self._charge is not None

    @property
    def asleep(self) -> bool:
        return self._charge is None

    @property
    def standing(self) -> tuple[int, float]:
        return self._owner.standing

    @property
    def settled(self) -> bool:
        """Whether a look would find nothing to do, as long as nobody asks."""
        return self._source is None or not self.asleep or self._served.statistics.last <= self._left

    def begin(self, model: Path, python: Path) -> None:
        """A replica answers: what agrees with it shall answer in its place, where it can."""
        if self._source is None:
            self._source = model, python
            self._enter()

    def look(self) -> None:
        """Whether it was asked since it left."""
        if not self.settled:
            self._enter()

    def stand_by(self) -> None:
        """Leaves the memory that it has."""
        self._served.inline = None
        if self._charge is not None:
            charge, self._charge = self._charge, None
            self._memory.free(charge)
        self._left = time.monotonic()

    async def retire(self) -> None:
        """Ends it for good."""
        self._source = None
        if self._entering is not None:
            self._entering.cancel()
            await asyncio.wait({self._entering})
        self.stand_by()

    def _enter(self) -> None:
        if self._entering is None or self._entering.done():
            self._entering = asyncio.create_task(self._try())

    async def _try(self) -> None:
        if self._source is None:
            return
        tried = await self._accelerator.accelerate(*self._source)
        if tried.said != self.said:
            self.said = tried.said
            self._changed()
        if tried.model is None:
            self._source = None  # it will be no other the next time
        elif not await self._admitted(tried):
            self._left = time.monotonic()

    async def _admitted(self, tried: Acceleration) -> bool:
        """Whether there was room. What has been asked for may drive out what was not for longer."""
        asked = self._served.statistics.last > self._left
        self._charge = await self._memory.reserve(self, tried.size, by_force=asked)
        if self._charge is not None:
            self._served.inline = tried.model
        return self._charge is not None
