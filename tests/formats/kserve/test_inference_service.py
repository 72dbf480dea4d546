from typing import Any

import pytest
import yaml

from modelyard.domain.errors import InvalidInput, ModelyardError, NotSupported
from modelyard.domain.serving_options import Transformer
from modelyard.formats.kserve.inference_service import Logger, parse

WHOLE = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: taxi
  namespace: ml
  labels: {team: rides}
  annotations: {serving.kserve.io/deploymentMode: Standard}
spec:
  predictor:
    minReplicas: 0
    maxReplicas: 3
    scaleTarget: 5
    scaleMetric: concurrency
    containerConcurrency: 10
    timeout: 30
    canaryTrafficPercent: 10
    serviceAccountName: s3-reader
    tolerations: [{key: gpu, operator: Exists}]
    logger: {mode: all, url: "http://sink", metadataHeaders: [x-tenant]}
    batcher: {maxBatchSize: 16, maxLatency: 500}
    model:
      modelFormat: {name: mlflow, version: "2"}
      protocolVersion: v2
      storageUri: models:/taxi@champion
      env: [{name: MODE, value: fast}]
      resources: {limits: {cpu: "1", memory: 512Mi}, requests: {cpu: 100m}}
      readinessProbe: {httpGet: {path: /}}
"""

CANARY: dict[str, Any] = {
    "trafficPercent": 20,
    "predictor": {"model": {"modelFormat": {"name": "mlflow"}, "storageUri": "models:/taxi/2"}},
}


def document(text: str = WHOLE) -> Any:
    return yaml.safe_load(text)


def changed(path: str, value: object) -> Any:
    whole = document()
    *above, last = path.split(".")
    at = whole
    for name in above:
        at = at[name]
    at[last] = value
    return whole


def test_a_whole_document_is_read() -> None:
    service = parse(document())
    predictor = service.predictor
    assert (service.name, service.percent, service.labels) == ("taxi", 10, {"team": "rides"})
    assert (predictor.model_format, predictor.storage_uri) == ("mlflow", "models:/taxi@champion")
    assert (predictor.min_replicas, predictor.max_replicas, predictor.scale_target) == (0, 3, 5)
    assert (predictor.container_concurrency, predictor.timeout, predictor.memory) == (10, 30, 512 * 2**20)
    assert (predictor.env, predictor.batch) == ({"MODE": "fast"}, 16)
    assert predictor.logger == Logger("all", "http://sink")
    assert predictor.service_account == "s3-reader"


def test_what_means_nothing_here_is_listed() -> None:
    assert sorted(parse(document()).ignored) == [
        "metadata.namespace",
        "spec.predictor.batcher.maxLatency",
        "spec.predictor.logger.metadataHeaders",
        "spec.predictor.model.modelFormat.version",
        "spec.predictor.model.protocolVersion",
        "spec.predictor.model.readinessProbe",
        "spec.predictor.model.resources.limits.cpu",
        "spec.predictor.model.resources.requests",
        "spec.predictor.tolerations",
    ]


def test_an_explainer_is_accepted_and_the_list_says_who_explains() -> None:
    service = parse(changed("spec.explainer", {"art": {"type": "SquareAttack", "storageUri": "s3://models/art"}}))
    (told,) = [path for path in service.ignored if path.startswith("spec.explainer")]
    assert told.startswith("spec.explainer (")
    assert "the model itself where it has a method 'explain'" in told


def test_the_older_form_names_the_framework() -> None:
    whole = document()
    del whole["spec"]["predictor"]["model"]
    whole["spec"]["predictor"]["sklearn"] = {"storageUri": "s3://models/iris"}
    predictor = parse(whole).predictor
    assert (predictor.model_format, predictor.storage_uri) == ("sklearn", "s3://models/iris")


def test_a_list_of_canaries_is_read() -> None:
    model = {"modelFormat": {"name": "mlflow"}, "storageUri": "models:/taxi/2"}
    whole = changed("spec.canary", [{"trafficPercent": 20, "predictor": {"name": "next", "model": model}}])
    (canary,) = parse(whole).canaries
    assert (canary.percent, canary.predictor.name, canary.predictor.storage_uri) == (20, "next", "models:/taxi/2")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("kind", "Deployment", "kind is 'Deployment'; it must be one of InferenceService"),
        ("apiVersion", "serving.kserve.io/v1", "apiVersion is 'serving.kserve.io/v1'"),
        ("metadata.name", "", "metadata.name is missing"),
        ("metadata", "taxi", "metadata must be an object, not a text"),
        ("spec.predicter", {}, "Unknown field spec.predicter"),
        ("spec.predictor.maxReplica", 3, "Unknown field spec.predictor.maxReplica"),
        ("spec.predictor.model.storageURI", "x", "Unknown field spec.predictor.model.storageURI"),
        ("spec.predictor.minReplicas", 4, "spec.predictor.minReplicas is 4, over maxReplicas, which is 3"),
        ("spec.predictor.minReplicas", -1, "spec.predictor.minReplicas is -1; it must be at least 0"),
        ("spec.predictor.timeout", "30", "spec.predictor.timeout must be a whole number, not a text"),
        ("spec.predictor.timeout", True, "spec.predictor.timeout must be a whole number, not true or false"),
        ("spec.predictor.canaryTrafficPercent", 101, "must be 0 to 100"),
        ("spec.predictor.logger.mode", "some", "spec.predictor.logger.mode is 'some'"),
        ("spec.predictor.sklearn", {"storageUri": "x"}, "needs exactly one of"),
        ("spec.predictor.model.resources.limits.memory", "lots", "memory is 'lots'; write it as 512Mi or 2Gi"),
        ("spec.predictor.model.env", {"A": "1"}, "spec.predictor.model.env must be a list, not an object"),
        ("spec.canary", [{"trafficPercent": 20}], "spec.canary[0].predictor is missing"),
        ("spec.canary", [CANARY | {"trafficPercent": 60}] * 2, "spec.canary gives away 120 %, over 100 %"),
        (
            "spec.canary",
            [{"predictor": {**CANARY["predictor"], "canaryTrafficPercent": 5}}],
            "spec.canary[0].predictor.canaryTrafficPercent: the share of a canary is the trafficPercent",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(path: str, value: object, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(changed(path, value))
    assert message in refused.value.message


def test_values_of_variables_from_elsewhere_are_refused_by_name() -> None:
    secret = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
    with pytest.raises(NotSupported, match=r"spec\.predictor\.model\.env\[1\]\.valueFrom: .* TOKEN needs its value"):
        parse(changed("spec.predictor.model.env", [{"name": "MODE", "value": "fast"}, secret]))


TRANSFORMER = {
    "minReplicas": 1,
    "containers": [
        {
            "name": "kserve-container",
            "image": "mine",
            "command": ["python", "-m", "mine"],
            "args": ["--predictor_protocol", "v2"],
            "env": [{"name": "MODE", "value": "fast"}],
            "workingDir": "/code",
            "readinessProbe": {"httpGet": {"path": "/healthy", "port": 8080}, "periodSeconds": 1},
            "resources": {"limits": {"memory": "1Gi"}},
        }
    ],
}


def test_a_transformer_is_a_program() -> None:
    service = parse(changed("spec.transformer", TRANSFORMER))
    command = ("python", "-m", "mine", "--predictor_protocol", "v2")
    assert service.transformer == Transformer(command, {"MODE": "fast"}, "/code", "/healthy", 1 << 30)
    ours = [path for path in service.ignored if path.startswith("spec.transformer")]
    assert ours == [
        "spec.transformer.containers[0].readinessProbe.httpGet.port",
        "spec.transformer.containers[0].readinessProbe.periodSeconds",
        "spec.transformer.containers[0].image",
        "spec.transformer.minReplicas",
    ]


@pytest.mark.parametrize(
    ("transformer", "error", "words"),
    [
        ({"containers": [{"image": "mine"}]}, NotSupported, "containers[0].command is missing: there are no images"),
        ({"containers": []}, InvalidInput, "spec.transformer.containers must have one container; it has 0"),
        ({"containers": [{"command": "python"}]}, InvalidInput, "containers[0].command must be a list of texts"),
        ({"containers": [{"command": ["a"], "args": ["--predictor_protocol=grpc-v2"]}]}, NotSupported, "over HTTP"),
        ({"containers": [{"command": ["a"], "arguments": []}]}, InvalidInput, "containers[0].arguments"),
    ],
)
def test_a_transformer_that_cannot_run_here_is_refused_by_its_path(
    transformer: object, error: type[ModelyardError], words: str
) -> None:
    with pytest.raises(error) as refused:
        parse(changed("spec.transformer", transformer))
    assert words in refused.value.message
