from collections.abc import Sequence
from operator import attrgetter

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput
from modelyard.domain.events import Event
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.runs import Logged, Metric
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import run_log as storage
from modelyard.storage.database import Database
from modelyard.storage.runs import NAME_TAG

_KEY_OF = attrgetter("key")
_TIMESTAMP_OF = attrgetter("timestamp")
_MODEL_OF = attrgetter("model_id")
_FEW = 8


class RunLog:
    """Logging points, params and tags to runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log(self, principal: Principal, run_id: str, logged: Logged, *, numbered: bool = True) -> None:
        """Adds metrics, params and tags to a run, all or nothing; durable when it returns.

        What is refused is named by its place in the lists, unless these are not `numbered` since there is but one.

        Raises PermissionDenied; NotFound for an unknown run or model; InvalidInput for a bad key, a time below zero,
        a run in the trash, or a param that has another value already.
        Params over 6,000 and tags over 8,000 characters are cut.
        """
        resource = Resource("run", run_id)
        authorize(principal, "runs.log", resource)
        noted = _noted(principal, resource, logged)
        entry = storage.Entry(principal.workspace_id, run_id, _checked(logged, numbered=numbered), noted)
        await self._database.append(storage.append, entry)


def _checked(logged: Logged, *, numbered: bool) -> Logged:
    if len(logged.metrics) < _FEW or not _are_plain(logged.metrics):
        _check_metrics(logged.metrics, numbered=numbered)
    seen: set[str] = set()
    for key, _ in logged.params:
        if key in seen:
            raise InvalidInput(
                f"Duplicate parameter keys have been submitted: ['{key}']. Please ensure the request "
                "contains only one param value per param key."
            )
        seen.add(key)
    params = [
        (names.param_key(key, f"params[{at}].key" if numbered else "key"), names.param_value(value))
        for at, (key, value) in enumerate(logged.params)
    ]
    tags = [
        (names.tag_key(key, f"tags[{at}].key" if numbered else "key"), names.run_tag_value(value))
        for at, (key, value) in enumerate(logged.tags)
        if value or key != NAME_TAG  # a run is never left without a name
    ]
    return Logged(logged.metrics, params, tags)


def _are_plain(metrics: Sequence[Metric]) -> bool:
    """Whether there is nothing to look at more closely, without a turn of the interpreter for each point."""
    try:
        for key in set(map(_KEY_OF, metrics)):
            names.metric_key(key)
    except InvalidInput:
        return False
    return min(map(_TIMESTAMP_OF, metrics), default=0) >= 0 and not any(map(_MODEL_OF, metrics))


def _check_metrics(metrics: Sequence[Metric], *, numbered: bool) -> None:
    known: set[str] = set()
    for at, metric in enumerate(metrics):
        if metric.key not in known:
            known.add(names.metric_key(metric.key, f"metrics[{at}].name" if numbered else "name"))
        if metric.timestamp < 0:
            path = f"metrics[{at}].timestamp" if numbered else "timestamp"
            raise InvalidInput(
                f"Invalid value {metric.timestamp} for parameter '{path}' supplied: metric '{metric.key}' "
                f"(value={metric.value}). Timestamp must be a nonnegative long (64-bit integer)"
            )
        if metric.model_id and bool(metric.dataset_name) != bool(metric.dataset_digest):
            raise InvalidInput(
                "Both dataset_name and dataset_digest must be provided if one is provided, as for the metric "
                f"'{metric.key}'."
            )


def _noted(principal: Principal, resource: Resource, logged: Logged) -> Event | None:
    """Points carry their own times and are never changed, so they are no events; params and tags are."""
    if not logged.params and not logged.tags:
        return None
    keys = ",".join(key for key, _ in logged.tags)
    return event(principal, "run.logged", resource, params=len(logged.params), tags=keys[:1000])
