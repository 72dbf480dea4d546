from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelyard.protocols.http.routing import PUBLIC
from modelyard.protocols.oip_grpc import health, infer, models, repository
from modelyard.protocols.oip_grpc.call import RpcCall


@dataclass(frozen=True, slots=True)
class Method:
    """One line of the service's table; as with routes, without an action it cannot be built.

    `handler` is a coroutine function, or an asynchronous generator where it `streams`.
    """

    name: str
    handler: Callable[[RpcCall], Any]
    action: str
    streams: bool = False

    @property
    def request(self) -> str:
        return "ModelInferRequest" if self.streams else f"{self.name}Request"


METHODS: tuple[Method, ...] = (
    Method("ServerLive", health.live, PUBLIC),
    Method("ServerReady", health.ready, PUBLIC),
    Method("ServerMetadata", health.server, PUBLIC),
    Method("ModelReady", models.ready, "endpoints.read"),
    Method("ModelMetadata", models.metadata, "endpoints.read"),
    Method("ModelConfig", models.config, "endpoints.read"),
    Method("ModelStatistics", models.statistics, "endpoints.read"),
    Method("ModelInfer", infer.infer, "endpoints.predict"),
    Method("ModelStreamInfer", infer.stream, "endpoints.predict", streams=True),
    Method("RepositoryIndex", repository.index, "endpoints.read"),
    Method("RepositoryModelLoad", repository.load, "endpoints.deploy"),
    Method("RepositoryModelUnload", repository.unload, "endpoints.deploy"),
)
