from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from modelyard.domain.pipeline_spec import Json

MOST_AT_ONCE = 10
MOST_AN_HOUR = 1_000
MOST_WAITING = 100
"""Firings of one trigger that may wait for its runs to end."""


class TriggerKind(StrEnum):
    """What a trigger listens to. What is told of in the journal of events needs a line in `formats.trigger_events`."""

    WEBHOOK = "webhook"
    MODEL_VERSION = "model_version"
    ALIAS = "alias"


class FiringState(StrEnum):
    WAITING = "WAITING"
    STARTED = "STARTED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Rule:
    """What starts a run, and with what. `model` and `alias` are any when empty.

    `parameters` are given as they are; `mapping` names for others the field of the event to take, such as `data.day`.
    `most_at_once` runs of a trigger may be open, the next firing waits; `most_an_hour` bounds a pipeline that brings
    about what starts it.
    """

    kind: TriggerKind
    model: str = ""
    alias: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    most_at_once: int = 1
    most_an_hour: int = 10


@dataclass(frozen=True, slots=True)
class Trigger:
    """Starts runs of a pipeline when something happens. Without a version it runs its pipeline's newest.

    `seen` is the last event of the journal that it has been shown. The secret of a webhook is told once, when made.
    """

    id: str
    workspace_id: int
    experiment_id: str
    name: str
    description: str
    rule: Rule
    enabled: bool
    user: str
    created_at: int
    updated_at: int
    pipeline_id: str
    version_id: str = ""
    secret: str = ""
    seen: int = 0
    runs: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """Without a secret, a webhook is given one."""

    name: str
    rule: Rule
    pipeline_id: str
    version_id: str = ""
    experiment_id: str = ""
    description: str = ""
    enabled: bool = True
    secret: str = ""


@dataclass(frozen=True, slots=True)
class TriggerChange:
    """None leaves a thing as it is. An empty secret has a new one made, an empty version means the newest."""

    name: str | None = None
    description: str | None = None
    version_id: str | None = None
    model: str | None = None
    alias: str | None = None
    parameters: Mapping[str, Json] | None = None
    mapping: Mapping[str, str] | None = None
    most_at_once: int | None = None
    most_an_hour: int | None = None
    secret: str | None = None

    def rule(self, before: Rule) -> Rule:
        """As it is after the change."""
        names = ("model", "alias", "parameters", "mapping", "most_at_once", "most_an_hour")
        given = {name: getattr(self, name) for name in names}
        return replace(before, **{name: one for name, one in given.items() if one is not None})


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that a trigger fires for, once for each `key`. `said` tells people what it is; `fields` are mapped."""

    key: str
    at: int
    said: str
    fields: Json


@dataclass(frozen=True, slots=True)
class Firing:
    """What became of an occasion. `parameters` are those that were taken from it."""

    id: str
    trigger_id: str
    key: str
    state: FiringState
    at: int
    said: str
    created_at: int
    parameters: Mapping[str, Json] = field(default_factory=dict)
    run_id: str = ""
    error: str = ""
    ended_at: int | None = None
