"""Values of parameters, as their types want them."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Interface, Json, Parameter, ParameterType
from modelyard.formats.pipeline_spec.fields import kind_of

_WANTED = {
    ParameterType.NUMBER_DOUBLE: "a number",
    ParameterType.NUMBER_INTEGER: "a whole number",
    ParameterType.STRING: "a text",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.LIST: "a list",
    ParameterType.STRUCT: "an object",
}
_OPEN = (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)
_MACRO = re.compile(r"\[\[(RunUUID|Index|CurrentTime|ScheduledTime)(?:\.([^\]]{1,100}))?\]\]")
_GO_DEFAULT = "20060102150405"
_GO_LAYOUT = {
    "January": "%B", "Jan": "%b", "Monday": "%A", "Mon": "%a", "MST": "%Z", "2006": "%Y", "-0700": "%z",
    "01": "%m", "02": "%d", "15": "%H", "03": "%I", "04": "%M", "05": "%S", "06": "%y", "PM": "%p",
}  # fmt: skip
_GO_TOKEN = re.compile("|".join(_GO_LAYOUT))


@dataclass(frozen=True, slots=True)
class Occasion:
    """What macros in parameters stand for: `[[RunUUID]]`, `[[Index]]`, `[[ScheduledTime]]`, `[[CurrentTime.2006-01-02]]`."""

    run_id: str
    now: int
    scheduled: int
    index: int = 1

    def fill(self, value: Json) -> Json:
        """A value with the macros in its texts replaced."""
        if isinstance(value, str):
            return _MACRO.sub(self._said, value) if "[[" in value else value
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        return value

    def _said(self, match: re.Match[str]) -> str:
        name, layout = match.groups()
        if name == "RunUUID":
            return self.run_id
        if name == "Index":
            return str(self.index)
        moment = datetime.fromtimestamp((self.now if name == "CurrentTime" else self.scheduled) / 1000, UTC)
        form = (layout or _GO_DEFAULT).replace("%", "%%")
        return moment.strftime(_GO_TOKEN.sub(lambda token: _GO_LAYOUT[token.group()], form))


def of_run(given: Mapping[str, Json], inputs: Interface, *, texts: bool = False) -> dict[str, Json]:
    """What a run is started with: typed, without nulls; defaults are left to be looked up when it runs.

    With `texts` a number, list or object may come as the text of it, as the kfp command sends all of a schedule's.
    Raises InvalidInput naming a parameter that is missing, unknown or of another type.
    """
    for name in given:
        if name not in inputs.parameters:
            known = ", ".join(sorted(inputs.parameters)) or "none"
            raise InvalidInput(f"The pipeline has no parameter '{name[:100]}'; it has: {known[:1000]}")
    values = {}
    for name, parameter in inputs.parameters.items():
        value = given.get(name)
        if value is not None:
            values[name] = cast(value, parameter, f"Parameter '{name}'", texts=texts, strict=not texts)
        elif not parameter.optional and not parameter.has_default:
            raise InvalidInput(f"Parameter '{name}' is missing: the pipeline has no default for it")
    return values


def cast(value: Json, parameter: Parameter, what: str, *, texts: bool = True, strict: bool = False) -> Json:
    """The value in its parameter's type. Raises InvalidInput, beginning with `what`, when it cannot be.

    JSON of other programs has whole numbers as 1.0, also within lists and objects. A value that is no text becomes the
    JSON of it where a text is wanted, unless `strict`. With `texts`, texts are read where something else is wanted.
    """
    wanted = parameter.type
    if texts and isinstance(value, str) and wanted not in (ParameterType.STRING, *_OPEN):
        value = _read(value)
    typed = _typed(value, wanted)
    if typed is None and wanted is ParameterType.STRING and not strict:
        typed = as_text(value)
    if typed is None:
        raise InvalidInput(f"{what} must be {_WANTED.get(wanted, wanted)}, not {kind_of(value)}: {as_text(value)[:100]}")
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
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match wanted:
        case ParameterType.NUMBER_INTEGER if number and math.isfinite(float(value)) and value == int(value):  # type: ignore[arg-type]
            return int(value)  # type: ignore[arg-type]
        case ParameterType.NUMBER_DOUBLE if number:
            return float(value)  # type: ignore[arg-type]
        case ParameterType.STRING if isinstance(value, str):
            return value
        case ParameterType.BOOLEAN if isinstance(value, bool):
            return value
        case ParameterType.LIST if isinstance(value, list):
            return whole(value)
        case ParameterType.STRUCT if isinstance(value, dict):
            return whole(value)
        case ParameterType.TASK_FINAL_STATUS | ParameterType.TASK_CONFIG:
            return whole(value)
    return None


def _read(text: str) -> Json:
    if text in ("True", "False"):  # as Python writes them
        return text == "True"
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
