"""Everything behind the socket, and the order in which it starts and ends."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Mapping
from functools import partial

import modelyard
from modelyard.apps import application, fleet, rpc, safekeeping, services
from modelyard.apps.datadir import DataDirectory
from modelyard.apps.duty import Duty
from modelyard.apps.kinds import PresignedUrls
from modelyard.apps.pipelines import Pipelines, live_log
from modelyard.apps.settings import Settings, without_password
from modelyard.apps.webhooks import Messengers
from modelyard.controllers.compaction import CompactionController
from modelyard.controllers.event_sink import EventSink
from modelyard.controllers.jobs import JobController
from modelyard.domain.errors import ModelyardError
from modelyard.executors.tables import TableReader
from modelyard.kit.clock import now_ms
from modelyard.protocols.native import wire
from modelyard.services import deletion
from modelyard.services.compaction import Compaction
from modelyard.services.sweeping import ABANDONED_AFTER
from modelyard.serving.dataplane import Limits
from modelyard.storage.blobs import open_blobs
from modelyard.storage.lease import Lease
from modelyard.storage.opening import open_database

log = logging.getLogger("modelyard.server")
_STANDS_BY = "Another server on this database looks after endpoints, jobs and webhooks"


class Platform:
    """`start` before the first request, `close` after the last; `hurry` when there is no time for an orderly end."""

    def __init__(
        self,
        settings: Settings,
        owned: DataDirectory,
        url: str,
        rpc_port: rpc.Bound,
        environment: Mapping[str, str],
    ) -> None:
        self.draining = False
        self.hurry = asyncio.Event()
        database = settings.database or owned.database_url
        artifacts = settings.artifacts or str(owned.artifacts)
        self.server = _describe(url, rpc_port.address, owned, database, artifacts)
        self._blobs = open_blobs(artifacts)
        # What was there before us in a directory that only we own, a server before us has left.
        self._leftovers_before = None if settings.artifacts else time.time()
        self._database = open_database(database, safekeeping.keeper(settings))
        self._messengers = Messengers(self._database, allow_private=settings.allow_private_webhooks)
        self._services = services.over(
            self._database,
            self._blobs,
            settings.max_artifact_size,
            services.Readers(partial(fleet.read_log, owned), partial(live_log, owned), TableReader(environment).read),
            self._messengers.courier,
            settings.presigned_urls is PresignedUrls.AUTO,
            settings.model_roots,
        )
        limits = Limits(body=settings.max_prediction_size)
        bounds = fleet.Bounds(settings.serving_memory, limits, settings.max_prediction_rows, settings.isolate_models)
        sink = EventSink(self._messengers.courier, url)
        self._fleet = fleet.Fleet(self._services, owned, environment, bounds, sink)
        self._pipelines = Pipelines(self._services, owned, environment, url, settings)
        parts = application.Parts(
            self.server,
            self._services,
            self._fleet.data_plane,
            self.problems,
            self.notes,
            lambda: self._fleet.payloads.dropped,
            partial(fleet.newest_payloads, owned),
            lambda: self.draining,
        )
        fronts = application.fronts(parts, settings)
        self.application = fronts.http
        self._rpc = rpc.RpcServer(rpc_port, fronts.rpc, limits.body)
        self._rpc_ending: asyncio.Task[None] | None = None
        self._grace = settings.shutdown_grace
        self._jobs = JobController(self._services.jobs, {deletion.KIND: self._services.deletion.carry_out})
        self._background: list[asyncio.Task[None]] = []
        self._duty = Duty(Lease(database), self._take_charge, self._give_up_charge)

    async def start(self) -> None:
        await self._blobs.check()
        await self._services.experiments.ensure_default()
        await self._duty.start()
        self._rpc.start()

    def _take_charge(self) -> None:
        self._fleet.start()
        self._pipelines.start()
        self._messengers.start()
        self._background = [
            asyncio.create_task(self._sweep(), name="sweep"),
            asyncio.create_task(self._jobs.run(), name="job controller"),
            asyncio.create_task(CompactionController(Compaction(self._database)).run(), name="compaction"),
        ]

    async def _give_up_charge(self) -> None:
        """Ends the replicas after their running requests."""
        for task in self._background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._messengers.stop()
        await self._pipelines.stop()
        await self._fleet.stop(self.hurry)

    def drain(self) -> None:
        """What runs may finish; nothing new is begun."""
        self.draining = True
        if self._rpc_ending is None:
            self._rpc_ending = asyncio.create_task(self._rpc.stop(self._grace), name="gRPC drain")

    def notes(self) -> Mapping[str, str]:
        """What is worth knowing of a server that can do its work, by part."""
        notes = {} if self._duty.held else {"controllers": _STANDS_BY}
        return notes | ({"grpc": self._rpc.problem} if self._rpc.problem else {})

    async def problems(self) -> Mapping[str, str]:
        """What keeps the server from its work, by part."""
        if self.draining:
            return {"server": "It is shutting down"}
        found = {}
        if self._duty.held and self._fleet.problem:
            found["endpoints"] = self._fleet.problem
        if self._duty.held and self._pipelines.problem:
            found["pipelines"] = self._pipelines.problem
        if self._duty.held and self._messengers.problem:
            found["webhooks"] = self._messengers.problem
        try:
            await self._database.read(lambda _: None)
        except ModelyardError as error:
            found["database"] = error.message
        return found

    async def close(self) -> None:
        """Ends the replicas, then finishes what is queued for the database."""
        if self._rpc_ending is None or self.hurry.is_set():
            await self._rpc.stop(0.0)
        else:
            await self._rpc_ending
        await self._duty.stop()
        await self._services.direct_access.close()
        await asyncio.to_thread(self._fleet.close)
        await asyncio.to_thread(self._database.close)

    async def _sweep(self) -> None:
        try:
            before = self._leftovers_before
            removed = await self._blobs.sweep(ABANDONED_AFTER if before is None else time.time() - before)
        except ModelyardError as error:
            log.warning("What unfinished uploads left behind could not be removed: %s", error.message)
        else:
            log.debug("%d unfinished uploads removed", removed)


def _describe(url: str, grpc: str, owned: DataDirectory, database: str, artifacts: str) -> wire.Server:
    return wire.Server(
        name="modelyard",
        version=modelyard.__version__,
        url=url,
        data_dir=str(owned.path),
        database=without_password(database),
        artifacts=without_password(artifacts),
        pid=os.getpid(),
        started_at=now_ms(),
        grpc=grpc,
    )
