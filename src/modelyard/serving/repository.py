from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from modelyard.domain.principals import Principal


class ModelState(StrEnum):
    """How a model that could be served is; the words of Triton's repository extension."""

    READY = "READY"
    LOADING = "LOADING"
    UNLOADING = "UNLOADING"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of the repository; `reason` says why it does not answer, where it does not."""

    name: str
    version: str
    state: ModelState
    reason: str = ""


class Repository(Protocol):
    """The models that can be served, whether they answer now or not.

    `load` and `unload` write down what is wanted and return; how far it is, is in the index.
    """

    async def index(self, principal: Principal) -> Sequence[Listed]:
        """All of them, by name. Raises PermissionDenied."""
        ...

    async def load(self, principal: Principal, name: str) -> None:
        """Wants a model that was unloaded to answer again. Raises PermissionDenied, NotFound."""
        ...

    async def unload(self, principal: Principal, name: str) -> None:
        """Wants a model not to answer until it is loaded again. Raises PermissionDenied, NotFound."""
        ...
