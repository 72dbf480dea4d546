import json


def predicate(key: str, operation: int | str, **value: object) -> str:
    """A filter with one condition, as clients write it."""
    return json.dumps({"predicates": [{"operation": operation, "key": key, **value}]})
