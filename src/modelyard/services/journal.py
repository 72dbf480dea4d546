"""Events as services write them."""

from modelyard.domain.events import Detail, Event
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms


def event(principal: Principal, action: str, resource: Resource, **detail: Detail) -> Event:
    """An event of now, by `principal`, about `resource`."""
    return Event(now_ms(), principal.name, principal.workspace_id, action, resource.kind, resource.id, detail)
