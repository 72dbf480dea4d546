"""Which protocols the server speaks, and what each of them gets to work with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

import modelyard
import modelyard.web
from modelyard.apps import listener, measures
from modelyard.apps.prediction_measures import Predictions
from modelyard.apps.repository import EndpointRepository
from modelyard.apps.request_measures import Requests
from modelyard.apps.services import Services
from modelyard.apps.settings import Settings
from modelyard.domain.endpoint_status import KeptPayload
from modelyard.domain.principals import LOCAL_OWNER, Principal, Resource
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.routing import Protocol
from modelyard.protocols.kfp import errors as kfp_errors
from modelyard.protocols.kfp import routes as kfp
from modelyard.protocols.kfp.state import KfpState
from modelyard.protocols.kserve import errors as kserve_errors
from modelyard.protocols.kserve import routes as kserve
from modelyard.protocols.kubedirector import errors as kubedirector_errors
from modelyard.protocols.kubedirector import routes as kubedirector
from modelyard.protocols.mlflow import errors as mlflow_errors
from modelyard.protocols.mlflow import routes as mlflow
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.native import errors as native_errors
from modelyard.protocols.native import openapi, wire
from modelyard.protocols.native import routes as native
from modelyard.protocols.native.state import NativeState
from modelyard.protocols.oip import errors as oip_errors
from modelyard.protocols.oip import routes as oip
from modelyard.protocols.oip.state import OipState
from modelyard.protocols.operations import documentation, welcome
from modelyard.protocols.operations import errors as operations_errors
from modelyard.protocols.operations import routes as operations
from modelyard.protocols.operations.state import OperationsState
from modelyard.protocols.scoring import errors as scoring_errors
from modelyard.protocols.scoring import routes as scoring
from modelyard.protocols.web import errors as web_errors
from modelyard.protocols.web import routes as web
from modelyard.protocols.web import site
from modelyard.protocols.web.state import WebState
from modelyard.services.authorize import authorize
from modelyard.serving.dataplane import DataPlane

Problems = Callable[[], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What requests reach. Of payloads that are logged, `dropped` counts those that were not, by endpoint, and
    `payloads` reads the newest of one.
    """

    server: wire.Server
    services: Services
    data_plane: DataPlane
    problems: Problems
    notes: Callable[[], Mapping[str, str]]
    dropped: Callable[[], Mapping[str, int]]
    payloads: Callable[[str, int], Awaitable[Sequence[KeptPayload]]]
    draining: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Fronts:
    """What answers at the ports: the application, and what makes the gRPC service when somebody wants it."""

    http: Dispatcher
    rpc: Callable[[], Any]


def fronts(parts: Parts, settings: Settings) -> Fronts:
    registry = CollectorRegistry()
    observer = Observer(registry)
    registry.register(Predictions(parts.data_plane.directory, parts.dropped))
    registry.register(Requests(observer))
    repository = EndpointRepository(parts.services.endpoints)
    http = _dispatcher(parts, settings, repository, registry, observer)
    return Fronts(http, lambda: _rpc(parts.data_plane, repository, observer))


def _rpc(plane: DataPlane, repository: EndpointRepository, observer: Observer) -> Any:
    from modelyard.protocols.oip_grpc import service  # noqa: PLC0415 - brings grpc, which few servers need
    from modelyard.protocols.oip_grpc.call import RpcState  # noqa: PLC0415 - same

    return service.service(RpcState(plane, repository), service.Door(_authenticate, _authorize, observer))


def _dispatcher(
    parts: Parts,
    settings: Settings,
    repository: EndpointRepository,
    registry: CollectorRegistry,
    observer: Observer,
) -> Dispatcher:
    plane = parts.data_plane
    hosts = LOOPBACK_HOSTS | listener.names_of(settings.host) | frozenset(settings.allowed_hosts)
    return Dispatcher(
        [
            _mlflow(parts.services),
            _kfp(parts.services, settings),
            _native(parts),
            _oip(plane, repository),
            Protocol("kserve", kserve.PREFIXES, kserve.ROUTES, plane, kserve_errors.render_error),
            Protocol("scoring", scoring.PREFIXES, scoring.ROUTES, plane, scoring_errors.render_error),
            Protocol(
                "kubedirector", kubedirector.PREFIXES, kubedirector.ROUTES, plane, kubedirector_errors.render_error
            ),
            _web(parts),
            _operations(parts, registry),
        ],
        Guard(hosts, settings.allowed_origins),
        observer,
        _authenticate,
        _authorize,
    )


def _mlflow(services: Services) -> Protocol[MlflowState]:
    state = MlflowState(
        experiments=services.experiments,
        runs=services.runs,
        run_log=services.run_log,
        series=services.series,
        artifacts=services.artifacts,
        direct_access=services.direct_access,
        models=services.models,
        versions=services.versions,
        logged_models=services.logged_models,
        webhooks=services.webhooks,
    )
    return Protocol("mlflow", mlflow.PREFIXES, mlflow.ROUTES, state, mlflow_errors.render_error)


def _kfp(services: Services, settings: Settings) -> Protocol[KfpState]:
    state = KfpState(
        experiments=services.pipeline_experiments,
        pipelines=services.pipelines,
        runs=services.pipeline_runs,
        schedules=services.schedules,
        logs=services.pipeline_logs,
        artifacts=services.artifacts,
        canceled_as_failed=settings.terminated_as_failed,
    )
    return Protocol("kfp", kfp.PREFIXES, kfp.ROUTES, state, kfp_errors.render_error)


def _native(parts: Parts) -> Protocol[NativeState]:
    services = parts.services
    state = NativeState(
        server=parts.server,
        experiments=services.experiments,
        runs=services.runs,
        series=services.series,
        charts=services.charts,
        trees=services.trees,
        overviews=services.overviews,
        batches=services.batches,
        artifacts=services.artifacts,
        tables=services.tables,
        models=services.models,
        versions=services.versions,
        documents=services.documents,
        endpoints=services.endpoints,
        rollouts=services.rollouts,
        graphs=services.graphs,
        manifests=services.manifests,
        traffic=parts.data_plane.lately,
        history=parts.data_plane.history,
        payloads=parts.payloads,
        events=services.events,
        draining=parts.draining,
        jobs=services.jobs,
        deletion=services.deletion,
        pipelines=services.pipelines,
        pipeline_runs=services.pipeline_runs,
        pipeline_logs=services.pipeline_logs,
        lineage=services.lineage,
        schedules=services.schedules,
        triggers=services.triggers,
        trigger_firings=services.trigger_firings,
    )
    return Protocol("native", (native.V1,), native.ROUTES, state, native_errors.render_error)


def _oip(plane: DataPlane, repository: EndpointRepository) -> Protocol[OipState]:
    return Protocol("oip", oip.PREFIXES, oip.ROUTES, OipState(plane, repository), oip_errors.render_error)


def _operations(parts: Parts, registry: CollectorRegistry) -> Protocol[OperationsState]:
    state = OperationsState(
        ready=parts.problems,
        notes=parts.notes,
        metrics=measures.exposition(registry),
        openapi=openapi.document,
        documentation=lambda: documentation.page(openapi.document()),
    )
    return Protocol("operations", (), operations.ROUTES, state, operations_errors.render_error)


def _web(parts: Parts) -> Protocol[WebState]:
    built = Path(modelyard.web.__file__).parent / "dist"
    state = WebState(
        site.load(built), lambda: welcome.page(modelyard.__version__, parts.server.url, parts.server.data_dir)
    )
    return Protocol("web", (), web.ROUTES, state, web_errors.render_error)


def _authenticate(_: Mapping[str, str]) -> Principal:
    """Until there are accounts, whoever reaches the server is its owner."""
    return LOCAL_OWNER


def _authorize(principal: Principal, action: str) -> None:
    authorize(principal, action, _kind_of(action))


@cache
def _kind_of(action: str) -> Resource:
    return Resource(action.partition(".")[0])
