"""What an InferenceService document says of an endpoint, and the document that an endpoint amounts to."""

from collections.abc import Iterator, Mapping

from modelyard.domain.endpoints import Endpoint, Revision, Wanted
from modelyard.domain.errors import InvalidInput
from modelyard.domain.rollouts import ALL
from modelyard.domain.serving_options import (
    Batching,
    PayloadLog,
    PayloadMode,
    Scaling,
    ServingOptions,
    Switch,
)
from modelyard.formats.kserve import inference_service, transformers
from modelyard.formats.kserve.inference_service import InferenceService, Predictor

ENVIRONMENT = "modelyard.io/environment"
"""An annotation: local, or uv for an environment of the model's own."""

_STOP = "serving.kserve.io/stop"
_LOG_MODES = {"all": PayloadMode.ALL, "request": PayloadMode.REQUEST, "response": PayloadMode.RESPONSE}


def holds(endpoint: Endpoint, service: InferenceService) -> bool:
    """Whether the endpoint is wanted as the document says, whoever has changed it since."""
    rollout = endpoint.rollouts.get("")
    if rollout is None or len(endpoint.rollouts) > 1 or service.stopped is not (endpoint.wanted is Wanted.STOPPED):
        return False
    revisions = {one.number: one for one in endpoint.revisions}
    left = {target.revision: target.weight for target in rollout.live}
    alone = len(left) == 1 and not rollout.previous  # the first revision gets everything, whatever is said
    for predictor, percent in shares(service):
        meant = (number for number in left if _is(revisions[number], predictor, service))
        number = next((number for number in meant if left[number] == percent or alone), None)
        if number is None:
            return False
        del left[number]
    return not service.canaries or (not left and _is(revisions[rollout.stable], service.predictor, service))


def shares(service: InferenceService) -> Iterator[tuple[Predictor, int]]:
    """Each predictor with its percent of the requests, the one that is not a canary first."""
    left = ALL - sum(canary.percent for canary in service.canaries)
    yield service.predictor, left if service.percent is None else service.percent
    for canary in service.canaries:
        yield canary.predictor, canary.percent


def _is(revision: Revision, predictor: Predictor, service: InferenceService) -> bool:
    return (revision.model_uri, revision.options) == (predictor.storage_uri, options(predictor, service))


def options(predictor: Predictor, service: InferenceService) -> ServingOptions:
    """How the document wants a predictor to be served."""
    usual = Scaling()
    least = usual.least if predictor.min_replicas is None else predictor.min_replicas
    most = predictor.max_replicas or max(least, usual.most)
    logger = predictor.logger
    return ServingOptions(
        environment=service.annotations.get(ENVIRONMENT, "local"),
        scaling=Scaling(
            least=least,
            most=most,
            target=predictor.scale_target or usual.target,
            limit=predictor.container_concurrency or 0,
        ),
        batching=Batching() if predictor.batch is None else Batching(Switch.ON, predictor.batch),
        payload_log=PayloadLog() if logger is None else PayloadLog(_LOG_MODES[logger.mode], 1.0, logger.url),
        timeout=float(predictor.timeout or ServingOptions().timeout),
        memory=predictor.memory or 0,
        environment_variables=dict(predictor.env),
        transformer=service.transformer,
    )


def described(endpoint: Endpoint) -> Mapping[str, object]:
    """What is wanted of the endpoint. Raises InvalidInput when it has several models, or a scoring script."""
    if set(endpoint.rollouts) != {""}:
        raise InvalidInput(f"Endpoint '{endpoint.name}' has several models, which one InferenceService cannot say")
    rollout = endpoint.rollouts[""]
    listed = bool(rollout.canary and rollout.base) or len(rollout.canaries) > 1
    number = rollout.stable if listed else rollout.canary or rollout.stable
    revision = endpoint.revision_of(number)
    told = [revision, *(endpoint.revision_of(one) for one in rollout.canaries if listed)]
    if any(one.options.script for one in told):
        raise InvalidInput(f"Endpoint '{endpoint.name}' has a scoring script, which an InferenceService cannot say")
    if len({_of_all(one.options) for one in told}) > 1:
        raise InvalidInput(
            f"Endpoint '{endpoint.name}' serves revisions in different environments or with different transformers, "
            "which one InferenceService cannot say"
        )
    predictor = _predictor(revision)
    if rollout.canary and not listed:
        predictor["canaryTrafficPercent"] = rollout.share_of(rollout.canary)
    annotations = {ENVIRONMENT: revision.environment}
    if endpoint.wanted is Wanted.STOPPED:
        annotations[_STOP] = "true"
    spec: dict[str, object] = {"predictor": predictor}
    if len(told) > 1:
        spec["canary"] = [
            {
                "trafficPercent": rollout.share_of(one.number),
                "predictor": {"name": f"revision-{one.number}", **_predictor(one)},
            }
            for one in told[1:]
        ]
    if revision.options.transformer is not None:
        spec["transformer"] = transformers.described(revision.options.transformer)
    return {
        "apiVersion": inference_service.API_VERSION,
        "kind": inference_service.KIND,
        "metadata": {"name": endpoint.name, "annotations": annotations},
        "spec": spec,
    }


def _of_all(options: ServingOptions) -> str:
    """What a document says once, for all of its predictors."""
    return repr((options.environment, options.transformer))


def _predictor(revision: Revision) -> dict[str, object]:
    served, scaling = revision.options, revision.options.scaling
    model: dict[str, object] = {"modelFormat": {"name": "mlflow"}, "storageUri": revision.model_uri}
    if served.environment_variables:
        model["env"] = [{"name": name, "value": value} for name, value in served.environment_variables.items()]
    if served.memory:
        model["resources"] = {"limits": {"memory": str(served.memory)}}
    predictor: dict[str, object] = {
        "minReplicas": scaling.least,
        "maxReplicas": scaling.most,
        "scaleMetric": "concurrency",
        "scaleTarget": scaling.target,
        "containerConcurrency": scaling.limit,
        "timeout": max(1, round(served.timeout)),
        "model": model,
    }
    if served.batching.mode is Switch.ON:
        predictor["batcher"] = {"maxBatchSize": served.batching.most_rows}
    if served.payload_log.mode is not PayloadMode.NONE:
        predictor["logger"] = {"mode": served.payload_log.mode.value} | (
            {"url": served.payload_log.sink} if served.payload_log.sink else {}
        )
    return predictor
