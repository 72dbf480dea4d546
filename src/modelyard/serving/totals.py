"""What became of requests since their model is served, by version."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelyard.serving.directory import Directory
from modelyard.serving.served import Served


@dataclass(slots=True)
class Totals:
    """Of a version of a model.

    `queued` are the seconds in which requests waited for a replica; `last` is when something was answered last, in
    milliseconds since the epoch, 0 for never.
    """

    name: str
    version: str
    answered: int = 0
    seconds: float = 0.0
    failed: int = 0
    lost: float = 0.0
    queued: float = 0.0
    last: int = 0

    @property
    def computing(self) -> float:
        """Seconds of answers apart from waiting."""
        return max(self.seconds - self.queued, 0.0)


def of_all(directory: Directory, names: Iterable[str]) -> Sequence[Totals]:
    """Of those of these models that are served now, all versions."""
    routes = ((name, directory.route(name)) for name in names)
    return [one for name, route in routes if route is not None for one in _by_version(name, route.all)]


def of_model(directory: Directory, name: str, version: str | None) -> Sequence[Totals]:
    """Of one version, or of all. Raises NotFound, and Unavailable when it is not served now."""
    route = directory.route(name)
    if route is None:
        return _by_version(name, [directory.lookup(name, version)])
    known = None if version is None else route.version(version).model_version
    return [one for one in _by_version(name, route.all) if known is None or one.version == known]


def _by_version(name: str, revisions: Iterable[Served]) -> Sequence[Totals]:
    found: dict[str, Totals] = {}
    began = time.time() - time.monotonic()
    for served in revisions:
        seen = served.statistics
        total = found.setdefault(served.model_version, Totals(name, served.model_version))
        total.answered += seen.answered
        total.seconds += seen.seconds
        total.failed += seen.failed + seen.refused + seen.shed
        total.lost += seen.lost
        total.queued += seen.queued
        total.last = max(total.last, round((began + seen.last) * 1000) if seen.last else 0)
    return list(found.values())
