import hashlib
import random
from collections.abc import Iterator, Sequence

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.rollouts import ALL
from modelyard.formats.inference import Hints
from modelyard.serving.served import Served

GOLDEN = (5**0.5 - 1) / 2
"""Steps of this length around a circle never meet, and keep filling its largest gaps."""


class Turns:
    """Numbers from 0 up to 1: of any hundred in a row, each part of that range gets its share, give or take one or two.

    By chance alone, a canary with 10 % of the requests would get anything from 4 to 16 of them.
    """

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = random.random()  # noqa: S311 - where it starts is no secret

    def __call__(self) -> float:
        self._at = (self._at + GOLDEN) % 1.0
        return self._at


class Route:
    """How the requests for one name are shared out; whose turn it is is all that changes.

    `shares` are revisions with their percent of the requests, 100 in all; `shadows` are asked as well, as often as
    their percent says; `others` answer only those who ask for them.
    """

    __slots__ = (
        "_by_revision",
        "_only",
        "_shadowed",
        "_table",
        "_turn",
        "name",
        "shadows",
        "shares",
        "stable",
        "tells_headers",
    )

    def __init__(
        self,
        name: str,
        shares: Sequence[tuple[Served, int]],
        shadows: Sequence[tuple[Served, int]] = (),
        others: Sequence[Served] = (),
    ) -> None:
        # In order of age, so that whoever sticks to a growing canary stays with it as its share grows.
        in_order = sorted(shares, key=lambda share: share[0].revision)
        self.name = name
        self.shares = tuple(in_order)
        self.shadows = tuple(shadows)
        self.stable = max(in_order, key=lambda share: share[1])[0]
        self._table = tuple(served for served, weight in in_order for _ in range(weight))
        self._only = self._table[0] if len(set(map(id, self._table))) == 1 else None
        self._turn, self._shadowed = Turns(), Turns()
        known = (*others, *(served for served, _ in shadows), *(served for served, _ in in_order))
        self._by_revision = {served.revision: served for served in known}
        self.tells_headers = any(served.hears_headers for served in known)

    @property
    def all(self) -> tuple[Served, ...]:
        """Everything that can be reached."""
        return tuple(self._by_revision.values())

    def choose(self, version: str | None, hints: Hints | None) -> Served:
        """Who answers a request. Raises NotFound for a version or revision that is not served."""
        if hints is not None:
            if hints.revision is not None:
                return self._revision(hints.revision)
            if hints.sticky and version is None:
                return self._table[_place(self.name, hints.sticky)]
        if version is not None:
            return self.version(version)
        return self._only or self._table[int(self._turn() * ALL)]

    def also(self, answered: Served) -> Iterator[Served]:
        """The shadows that are asked too."""
        if self.shadows:
            place = self._shadowed() * ALL
            yield from (shadow for shadow, percent in self.shadows if shadow is not answered and place < percent)

    def version(self, version: str) -> Served:
        """Raises NotFound when no revision that is served is of this version."""
        if self.stable.model_version == version:
            return self.stable
        for served in reversed(self.all):
            if served.model_version == version:
                return served
        known = sorted({served.model_version for served in self.all})
        shown = ", ".join(f"'{one}'" for one in known)
        raise NotFound(f"Endpoint '{self.name}' serves version{'s'[: len(known) - 1]} {shown}, not '{version[:100]}'")

    def ready(self, version: str | None) -> Served:
        """Who stands for the name, or for a version. Raises Unavailable when it could not answer now."""
        served = self.stable if version is None else self.version(version)
        if not served.ready:
            reason = served.problem or f"Endpoint '{self.name}' lost the process of its model and starts it again"
            raise Unavailable(reason, served.pause())
        return served

    def _revision(self, number: int) -> Served:
        served = self._by_revision.get(number)
        if served is None:
            known = ", ".join(map(str, sorted(self._by_revision)))
            raise NotFound(f"Endpoint '{self.name}' serves revision {known}, not {number}")
        return served


def _place(name: str, key: str) -> int:
    """The same for the same key of the same endpoint, from 0 to 99."""
    digest = hashlib.blake2b(key.encode(), digest_size=8, key=name.encode()[:64]).digest()
    return int.from_bytes(digest) % ALL
