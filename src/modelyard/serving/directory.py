import time
from collections.abc import Mapping
from types import MappingProxyType

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.serving.routes import Route
from modelyard.serving.served import Served
from modelyard.serving.waiting import Queue

MOST_HELD = 1000
LATER = 5.0
MOST_SHOWN = 10
_ELSEWHERE = "The models of this server are not served yet, or by another server; try again later"
__all__ = ["Directory", "Served"]


class Held:
    """A name that is about to be served: requests wait for it."""

    __slots__ = ("queue", "reason")

    def __init__(self, name: str, reason: str) -> None:
        self.reason = reason
        self.queue = Queue(name, MOST_HELD)


class Refused:
    """A name that exists and is not served."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Entry = Route | Held | Refused


class Directory:
    """Name -> what serves it now. A name is an endpoint's, or `endpoint/model` where it has several.

    A change replaces the whole table by one assignment: a request keeps what it looked up, new requests see the new
    one, and nobody sees a mixture. Unless it is `complete`, a name that it does not know may exist all the same.
    """

    def __init__(self, *, complete: bool = True) -> None:
        self._table: Mapping[str, Entry] = MappingProxyType({})
        self._unknown: Entry | None = None if complete else Refused(_ELSEWHERE)

    @property
    def complete(self) -> bool:
        return self._unknown is None

    def open(self) -> None:
        """All names will be known soon; until then requests for any name wait."""
        if not self.complete:
            self._unknown = Held("all endpoints", _ELSEWHERE)

    def opened(self) -> None:
        """All names are known."""
        before, self._unknown = self._unknown, None
        if isinstance(before, Held):
            before.queue.wake_all()

    def publish(self, name: str, served: Served | Route) -> None:
        """Route `name` to `served` from now on."""
        route = served if isinstance(served, Route) else Route(name, [(served, 100)])
        for one in route.all:
            one.come_back()
        self._put(name, route)

    def hold(self, name: str, reason: str) -> None:
        """`name` will answer soon, and requests wait for it; `reason` is a sentence for those who wait too long."""
        held = self._table.get(name)
        if isinstance(held, Held):
            held.reason = reason
        else:
            self._put(name, Held(name, reason))

    def refuse(self, name: str, reason: str) -> None:
        """`name` exists and cannot answer; `reason` is a sentence for its callers."""
        self._put(name, Refused(reason))

    def withdraw(self, name: str) -> None:
        """`name` does not exist any more."""
        self._put(name, None)

    def lookup(self, name: str, version: str | None = None) -> Served:
        """What stands for `name` now. Raises NotFound, or Unavailable with the reason why it cannot answer."""
        entry = self._table.get(name, self._unknown)
        if isinstance(entry, Route):
            return entry.ready(version)
        raise self._absent(name, entry)

    def expect(self, name: str, version: str | None = None) -> None:
        """Raises NotFound for a model that there is not, or not in this version: before its request is read."""
        entry = self._table.get(name, self._unknown)
        if entry is None:
            raise self._absent(name, None)
        if version is not None and isinstance(entry, Route):
            entry.version(version)

    def route(self, name: str) -> Route | None:
        """How the requests for `name` are shared out, None where it is not served now."""
        entry = self._table.get(name)
        return entry if isinstance(entry, Route) else None

    async def coming(self, name: str, until: float) -> Route:
        """The route of a name, waited for until a time of `time.monotonic` where it is on hold.

        Raises NotFound, and Unavailable with the reason when it did not come.
        """
        again = False
        while True:
            entry = self._table.get(name, self._unknown)
            if isinstance(entry, Route):
                return entry
            if not isinstance(entry, Held) or not await entry.queue.wait(until - time.monotonic(), again=again):
                raise self._absent(name, entry)
            again = True

    def names(self) -> tuple[str, ...]:
        """All that exist, ready or not, in order."""
        return tuple(sorted(self._table))

    def _absent(self, name: str, entry: Entry | None) -> NotFound | Unavailable:
        if isinstance(entry, Held | Refused):
            return Unavailable(entry.reason, LATER if isinstance(entry, Refused) else 1.0)
        models = [f"'{one}'" for one in self.names() if one.startswith(f"{name}/")]
        if models:
            return NotFound(f"Endpoint '{name}' has several models; ask for one of {', '.join(models[:MOST_SHOWN])}")
        return NotFound(f"There is no endpoint '{name}'")

    def _put(self, name: str, entry: Entry | None) -> None:
        table = dict(self._table)
        before = table.pop(name, None)
        if entry is not None:
            table[name] = entry
        self._table = MappingProxyType(table)
        if isinstance(before, Held):
            before.queue.wake_all()
        elif isinstance(before, Route):
            kept = entry.all if isinstance(entry, Route) else ()
            for served in before.all:
                if not any(served is one for one in kept):
                    served.leave()
