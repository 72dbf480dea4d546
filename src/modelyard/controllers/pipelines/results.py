"""What a step has left behind in its folder."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modelyard.controllers.pipelines.folders import StepFolder
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import ArtifactKind, Component, Json, Parameter, ParameterType
from modelyard.formats.pipeline_spec.parameters import cast, of_text

SMALL = 64 << 10
LARGEST = 32 << 20
"""Bytes of a parameter's file, and of the file of all outputs: parameters are kept in the database."""


@dataclass(frozen=True, slots=True)
class Made:
    """An artifact as a step left it: `place` is a path of this machine or a URI of elsewhere."""

    name: str
    place: str
    metadata: Mapping[str, Json]
    kind: ArtifactKind


@dataclass(frozen=True, slots=True)
class Result:
    parameters: Mapping[str, Json] = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[Made]] = field(default_factory=dict)


async def read(folder: StepFolder, component: Component) -> Result:
    """Raises InvalidInput naming an output that is missing or of another type."""
    if folder.size_of_outputs(component.outputs.parameters) < SMALL:
        return _read(folder, component)
    return await asyncio.to_thread(_read, folder, component)


def _read(folder: StepFolder, component: Component) -> Result:
    told = _told(folder)
    values, listed = _object(told.get("parameterValues")), _object(told.get("artifacts"))
    return Result(
        {name: _parameter(name, one, values, folder) for name, one in component.outputs.parameters.items()},
        {name: _artifacts(name, kind, listed.get(name), folder) for name, kind in component.outputs.artifacts.items()},
    )


def _told(folder: StepFolder) -> Mapping[str, Json]:
    try:
        if folder.output_file.stat().st_size > LARGEST:
            raise InvalidInput(f"The outputs of the step are larger than {LARGEST >> 20} MiB; use artifacts for such")
        return _object(json.loads(folder.output_file.read_bytes()))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError, OSError) as error:
        raise InvalidInput(f"The step's {folder.output_file.name} cannot be read: {error}") from None


def _parameter(name: str, wanted: Parameter, values: Mapping[str, Json], folder: StepFolder) -> Json:
    what = f"The step's output '{name}'"
    if values.get(name) is not None:
        return cast(values[name], wanted, what)
    path = folder.parameter(name)
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidInput(f"{what} is larger than {LARGEST >> 20} MiB; use an artifact for such")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"The step ended without writing its output '{name}'") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{what} cannot be read: {error}") from None
    if wanted.type is ParameterType.STRING:
        return text
    return of_text(text, wanted.type, what)


def _artifacts(name: str, kind: ArtifactKind, listed: Json, folder: StepFolder) -> Sequence[Made]:
    found = _object(listed).get("artifacts")
    if not isinstance(found, list):
        return () if kind.many else (Made(name, str(folder.artifact(name)), kind.metadata, kind),)
    return tuple(_made(name, kind, _object(entry), folder) for entry in found)


def _made(name: str, kind: ArtifactKind, entry: Mapping[str, Json], folder: StepFolder) -> Made:
    place = entry.get("custom_path") or entry.get("customPath") or entry.get("uri") or str(folder.artifact(name))
    own = entry.get("name")
    return Made(
        name=own if isinstance(own, str) and own else name,
        place=str(place).removeprefix("file://"),
        metadata=_object(entry.get("metadata")) or kind.metadata,
        kind=kind,
    )


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
