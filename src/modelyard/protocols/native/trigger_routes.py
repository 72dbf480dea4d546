"""The part of the native API's table that is about triggers."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.native import triggers, wire_pipelines
from modelyard.protocols.native import wire_triggers as wire
from modelyard.protocols.native.endpoint_routes import V1
from modelyard.protocols.native.state import NativeState

_TRIGGERS = f"{V1}/triggers"
_TRIGGER = f"{_TRIGGERS}/{{id}}"
_READ = "triggers.read"

ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route(
        "GET",
        _TRIGGERS,
        triggers.index,
        _READ,
        "Triggers, newest first",
        query=wire_pipelines.ListPage,
        returns=wire.Triggers,
    ),
    Route(
        "POST",
        _TRIGGERS,
        triggers.create,
        "triggers.create",
        "Run a pipeline when something happens",
        body=wire.CreateTrigger,
        returns=wire.Trigger,
    ),
    Route("GET", _TRIGGER, triggers.get, _READ, "One trigger", returns=wire.Trigger),
    Route(
        "PATCH",
        _TRIGGER,
        triggers.change,
        "triggers.update",
        "Change what a trigger fires for, and what it runs with",
        body=wire.ChangeTrigger,
        returns=wire.Trigger,
    ),
    Route("DELETE", _TRIGGER, triggers.delete, "triggers.delete", "Delete a trigger; its runs stay"),
    Route(
        "GET",
        f"{_TRIGGER}/firings",
        triggers.firings,
        _READ,
        "What a trigger has fired for, and what became of it",
        query=wire_pipelines.ListPage,
        returns=wire.Firings,
    ),
    Route(
        "POST",
        f"{_TRIGGER}/webhook",
        triggers.deliver,
        PUBLIC,
        "Fire: a delivery that is signed with the trigger's secret",
        body=dict,
        returns=wire.Firing,
        max_body=triggers.LARGEST_DELIVERY,
    ),
    Route("POST", f"{_TRIGGER}/enable", triggers.enable, "triggers.update", "Switch it on", returns=wire.Trigger),
    Route("POST", f"{_TRIGGER}/disable", triggers.disable, "triggers.update", "Switch it off", returns=wire.Trigger),
)
