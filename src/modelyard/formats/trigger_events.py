"""What triggers are told: events of the journal as fields, and the fields that become parameters."""

import json
from collections.abc import Mapping

from modelyard.domain.errors import InvalidInput
from modelyard.domain.events import Event
from modelyard.domain.pipeline_spec import Json
from modelyard.domain.triggers import Occasion, Rule, TriggerKind

KIND_OF: Mapping[str, TriggerKind] = {"version.created": TriggerKind.MODEL_VERSION, "alias.moved": TriggerKind.ALIAS}
"""By the event's action; an alert would be another line."""


def matches(rule: Rule, event: Event) -> bool:
    """An alias that is taken away starts nothing: there is no version to run for."""
    if KIND_OF.get(event.action) is not rule.kind or rule.model not in ("", event.subject):
        return False
    if rule.kind is TriggerKind.ALIAS:
        return rule.alias in ("", event.detail.get("alias")) and event.detail.get("after") is not None
    return True


def occasion(event: Event) -> Occasion:
    """Of an event that has a kind."""
    detail, model = event.detail, event.subject
    fields: dict[str, Json] = {"event": event.action, "model": model, "at": event.at, "actor": event.actor}
    if KIND_OF[event.action] is TriggerKind.ALIAS:
        alias, version = detail.get("alias"), detail.get("after")
        fields |= {"alias": alias, "version": version, "before": detail.get("before")}
        said = f"alias {alias} of {model} now names version {version}"
    else:
        fields |= {"version": detail.get("version"), "source": detail.get("source")}
        said = f"{model} has a new version {detail.get('version')}"
    return Occasion(f"event-{event.id}", event.at, said, fields)


def picked(fields: Json, mapping: Mapping[str, str]) -> dict[str, Json]:
    """The value of each parameter that is mapped. Raises InvalidInput for a field that is not there."""
    return {parameter: _field(fields, path) for parameter, path in mapping.items()}


def fields_of(body: bytes) -> Json:
    """Of a delivery; one without a body has none. Raises InvalidInput for what is not JSON."""
    if not body.strip():
        return {}
    try:
        fields: Json = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The body is not JSON: {error}") from None
    return fields


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _field(fields: Json, path: str) -> Json:
    found = fields
    for name in path.split("."):
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and len(name) < 10 and int(name) < len(found):
            found = found[int(name)]
        else:
            there = ", ".join(sorted(map(str, fields))[:20]) if isinstance(fields, dict) else "no fields"
            raise InvalidInput(f"The event has no field '{path}'; at its top it has {there or 'no fields'}")
    return found
