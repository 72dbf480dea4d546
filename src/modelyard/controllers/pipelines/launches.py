"""From a task with its inputs to what an executor is told."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from modelyard.controllers.pipelines.folders import StepFolder
from modelyard.controllers.pipelines.secrets import LookUp
from modelyard.controllers.pipelines.task_config import config
from modelyard.controllers.pipelines.words import words_of_task
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import Artifact, Task
from modelyard.domain.pipeline_spec import ArtifactKind, Component, Container, Json, ParameterType, Resources
from modelyard.domain.task_launch import Launch, Mount, Needs
from modelyard.formats.pipeline_spec import bootstrap
from modelyard.formats.pipeline_spec.placeholders import Known, arguments, filled
from modelyard.formats.pipeline_spec.quantities import amount

_VARIABLE = re.compile(r"\$\((\w+)\)")


@dataclass(frozen=True, slots=True)
class Materials:
    """What a try has on this machine.

    `paths` says where each input artifact is, by input and position; `look_up` answers what a platform's source has.
    """

    folder: StepFolder
    paths: Mapping[str, Sequence[str]]
    words: Mapping[str, str]
    env: Mapping[str, str]
    look_up: LookUp
    mounts: Sequence[Mount] = ()


def launch_of(key: str, task: Task, component: Component, materials: Materials) -> Launch:
    """Raises InvalidInput when a placeholder or a quantity cannot be understood."""
    container = component.body
    if not isinstance(container, Container):
        raise InvalidInput(f"Task '{task.name}' has nothing to run")
    words = words_of_task(materials.words, task)
    known = Known(executor_input_of(task, component, materials), words)
    configs: dict[str, Json] = {
        name: config(component, container, known, materials.look_up)
        for name, parameter in component.inputs.parameters.items()
        if parameter.type is ParameterType.TASK_CONFIG
    }
    if configs:
        known = Known(executor_input_of(task, component, materials, configs), words)
    resources = container.resources if component.applies("RESOURCES") else Resources()
    python = bootstrap.recognise(container.command, container.args)
    command = [] if python else arguments([*container.command, *container.args], known)
    return Launch(
        key=key,
        run_id=task.run_id,
        folder=materials.folder.path,
        command=command,
        executor_input=json.dumps(known.executor_input, ensure_ascii=False),
        python=python,
        env={**materials.env, **(_environment(container, known) if component.applies("ENV") else {})},
        needs=_needs(resources, known),
        timeout=_timeout(container),
        memory_limit=int(_quantity(resources.memory_limit, known)),
        mounts=materials.mounts,
    )


def executor_input_of(
    task: Task, component: Component, materials: Materials, configs: Mapping[str, Json] = MappingProxyType({})
) -> dict[str, Json]:
    """KFP's ExecutorInput, with plain paths. `configs` are inputs that only a try has."""
    folder, outputs = materials.folder, component.outputs
    given: dict[str, Json] = {
        name: {"artifacts": [_given(one, path) for one, path in zip(artifacts, materials.paths[name], strict=True)]}
        for name, artifacts in task.inputs.artifacts.items()
    }
    return {
        "inputs": {"parameterValues": {**task.inputs.parameters, **configs}, "artifacts": given},
        "outputs": {
            "parameters": {name: {"outputFile": str(folder.parameter(name))} for name in outputs.parameters},
            "artifacts": {
                name: {"artifacts": [_made(name, kind, str(folder.artifact(name)))]}
                for name, kind in outputs.artifacts.items()
            },
            "outputFile": str(folder.output_file),
        },
    }


def directories(task: Task, component: Component, folder: StepFolder) -> Sequence[Path]:
    """What must be there before a step starts."""
    wanted = [folder.path]
    if component.outputs.parameters:
        wanted.append(folder.path / "outputs" / "parameters")
    if component.outputs.artifacts:
        wanted.append(folder.path / "outputs" / "artifacts")
    for name, artifacts in task.inputs.artifacts.items():
        wanted += [folder.given(name, at) for at in range(len(artifacts))]
    return wanted


def _given(artifact: Artifact, path: str) -> Json:
    return {
        "name": artifact.name,
        "type": {"schemaTitle": artifact.schema_title, "schemaVersion": artifact.schema_version},
        "uri": path,
        "metadata": dict(artifact.metadata),
    }


def _made(name: str, kind: ArtifactKind, path: str) -> Json:
    return {
        "name": name,
        "type": {"schemaTitle": kind.schema_title, "schemaVersion": kind.schema_version},
        "uri": path,
        "metadata": dict(kind.metadata),
    }


def _environment(container: Container, known: Known) -> dict[str, str]:
    """`$(NAME)` is a variable before it, as in Kubernetes."""
    env: dict[str, str] = {}
    for name, value in container.env:
        env[name] = _VARIABLE.sub(lambda match: env.get(match[1], match[0]), filled(value, known))
    return env


def _needs(asked: Resources, known: Known) -> Needs:
    gpus = int(_quantity(asked.accelerator_count, known)) if asked.accelerator_type else 0
    return Needs(
        cpu=_quantity(asked.cpu_request or asked.cpu_limit, known),
        memory=int(_quantity(asked.memory_request or asked.memory_limit, known)),
        gpus=gpus,
    )


def _quantity(text: str, known: Known) -> float:
    try:
        return amount(filled(text, known))
    except InvalidInput as error:
        raise InvalidInput(f"The resource {error.message}") from None


def _timeout(container: Container) -> float:
    seconds = container.platform.get("activeDeadlineSeconds")
    return float(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else 0.0
