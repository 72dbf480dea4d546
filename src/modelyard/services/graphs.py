from collections.abc import Mapping, Sequence
from dataclasses import replace

from modelyard.domain import graph_status
from modelyard.domain.endpoints import checked_name, checked_new
from modelyard.domain.errors import AlreadyExists, NotFound
from modelyard.domain.graphs import Graph, GraphDetail, Wiring
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.services.authorize import authorize
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.journal import event
from modelyard.storage import endpoints, events
from modelyard.storage import graphs as storage
from modelyard.storage.database import Database, Transaction


class Graphs:
    """Use cases of graphs, which have their names where endpoints have theirs.

    An endpoint that a graph asks need not be there: then the graph says so in its status, and answers 503.
    """

    def __init__(self, database: Database, changes: EndpointChanges) -> None:
        self._database = database
        self._changes = changes

    async def apply(
        self, principal: Principal, name: str, wiring: Wiring, attributes: Mapping[str, str]
    ) -> tuple[Graph, bool]:
        """Wants requests for `name` to be answered by this wiring; says whether that is new, which the attributes tell.

        Raises PermissionDenied, InvalidInput for a bad name, AlreadyExists where an endpoint has it.
        """
        authorize(principal, "endpoints.deploy", Resource("graph", name))
        checked_name(name)
        now = now_ms()

        def work(transaction: Transaction) -> tuple[Graph, bool]:
            if endpoints.lock(transaction, principal.workspace_id, name) is not None:
                raise AlreadyExists(f"There is an endpoint '{name}'; give the graph another name")
            before = storage.by_name(transaction, principal.workspace_id, name)
            if before is None:
                checked_new(name)
            wanted = Graph(name, wiring, 1, now, now, attributes)
            if before is not None:
                if before.attributes == attributes:
                    return before, False
                wanted = replace(wanted, generation=before.generation + 1, created_at=before.created_at)
            storage.put(transaction, principal.workspace_id, wanted)
            asked = ", ".join(wiring.services)[:500]
            events.record(transaction, event(principal, "graph.applied", Resource("graph", name), endpoints=asked))
            return wanted, True

        applied = await self._database.write(work)
        self._changes.changed.set()
        return applied

    async def get(self, principal: Principal, name: str) -> GraphDetail:
        """Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.read", Resource("graph", name))

        def work(transaction: Transaction) -> GraphDetail:
            found = storage.by_name(transaction, principal.workspace_id, name)
            if found is None:
                raise _not_found(name)
            return _seen(transaction, principal, [found])[0]

        return await self._database.read(work)

    async def list(self, principal: Principal) -> Sequence[GraphDetail]:
        """All of the workspace, by name. Raises PermissionDenied."""
        authorize(principal, "endpoints.read", Resource("graph"))
        return await self._database.read(
            lambda transaction: _seen(transaction, principal, storage.everything(transaction, principal.workspace_id))
        )

    async def remove(self, principal: Principal, name: str) -> None:
        """Its endpoints stay. Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.delete", Resource("graph", name))

        def work(transaction: Transaction) -> None:
            if not storage.remove(transaction, principal.workspace_id, name):
                raise _not_found(name)
            events.record(transaction, event(principal, "graph.removed", Resource("graph", name)))

        await self._database.write(work)
        self._changes.changed.set()

    async def fingerprint(self) -> tuple[object, ...]:
        """Another one whenever something else is wanted: for controllers."""
        return await self._database.read(lambda transaction: storage.fingerprint(transaction, SYSTEM.workspace_id))

    async def wanted(self) -> Sequence[Graph]:
        """All graphs: for controllers."""
        return await self._database.read(lambda transaction: storage.everything(transaction, SYSTEM.workspace_id))


def _seen(transaction: Transaction, principal: Principal, found: Sequence[Graph]) -> list[GraphDetail]:
    names = {service.partition("/")[0] for graph in found for service in graph.wiring.services}
    statuses = storage.statuses(transaction, principal.workspace_id, sorted(names))
    return [GraphDetail(graph, graph_status.conditions(graph, statuses)) for graph in found]


def _not_found(name: str) -> NotFound:
    return NotFound(f"There is no graph '{name}'")
