import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from modelyard.domain.endpoints import Endpoint, EndpointDetail, Revision, Status, checked_name
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.services.model_versions import ModelVersions
from modelyard.storage import endpoints as storage
from modelyard.storage import events
from modelyard.storage.database import Database, Transaction

ENVIRONMENTS = ("local", "uv")
MOST_LOG_LINES = 10_000


class Endpoints:
    """Use cases of endpoints: they write what is wanted; a controller makes it so and reports what it sees.

    `changed` is set whenever something else is wanted, so that the controller need not wait for its next look.
    `read_log(name, lines)` gives the last lines that an endpoint's replicas wrote.
    """

    def __init__(self, database: Database, versions: ModelVersions, read_log: Callable[[str, int], str]) -> None:
        self._database = database
        self._versions = versions
        self._read_log = read_log
        self.changed = asyncio.Event()

    async def deploy(self, principal: Principal, name: str, model_uri: str, environment: str = "local") -> Endpoint:
        """Wants the model at `model_uri` under `name`: a new endpoint, or a new revision of an existing one.

        The URI is resolved now, so an alias that moves later does not change what is served.
        Raises PermissionDenied, InvalidInput for a bad name, URI or environment, NotFound for an unknown model.
        """
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))
        checked_name(name)
        if environment not in ENVIRONMENTS:
            raise InvalidInput(f"Unknown environment '{environment[:50]}'; use one of {', '.join(ENVIRONMENTS)}")
        model = await self._versions.resolve(principal, model_uri)
        wanted = Revision(0, model_uri, model.location, model.label, environment, now_ms())

        def work(transaction: Transaction) -> Endpoint:
            storage.put(transaction, principal.workspace_id, name, wanted)
            made = _existing(transaction, principal, name).endpoint
            deployed = event(
                principal,
                "endpoint.deployed",
                Resource("endpoint", name),
                model=model_uri,
                version=model.label,
                revision=made.revision.number,
                environment=environment,
            )
            events.record(transaction, deployed)
            return made

        endpoint = await self._database.write(work)
        self.changed.set()
        return endpoint

    async def get(self, principal: Principal, name: str) -> EndpointDetail:
        """Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.read", Resource("endpoint", name))
        return await self._database.read(lambda transaction: _existing(transaction, principal, name))

    async def list(self, principal: Principal) -> Sequence[EndpointDetail]:
        """All of the workspace by name, those being removed too. Raises PermissionDenied."""
        authorize(principal, "endpoints.read", Resource("endpoint"))
        return await self._database.read(partial(_details, principal.workspace_id))

    async def remove(self, principal: Principal, name: str) -> None:
        """Wants the endpoint gone; its running requests finish. Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.delete", Resource("endpoint", name))

        def work(transaction: Transaction) -> None:
            _existing(transaction, principal, name)
            storage.remove(transaction, principal.workspace_id, name, now_ms())
            events.record(transaction, event(principal, "endpoint.removed", Resource("endpoint", name)))

        await self._database.write(work)
        self.changed.set()

    async def logs(self, principal: Principal, name: str, lines: int) -> str:
        """The last lines its replicas wrote. Raises PermissionDenied, NotFound, InvalidInput over 10,000 lines."""
        authorize(principal, "endpoints.read", Resource("endpoint", name))
        if not 1 <= lines <= MOST_LOG_LINES:
            raise InvalidInput(f"Ask for 1 to {MOST_LOG_LINES} lines of log, not {lines}")
        await self.get(principal, name)
        return await asyncio.to_thread(self._read_log, name, lines)

    async def report(self, name: str, status: Status) -> None:
        """What the controller sees of an endpoint; a change of phase is an event."""
        seen = replace(status, updated_at=now_ms())

        def work(transaction: Transaction) -> None:
            before = storage.details(transaction, SYSTEM.workspace_id, name)
            storage.report(transaction, SYSTEM.workspace_id, name, seen)
            if before and before[0].status.phase is not seen.phase:
                moved = event(
                    SYSTEM, "endpoint.moved", Resource("endpoint", name), phase=seen.phase, message=seen.message[:500]
                )
                events.record(transaction, moved)

        await self._database.write(work)

    async def forget(self, name: str) -> None:
        """Deletes an endpoint that was removed, once nothing of it runs."""
        await self._database.write(lambda transaction: storage.forget(transaction, SYSTEM.workspace_id, name))


def _details(workspace_id: int, transaction: Transaction) -> Sequence[EndpointDetail]:
    return storage.details(transaction, workspace_id)


def _existing(transaction: Transaction, principal: Principal, name: str) -> EndpointDetail:
    found = storage.details(transaction, principal.workspace_id, name)
    if not found:
        raise NotFound(f"There is no endpoint '{name}'")
    return found[0]
