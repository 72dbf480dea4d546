"""How what is wanted of an endpoint changes: one change after the other, each with its event."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from modelyard.domain.endpoint_status import EndpointDetail
from modelyard.domain.endpoints import Endpoint
from modelyard.domain.errors import Conflict, InvalidState, NotFound
from modelyard.domain.events import Event
from modelyard.domain.principals import Principal
from modelyard.domain.rollouts import Rollout
from modelyard.storage import endpoints as storage
from modelyard.storage import events
from modelyard.storage.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Draft:
    """An endpoint that is about to change; its row is locked."""

    transaction: Transaction
    pk: int
    detail: EndpointDetail

    def rollout(self, model: str) -> Rollout:
        """Raises NotFound when the endpoint has no such model."""
        found = self.detail.endpoint.rollouts.get(model)
        if found is None:
            raise no_model(self.detail.endpoint, model)
        return found


class EndpointChanges:
    """`changed` is set after every change, so that whoever makes it real need not wait for the next look.

    `alias_moved` says that what endpoints follow may name another version than it did at the last look.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed = asyncio.Event()
        self.alias_moved = True

    def moved(self) -> None:
        """An alias may name another version now."""
        self.alias_moved = True
        self.changed.set()

    async def make(
        self, principal: Principal, name: str, change: Callable[[Draft], Event], generation: int | None = None
    ) -> Endpoint:
        """The endpoint after `change`, which answers the event to record.

        Raises NotFound, InvalidState for an endpoint on its way out, Conflict when it is not of `generation` any more.
        """

        def work(transaction: Transaction) -> Endpoint:
            draft = open_draft(transaction, principal, name)
            check_generation(draft.detail.endpoint, generation)
            if draft.detail.endpoint.removed:
                raise InvalidState(f"Endpoint '{name}' is being removed")
            events.record(transaction, change(draft))
            return existing(transaction, principal, name).endpoint

        return await self.write(work)

    async def write(self, work: Callable[[Transaction], Endpoint]) -> Endpoint:
        """What `work` answers, once it is on disk."""
        endpoint = await self._database.write(work)
        self.changed.set()
        return endpoint


def open_draft(transaction: Transaction, principal: Principal, name: str, model: str | None = None) -> Draft:
    """With `model`, of many models only that one is looked at. Raises NotFound."""
    pk = storage.lock(transaction, principal.workspace_id, name)
    if pk is None:
        raise not_found(name)
    return Draft(transaction, pk, existing(transaction, principal, name, model))


def existing(transaction: Transaction, principal: Principal, name: str, model: str | None = None) -> EndpointDetail:
    """Raises NotFound."""
    found = storage.details(transaction, principal.workspace_id, [name], model)
    if not found:
        raise not_found(name)
    return found[0]


def check_generation(endpoint: Endpoint, generation: int | None) -> None:
    """Raises Conflict when the endpoint was changed since the caller looked."""
    if generation is not None and generation != endpoint.generation:
        raise Conflict(
            f"Endpoint '{endpoint.name}' has changed meanwhile: it is at generation {endpoint.generation}, "
            f"not {generation}; look again"
        )


def not_found(name: str) -> NotFound:
    """Where there is no such endpoint."""
    return NotFound(f"There is no endpoint '{name}'")


def no_model(endpoint: Endpoint, model: str) -> NotFound:
    """Where the endpoint has no such model."""
    known = ", ".join(f"'{one}'" for one in endpoint.rollouts if one)
    if not model:
        return NotFound(f"Endpoint '{endpoint.name}' has several models; name one of {known[:500]}")
    return NotFound(
        f"Endpoint '{endpoint.name}' has no model '{model[:150]}'{f'; it has {known[:500]}' if known else ''}"
    )
