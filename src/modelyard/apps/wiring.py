"""Puts the server together: database, services, protocols, dispatcher."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

import modelyard
from modelyard.apps import listener, measures
from modelyard.apps.datadir import DataDirectory
from modelyard.apps.settings import Settings
from modelyard.domain.errors import ModelyardError
from modelyard.domain.principals import LOCAL_OWNER, Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.routing import Protocol
from modelyard.protocols.mlflow.errors import render_error as mlflow_error
from modelyard.protocols.mlflow.routes import PREFIXES as MLFLOW_PREFIXES
from modelyard.protocols.mlflow.routes import ROUTES as MLFLOW
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.native import openapi, wire
from modelyard.protocols.native.errors import render_error as native_error
from modelyard.protocols.native.routes import ROUTES as NATIVE
from modelyard.protocols.native.routes import V1
from modelyard.protocols.native.state import NativeState
from modelyard.protocols.operations import documentation, welcome
from modelyard.protocols.operations.errors import render_error as operations_error
from modelyard.protocols.operations.routes import ROUTES as OPERATIONS
from modelyard.protocols.operations.state import OperationsState
from modelyard.services.authorize import authorize
from modelyard.services.experiments import Experiments
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database


@dataclass(frozen=True, slots=True)
class Services:
    """All use cases, over one database."""

    experiments: Experiments
    runs: Runs
    run_log: RunLog
    series: Series


class Platform:
    """Everything behind the socket. `start` before the first request, `close` after the last."""

    def __init__(self, settings: Settings, owned: DataDirectory, url: str) -> None:
        self.draining = False
        self.registry = CollectorRegistry()
        self.server = _describe(settings, owned, url)
        self._database = open_database(self.server.database)
        self.services = _services(self._database)
        self.application = _dispatcher(self, settings)

    async def start(self) -> None:
        await self.services.experiments.ensure_default()

    async def problems(self) -> Mapping[str, str]:
        """What keeps the server from its work, by part."""
        if self.draining:
            return {"server": "It is shutting down"}
        try:
            await self._database.read(lambda _: None)
        except ModelyardError as error:
            return {"database": error.message}
        return {}

    async def close(self) -> None:
        self._database.close()


def _describe(settings: Settings, owned: DataDirectory, url: str) -> wire.Server:
    return wire.Server(
        name="modelyard",
        version=modelyard.__version__,
        url=url,
        data_dir=str(owned.path),
        database=settings.database or owned.database_url,
        artifacts=settings.artifacts or str(owned.artifacts),
        pid=os.getpid(),
        started_at=now_ms(),
    )


def _services(database: Database) -> Services:
    return Services(
        experiments=Experiments(database), runs=Runs(database), run_log=RunLog(database), series=Series(database)
    )


def _dispatcher(platform: Platform, settings: Settings) -> Dispatcher:
    protocols: list[Protocol[Any]] = [_mlflow(platform), _native(platform), _operations(platform)]
    hosts = LOOPBACK_HOSTS | listener.names_of(settings.host) | frozenset(settings.allowed_hosts)
    return Dispatcher(
        protocols,
        Guard(hosts, settings.allowed_origins),
        Observer(platform.registry),
        _authenticate,
        _authorize,
    )


def _mlflow(platform: Platform) -> Protocol[MlflowState]:
    services = platform.services
    state = MlflowState(
        experiments=services.experiments, runs=services.runs, run_log=services.run_log, series=services.series
    )
    return Protocol("mlflow", MLFLOW_PREFIXES, MLFLOW, state, mlflow_error)


def _native(platform: Platform) -> Protocol[NativeState]:
    state = NativeState(server=platform.server, experiments=platform.services.experiments)
    return Protocol("native", (V1,), NATIVE, state, native_error)


def _operations(platform: Platform) -> Protocol[OperationsState]:
    state = OperationsState(
        ready=platform.problems,
        metrics=measures.exposition(platform.registry),
        openapi=openapi.document,
        documentation=lambda: documentation.page(openapi.document()),
        welcome=lambda: welcome.page(modelyard.__version__, platform.server.url, platform.server.data_dir),
    )
    return Protocol("operations", (), OPERATIONS, state, operations_error)


def _authenticate(_: Mapping[str, str]) -> Principal:
    """Until there are accounts, whoever reaches the server is its owner."""
    return LOCAL_OWNER


def _authorize(principal: Principal, action: str) -> None:
    authorize(principal, action, Resource(action.partition(".")[0]))
