"""Values of parameters, as their types want them."""

import json

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Parameter, ParameterType
from modelyard.formats.pipeline_spec.fields import kind_of

_WANTED = {
    ParameterType.NUMBER_DOUBLE: "a number",
    ParameterType.NUMBER_INTEGER: "a whole number",
    ParameterType.STRING: "a text",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.LIST: "a list",
    ParameterType.STRUCT: "an object",
}
_KINDS = {
    ParameterType.STRING: str,
    ParameterType.BOOLEAN: bool,
    ParameterType.LIST: list,
    ParameterType.STRUCT: dict,
}
_OPEN = (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)


def cast(value: Json, parameter: Parameter, what: str) -> Json:
    """The value in its parameter's type. Raises InvalidInput, beginning with `what`, when it cannot be.

    JSON of other programs has whole numbers as 1.0, also within lists and objects. A value that is no text becomes the
    JSON of it where a text is wanted; texts are read as JSON where something else is wanted.
    """
    wanted = parameter.type
    if isinstance(value, str) and wanted not in (ParameterType.STRING, *_OPEN):
        value = _read(value)
    typed = _typed(value, wanted)
    if typed is None and wanted is ParameterType.STRING:
        typed = as_text(value)
    if typed is None:
        raise InvalidInput(
            f"{what} must be {_WANTED.get(wanted, wanted)}, not {kind_of(value)}: {as_text(value)[:100]}"
        )
    if parameter.literals and typed not in [_typed(literal, wanted) for literal in parameter.literals]:
        choices = ", ".join(as_text(literal) for literal in parameter.literals)
        raise InvalidInput(f"{what} is {as_text(typed)[:100]}; it must be one of {choices}")
    return typed


def as_text(value: Json) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(whole(value), ensure_ascii=False)


def whole(value: Json) -> Json:
    """The value with 2.0 written as 2, however deep."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return value


def of_text(text: str, wanted: ParameterType, what: str) -> Json:
    """What a step wrote to the file of an output parameter. Raises InvalidInput as `cast` does."""
    return cast(text if wanted is ParameterType.STRING else text.strip(), Parameter(wanted), what)


def _typed(value: Json, wanted: ParameterType) -> Json:
    """None when the value is not of that type."""
    if wanted in _OPEN:
        return whole(value)
    if wanted in (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE):
        return _number(value, wanted)
    return whole(value) if isinstance(value, _KINDS[wanted]) else None


def _number(value: Json, wanted: ParameterType) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if wanted is ParameterType.NUMBER_DOUBLE:
        return float(value)
    return int(value) if isinstance(value, int) or value.is_integer() else None


def _read(text: str) -> Json:
    if text in ("True", "False"):  # as Python writes them
        return text == "True"
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
