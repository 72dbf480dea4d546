from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modelyard.domain.principals import Principal
from modelyard.formats.inference import Hints
from modelyard.protocols.http import hints
from modelyard.protocols.http.reply import Headers
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.repository import Repository


@dataclass(frozen=True, slots=True)
class RpcState:
    """What the methods ask: the data plane for predictions, the repository for what could be served."""

    plane: DataPlane
    repository: Repository


@dataclass(slots=True)
class RpcCall:
    """One request as a method sees it; `remaining` is how many seconds its caller still waits, if it said so.

    `trailers` go back with the answer.
    """

    state: RpcState
    principal: Principal
    headers: Mapping[str, str]
    message: Any
    remaining: float | None
    request_id: str
    trailers: Headers = field(default=())

    def hints(self, timeout_us: int | str | None) -> Hints:
        """What headers, parameters and the deadline say. Raises InvalidInput."""
        said = hints.read(self.headers, timeout_us)
        if self.remaining is None:
            return said
        seconds = max(self.remaining, 0.001)
        return replace(said, seconds=seconds if said.seconds is None else min(seconds, said.seconds))
