import contextlib
from collections.abc import Callable
from dataclasses import replace

from modelyard.domain import model_uris, rollouts
from modelyard.domain.endpoint_status import RevisionState
from modelyard.domain.endpoints import Endpoint
from modelyard.domain.errors import InvalidInput, InvalidState, NotFound
from modelyard.domain.events import Detail, Event
from modelyard.domain.principals import SYSTEM, Principal, Resource
from modelyard.domain.rollouts import RolledBack, Rollout, Target
from modelyard.kit.clock import now_ms
from modelyard.services import model_lineage
from modelyard.services.authorize import authorize
from modelyard.services.endpoint_changes import Draft, EndpointChanges
from modelyard.services.journal import event
from modelyard.storage import endpoints as storage


class Rollouts:
    """Use cases that shift an endpoint's requests between its revisions.

    `model` names one of several models. Every call raises PermissionDenied, NotFound for an unknown endpoint or model,
    and Conflict when the endpoint is not of `generation` any more.
    """

    def __init__(self, changes: EndpointChanges) -> None:
        self._changes = changes

    async def shift(
        self,
        principal: Principal,
        name: str,
        targets: tuple[Target, ...],
        *,
        model: str = "",
        generation: int | None = None,
    ) -> Endpoint:
        """Shares requests out as `targets` say; without shadows among them, those that are there stay.

        Raises InvalidInput for shares that do not add up to 100, NotFound for an unknown revision.
        """

        def change(draft: Draft, before: Rollout) -> tuple[Rollout, str, dict[str, Detail]]:
            kept = () if any(one.shadow for one in targets) else before.shadows
            named = {one.revision for one in targets}
            after = rollouts.shifted(before, (*targets, *(one for one in kept if one.revision not in named)), now_ms())
            _check_known(draft, model, named)
            return after, "endpoint.traffic_shifted", {"targets": told(after)}

        return await self._change(principal, name, model, generation, change)

    async def promote(
        self, principal: Principal, name: str, *, model: str = "", generation: int | None = None
    ) -> Endpoint:
        """Gives everything to the newest canary, or else to the only shadow; what answered before stays warm.

        Raises InvalidState when there is neither, or when it has failed to load.
        """

        def change(draft: Draft, before: Rollout) -> tuple[Rollout, str, dict[str, Detail]]:
            after = rollouts.promoted(before, now_ms())
            if draft.detail.of(after.stable).state is RevisionState.FAILED:
                raise InvalidState(f"Revision {after.stable} of '{name}' has failed to load and cannot be promoted")
            return after, "endpoint.promoted", {"revision": after.stable}

        return await self._change(principal, name, model, generation, change)

    async def roll_back(
        self,
        principal: Principal,
        name: str,
        *,
        model: str = "",
        generation: int | None = None,
        why: RolledBack | None = None,
    ) -> Endpoint:
        """Takes all canaries out, or else goes back to the revision before, which is still warm.

        Where there is a reason why, it takes out the canary that it is about, and no other.

        The alias that this one came by is followed, from its next move on. Raises InvalidState when there is neither.
        """

        def change(draft: Draft, before: Rollout) -> tuple[Rollout, str, dict[str, Detail]]:
            left = why.revision if why is not None else before.canary or before.stable
            after = _following(draft, rollouts.rolled_back(before, now_ms(), why))
            detail: dict[str, Detail] = {"revision": left, "to": after.stable}
            if why is not None:
                detail |= {"reason": why.reason, "message": why.message}
            return after, "endpoint.rolled_back", detail

        return await self._change(principal, name, model, generation, change)

    async def climb(self, name: str, *, model: str, generation: int) -> Endpoint:
        """Puts the canary on the next step of its plan; the controller's."""

        def change(_: Draft, before: Rollout) -> tuple[Rollout, str, dict[str, Detail]]:
            after = rollouts.climbed(before, now_ms())
            action = "endpoint.traffic_shifted" if after.canary else "endpoint.promoted"
            return after, action, {"targets": told(after)}

        return await self._change(SYSTEM, name, model, generation, change)

    async def _change(
        self,
        principal: Principal,
        name: str,
        model: str,
        generation: int | None,
        change: Callable[[Draft, Rollout], tuple[Rollout, str, dict[str, Detail]]],
    ) -> Endpoint:
        authorize(principal, "endpoints.deploy", Resource("endpoint", name))

        def work(draft: Draft) -> Event:
            after, action, detail = change(draft, draft.rollout(model))
            storage.put_rollout(draft.transaction, principal.workspace_id, draft.pk, model, after)
            storage.want(draft.transaction, draft.pk, after.shifted_at)
            return event(principal, action, Resource("endpoint", name), **_of(model), **detail)

        return await self._changes.make(principal, name, work, generation)


def _following(draft: Draft, rollout: Rollout) -> Rollout:
    uri = draft.detail.endpoint.revision_of(rollout.stable).model_uri
    if model_uris.followed(uri) is None:
        return replace(rollout, follows="", passed_over="")
    named = ""
    with contextlib.suppress(NotFound, InvalidInput):  # the alias may be gone
        named = model_lineage.resolve(draft.transaction, SYSTEM, uri).label
    return replace(rollout, follows=uri, passed_over=named)


def told(rollout: Rollout) -> str:
    """The shares as they are written on the command line."""
    shares = [f"{one.revision}={one.weight}" for one in rollout.live]
    return " ".join([*shares, *(f"{one.revision}={one.weight} as shadow" for one in rollout.shadows)])


def _of(model: str) -> dict[str, Detail]:
    return {"model": model} if model else {}


def _check_known(draft: Draft, model: str, numbers: set[int]) -> None:
    known = storage.models_of(draft.transaction, draft.pk, sorted(numbers))
    for number in sorted(numbers):
        if known.get(number) != model:
            of_model = f" of model '{model}'" if model else ""
            raise NotFound(f"Endpoint '{draft.detail.endpoint.name}' has no revision {number}{of_model}")
