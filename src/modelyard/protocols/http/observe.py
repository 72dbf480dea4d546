"""What is seen of each request: its id, a log line, and counters."""

import logging
import random
import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

request_id: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("modelyard.access")
SLOW = 10.0
"""Seconds after which an answer is worth a warning."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BOUNDS = (*map(str, _BUCKETS), "+Inf")
_random_bits = random.Random().getrandbits  # noqa: S311 - an id is no secret


def begin(headers: Mapping[str, str]) -> str:
    """Takes the caller's X-Request-Id where it is a sane one, else makes one."""
    given = headers.get("x-request-id", "")
    chosen = given if given and _ID.fullmatch(given) else f"{_random_bits(64):016x}"
    request_id.set(chosen)
    return chosen


class Observer(Collector):
    """Counts and times requests by route, never by path, so that the number of series is bounded.

    All requests are seen by one thread, so plain numbers do, which are put into Prometheus's words when it asks.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._in_flight = 0
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._took: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        registry.register(self)

    def began(self) -> float:
        """The moment, for `finished`."""
        self._in_flight += 1
        return time.perf_counter()

    def finished(self, method: str, route: str, path: str, status: int, began: float) -> None:
        seconds = time.perf_counter() - began
        self._in_flight -= 1
        self._answered[method, route, status] += 1
        if route not in self._took:
            self._took[route], self._seconds[route] = [0] * len(_BOUNDS), 0.0
        self._took[route][bisect_left(_BUCKETS, seconds)] += 1
        self._seconds[route] += seconds
        level = logging.WARNING if status >= 500 or seconds >= SLOW else logging.INFO
        if log.isEnabledFor(level):
            fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 2)}
            log.log(level, "%s %s %d in %.1f ms", method, path, status, seconds * 1000, extra={"fields": fields})

    @property
    def answered(self) -> Mapping[tuple[str, str, int], int]:
        """How many requests by method, route and status."""
        return self._answered

    def times(self) -> Iterable[tuple[str, list[tuple[str, float]], float]]:
        """Of each route, how many requests took at most so long, and the seconds of all."""
        for route, counts in self._took.items():
            yield route, list(zip(_BOUNDS, accumulate(counts), strict=True)), self._seconds[route]

    def collect(self) -> Iterable[Metric]:
        answered = CounterMetricFamily(
            "modelyard_http_requests", "Requests answered", labels=("method", "route", "status")
        )
        for (method, route, status), count in self._answered.items():
            answered.add_metric((method, route, str(status)), count)
        took = HistogramMetricFamily("modelyard_http_request_seconds", "Time to answer", labels=("route",))
        for route, buckets, seconds in self.times():
            took.add_metric((route,), buckets, seconds)
        in_flight = GaugeMetricFamily("modelyard_http_requests_in_flight", "Requests being answered", self._in_flight)
        return answered, took, in_flight
