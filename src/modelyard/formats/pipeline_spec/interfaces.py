import re

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import ArtifactKind, Interface, Parameter, ParameterType
from modelyard.formats.pipeline_spec.fields import Fields

_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
_OLD_TYPES = {
    "INT": ParameterType.NUMBER_INTEGER,
    "DOUBLE": ParameterType.NUMBER_DOUBLE,
    "STRING": ParameterType.STRING,
}


def interface(definitions: Fields) -> Interface:
    """What goes into a component or comes out of it."""
    return Interface(
        {_safe(name, entry): _parameter(entry) for name, entry in definitions.entries("parameters")},
        {_safe(name, entry): artifact_kind(entry, "artifactType") for name, entry in definitions.entries("artifacts")},
    )


def artifact_kind(entry: Fields, type_field: str) -> ArtifactKind:
    """The kind that an input, an output or an importer names."""
    schema = entry.inner(type_field)
    title = schema.text("schemaTitle") or _title(schema.text("instanceSchema"))
    return ArtifactKind(
        schema_title=title or "system.Artifact",
        schema_version=schema.text("schemaVersion") or "0.0.1",
        many=entry.flag("isArtifactList"),
        optional=entry.flag("isOptional"),
        metadata=dict(entry.inner("metadata").value),
        description=entry.text("description"),
    )


def _safe(name: str, entry: Fields) -> str:
    """Names of inputs and outputs become names of files."""
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise InvalidInput(f"{entry.path}: '{name[:100]}' cannot be a name")
    return name


def _parameter(entry: Fields) -> Parameter:
    return Parameter(
        type=_type(entry),
        optional=entry.flag("isOptional"),
        has_default="defaultValue" in entry,
        default=entry.get("defaultValue"),
        literals=tuple(entry.list_of("literals")),
        description=entry.text("description"),
    )


def _type(entry: Fields) -> ParameterType:
    old = entry.text("type")
    if old in _OLD_TYPES:
        return _OLD_TYPES[old]
    name = entry.text("parameterType")
    try:
        return ParameterType(name)
    except ValueError:
        known = ", ".join(ParameterType)
        raise InvalidInput(f"{entry.path_of('parameterType')} is '{name[:50]}'; it must be one of {known}") from None


def _title(instance_schema: str) -> str:
    """`title: google.VertexModel` of the YAML that older SDKs put there."""
    for line in instance_schema.splitlines():
        name, colon, title = line.partition(":")
        if colon and name.strip() == "title":
            return title.strip()
    return ""
