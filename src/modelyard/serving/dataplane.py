import asyncio
from dataclasses import dataclass

from modelyard.domain.errors import Unavailable
from modelyard.formats.inference import InferenceRequest, InferenceResult
from modelyard.serving.directory import Directory, Served
from modelyard.serving.replica_client import ReplicaClient, ReplicaLost


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request: seconds to an answer, seconds to wait for a lost replica's successor, bytes of body."""

    timeout: float = 60.0
    hold: float = 30.0
    body: int = 16 << 20


class DataPlane:
    """Where every protocol gets its predictions."""

    def __init__(self, directory: Directory, limits: Limits | None = None) -> None:
        self.directory = directory
        self.limits = limits or Limits()

    async def infer(self, name: str, request: InferenceRequest, version: str | None = None) -> InferenceResult:
        """One prediction by the endpoint `name`, of `version` when it matters.

        A prediction changes nothing, so when its replica dies it is made once more: by another replica, or by the
        next one that is published within the hold time.
        Raises NotFound, Unavailable, InvalidInput, PredictionFailed, DeadlineExceeded, TooLarge.
        """
        served = self.directory.lookup(name, version)
        replica = served.pick()
        try:
            return await self._ask(served, replica, request)
        except ReplicaLost:
            served = await self._successor(name, version, served)
        return await self._ask(served, served.pick(avoid=replica), request)

    async def _ask(self, served: Served, replica: ReplicaClient, request: InferenceRequest) -> InferenceResult:
        answer = await replica.infer(request, self.limits.timeout)
        return InferenceResult(served.endpoint, served.model_version, answer.predictions, answer.outputs)

    async def _successor(self, name: str, version: str | None, lost: Served) -> Served:
        """What to ask after a replica of `lost` died: its neighbours, or what the directory says next."""
        try:
            async with asyncio.timeout(self.limits.hold):
                while True:
                    served = self._look(name, version)
                    if served is not None and (served is not lost or len(served.replicas) > 1):
                        return served
                    await self.directory.change()
        except TimeoutError:
            message = f"Endpoint '{name}' lost the process of its model and has no other yet; try again later"
            raise Unavailable(message) from None

    def _look(self, name: str, version: str | None) -> Served | None:
        try:
            return self.directory.lookup(name, version)
        except Unavailable:
            return None
