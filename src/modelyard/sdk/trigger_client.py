"""The part of the client that is about triggers."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec

from modelyard.formats import webhook_signatures
from modelyard.sdk.endpoint_client import V1, Items
from modelyard.sdk.transport import Transport, segment
from modelyard.sdk.triggers import Firing, Trigger

_ALL = f"{V1}/triggers"


class TriggerClient:
    """Has pipelines run when something happens. Every call about one thing raises NotFound."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, limit: int = 100) -> Sequence[Trigger]:
        """The newest first, up to 1,000."""
        found = self._transport.ask("GET", _ALL, Items, query={"limit": limit})
        return msgspec.json.decode(found.items, type=list[Trigger])

    def create(self, name: str, kind: str, pipeline_id: str, **more: Any) -> Trigger:
        """`more` may be what else the server takes, such as model, alias, parameters, mapping. Raises InvalidInput."""
        asked = {"name": name, "kind": kind, "pipeline_id": pipeline_id, **more}
        return self._transport.ask("POST", _ALL, Trigger, body=asked)

    def update(self, trigger_id: str, **changes: Any) -> Trigger:
        """`changes` may be name, description, model, alias, parameters, mapping and what else the server takes.

        An empty secret has a new one made, which is told this once. Raises InvalidInput.
        """
        return self._transport.ask("PATCH", _path(trigger_id), Trigger, body=changes)

    def switch(self, trigger_id: str, *, on: bool) -> Trigger:
        """Switch a trigger on or off."""
        return self._transport.ask("POST", f"{_path(trigger_id)}/{'enable' if on else 'disable'}", Trigger)

    def delete(self, trigger_id: str) -> None:
        """With its history; its runs stay."""
        self._transport.send("DELETE", _path(trigger_id))

    def firings(self, trigger_id: str, limit: int = 100) -> Sequence[Firing]:
        """What it has fired for, the newest first, up to 1,000."""
        found = self._transport.ask("GET", f"{_path(trigger_id)}/firings", Items, query={"limit": limit})
        return msgspec.json.decode(found.items, type=list[Firing])

    def fire(self, trigger_id: str, secret: str, event: Mapping[str, Any]) -> Firing:
        """Deliver an event to a webhook, signed. Raises Unauthenticated, InvalidInput, Conflict."""
        body = msgspec.json.encode(event)
        signed = webhook_signatures.headers(f"msg_{uuid4().hex}", int(time.time()), body, secret)
        answer = self._transport.send("POST", f"{_path(trigger_id)}/webhook", body, headers=signed)
        return msgspec.json.decode(answer, type=Firing)


def _path(trigger_id: str) -> str:
    return f"{_ALL}/{segment(trigger_id)}"
