import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

LOOK_EVERY = 0.1
AT_FIRST = 64 << 20
"""Bytes that a replica is expected to need when nothing is known."""


class Tenant(Protocol):
    """Whose replicas use memory."""

    @property
    def evictable(self) -> bool:
        """Whether its replicas do nothing at the moment and can be loaded again."""

    @property
    def asleep(self) -> bool:
        """Whether they have been told to end."""

    @property
    def standing(self) -> tuple[int, float]:
        """Whose is lowest is evicted first: how much it matters, and when it was asked last."""

    def stand_by(self) -> None:
        """Ends its replicas until one is asked for."""


@dataclass(eq=False, slots=True)
class Charge:
    """What one replica uses, or will use; 0 once it is gone."""

    tenant: Tenant
    size: int


class Memory:
    """Keeps replicas within a budget: those that have not been asked for longest make room for those that are.

    A budget of 0 is no budget. A replica that alone exceeds it may run alone. `shared` is what all use together.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.shared = 0
        self._charges: set[Charge] = set()
        self._freed = asyncio.Event()
        self._typical = AT_FIRST

    @property
    def used(self) -> int:
        return self.shared + sum(charge.size for charge in self._charges)

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes are left without anybody being evicted."""
        return not self.budget or self.used + size <= self.budget

    async def reserve(self, tenant: Tenant, size: int, *, by_force: bool) -> Charge | None:
        """Room for `size` bytes, for 0 as many as a replica was seen to use last.

        By force, others are evicted and waited for; without, None when there is no room.
        """
        while not self._fits(size or self._typical):
            if not by_force:
                return None
            self._evict(size or self._typical, tenant)
            self._freed.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._freed.wait()
            except TimeoutError:
                continue
        charge = Charge(tenant, size or self._typical)
        self._charges.add(charge)
        return charge

    def settle(self, charge: Charge, size: int) -> None:
        """What it was seen to use."""
        if size and charge in self._charges:
            charge.size = self._typical = size

    def free(self, charge: Charge) -> None:
        """Its process has ended."""
        self._charges.discard(charge)
        self._freed.set()

    def shrink(self) -> None:
        """Evicts what is needed to be within the budget again after replicas have grown."""
        if self.budget and self.used > self.budget and len(self._charges) > 1:
            self._evict(0, None)

    def _fits(self, size: int) -> bool:
        return not self.budget or not self._charges or self.used + size <= self.budget

    def _evict(self, size: int, needy: Tenant | None) -> None:
        """As many as are needed on top of those that are leaving already."""
        sizes: dict[Tenant, int] = defaultdict(int)
        for charge in self._charges:
            sizes[charge.tenant] += charge.size
        over = self.shared + size - self.budget + sum(used for tenant, used in sizes.items() if not tenant.asleep)
        for victim in sorted((one for one in sizes if one.evictable and one is not needy), key=_standing):
            if over <= 0:
                return
            over -= sizes[victim]
            victim.stand_by()


def _standing(tenant: Tenant) -> tuple[int, float]:
    return tenant.standing
