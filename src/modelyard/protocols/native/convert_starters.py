"""What schedules and triggers have in common: both start runs of a pipeline by themselves."""

from typing import Any

from modelyard.domain.schedules import Schedule
from modelyard.domain.triggers import Trigger
from modelyard.protocols.native.wire_pipelines import CreateSchedule
from modelyard.protocols.native.wire_triggers import CreateTrigger

_ASKED = ("name", "description", "experiment_id", "pipeline_id", "version_id", "enabled")
_TOLD = (*_ASKED, "id", "runs", "error", "user", "created_at", "updated_at")


def told(one: Schedule | Trigger) -> dict[str, Any]:
    """To the wire."""
    return {name: getattr(one, name) for name in _TOLD}


def asked(sent: CreateSchedule | CreateTrigger) -> dict[str, Any]:
    """From the wire."""
    return {name: getattr(sent, name) for name in _ASKED}
