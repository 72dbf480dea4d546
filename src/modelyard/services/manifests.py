import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelyard.domain.deployments import Deployment, Part
from modelyard.domain.endpoint_status import EndpointDetail
from modelyard.domain.endpoints import Endpoint, Wanted
from modelyard.domain.errors import NotFound, NotSupported
from modelyard.domain.principals import Principal
from modelyard.domain.rollouts import ALL, Strategy, Target
from modelyard.formats.kserve import inference_graph, inference_service
from modelyard.formats.kserve import secrets as kserve_secrets
from modelyard.formats.kserve.inference_service import InferenceService, Predictor
from modelyard.services import manifest_documents as documents
from modelyard.services.endpoints import Endpoints
from modelyard.services.graphs import Graphs
from modelyard.services.rollouts import Rollouts

MANIFEST = "kserve.manifest"
IGNORED = "kserve.ignored"
_SCHEMES = ("models:/", "runs:/", "mlflow-artifacts:/", "s3://", "file://")


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a document: the endpoint or graph, whether it changed, and the fields that have no effect here.

    What was `created` has changed, too.
    """

    name: str
    changed: bool
    ignored: tuple[str, ...]
    kind: str = inference_service.KIND
    created: bool = False


class Manifests:
    """Endpoints as KServe's InferenceService documents, graphs as its InferenceGraphs.

    They are read, applied as often as one likes, and written back.
    """

    def __init__(self, endpoints: Endpoints, rollouts: Rollouts, graphs: Graphs) -> None:
        self._endpoints = endpoints
        self._rollouts = rollouts
        self._graphs = graphs

    async def apply(
        self, principal: Principal, document: Mapping[str, object], secrets: Sequence[Mapping[str, object]] = ()
    ) -> Applied:
        """Wants what the document says. The same document again changes nothing.

        `secrets` are the Secret and ServiceAccount documents beside it: a predictor in a bucket finds its credentials
        there as in a cluster, else the server's own are used.

        A new model or new options are a new revision; other shares alone only shift requests.
        Raises PermissionDenied, InvalidInput naming the field, NotFound for an unknown model, NotSupported for what
        this server does not do.
        """
        if document.get("kind") == inference_graph.KIND:
            return await self._wire(principal, document)
        service = inference_service.parse(document)
        _refuse(service)
        attributes = {MANIFEST: json.dumps(document, sort_keys=True), IGNORED: json.dumps(service.ignored)}
        before = await self._known(principal, service.name)
        if before is not None and documents.holds(before.endpoint, service):
            known = before.endpoint.attributes.get(MANIFEST) == attributes[MANIFEST]
            if not known:
                await self._endpoints.describe(principal, service.name, attributes)
            return Applied(service.name, changed=not known, ignored=tuple(service.ignored))
        if service.canaries or (service.percent is None and before is not None and _has_list(before.endpoint)):
            parts = [_part(service, one, percent, secrets) for one, percent in documents.shares(service)]
            await self._endpoints.deploy_all(principal, service.name, parts, attributes)
        elif before is None or not _is_newest(before.endpoint, service):
            await self._deploy(principal, service, attributes, secrets)
        else:
            await self._shift(principal, before.endpoint, service.percent, attributes)
        if service.stopped:
            await self._endpoints.stop(principal, service.name)
        elif before is not None and before.endpoint.wanted is Wanted.STOPPED:
            await self._endpoints.start(principal, service.name)
        return Applied(service.name, changed=True, ignored=tuple(service.ignored), created=before is None)

    async def export(self, principal: Principal, name: str) -> Mapping[str, object]:
        """The document that was applied last, or one made of the endpoint where that has been changed since.

        Raises PermissionDenied, NotFound, InvalidInput for an endpoint that no such document can describe.
        """
        try:
            endpoint = (await self._endpoints.get(principal, name)).endpoint
        except NotFound as error:
            return await self._exported_graph(principal, name, error)
        if kept := endpoint.attributes.get(MANIFEST):
            document: Mapping[str, object] = json.loads(kept)
            if documents.holds(endpoint, inference_service.parse(document)):
                return document
        return documents.described(endpoint)

    async def _wire(self, principal: Principal, document: Mapping[str, object]) -> Applied:
        read = inference_graph.parse(document)
        attributes = {MANIFEST: json.dumps(document, sort_keys=True)}
        graph, changed = await self._graphs.apply(principal, read.name, read.wiring, attributes)
        created = changed and graph.generation == 1
        return Applied(read.name, changed, tuple(read.wiring.ignored), inference_graph.KIND, created)

    async def _exported_graph(self, principal: Principal, name: str, otherwise: NotFound) -> Mapping[str, object]:
        try:
            graph = (await self._graphs.get(principal, name)).graph
        except NotFound:
            raise otherwise from None
        document: Mapping[str, object] = json.loads(graph.attributes[MANIFEST])
        return document

    async def _known(self, principal: Principal, name: str) -> EndpointDetail | None:
        try:
            found = await self._endpoints.get(principal, name)
        except NotFound:
            return None
        return None if found.endpoint.removed else found

    async def _deploy(
        self,
        principal: Principal,
        service: InferenceService,
        attributes: Mapping[str, str],
        secrets: Sequence[Mapping[str, object]],
    ) -> None:
        strategy = Strategy() if service.percent in {None, ALL} else Strategy(canary=service.percent)
        part = _part(service, service.predictor, ALL, secrets)
        deployment = Deployment(part.options, strategy, attributes=attributes, credentials=part.credentials)
        await self._endpoints.deploy(principal, service.name, part.model_uri, deployment)

    async def _shift(
        self, principal: Principal, endpoint: Endpoint, percent: int | None, attributes: Mapping[str, str]
    ) -> None:
        rollout = endpoint.rollouts[""]
        newest = endpoint.revision.number
        if percent in {None, ALL}:
            targets: tuple[Target, ...] = (Target(newest, ALL),)
        else:
            stable = rollout.stable if rollout.stable != newest else rollout.previous
            share = percent or 0
            targets = (Target(stable, ALL - share), Target(newest, share)) if stable else (Target(newest, ALL),)
        if rollout.live != targets:
            await self._rollouts.shift(principal, endpoint.name, targets)
        await self._endpoints.describe(principal, endpoint.name, attributes)


def _refuse(service: InferenceService) -> None:
    if service.canaries and service.percent is not None:
        raise NotSupported("spec.canary and spec.predictor.canaryTrafficPercent: use either the one or the other")
    for predictor in (service.predictor, *(one.predictor for one in service.canaries)):
        if not predictor.storage_uri.startswith(_SCHEMES):
            raise NotSupported(
                f"storageUri '{predictor.storage_uri[:200]}' must begin with {', '.join(_SCHEMES)}: register the model "
                "first, for example with mlflow.register_model"
            )


def _part(
    service: InferenceService, predictor: Predictor, percent: int, secrets: Sequence[Mapping[str, object]]
) -> Part:
    found = kserve_secrets.credentials(secrets, predictor.service_account, predictor.storage_key)
    return Part(predictor.storage_uri, documents.options(predictor, service), percent, found)


def _has_list(endpoint: Endpoint) -> bool:
    """Whether its canaries came by a list."""
    rollout = endpoint.rollouts.get("")
    return rollout is not None and bool(rollout.base and rollout.canary)


def _is_newest(endpoint: Endpoint, service: InferenceService) -> bool:
    newest, predictor = endpoint.revision, service.predictor
    return newest.model_uri == predictor.storage_uri and newest.options == documents.options(predictor, service)
