import asyncio
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.serving.metadata import Metadata
from modelyard.serving.replica_client import ReplicaClient


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """One model version behind an endpoint's name, and the live replicas that answer for it."""

    endpoint: str
    model_version: str
    metadata: Metadata
    replicas: tuple[ReplicaClient, ...]
    _turn: Iterator[int] = field(default_factory=itertools.count, init=False, repr=False)

    def pick(self, avoid: ReplicaClient | None = None) -> ReplicaClient:
        """The next replica in turn, another than `avoid` when there is one."""
        candidates = [replica for replica in self.replicas if replica is not avoid] or self.replicas
        if not candidates:
            raise Unavailable(f"Endpoint '{self.endpoint}' has no live replica; try again later")
        return candidates[next(self._turn) % len(candidates)]

    async def drained(self) -> None:
        """Wait until none of its replicas has a request in flight."""
        for replica in self.replicas:
            await replica.drained()


class Directory:
    """Endpoint name -> what serves it now.

    A change replaces the whole table by one assignment: a request keeps the Served it looked up, new requests see the
    new one, and nobody sees a mixture.
    """

    def __init__(self) -> None:
        self._table: Mapping[str, Served | str] = MappingProxyType({})
        self._changed = asyncio.Event()

    def publish(self, name: str, served: Served) -> Served | None:
        """Route `name` to `served` from now on; returns what it was routed to, for draining."""
        return self._put(name, served)

    def hold(self, name: str, reason: str) -> Served | None:
        """`name` exists but cannot answer now; `reason` is a sentence for its callers."""
        return self._put(name, reason)

    def withdraw(self, name: str) -> Served | None:
        """`name` does not exist any more; returns what it was routed to, for draining."""
        table = dict(self._table)
        previous = table.pop(name, None)
        self._swap(table)
        return previous if isinstance(previous, Served) else None

    def lookup(self, name: str, version: str | None = None) -> Served:
        """What serves `name` now. Raises NotFound, or Unavailable with the reason why it cannot answer."""
        entry = self._table.get(name)
        if entry is None:
            raise NotFound(f"There is no endpoint '{name}'")
        if isinstance(entry, str):
            raise Unavailable(entry)
        if version is not None and version != entry.model_version:
            raise NotFound(f"Endpoint '{name}' serves version '{entry.model_version}', not '{version}'")
        return entry

    def names(self) -> tuple[str, ...]:
        """All endpoints that exist, ready or not, in order."""
        return tuple(sorted(self._table))

    async def change(self) -> None:
        """Wait for the next publish, hold or withdraw."""
        await self._changed.wait()

    def _put(self, name: str, entry: Served | str) -> Served | None:
        previous = self._table.get(name)
        self._swap({**self._table, name: entry})
        return previous if isinstance(previous, Served) else None

    def _swap(self, table: dict[str, Served | str]) -> None:
        self._table = MappingProxyType(table)
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()
