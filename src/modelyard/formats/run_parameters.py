"""What a run of a pipeline is given, checked against what the pipeline takes, and macros in it."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Parameter, ParameterType
from modelyard.formats.pipeline_spec.fields import kind_of
from modelyard.formats.pipeline_spec.parameters import as_text, cast

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
    what = f"The parameter '{name}'"
    if parameter.type in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG):
        raise InvalidInput(f"{what} is a {parameter.type}, which only a task within a pipeline can be given")
    if parameter.type is ParameterType.STRING and not isinstance(value, str):
        raise InvalidInput(f"{what} must be a text, not {kind_of(value)}: {as_text(value)[:100]}")
    return cast(expanded(value, occasion) if isinstance(value, str) else value, parameter, what)


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
