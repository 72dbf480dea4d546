"""The one place that says who may do what."""

from modelyard.domain.errors import PermissionDenied
from modelyard.domain.principals import LOCAL_OWNER, SYSTEM, Principal, Resource

_OWNERS = frozenset({LOCAL_OWNER.name, SYSTEM.name})


def authorize(principal: Principal, action: str, resource: Resource) -> None:
    """Raises PermissionDenied unless `principal` may do `action` (`runs.update`, `models.read`…) to `resource`.

    Without accounts there is one owner, who may do everything; anybody else may do nothing.
    """
    if principal.name not in _OWNERS:
        raise PermissionDenied(f"{principal.name} may not do {action} on {resource.kind} {resource.id}".rstrip())
