"""One look at an experiment in a browser that has never been there, and what it costs.

Who does not see what they look for gives up after a while, which then counts.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import TimeoutError as TooLate

from bench.figures import Figure, lower
from bench.servers import Running
from bench.ui import numbered
from bench.ui.sites import Site, see

_QUIET_MS = 2_000


@dataclass(frozen=True, slots=True)
class Look:
    """How many runs there are, down to which row one goes, and seconds: of idling, and until somebody gives up."""

    runs: int
    row: int
    idle: float
    patience: float


class Wire:
    """What a page asked for and got, as it was sent."""

    def __init__(self, session: CDPSession) -> None:
        self.asked = 0
        self._got: dict[str, int] = defaultdict(int)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.dataReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    @property
    def bytes(self) -> int:
        return sum(self._got.values())

    def _sent(self, event: dict[str, Any]) -> None:
        self.asked += event["request"]["url"].startswith("http")

    def _received(self, event: dict[str, Any]) -> None:
        self._got[event["requestId"]] += int(event["encodedDataLength"])

    def _finished(self, event: dict[str, Any]) -> None:
        self._got[event["requestId"]] = int(event["encodedDataLength"])


@dataclass(frozen=True, slots=True)
class Visit:
    page: Page
    wire: Wire
    session: CDPSession

    def measured(self, name: str) -> float:
        """One of Chromium's own counters of the page."""
        found = self.session.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in found if one["name"] == name)

    def settle(self) -> None:
        """Until nothing new is asked for."""
        before = -1
        while before != (before := self.wire.asked):
            self.page.wait_for_timeout(_QUIET_MS)


@contextmanager
def visiting(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # what it computes, not how long it waits
    try:
        yield Visit(page, Wire(session), session)
    finally:
        context.close()


def table(browser: Browser, up: Running, site: Site, look: Look) -> Iterator[Figure]:
    """The newest runs, then nothing for a while, then a row far down."""
    with visiting(browser) as visit:
        began = time.perf_counter()
        visit.page.goto(up.url + site.newest, wait_until="commit")
        see(visit.page, numbered.name(look.runs - 1), look.patience)
        yield lower("first rows are seen, cold", "s", time.perf_counter() - began)
        yield lower("CPU of the page until then", "s", visit.measured("TaskDuration"))
        visit.settle()
        yield lower("sent for it", "kB", visit.wire.bytes / 1000)
        yield lower("requests for it", "", visit.wire.asked)
        visit.session.send("HeapProfiler.collectGarbage")
        yield lower("JavaScript heap", "MB", visit.measured("JSHeapUsedSize") / 1e6)
        asked, sent = visit.wire.asked, visit.wire.bytes
        visit.page.wait_for_timeout(look.idle * 1000)
        yield lower("sent in an idle minute", "kB", (visit.wire.bytes - sent) / 1000 * 60 / look.idle)
        yield lower("requests in an idle minute", "", (visit.wire.asked - asked) * 60 / look.idle)
        yield from _further_down(visit, site, look)


def _further_down(visit: Visit, site: Site, look: Look) -> Iterator[Figure]:
    before, began = visit.measured("TaskDuration"), time.perf_counter()
    with suppress(TooLate):
        site.reach(visit.page, look.runs, look.row, look.patience)
    yield lower(f"row {look.row:,} is seen", "s", time.perf_counter() - began)
    yield lower("CPU of the page for it", "s", visit.measured("TaskDuration") - before)


def best(browser: Browser, up: Running, site: Site, look: Look) -> Iterator[Figure]:
    """The best of all runs, from an address that is opened for the first time."""
    with visiting(browser) as visit:
        began, before = time.perf_counter(), up.cpu_seconds()
        visit.page.goto(up.url + site.sorted, wait_until="commit")
        with suppress(TooLate):
            see(visit.page, numbered.name(numbered.best(look.runs)), look.patience)
        yield lower("best runs by a metric are seen, cold", "s", time.perf_counter() - began)
        yield lower("CPU of the server for it", "s", up.cpu_seconds() - before)
