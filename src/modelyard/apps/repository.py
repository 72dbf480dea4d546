from collections.abc import Sequence

from modelyard.domain.endpoint_status import EndpointDetail, Phase
from modelyard.domain.principals import Principal
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


class EndpointRepository:
    """The endpoints as V2's model repository: what is unloaded is stopped, and what is loaded is started again.

    One of several models of an endpoint is `endpoint/model`.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    async def index(self, principal: Principal) -> Sequence[Listed]:
        """Raises PermissionDenied."""
        return [_listed(one) for one in await self._endpoints.list(principal)]

    async def load(self, principal: Principal, name: str) -> None:
        """Raises PermissionDenied, NotFound."""
        endpoint, _, model = name.partition("/")
        await self._endpoints.start(principal, endpoint, model or None)

    async def unload(self, principal: Principal, name: str) -> None:
        """Raises PermissionDenied, NotFound."""
        endpoint, _, model = name.partition("/")
        await self._endpoints.stop(principal, endpoint, model or None)


def _listed(one: EndpointDetail) -> Listed:
    endpoint, status = one.endpoint, one.status
    state = _STATES[status.phase]
    reason = "" if state is ModelState.READY else status.message or "stopped"
    return Listed(endpoint.name, endpoint.revision.model_version, state, reason)
