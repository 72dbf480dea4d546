"""The transformer of an InferenceService, as a program of this machine; and that program as a document's."""

import itertools
from collections.abc import Mapping, Sequence

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.domain.serving_options import Transformer
from modelyard.formats.kserve import containers, kubernetes
from modelyard.formats.kserve.reader import Reader

NAME = "kserve-container"
_PROTOCOLS = ("--predictor_protocol", "--protocol")
_SCALING = ("minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "scaleMetricType", "autoScaling")
_OF_PREDICTORS = ("canaryTrafficPercent", "containerConcurrency", "timeout", "logger", "batcher")
_OTHERS = ("name", "labels", "annotations", "deploymentStrategy", "serviceAccountName")


def parse(spec: Reader) -> Transformer | None:
    """None where there is none. Raises InvalidInput, and NotSupported for what only an image says how to run."""
    part = spec.inner("transformer")
    if part is None:
        return None
    found = part.rows("containers")
    if len(found) != 1:
        raise InvalidInput(f"{part.path_of('containers')} must have one container; it has {len(found)}")
    transformer = _program(found[0])
    part.ignore((*_SCALING, *_OF_PREDICTORS, *_OTHERS, *kubernetes.POD))
    part.end()
    return transformer


def _program(container: Reader) -> Transformer:
    command, arguments = container.words("command"), container.words("args")
    if not command:
        raise NotSupported(
            f"{container.path_of('command')} is missing: there are no images here, so it must say which program of "
            "this machine to start, as command: [python, -m, my_transformer]"
        )
    _refuse_grpc(container, arguments)
    folder, ready_path = container.text("workingDir"), _ready_path(container)
    container.text("name")
    env, memory = containers.environment_and_memory(container)
    container.end()
    return Transformer((*command, *arguments), env, folder, ready_path, memory or 0)


def _refuse_grpc(container: Reader, arguments: Sequence[str]) -> None:
    said = [word for argument in arguments for word in argument.split("=", 1)]
    for name, value in itertools.pairwise(said):
        if name in _PROTOCOLS and value.startswith("grpc"):
            raise NotSupported(
                f"{container.path_of('args')}: {name} {value}: models are asked over HTTP here; use v1 or v2"
            )


def _ready_path(container: Reader) -> str:
    """That of an HTTP probe. Other probes, and how often they are made, have no effect."""
    probe = container.inner("readinessProbe")
    if probe is None:
        return ""
    path = ""
    if (get := probe.inner("httpGet")) is not None:
        path = get.text("path")
        get.ignore(get.names())
    probe.ignore(probe.names())
    return path


def described(transformer: Transformer) -> Mapping[str, object]:
    """The same as `spec.transformer`."""
    container: dict[str, object] = {"name": NAME, "command": list(transformer.command)}
    if transformer.environment_variables:
        container["env"] = [{"name": name, "value": value} for name, value in transformer.environment_variables.items()]
    if transformer.folder:
        container["workingDir"] = transformer.folder
    if transformer.ready_path:
        container["readinessProbe"] = {"httpGet": {"path": transformer.ready_path}}
    if transformer.memory:
        container["resources"] = {"limits": {"memory": str(transformer.memory)}}
    return {"containers": [container]}
