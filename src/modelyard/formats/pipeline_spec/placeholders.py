"""`{{$...}}` within commands, environments and constants, and the two structures of arguments: Concat and IfPresent."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec.parameters import as_text

_PLACEHOLDER = re.compile(r"\{\{\$((?:(?!\}\}).)*)\}\}", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+))\s*\]")
_ESCAPE = re.compile(r"\.json_escape\[(\d)\]$")
_STRUCTURES = ("Concat", "IfPresent")
_DEPTH_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Known:
    """What placeholders can stand for: KFP's ExecutorInput, and words such as `pipeline_job_name`."""

    executor_input: Mapping[str, Json]
    words: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> Mapping[str, Json]:
        """The values of the inputs."""
        return _inside(self, "inputs", "parameterValues")

    def has(self, name: str) -> bool:
        """Whether an input has a value."""
        inputs = _object(self.executor_input.get("inputs"))
        return name in _object(inputs.get("parameterValues")) or name in _object(inputs.get("artifacts"))


def arguments(texts: Sequence[str], known: Known) -> list[str]:
    """A command line with everything filled in. Raises InvalidInput naming a placeholder that has no value."""
    found: list[str] = []
    for text in texts:
        found += _expanded(_structure(text), known, 0)
    return found


def filled(text: str, known: Known) -> str:
    """A text with its placeholders filled in."""
    if "{{$" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: as_text(_value(match.group(1), known)), text)


def filled_within(value: Json, known: Known) -> Json:
    """A value with the placeholders in its texts filled in, also in keys. One that is all of a text keeps its type."""
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value)
        return _value(match.group(1), known) if match else filled(value, known)
    if isinstance(value, list):
        return [filled_within(item, known) for item in value]
    if isinstance(value, dict):
        return {filled(key, known): filled_within(item, known) for key, item in value.items()}
    return value


def _structure(text: str) -> Json:
    if not text.lstrip().startswith("{") or not any(f'"{name}"' in text for name in _STRUCTURES):
        return text
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if _name_of(value) else text


def _name_of(value: Json) -> str:
    """Which structure it is, if it is one."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        return name if name in _STRUCTURES else ""
    return ""


def _expanded(value: Json, known: Known, depth: int) -> list[str]:
    if depth > _DEPTH_LIMIT:
        raise InvalidInput(f"An argument is nested deeper than {_DEPTH_LIMIT} levels")
    if isinstance(value, list):
        return [text for item in value for text in _expanded(item, known, depth + 1)]
    name = _name_of(value)
    inner = value[name] if isinstance(value, dict) and name else None
    if name == "Concat":
        return ["".join(_expanded(inner, known, depth + 1))]
    if name == "IfPresent" and isinstance(inner, dict):
        branch = inner.get("Then" if known.has(str(inner.get("InputName"))) else "Else")
        return [] if branch is None else _expanded(branch, known, depth + 1)
    return [filled(as_text(value), known)]


def _value(path: str, known: Known) -> Json:
    escape = _ESCAPE.search(path)
    value = _found(path[: escape.start()] if escape else path, known)
    if escape:
        text = as_text(value)
        for _ in range(int(escape.group(1))):
            text = json.dumps(text, ensure_ascii=False)[1:-1]
        return text
    return value


def _found(path: str, known: Known) -> Json:
    if path == "":
        return json.dumps(known.executor_input, ensure_ascii=False)
    steps = _steps(path)
    if len(steps) == 1 and steps[0] in known.words:
        return known.words[steps[0]]
    match steps:
        case ["inputs", "parameters", name]:
            return _entry(_inside(known, "inputs", "parameterValues"), name, path)
        case ["outputs", "parameters", name, "output_file" | "outputFile"]:
            return _object(_entry(_inside(known, "outputs", "parameters"), name, path)).get("outputFile")
        case ["outputs", "output_file" | "outputFile"] | ["outputMetadataUri"]:
            return _object(known.executor_input.get("outputs")).get("outputFile")
        case ["inputs" | "outputs" as side, "artifacts", name, *rest]:
            return _artifact(_entry(_inside(known, side, "artifacts"), name, path), rest, path)
    raise InvalidInput(f"The placeholder {{{{${path[:200]}}}}} is not known")


def _artifact(listed: Json, rest: Sequence[str], path: str) -> Json:
    found = _object(listed).get("artifacts")
    artifacts = found if isinstance(found, list) else []
    if not rest:
        return artifacts[0] if len(artifacts) == 1 else artifacts
    first = _object(artifacts[0]) if artifacts else {}
    match rest:
        case ["uri" | "path"]:
            return first.get("uri")
        case ["name"]:
            return first.get("name")
        case ["metadata" | "properties"]:
            return first.get("metadata") or {}
        case ["metadata" | "properties", key]:
            return _entry(_object(first.get("metadata")), key, path)
    raise InvalidInput(f"The placeholder {{{{${path[:200]}}}}} asks for something that an artifact does not have")


def _steps(path: str) -> list[str]:
    steps, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise InvalidInput(f"The placeholder {{{{${path[:200]}}}}} cannot be read")
        steps.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return steps


def _inside(known: Known, side: str, kind: str) -> Mapping[str, Json]:
    return _object(_object(known.executor_input.get(side)).get(kind))


def _entry(entries: Mapping[str, Json], name: str, path: str) -> Json:
    if name not in entries:
        raise InvalidInput(f"The placeholder {{{{${path[:200]}}}}} has no value: '{name}' was not given")
    return entries[name]


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
