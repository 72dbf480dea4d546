"""What a run of a pipeline is given, checked against what the pipeline takes, and macros in it."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Parameter, ParameterType

_MACRO = re.compile(r"\[\[(RunUUID|Index|(?:CurrentTime|ScheduledTime)(?:\.[^\]]+)?)\]\]")
_LAYOUT = re.compile("2006|January|Jan|01|Monday|Mon|02|15|03|04|05|06|PM|MST|-0700")
_DIRECTIVES = {
    "2006": "%Y",
    "January": "%B",
    "Jan": "%b",
    "01": "%m",
    "Monday": "%A",
    "Mon": "%a",
    "02": "%d",
    "15": "%H",
    "03": "%I",
    "04": "%M",
    "05": "%S",
    "06": "%y",
    "PM": "%p",
    "MST": "UTC",
    "-0700": "+0000",
}
_DEFAULT_LAYOUT = "20060102150405"
_KINDS: Mapping[ParameterType, tuple[type, str]] = {
    ParameterType.STRING: (str, "a text"),
    ParameterType.BOOLEAN: (bool, "true or false"),
    ParameterType.LIST: (list, "a list"),
    ParameterType.STRUCT: (dict, "an object"),
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What macros stand for. Times are milliseconds since the epoch."""

    run_id: str
    now: int
    scheduled_at: int
    index: int | None = None


def bound(parameters: Mapping[str, Parameter], given: Mapping[str, Json], occasion: Occasion) -> dict[str, Json]:
    """`given` with its values as they are declared and macros in texts replaced; defaults are left to the run.

    Numbers, truth values, lists and objects may come as JSON in a text, as the kfp command sends them.
    Raises InvalidInput for what is missing, unknown, of another type, or not among the literals.
    """
    unknown = sorted(set(given) - set(parameters))
    if unknown:
        takes = f"it takes {', '.join(sorted(parameters))}" if parameters else "it takes none"
        raise InvalidInput(f"The pipeline has no parameter {', '.join(map(repr, unknown))}; {takes}")
    missing = [
        name
        for name, parameter in parameters.items()
        if given.get(name) is None and not parameter.optional and not parameter.has_default
    ]
    if missing:
        raise InvalidInput(f"The pipeline needs a value for {', '.join(map(repr, sorted(missing)))}")
    return {
        name: None if value is None else _checked(name, parameters[name], value, occasion)
        for name, value in given.items()
    }


def _checked(name: str, parameter: Parameter, value: Json, occasion: Occasion) -> Json:
    cast = _cast(name, parameter.type, value)
    if isinstance(cast, str):
        cast = expanded(cast, occasion)
    if parameter.literals and cast not in parameter.literals:
        choices = ", ".join(json.dumps(one) for one in parameter.literals)
        raise InvalidInput(f"The parameter '{name}' is {json.dumps(cast)[:100]}; it must be one of {choices}")
    return cast


def _cast(name: str, kind: ParameterType, value: Json) -> Json:
    if kind in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG):
        raise InvalidInput(f"The parameter '{name}' is a {kind}, which only a task within a pipeline can be given")
    if isinstance(value, str) and kind is not ParameterType.STRING:
        value = _read(value, kind)
    if kind in (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE):
        return _number(name, kind, value)
    wanted, described = _KINDS[kind]
    if not isinstance(value, wanted):
        raise _mistyped(name, described, value)
    return value


def _number(name: str, kind: ParameterType, value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mistyped(name, "a number" if kind is ParameterType.NUMBER_DOUBLE else "a whole number", value)
    if kind is ParameterType.NUMBER_DOUBLE:
        return float(value)
    if isinstance(value, float) and not value.is_integer():
        raise _mistyped(name, "a whole number", value)
    return int(value)


def _read(text: str, kind: ParameterType) -> Json:
    """JSON within a text, or the text itself where it is none."""
    try:
        read: Json = json.loads(text.lower() if kind is ParameterType.BOOLEAN else text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return read


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _mistyped(name: str, wanted: str, value: Json) -> InvalidInput:
    return InvalidInput(f"The parameter '{name}' is {json.dumps(value)[:100]}; it must be {wanted}")


def expanded(text: str, occasion: Occasion) -> str:
    """`[[RunUUID]]`, `[[Index]]`, `[[CurrentTime]]`, `[[ScheduledTime]]`, the times also with a layout of Go's."""
    return _MACRO.sub(lambda found: _meaning(found[1], occasion), text)


def _meaning(macro: str, occasion: Occasion) -> str:
    if macro == "RunUUID":
        return occasion.run_id
    if macro == "Index":
        return f"[[{macro}]]" if occasion.index is None else str(occasion.index)
    what, _, layout = macro.partition(".")
    moment = time.gmtime((occasion.now if what == "CurrentTime" else occasion.scheduled_at) // 1000)
    escaped = (layout or _DEFAULT_LAYOUT).replace("%", "%%")
    return time.strftime(_LAYOUT.sub(lambda found: _DIRECTIVES[found[0]], escaped), moment)
