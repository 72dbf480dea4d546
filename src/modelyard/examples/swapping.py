"""A version takes over from another while people ask, and every answer is counted."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

import httpx

from modelyard.domain import errors
from modelyard.examples import deploying, parity
from modelyard.examples.parity import Promise
from modelyard.examples.reporting import Reporter

ASKERS = 4
PAUSE = 0.005
PATIENCE = 300.0
# Percent of the requests that the newcomer gets, and how many answers it gives before it gets more.
STEPS = ((10, 20), (50, 100), (100, 200))


@dataclass(frozen=True, slots=True)
class Counted:
    """Right answers by version, answers that were not that version's, and what the failures said."""

    right: Mapping[int, int]
    wrong: int
    failures: Sequence[str]


class Crowd:
    """A few who ask, one row after another each; `promises` by version say what is right."""

    def __init__(self, invocations: str, promises: Mapping[int, Promise]) -> None:
        self._url = invocations
        self._promises = promises
        self._right: Counter[int] = Counter()
        self._wrong = 0
        self._failures: list[str] = []
        self._news = threading.Condition()
        self._over = threading.Event()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """For as long as the block lasts. What was asked is answered before this returns."""
        with ThreadPoolExecutor(ASKERS) as pool:
            askers = [pool.submit(self._ask, number) for number in range(ASKERS)]
            try:
                yield
            finally:
                self._over.set()
        for asker in askers:
            asker.result()

    def until(self, version: int, answers: int) -> None:
        """Waits until a version has given so many more. Raises Unavailable when it does not."""
        with self._news:
            wanted = self._right[version] + answers
            if not self._news.wait_for(lambda: self._right[version] >= wanted, PATIENCE):
                told = f"; a request failed: {self._failures[-1]}" if self._failures else ""
                raise errors.Unavailable(f"Version {version} does not answer at {self._url}{told}")

    def counted(self) -> Counted:
        with self._news:
            right = {version: self._right[version] for version in self._promises}
            return Counted(right, self._wrong, tuple(self._failures))

    def _ask(self, first: int) -> None:
        rows = next(iter(self._promises.values())).requests()
        with httpx.Client(timeout=deploying.TIMEOUT) as http:
            for at in islice(cycle(range(len(rows))), first, None):
                if self._over.wait(PAUSE):
                    return
                self._ask_one(http, at, rows[at])

    def _ask_one(self, http: httpx.Client, at: int, row: deploying.Row) -> None:
        try:
            answer = deploying.ask(http, self._url, [row])
        except errors.ModelyardError as error:
            with self._news:
                self._failures.append(error.message)
            return
        promised = self._promises.get(answer.version)
        right = promised is not None and parity.same(promised.predictions[at], answer.predictions[0])
        with self._news:
            if right:
                self._right[answer.version] += 1
                self._news.notify_all()
            else:
                self._wrong += 1


def swap(
    model_uri: str,
    endpoint: str,
    invocations: str,
    promises: Mapping[int, Promise],
    reporter: Reporter,
    deployer: deploying.Deployer,
) -> Counted:
    """The last of `promises` takes over from the one before, as `model_uri` names it, step by step and under load.

    Raises InvalidState when an answer was lost, or was not that of the version it said it was of.
    """
    newcomer = list(promises)[-1]
    crowd = Crowd(invocations, promises)
    with reporter.progress("Swapping", len(STEPS)) as advance, crowd.asking():
        for percent, answers in STEPS:
            if percent == STEPS[0][0]:
                deployer.introduce(model_uri, endpoint, percent)
            else:
                deployer.share(endpoint, percent)
            crowd.until(newcomer, answers)
            advance()
    counted = crowd.counted()
    rows = [[f"version {version}", f"{counted.right[version]:,}"] for version in promises]
    rows += [["wrong", f"{counted.wrong:,}"], ["failed", f"{len(counted.failures):,}"]]
    reporter.table("Answers meanwhile", ["by", "answers"], rows)
    if counted.wrong or counted.failures:
        first = f"; the first failure: {counted.failures[0]}" if counted.failures else ""
        told = f"{len(counted.failures)} requests failed and {counted.wrong} answers were wrong"
        raise errors.InvalidState(f"The swap of endpoint {endpoint} was not without loss: {told}{first}")
    return counted
