import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from modelyard.domain import model_uris, outside_models, rollouts
from modelyard.domain.deployments import AS_USUAL, Deployment, Part
from modelyard.domain.endpoint_status import EndpointDetail, RevisionStatus
from modelyard.domain.endpoints import Endpoint, Revision, Wanted, checked_model, checked_name, checked_new
from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState
from modelyard.domain.events import Event
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.rollouts import Rollout, Strategy, Target, checked_strategy
from modelyard.domain.serving_options import ServingOptions, checked_options
from modelyard.kit.clock import now_ms
from modelyard.services import endpoint_changes
from modelyard.services.authorize import authorize
from modelyard.services.endpoint_changes import Draft, EndpointChanges, check_generation
from modelyard.services.journal import event
from modelyard.services.model_versions import ModelVersions
from modelyard.services.outside_models import OutsideModels, keep
from modelyard.storage import endpoints as storage
from modelyard.storage import events, graphs
from modelyard.storage.database import Database, Transaction

ENVIRONMENTS = ("local", "uv")
MOST_LOG_LINES = 10_000
ReadLog = Callable[[str, int | None, int], str]


class Endpoints:
    """Use cases of endpoints: they write what is wanted; a controller makes it so and reports what it sees.

    `read_log(name, revision, lines)` gives the last lines that the replicas of a revision wrote, of the newest one
    that wrote any when it is None.
    """

    def __init__(
        self,
        database: Database,
        versions: ModelVersions,
        changes: EndpointChanges,
        read_log: ReadLog,
        outside: OutsideModels | None = None,
    ) -> None:
        self._database = database
        self._versions = versions
        self._changes = changes
        self._read_log = read_log
        self._outside = outside or OutsideModels(database)

    async def deploy(
        self,
        principal: Principal,
        name: str,
        model_uri: str,
        how: Deployment = AS_USUAL,
    ) -> Endpoint:
        """Wants the model at `model_uri` under `name`: a new endpoint, or a new revision of an existing one.

        The URI is resolved now; one with an alias is followed when the alias moves. An endpoint that was stopped is
        wanted again.
        Raises PermissionDenied, InvalidInput for a bad name, URI, option or strategy, NotFound for an unknown model,
        AlreadyExists where a graph has the name, Conflict when the endpoint is not of `generation` any more.
        """
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))
        checked_name(name)
        checked_model(how.model)
        checked_strategy(how.strategy)
        revision = await self._resolved(principal, model_uri, how.options, how.model)

        def work(transaction: Transaction) -> Endpoint:
            draft = _opened(transaction, principal, name, how.model, revision.created_at)
            check_generation(draft.detail.endpoint, how.generation)
            if how.model not in draft.detail.endpoint.rollouts:
                checked_new("", how.model)
            events.record(transaction, introduce(principal, draft, revision, how.strategy, how.attributes))
            endpoint = endpoint_changes.existing(transaction, principal, name).endpoint
            if how.credentials is not None and outside_models.is_outside(model_uri):
                keep(transaction, principal, draft.pk, endpoint.revision.number, how.credentials)
            return endpoint

        return await self._changes.write(work)

    async def deploy_all(
        self, principal: Principal, name: str, parts: Sequence[Part], attributes: Mapping[str, str]
    ) -> Endpoint:
        """Wants several models under `name` at once, each with its share: the stable one first, then its canaries.

        What the endpoint serves in the same way already stays; the others are new revisions. Either all of it is
        wanted or nothing. Raises as `deploy` does.
        """
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))
        checked_name(name)
        revisions = [await self._resolved(principal, part.model_uri, part.options) for part in parts]

        def work(transaction: Transaction) -> Endpoint:
            draft = _opened(transaction, principal, name, "", revisions[0].created_at)
            for one in _share_out(principal, draft, list(zip(revisions, parts, strict=True)), attributes):
                events.record(transaction, one)
            return endpoint_changes.existing(transaction, principal, name).endpoint

        return await self._changes.write(work)

    async def _resolved(
        self, principal: Principal, model_uri: str, options: ServingOptions, model: str = ""
    ) -> Revision:
        """A revision without a number yet."""
        if options.environment not in ENVIRONMENTS:
            known = ", ".join(ENVIRONMENTS)
            raise InvalidInput(f"Unknown environment '{options.environment[:50]}'; use one of {known}")
        checked_options(options)
        outside = outside_models.is_outside(model_uri)
        resolved = self._outside.resolve(model_uri) if outside else await self._versions.resolve(principal, model_uri)
        return Revision(0, model_uri, resolved.location, resolved.label, now_ms(), options, model)

    async def get(self, principal: Principal, name: str) -> EndpointDetail:
        """Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.read", Resource("endpoint", name))
        return await self._database.read(lambda transaction: endpoint_changes.existing(transaction, principal, name))

    async def list(self, principal: Principal) -> Sequence[EndpointDetail]:
        """All of the workspace by name, those being removed too. Raises PermissionDenied."""
        authorize(principal, "endpoints.read", Resource("endpoint"))
        return await self._database.read(partial(_details, principal.workspace_id))

    async def history(
        self, principal: Principal, name: str, limit: int = 100
    ) -> Sequence[tuple[Revision, RevisionStatus]]:
        """Its revisions with how they are or were last, the newest first. Raises PermissionDenied, NotFound."""
        await self.get(principal, name)
        return await self._database.read(
            lambda transaction: storage.history(transaction, principal.workspace_id, name, limit)
        )

    async def stop(
        self, principal: Principal, name: str, model: str | None = None, generation: int | None = None
    ) -> Endpoint:
        """Runs nothing of the endpoint, or of one of its models, but keeps what it is; running requests finish.

        Raises PermissionDenied, NotFound, Conflict.
        """
        return await self._run(principal, name, model, generation, running=False)

    async def start(
        self, principal: Principal, name: str, model: str | None = None, generation: int | None = None
    ) -> Endpoint:
        """Serves again what was stopped. Raises PermissionDenied, NotFound, Conflict."""
        return await self._run(principal, name, model, generation, running=True)

    async def describe(self, principal: Principal, name: str, attributes: Mapping[str, str]) -> Endpoint:
        """Keeps other attributes with the endpoint. Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))

        def change(draft: Draft) -> Event:
            storage.want(draft.transaction, draft.pk, now_ms(), attributes=attributes)
            return event(principal, "endpoint.described", Resource("endpoint", name), keys=",".join(attributes))

        return await self._changes.make(principal, name, change)

    async def remove_model(self, principal: Principal, name: str, model: str) -> Endpoint:
        """Takes one of several models off the endpoint.

        Raises PermissionDenied, NotFound, InvalidState for the only one.
        """
        authorize(principal, "endpoints.delete", Resource("endpoint", name))

        def change(draft: Draft) -> Event:
            draft.rollout(model)
            if len(draft.detail.endpoint.rollouts) == 1:
                raise InvalidState(f"'{model}' is the only model of endpoint '{name}'; remove the endpoint instead")
            storage.remove_rollout(draft.transaction, draft.pk, model)
            storage.want(draft.transaction, draft.pk, now_ms())
            return event(principal, "endpoint.model_removed", Resource("endpoint", name), model=model)

        return await self._changes.make(principal, name, change)

    async def remove(self, principal: Principal, name: str) -> None:
        """Wants the endpoint gone; its running requests finish. Raises PermissionDenied, NotFound."""
        authorize(principal, "endpoints.delete", Resource("endpoint", name))

        def work(transaction: Transaction) -> Endpoint:
            draft = endpoint_changes.open_draft(transaction, principal, name)
            storage.want(transaction, draft.pk, now_ms(), Wanted.REMOVED)
            events.record(transaction, event(principal, "endpoint.removed", Resource("endpoint", name)))
            return draft.detail.endpoint

        await self._changes.write(work)

    async def logs(self, principal: Principal, name: str, lines: int, revision: int | None = None) -> str:
        """The last lines its replicas wrote. Raises PermissionDenied, NotFound, InvalidInput over 10,000 lines."""
        authorize(principal, "endpoints.read", Resource("endpoint", name))
        if not 1 <= lines <= MOST_LOG_LINES:
            raise InvalidInput(f"Ask for 1 to {MOST_LOG_LINES} lines of log, not {lines}")
        await self.get(principal, name)
        return await asyncio.to_thread(self._read_log, name, revision, lines)

    async def _run(
        self, principal: Principal, name: str, model: str | None, generation: int | None, *, running: bool
    ) -> Endpoint:
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))

        def change(draft: Draft) -> Event:
            wanted = Wanted.SERVING if running else Wanted.STOPPED
            if model is not None:
                rollout = replace(draft.rollout(model), stopped=not running)
                storage.put_rollout(draft.transaction, principal.workspace_id, draft.pk, model, rollout)
                wanted = draft.detail.endpoint.wanted
            storage.want(draft.transaction, draft.pk, now_ms(), wanted)
            action = "endpoint.started" if running else "endpoint.stopped"
            return event(principal, action, Resource("endpoint", name), **({} if model is None else {"model": model}))

        return await self._changes.make(principal, name, change, generation)


def introduce(
    principal: Principal,
    draft: Draft,
    revision: Revision,
    strategy: Strategy,
    attributes: Mapping[str, str] | None = None,
) -> Event:
    """Adds the revision and shifts requests to it; answers the event."""

    def shift(before: Rollout | None, number: int, proven: bool) -> Rollout:  # noqa: FBT001 - as `deployed` has it
        after = rollouts.deployed(before, number, strategy, proven=proven, now=revision.created_at)
        return replace(after, follows=_followed(revision))

    return _introduce(principal, draft, revision, shift, attributes)


def introduce_instead(principal: Principal, draft: Draft, revision: Revision, place: int) -> Event:
    """Adds the revision in the place of another one, whose share of the requests it takes over."""

    def shift(before: Rollout | None, number: int, proven: bool) -> Rollout:  # noqa: FBT001 - as `deployed` has it
        if before is None:
            raise InvalidState(f"Endpoint '{draft.detail.endpoint.name}' has nothing to be replaced")
        return rollouts.replaced(before, place, number, proven=proven, now=revision.created_at)

    return _introduce(principal, draft, revision, shift)


def _introduce(
    principal: Principal,
    draft: Draft,
    revision: Revision,
    shift: Callable[[Rollout | None, int, bool], Rollout],
    attributes: Mapping[str, str] | None = None,
) -> Event:
    transaction, pk = draft.transaction, draft.pk
    number = storage.add_revision(transaction, principal.workspace_id, pk, revision)
    before = draft.detail.endpoint.rollouts.get(revision.model)
    proven = before is not None and draft.detail.of(before.stable).proven
    after = shift(before, number, proven)
    storage.put_rollout(transaction, principal.workspace_id, pk, revision.model, after)
    storage.want(transaction, pk, revision.created_at, Wanted.SERVING, attributes)
    return _deployed(principal, draft, revision, number, after.share_of(number))


def _share_out(
    principal: Principal, draft: Draft, wanted: Sequence[tuple[Revision, Part]], attributes: Mapping[str, str]
) -> Sequence[Event]:
    """The parts as they are wanted, in one rollout; answers the events."""
    transaction, pk, endpoint = draft.transaction, draft.pk, draft.detail.endpoint
    left = {one.number: (one.model_uri, one.options) for one in endpoint.revisions}
    targets: tuple[Target, ...] = ()
    done = []
    for revision, part in wanted:
        meant = (revision.model_uri, revision.options)
        number = next((number for number in sorted(left, reverse=True) if left[number] == meant), 0)
        left.pop(number, None)
        if not number:
            number = storage.add_revision(transaction, principal.workspace_id, pk, revision)
            if part.credentials is not None and outside_models.is_outside(part.model_uri):
                keep(transaction, principal, pk, number, part.credentials)
            done.append(_deployed(principal, draft, revision, number, part.percent))
        targets += (Target(number, part.percent),)
    before = endpoint.rollouts.get("")
    proven = before is not None and draft.detail.of(before.stable).proven
    stable, _ = wanted[0]
    after = rollouts.shared_out(before, targets, proven=proven, now=stable.created_at)
    storage.put_rollout(transaction, principal.workspace_id, pk, "", replace(after, follows=_followed(stable)))
    storage.want(transaction, pk, stable.created_at, Wanted.SERVING, attributes)
    shares = " ".join(f"{one.revision}={one.weight}" for one in targets)
    return done or [event(principal, "endpoint.traffic_shifted", Resource("endpoint", endpoint.name), targets=shares)]


def _followed(revision: Revision) -> str:
    return revision.model_uri if model_uris.followed(revision.model_uri) else ""


def _deployed(principal: Principal, draft: Draft, revision: Revision, number: int, share: int) -> Event:
    return event(
        principal,
        "endpoint.deployed",
        Resource("endpoint", draft.detail.endpoint.name),
        model=revision.model_uri,
        version=revision.model_version,
        revision=number,
        environment=revision.environment,
        share=share,
    )


def _opened(transaction: Transaction, principal: Principal, name: str, model: str, now: int) -> Draft:
    """The endpoint to deploy to, made when there is none; one on its way out begins anew."""
    if storage.lock(transaction, principal.workspace_id, name) is None:
        if graphs.by_name(transaction, principal.workspace_id, name) is not None:
            raise AlreadyExists(f"There is a graph '{name}'; give the endpoint another name")
        checked_new(name)
        storage.create(transaction, principal.workspace_id, name, now)
    draft = endpoint_changes.open_draft(transaction, principal, name, model)
    if not draft.detail.endpoint.removed:
        return draft
    for former in endpoint_changes.existing(transaction, principal, name).endpoint.rollouts:
        storage.remove_rollout(transaction, draft.pk, former)
    return endpoint_changes.open_draft(transaction, principal, name, model)


def _details(workspace_id: int, transaction: Transaction) -> Sequence[EndpointDetail]:
    return storage.details(transaction, workspace_id)
