"""What a revision's answers were like lately and in all; noting one takes the same time however many there are."""

import math
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

LONGEST = 300
"""Seconds that are looked back at most."""
PER_OCTAVE = 8
"""Latencies are told apart by a twelfth part or so."""
_SHORTEST = 1e-6


@dataclass(slots=True)
class _Second:
    at: int
    answered: int = 0
    failed: int = 0
    refused: int = 0
    latencies: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """`answered` predictions came, `failed` ones did not, and `refused` ones were asked wrongly, says the model."""

    answered: int
    failed: int
    refused: int
    p50: float
    p90: float
    p99: float

    @property
    def asked(self) -> int:
        return self.answered + self.failed + self.refused


@dataclass(slots=True)
class Compared:
    """A shadow's answers beside those that were returned; `dropped` ones were not asked for, to save time."""

    equal: int = 0
    different: int = 0
    failed: int = 0
    dropped: int = 0


@dataclass(slots=True)
class Explained:
    """The explanations among the answers."""

    seconds: float = 0.0
    latencies: dict[int, int] = field(default_factory=dict)


class Statistics:
    """Of one revision. Times are those of `time.monotonic`.

    `latencies` count all answers by how long they took, `explained` those among them that were explanations.
    `seconds` are those of all answers, `lost` those of requests without one, `queued` those in which answers waited for
    a replica. `retried` requests were asked once more, as their replica ended.
    """

    __slots__ = (
        "_now",
        "_seconds",
        "answered",
        "compared",
        "explained",
        "failed",
        "last",
        "latencies",
        "lost",
        "queued",
        "refused",
        "retried",
        "seconds",
        "shed",
    )

    def __init__(self) -> None:
        self._seconds: deque[_Second] = deque()
        self._now = _Second(-1)
        self.answered = 0
        self.failed = 0
        self.refused = 0
        self.retried = 0
        self.shed = 0
        self.seconds = 0.0
        self.lost = 0.0
        self.queued = 0.0
        self.last = 0.0
        self.compared = Compared()
        self.latencies: dict[int, int] = {}
        self.explained = Explained()

    def answer(self, now: float, seconds: float) -> None:
        """A prediction came after so many seconds."""
        this = self._now if self._now.at == int(now) else self._next(int(now))
        this.answered += 1
        place = _place(seconds)
        this.latencies[place] = this.latencies.get(place, 0) + 1
        self.latencies[place] = self.latencies.get(place, 0) + 1
        self.answered += 1
        self.seconds += seconds
        self.last = now

    def explain(self, seconds: float) -> None:
        """What was answered was an explanation."""
        place = _place(seconds)
        self.explained.seconds += seconds
        self.explained.latencies[place] = self.explained.latencies.get(place, 0) + 1

    def fail(self, now: float, seconds: float = 0.0) -> None:
        """The model or its process failed, or was too slow."""
        (self._now if self._now.at == int(now) else self._next(int(now))).failed += 1
        self.failed += 1
        self.lost += seconds
        self.last = now

    def refuse(self, now: float, seconds: float = 0.0) -> None:
        """The model does not take what it was asked."""
        (self._now if self._now.at == int(now) else self._next(int(now))).refused += 1
        self.refused += 1
        self.lost += seconds
        self.last = now

    def lately(self, seconds: float, now: float | None = None) -> Summary:
        """What happened within the last `seconds`."""
        since = (time.monotonic() if now is None else now) - seconds
        return _summed(takewhile(lambda one: one.at + 1 > since, reversed(self._seconds)))

    def history(self, seconds: int, now: float | None = None) -> Sequence[tuple[int, Summary]]:
        """What happened in stretches of so many seconds, with when each began: the oldest first, the last not over."""
        this = int(time.monotonic() if now is None else now) // seconds
        stretches: dict[int, list[_Second]] = {}
        for one in self._seconds:
            stretches.setdefault(one.at // seconds, []).append(one)
        known = [place for place in stretches if place > this - LONGEST // seconds]
        first = min(known, default=this + 1)
        return [(place * seconds, _summed(stretches.get(place, ()))) for place in range(first, this + 1)]

    def _next(self, second: int) -> _Second:
        while self._seconds and self._seconds[0].at < second - LONGEST:
            self._seconds.popleft()
        self._now = _Second(second)
        self._seconds.append(self._now)
        return self._now


def octave(place: int) -> int:
    """Answers counted under `place` took less than two to the power of this, in seconds, and at least half of it."""
    return place // PER_OCTAVE + 1


def _summed(all_of: Iterable[_Second]) -> Summary:
    answered = failed = refused = 0
    latencies: dict[int, int] = {}
    for one in all_of:
        answered += one.answered
        failed += one.failed
        refused += one.refused
        for place, count in one.latencies.items():
            latencies[place] = latencies.get(place, 0) + count
    p50, p90, p99 = _quantiles(latencies, (0.5, 0.9, 0.99))
    return Summary(answered, failed, refused, p50, p90, p99)


def _place(seconds: float) -> int:
    return math.floor(math.log2(max(_SHORTEST, seconds)) * PER_OCTAVE)


def _quantiles(latencies: dict[int, int], wanted: tuple[float, ...]) -> tuple[float, ...]:
    """Seconds that so many answers stayed within, as if those of one class were spread out evenly."""
    total = sum(latencies.values())
    if not total:
        return (0.0,) * len(wanted)
    return tuple(2.0 ** (_place_of(quantile * total, latencies) / PER_OCTAVE) for quantile in wanted)


def _place_of(rank: float, latencies: dict[int, int]) -> float:
    for place in sorted(latencies):
        count = latencies[place]
        if rank <= count:
            return place + rank / count
        rank -= count
    return max(latencies) + 1.0
