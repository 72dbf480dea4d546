from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modelyard.domain.errors import InvalidInput
from modelyard.domain.serving_options import Transformer
from modelyard.formats.kserve import containers, kubernetes, transformers
from modelyard.formats.kserve.reader import Reader

API_VERSION = "serving.kserve.io/v1beta1"
KIND = "InferenceService"
FRAMEWORKS = (
    "sklearn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
    "mlflow",
)
SCALE_METRICS = ("concurrency", "rps", "cpu", "memory")
LOGGER_MODES = ("all", "request", "response")
EXPLAINED = "no container runs for it; :explain is answered by the model itself where it has a method 'explain'"
_ALL = 100


@dataclass(frozen=True, slots=True)
class Logger:
    """What of requests and answers is sent where; `mode` is one of LOGGER_MODES."""

    mode: str
    url: str


@dataclass(frozen=True, slots=True)
class Predictor:
    """What to serve and how; None where the document leaves it to the server. `memory` is in bytes, `timeout` seconds.

    `batch` is how many requests at most are predicted together (None: no batcher was asked for).
    """

    model_format: str
    storage_uri: str
    name: str = ""
    min_replicas: int | None = None
    max_replicas: int | None = None
    scale_target: int | None = None
    container_concurrency: int | None = None
    timeout: int | None = None
    memory: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    logger: Logger | None = None
    batch: int | None = None
    service_account: str = ""
    storage_key: str = ""


@dataclass(frozen=True, slots=True)
class Canary:
    """A further predictor and its share of requests in percent; 0 is a dark launch."""

    percent: int
    predictor: Predictor


@dataclass(frozen=True, slots=True)
class InferenceService:
    """`percent` is the share of the newest predictor where `canaryTrafficPercent` splits it from the one before.

    All predictors have the same `transformer`. `ignored` are the fields that were accepted and have no effect, by their
    paths, some with a reason.
    """

    name: str
    predictor: Predictor
    percent: int | None = None
    canaries: Sequence[Canary] = ()
    transformer: Transformer | None = None
    stopped: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    ignored: Sequence[str] = ()


def parse(document: Mapping[str, object]) -> InferenceService:
    """Raises InvalidInput naming the field that is wrong, missing or unknown.

    And NotSupported for a transformer that cannot run here, and for values of variables that are elsewhere.
    """
    top = Reader(document)
    top.choice("apiVersion", (API_VERSION,), "")
    top.choice("kind", (KIND,), "")
    metadata, spec = top.inner("metadata"), top.inner("spec")
    if metadata is None or spec is None:
        raise InvalidInput("An InferenceService needs metadata and a spec")
    name = metadata.needed("name")
    labels, annotations = metadata.texts("labels"), metadata.texts("annotations")
    metadata.ignore({"namespace", *kubernetes.METADATA})
    metadata.end()
    top.ignore({"status"})
    top.end()
    predictor, percent = _component(spec, "predictor")
    if predictor is None:
        raise InvalidInput("spec.predictor is missing")
    transformer = transformers.parse(spec)
    canaries = _canaries(spec)
    spec.ignore({"explainer"}, because=EXPLAINED)
    spec.end()
    return InferenceService(
        name=name,
        predictor=predictor,
        transformer=transformer,
        percent=percent,
        canaries=canaries,
        stopped=annotations.get("serving.kserve.io/stop", "").lower() == "true",
        labels=labels,
        annotations=annotations,
        ignored=tuple(top.ignored),
    )


def _canaries(spec: Reader) -> Sequence[Canary]:
    found = []
    for row in spec.rows("canary"):
        percent = row.whole("trafficPercent", most=_ALL) or 0
        predictor, share = _component(row, "predictor")
        if predictor is None:
            raise InvalidInput(f"{row.path_of('predictor')} is missing")
        if share is not None:
            path = row.path_of("predictor.canaryTrafficPercent")
            raise InvalidInput(f"{path}: the share of a canary is the trafficPercent beside its predictor")
        row.end()
        found.append(Canary(percent, predictor))
    if sum(one.percent for one in found) > _ALL:
        raise InvalidInput(f"spec.canary gives away {sum(one.percent for one in found)} %, over 100 %")
    return found


def _component(spec: Reader, name: str) -> tuple[Predictor | None, int | None]:
    """A predictor and its canaryTrafficPercent."""
    part = spec.inner(name)
    if part is None:
        return None, None
    model_format, model = _model(part)
    storage_uri = model.text("storageUri")
    key = _storage(model)
    env, memory = containers.environment_and_memory(model)
    model.end()
    least, most = part.whole("minReplicas"), part.whole("maxReplicas")
    if least is not None and most and least > most:
        raise InvalidInput(f"{part.path_of('minReplicas')} is {least}, over maxReplicas, which is {most}")
    metric = part.choice("scaleMetric", SCALE_METRICS, "concurrency")
    target = part.whole("scaleTarget", least=1)
    if metric != "concurrency" and target is not None:
        part.ignored += [part.path_of("scaleMetric"), part.path_of("scaleTarget")]
        target = None
    percent = part.whole("canaryTrafficPercent", most=_ALL)
    predictor = Predictor(
        model_format=model_format,
        storage_uri=storage_uri,
        name=part.text("name"),
        min_replicas=least,
        max_replicas=most,
        scale_target=target,
        container_concurrency=part.whole("containerConcurrency"),
        timeout=part.whole("timeout", least=1),
        memory=memory,
        env=env,
        logger=_logger(part),
        batch=_batch(part),
        service_account=part.text("serviceAccountName"),
        storage_key=key,
    )
    part.ignore({"labels", "annotations", "deploymentStrategy", "scaleMetricType", "autoScaling", "workerSpec"})
    part.ignore(kubernetes.POD)
    part.end()
    return predictor, percent


def _model(part: Reader) -> tuple[str, Reader]:
    """What is served, by its format: `model`, or the older field that is named after the framework."""
    given = [name for name in ("model", *FRAMEWORKS, "containers") if name in part]
    if len(given) != 1:
        known = "model (with modelFormat and storageUri)"
        raise InvalidInput(f"{part.path_of('')[:-1]} needs exactly one of {known}, {', '.join(FRAMEWORKS)}")
    if given[0] == "containers":
        raise InvalidInput(f"{part.path_of('containers')}: there are no containers on one machine; serve a model")
    model = part.inner(given[0])
    if model is None:
        raise InvalidInput(f"{part.path_of(given[0])} is missing")
    model.ignore({"protocolVersion", "runtimeVersion", "runtime", "name", "uninstallable"})
    if given[0] != "model":
        return given[0], model
    kind = model.inner("modelFormat")
    if kind is None:
        raise InvalidInput(f"{model.path_of('modelFormat')} is missing")
    model_format = kind.needed("name")
    kind.ignore({"version"})
    kind.end()
    return model_format, model


def _storage(model: Reader) -> str:
    storage = model.inner("storage")
    if storage is None:
        return ""
    key = storage.text("key")
    storage.ignore({"path", "parameters", "schemaPath"})
    storage.end()
    return key


def _logger(part: Reader) -> Logger | None:
    logger = part.inner("logger")
    if logger is None:
        return None
    found = Logger(logger.choice("mode", LOGGER_MODES, "all"), logger.text("url"))
    logger.ignore({"metadataHeaders", "metadataAnnotations", "storage", "batchSize", "batchInterval"})
    logger.end()
    return found


def _batch(part: Reader) -> int | None:
    batcher = part.inner("batcher")
    if batcher is None:
        return None
    size = batcher.whole("maxBatchSize", least=1) or 32
    batcher.ignore({"maxLatency", "timeout"})
    batcher.end()
    return size
