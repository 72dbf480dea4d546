from collections.abc import Sequence

from modelyard.domain.endpoint_status import EndpointDetail, Phase, RevisionState
from modelyard.domain.endpoints import Wanted, address
from modelyard.domain.principals import Principal
from modelyard.domain.rollouts import Rollout
from modelyard.services.endpoints import Endpoints
from modelyard.serving.repository import Listed, ModelState

_STATES = {
    Phase.PENDING: ModelState.LOADING,
    Phase.PREPARING: ModelState.LOADING,
    Phase.LOADING: ModelState.LOADING,
    Phase.READY: ModelState.READY,
    Phase.FAILED: ModelState.UNAVAILABLE,
    Phase.STOPPED: ModelState.UNAVAILABLE,
    Phase.REMOVING: ModelState.UNLOADING,
}
_OF_REVISIONS = {
    RevisionState.PENDING: ModelState.LOADING,
    RevisionState.STANDBY: ModelState.READY,
    RevisionState.LOADING: ModelState.LOADING,
    RevisionState.LOADED: ModelState.READY,
    RevisionState.FAILED: ModelState.UNAVAILABLE,
}


class EndpointRepository:
    """The endpoints as V2's model repository: what is unloaded is stopped, and what is loaded is started again.

    One of several models of an endpoint is `endpoint/model`.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    async def index(self, principal: Principal) -> Sequence[Listed]:
        """Raises PermissionDenied."""
        return [listed for one in await self._endpoints.list(principal) for listed in _all(one)]

    async def load(self, principal: Principal, name: str) -> None:
        """Raises PermissionDenied, NotFound."""
        endpoint, _, model = name.partition("/")
        await self._endpoints.start(principal, endpoint, model or None)

    async def unload(self, principal: Principal, name: str) -> None:
        """Raises PermissionDenied, NotFound."""
        endpoint, _, model = name.partition("/")
        await self._endpoints.stop(principal, endpoint, model or None)


def _all(one: EndpointDetail) -> Sequence[Listed]:
    """An endpoint with a single model is that model; of one with several, each is listed by itself."""
    endpoint = one.endpoint
    if "" in endpoint.rollouts or endpoint.removed or not endpoint.rollouts:
        return [_listed(one)]
    return [_one_of_several(one, model, rollout) for model, rollout in sorted(endpoint.rollouts.items())]


def _one_of_several(one: EndpointDetail, model: str, rollout: Rollout) -> Listed:
    endpoint, seen = one.endpoint, one.of(rollout.stable)
    name, version = address(endpoint.name, model), endpoint.revision_of(rollout.stable).model_version
    if rollout.stopped or endpoint.wanted is Wanted.STOPPED:
        return Listed(name, version, ModelState.UNAVAILABLE, "stopped")
    state = _OF_REVISIONS[seen.state]
    message = seen.failure.message if seen.failure is not None and state is ModelState.UNAVAILABLE else seen.message
    return Listed(name, version, state, "" if state is ModelState.READY else message or seen.state)


def _listed(one: EndpointDetail) -> Listed:
    endpoint, status = one.endpoint, one.status
    state = _STATES[status.phase]
    reason = "" if state is ModelState.READY else status.message or status.phase.lower()
    return Listed(endpoint.name, endpoint.revision.model_version, state, reason)
