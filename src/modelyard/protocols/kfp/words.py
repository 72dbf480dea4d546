"""Values in filters: their words for states, in any of their versions, into ours."""

from modelyard.domain.query import Value


def archived(value: Value) -> Value:
    """Of `storage_state`."""
    if isinstance(value, tuple):
        return tuple(str(archived(one)) for one in value)
    return "true" if str(value).upper().removeprefix("STORAGESTATE_") == "ARCHIVED" else "false"


def enabled(value: Value) -> Value:
    """Of `status` and `mode` of recurring runs."""
    if isinstance(value, tuple):
        return tuple(str(enabled(one)) for one in value)
    return "true" if str(value).upper() in ("ENABLED", "ENABLE") else "false"


def state(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(one.upper() for one in value)
    return value.upper() if isinstance(value, str) else value
