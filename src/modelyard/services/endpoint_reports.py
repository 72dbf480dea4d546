import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from modelyard.domain import model_uris
from modelyard.domain.endpoint_status import EndpointDetail, RevisionStatus, Status
from modelyard.domain.endpoints import Endpoint, Revision
from modelyard.domain.errors import Conflict, InvalidInput, InvalidState, NotFound
from modelyard.domain.events import Event
from modelyard.domain.models import ResolvedModel
from modelyard.domain.principals import SYSTEM, Resource
from modelyard.domain.rollouts import Strategy
from modelyard.kit.clock import now_ms
from modelyard.services import model_lineage
from modelyard.services.endpoint_changes import Draft, EndpointChanges
from modelyard.services.endpoints import introduce, introduce_instead
from modelyard.services.journal import event
from modelyard.storage import endpoints as storage
from modelyard.storage import events, model_aliases
from modelyard.storage.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class _Followed:
    """An alias, and the revision that came by it `last`.

    What it names next takes that one's `place`; 0: it is introduced as any new revision is.
    """

    endpoint: Endpoint
    uri: str
    last: Revision
    passed_over: str = ""
    place: int = 0


class EndpointReports:
    """What the controllers of endpoints read and write beside the use cases of everybody."""

    def __init__(self, database: Database, changes: EndpointChanges) -> None:
        self._database = database
        self._changes = changes

    async def fingerprint(self) -> tuple[object, ...]:
        """Another one whenever something else is wanted, by whichever server on the same database."""
        return await self._database.read(lambda transaction: storage.fingerprint(transaction, SYSTEM.workspace_id))

    async def changed(self, known: Mapping[str, int]) -> Sequence[EndpointDetail]:
        """The endpoints that are of another generation than is known of them; no others are read."""

        def work(transaction: Transaction) -> Sequence[EndpointDetail]:
            now = storage.generations(transaction, SYSTEM.workspace_id)
            names = [name for name, generation in now.items() if known.get(name) != generation]
            return storage.details(transaction, SYSTEM.workspace_id, names) if names else ()

        return await self._database.read(work)

    async def report(self, name: str, status: Status | None, revisions: Sequence[RevisionStatus] = ()) -> None:
        """What is seen of an endpoint and of some of its revisions; a change of phase is an event."""
        now = now_ms()

        def work(transaction: Transaction) -> None:
            pk = storage.lock(transaction, SYSTEM.workspace_id, name)
            if pk is None:
                return
            known = storage.models_of(transaction, pk, [one.number for one in revisions])
            for one in (one for one in revisions if one.number in known):
                storage.put_revision_status(transaction, SYSTEM.workspace_id, pk, replace(one, updated_at=now))
            if status is None:
                return
            before = storage.put_status(transaction, pk, replace(status, updated_at=now))
            if before.phase is not status.phase:
                of = Resource("endpoint", name)
                moved = event(SYSTEM, "endpoint.moved", of, phase=status.phase, message=status.message[:500])
                events.record(transaction, moved)

        await self._database.write(work)

    async def forget(self, name: str) -> None:
        """Deletes an endpoint that was removed, once nothing of it runs."""
        await self._database.write(lambda transaction: storage.forget(transaction, SYSTEM.workspace_id, name))

    async def follow(self, endpoints: Sequence[Endpoint]) -> None:
        """Deploys what the aliases that these endpoints follow name now, where that is not what was deployed last.

        Served as before, and introduced by the rollout's plan where it has one. An alias that is gone, or that nobody
        can read, changes nothing.
        """
        followed = [found for one in endpoints for found in _followed(one)]
        if not followed:
            return
        for one, named in await self._database.read(partial(_moved, followed)):
            try:
                await self._deploy(one, named)
            except Conflict:  # changed meanwhile: the next look decides
                self._changes.alias_moved = True
            except (NotFound, InvalidState):
                continue

    async def _deploy(self, one: _Followed, named: ResolvedModel) -> None:
        rollout = one.endpoint.rollouts[one.last.model]
        wanted = replace(one.last, model_uri=one.uri, location=named.location, model_version=named.label)

        def change(draft: Draft) -> Event:
            revision = replace(wanted, created_at=now_ms())
            if one.place:
                return introduce_instead(SYSTEM, draft, revision, one.place)
            return introduce(SYSTEM, draft, revision, Strategy(guard=rollout.guard, plan=rollout.plan))

        await self._changes.make(SYSTEM, one.endpoint.name, change, one.endpoint.generation)


def _moved(followed: Sequence[_Followed], transaction: Transaction) -> Sequence[tuple[_Followed, ResolvedModel]]:
    """What those aliases name now that do not name what was deployed last, or was passed over."""
    addresses = [model_uris.followed(one.uri) for one in followed]
    names = {address.name for address in addresses if address is not None}
    known = model_aliases.named(transaction, SYSTEM.workspace_id, sorted(names))
    found = []
    for one, address in zip(followed, addresses, strict=True):
        last, passed_over = one.last, one.passed_over
        number = None if address is None else known.get((address.name, address.alias))
        if address is None or (number is not None and str(number) == (passed_over or last.model_version)):
            continue
        with contextlib.suppress(NotFound, InvalidInput):  # which is one endpoint's affair
            named = model_lineage.resolve(transaction, SYSTEM, one.uri)
            if named.label != passed_over and (named.location, named.label) != (last.location, last.model_version):
                found.append((one, named))
    return found


def _followed(endpoint: Endpoint) -> Iterator[_Followed]:
    """Of several models beside each other, every one that came by an alias; else what the rollout follows."""
    latest = _latest(endpoint) if any(rollout.follows for rollout in endpoint.rollouts.values()) else {}
    for model, rollout in endpoint.rollouts.items():
        if rollout.base and rollout.canary:
            for number in (rollout.stable, *rollout.canaries):
                revision = endpoint.revision_of(number)
                if model_uris.followed(revision.model_uri) is not None:
                    passed_over = rollout.passed_over if number == rollout.stable else ""
                    yield _Followed(endpoint, revision.model_uri, revision, passed_over, number)
        elif rollout.follows:
            yield _Followed(endpoint, rollout.follows, latest[model], rollout.passed_over)


def _latest(endpoint: Endpoint) -> Mapping[str, Revision]:
    """Of each model the newest revision that came by the alias, else its newest; `revisions` go by number."""
    found: dict[str, Revision] = {}
    for revision in endpoint.revisions:
        rollout, before = endpoint.rollouts.get(revision.model), found.get(revision.model)
        uri = rollout.follows if rollout is not None else ""
        if before is None or revision.model_uri == uri or before.model_uri != uri:
            found[revision.model] = revision
    return found
