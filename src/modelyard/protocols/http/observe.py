"""What is seen of each request: its id, a log line, and counters."""

import logging
import re
import secrets
import time
from collections.abc import Mapping
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

request_id: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("modelyard.access")
SLOW = 10.0
"""Seconds after which an answer is worth a warning."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def begin(headers: Mapping[str, str]) -> str:
    """Takes the caller's X-Request-Id where it is a sane one, else makes one."""
    given = headers.get("x-request-id", "")
    chosen = given if _ID.fullmatch(given) else secrets.token_hex(8)
    request_id.set(chosen)
    return chosen


class Observer:
    """Counts and times requests by route, never by path, so that the number of series is bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "modelyard_http_requests", "Requests answered", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "modelyard_http_request_seconds", "Time to answer", ("route",), registry=registry, buckets=_BUCKETS
        )
        self.in_flight = Gauge("modelyard_http_requests_in_flight", "Requests being answered", registry=registry)
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def finished(self, method: str, route: str, path: str, status: int, started: float) -> None:
        """`started` is what time.perf_counter() said when the request came in."""
        seconds = time.perf_counter() - started
        key = (method, route, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._requests.labels(method, route, str(status))
        counter.inc()
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._seconds.labels(route)
        timer.observe(seconds)
        level = logging.WARNING if status >= 500 or seconds >= SLOW else logging.INFO
        if log.isEnabledFor(level):
            fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 2)}
            log.log(level, "%s %s %d in %.1f ms", method, path, status, seconds * 1000, extra={"fields": fields})
