"""How a graph is, given how the endpoints are that it asks; in KServe's words where it has some."""

from collections.abc import Mapping

from modelyard.domain.endpoint_status import Condition, Phase, Status, Truth
from modelyard.domain.graphs import Graph

NOT_FOUND = "ServiceNotFound"
NOT_READY = "ServiceNotReady"
_ANSWERS = "PredictorReady"


def conditions(graph: Graph, statuses: Mapping[str, Status]) -> tuple[Condition, ...]:
    """`ServicesResolved`: all of its endpoints exist; `Ready`: all of them answer. `since` is 0 where nobody knows."""
    names = {service: service.partition("/")[0] for service in graph.wiring.services}
    missing = [service for service, name in names.items() if name not in statuses]
    if missing:
        message = f"There is no endpoint {_listed(missing)}"
        return (
            Condition("ServicesResolved", Truth.FALSE, NOT_FOUND, message),
            Condition("Ready", Truth.FALSE, NOT_FOUND, message),
        )
    since = {service: _answering(statuses[name]) for service, name in names.items()}
    resolved = Condition("ServicesResolved", Truth.TRUE, since=graph.updated_at)
    waiting = [service for service, one in since.items() if one is None or one.status is not Truth.TRUE]
    changed = max(graph.updated_at, *(one.since for one in since.values() if one is not None), 0)
    if not waiting:
        return resolved, Condition("Ready", Truth.TRUE, since=changed)
    down = any(statuses[names[service]].phase in {Phase.FAILED, Phase.STOPPED} for service in waiting)
    truth = Truth.FALSE if down else Truth.UNKNOWN
    return resolved, Condition("Ready", truth, NOT_READY, f"Endpoint {_listed(waiting)} does not answer", changed)


def _answering(status: Status) -> Condition | None:
    return next((one for one in status.conditions if one.type == _ANSWERS), None)


def _listed(services: list[str]) -> str:
    return ", ".join(f"'{one}'" for one in services[:10])
