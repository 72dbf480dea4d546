import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from modelyard.controllers import statuses
from modelyard.controllers.lineup import Lineup
from modelyard.controllers.replica_sets import Means
from modelyard.domain.endpoint_status import EndpointDetail, RevisionStatus, Status
from modelyard.domain.endpoints import Revision, Wanted, address
from modelyard.domain.errors import ModelyardError
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.serving.directory import Directory

log = logging.getLogger("modelyard.endpoints")
AGAIN = 2.0
CALM = 0.02
"""Seconds between two reports at least."""
MOST_OF_THE_TIME = 10
"""So many times as long as the last one took is waited for the next, so that many models do not take all the time."""


class Reconciler:
    """Makes one endpoint what it is wanted to be, model by model, and reports what it sees."""

    def __init__(self, detail: EndpointDetail, means: Means, directory: Directory, reports: EndpointReports) -> None:
        self.endpoint = detail.endpoint
        self.lineups: dict[str, Lineup] = {}
        self._means = means
        self._directory = directory
        self._reports = reports
        self._told = detail.status
        self._told_of = {one.number: one for one in detail.revisions}
        self._leaving: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._spent = 0.0
        self._reporter = asyncio.create_task(self._report(), name=f"reports of {self.endpoint.name}")
        self.want(detail)

    def want(self, detail: EndpointDetail) -> None:
        """What is wanted from now on."""
        self.endpoint = endpoint = detail.endpoint
        for model in [model for model in self.lineups if model not in endpoint.rollouts]:
            self._let_go(self.lineups.pop(model))
        known: Mapping[int, RevisionStatus] = self._told_of | {
            one.number: one for one in detail.revisions if one.number not in self._told_of
        }
        revisions: dict[str, list[Revision]] = defaultdict(list)
        for revision in endpoint.revisions:
            revisions[revision.model].append(revision)
        for model, rollout in endpoint.rollouts.items():
            lineup = self.lineups.get(model)
            if lineup is None:
                name = address(endpoint.name, model)
                lineup = self.lineups[model] = Lineup(name, self._means, self._directory, self._news.set)
            wanted = replace(rollout, stopped=True) if endpoint.wanted is Wanted.STOPPED else rollout
            if wanted != lineup.rollout:  # of many models one has changed
                lineup.want(wanted, revisions[model], known)
        self._news.set()

    def scale(self, now: float) -> None:
        """Looks at the load of everything."""
        for lineup in self.lineups.values():
            lineup.scale(now)

    async def stop(self, *, removed: bool) -> None:
        """Ends everything of the endpoint, after the requests that are running."""
        self._reporter.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reporter
        await asyncio.gather(*(lineup.stop(removed=removed) for lineup in self.lineups.values()), *self._leaving)

    def _let_go(self, lineup: Lineup) -> None:
        leaving = asyncio.create_task(lineup.stop(removed=True))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _report(self) -> None:
        """Tells what is new. Models go on answering while the database does not."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._tell()
                await asyncio.sleep(max(CALM, MOST_OF_THE_TIME * self._spent))
            except ModelyardError as error:
                log.warning("endpoint %s: its status could not be reported: %s", self.endpoint.name, error.message)
                self._news.set()
                await asyncio.sleep(AGAIN)
            except Exception:
                log.exception("endpoint %s: its status could not be reported", self.endpoint.name)
                await asyncio.sleep(AGAIN)

    async def _tell(self) -> None:
        started = time.monotonic()
        seen = statuses.status(self.endpoint, self.lineups, self._told)
        news: Status | None = None if _same(seen, self._told) else seen
        of_revisions = [one for one in self._seen() if not self._is_told(one)]
        self._spent = time.monotonic() - started
        if news is None and not of_revisions:
            return
        await self._reports.report(self.endpoint.name, news, of_revisions)
        if news is not None and news.phase is not self._told.phase:
            log.info("endpoint %s is %s", self.endpoint.name, ": ".join(filter(None, (news.phase, news.message))))
        self._told = news or self._told
        self._told_of |= {one.number: one for one in of_revisions}

    def _is_told(self, seen: RevisionStatus) -> bool:
        """What a server before us has told is not told again: when it came to be so is worth knowing."""
        told = self._told_of.get(seen.number)
        return told is not None and replace(seen, updated_at=told.updated_at) == told

    def _seen(self) -> list[RevisionStatus]:
        """Of all that run, and of those that do no longer."""
        running = [one for lineup in self.lineups.values() for one in statuses.revisions(lineup)]
        numbers = {one.number for one in running}
        gone = [statuses.gone(one) for one in self._told_of.values() if one.number not in numbers]
        return [*running, *gone]


def _same(one: Status, other: Status) -> bool:
    return replace(one, updated_at=0) == replace(other, updated_at=0)
