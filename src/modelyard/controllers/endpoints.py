import asyncio
import contextlib
import logging

from modelyard.controllers.keeper import Keeper
from modelyard.controllers.replicas import Launcher
from modelyard.domain.errors import ModelyardError
from modelyard.domain.principals import SYSTEM
from modelyard.services.endpoints import Endpoints
from modelyard.serving.directory import Directory

log = logging.getLogger("modelyard.endpoints")
LOOK_EVERY = 2.0


class EndpointController:
    """Makes the endpoints that run the ones that are wanted: at start, on every change, and by a look now and then."""

    def __init__(self, endpoints: Endpoints, launcher: Launcher, directory: Directory) -> None:
        self._endpoints = endpoints
        self._launcher = launcher
        self._directory = directory
        self._keepers: dict[str, Keeper] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Goes on until cancelled."""
        while True:
            self._endpoints.changed.clear()
            try:
                await self.reconcile()
            except ModelyardError as error:
                log.warning("the endpoints cannot be looked after: %s; trying again", error.message)
            except Exception:
                log.exception("looking after the endpoints failed; trying again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._endpoints.changed.wait()

    async def reconcile(self) -> None:
        """One look: starts what is missing, passes on new revisions, ends what is not wanted."""
        for detail in await self._endpoints.list(SYSTEM):
            endpoint = detail.endpoint
            keeper = self._keepers.get(endpoint.name)
            if endpoint.name in self._ending:
                continue  # its running requests may take long, and nobody else shall wait for them
            if endpoint.removed:
                self._ending[endpoint.name] = asyncio.create_task(self._end(endpoint.name))
            elif keeper is None:
                self._keepers[endpoint.name] = Keeper(endpoint, self._launcher, self._directory, self._endpoints)
            else:
                keeper.want(endpoint.revision)
                await keeper.catch_up()

    async def stop(self) -> None:
        """Ends all replicas after their running requests; what is wanted stays, for the next start."""
        keepers, self._keepers = self._keepers, {}
        stopping = [keeper.stop(removed=False) for keeper in keepers.values()]
        await asyncio.gather(*stopping, *self._ending.values())

    async def _end(self, name: str) -> None:
        """Whatever happens to be wanted under the name afterwards starts from nothing."""
        keeper = self._keepers.pop(name, None)
        try:
            if keeper is not None:
                await keeper.stop(removed=True)
            await self._endpoints.forget(name)
        except ModelyardError as error:
            log.warning("endpoint %s could not be removed yet: %s", name, error.message)
        else:
            self._endpoints.changed.set()
        finally:
            del self._ending[name]
