"""A repository of models over a directory: what is unloaded is held back, what is loaded answers again."""

from collections.abc import Sequence

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.principals import Principal
from modelyard.serving.directory import Directory, Served
from modelyard.serving.repository import Listed, ModelState


class Shelf:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._unloaded: dict[str, Served] = {}

    async def index(self, _: Principal) -> Sequence[Listed]:
        return [self._listed(name) for name in self._directory.names()]

    async def load(self, _: Principal, name: str) -> None:
        self._known(name)
        if name in self._unloaded:
            self._directory.publish(name, self._unloaded.pop(name))

    async def unload(self, _: Principal, name: str) -> None:
        self._known(name)
        self._unloaded[name] = self._directory.lookup(name)
        self._directory.refuse(name, f"Model '{name}' was unloaded")

    def _known(self, name: str) -> None:
        if name not in self._directory.names():
            raise NotFound(f"There is no endpoint '{name}'")

    def _listed(self, name: str) -> Listed:
        try:
            return Listed(name, self._directory.lookup(name).model_version, ModelState.READY)
        except Unavailable as error:
            return Listed(name, "", ModelState.UNAVAILABLE, error.message)
