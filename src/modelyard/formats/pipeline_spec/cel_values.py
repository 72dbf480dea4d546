"""What CEL's operators and functions do with values of JSON."""

import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec.fields import kind_of

_LONGEST_PATTERN = 1000
_INT64 = 2**63


class CelError(Exception):
    """Why an expression has no value."""


def truth(value: Json) -> bool:
    """The value, which must be true or false."""
    if not isinstance(value, bool):
        raise CelError(f"{_shown(value)} is neither true nor false")
    return value


def negated(value: Json) -> bool:
    """The opposite of true or false."""
    return not truth(value)


def minus(value: Json) -> Json:
    """The opposite of a number."""
    return -_number(value)


def called(name: str, function: Callable[..., Json], arguments: Sequence[Json]) -> Json:
    """What a function answers. Raises CelError where it has no answer."""
    try:
        return function(*arguments)
    except (TypeError, ValueError, OverflowError, RecursionError, re.error) as error:
        shown = ", ".join(_shown(argument) for argument in arguments)
        raise CelError(f"{name}({shown}): {error}") from None


def equal(left: Json, right: Json) -> bool:
    """Numbers by value; values of different kinds are never equal."""
    if _is_number(left) and _is_number(right):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Json, Json], Json]:
    def ordered(left: Json, right: Json) -> bool:
        if (_is_number(left) and _is_number(right)) or (type(left) is type(right) and isinstance(left, str | bool)):
            return compare(left, right)
        raise CelError(f"{_shown(left)} cannot be compared with {_shown(right)}")

    return ordered


def _plus(left: Json, right: Json) -> Json:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    return _number(left) + _number(right)


def _divided(left: Json, right: Json) -> Json:
    dividend, divisor = _number(left), _number(right)
    if isinstance(dividend, float) or isinstance(divisor, float):
        if divisor == 0:
            return math.nan if dividend == 0 else math.copysign(math.inf, dividend)
        return dividend / divisor
    if divisor == 0:
        raise CelError("division by zero")
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _modulo(left: Json, right: Json) -> Json:
    dividend, divisor = _number(left), _number(right)
    if isinstance(dividend, float) or isinstance(divisor, float) or divisor == 0:
        raise CelError(f"{_shown(left)} % {_shown(right)} has no value")
    return int(math.copysign(1, dividend)) * (abs(dividend) % abs(divisor))


def _indexed(value: Json, key: Json) -> Json:
    if isinstance(value, dict):
        if isinstance(key, str) and key in value:
            return value[key]
        raise CelError(f"there is no {_shown(key)} in {_shown(list(value))}")
    if isinstance(value, list) and _is_number(key):
        number = _number(key)
        if number == int(number) and 0 <= number < len(value):
            return value[int(number)]
        raise CelError(f"there is no item {_shown(key)} in a list of {len(value)}")
    raise CelError(f"{_shown(value)} has no {_shown(key)}")


def _within(value: Json, items: Json) -> bool:
    if isinstance(items, list):
        return any(equal(value, item) for item in items)
    if isinstance(items, dict):
        return isinstance(value, str) and value in items
    raise CelError(f"{_shown(items)} is neither a list nor an object")


def _int(value: Json) -> int:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d{1,19}", value):
        raise CelError(f"{_shown(value)} is no whole number")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise CelError(f"{_shown(value)} is no number")
    number = int(value)
    if not -_INT64 <= number < _INT64:
        raise CelError(f"{number} is too large")
    return number


def _double(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise CelError(f"{_shown(value)} is no number")
    return float(value)


def _string(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _INT64:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _bool(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "True", "TRUE", "t", "1"):
        return True
    if value in ("false", "False", "FALSE", "f", "0"):
        return False
    raise CelError(f"{_shown(value)} is neither true nor false")


def _type(value: Json) -> str:
    names = {bool: "bool", int: "int", float: "double", str: "string", list: "list", dict: "map"}
    return names.get(type(value), "null_type")


def _size(value: Json) -> int:
    if not isinstance(value, str | list | dict):
        raise CelError(f"{_shown(value)} has no size")
    return len(value)


def _matches(text: str, pattern: str) -> bool:
    if len(pattern) > _LONGEST_PATTERN or re.search(r"[*+}]\)*[*+{]|\([^)]*[*+|][^)]*\)[*+{]", pattern):
        raise CelError("the pattern may take for ever")  # Python's patterns backtrack, CEL's do not
    return re.search(pattern, text) is not None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CelError(f"{_shown(value)} is no number")
    return value


def _shown(value: Json) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return f"{kind_of(value)} {shown[:60]}" if isinstance(value, list | dict) else shown[:100]


OPERATORS: Mapping[str, Callable[[Json, Json], Json]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _within,
    "+": _plus,
    "-": lambda left, right: _number(left) - _number(right),
    "*": lambda left, right: _number(left) * _number(right),
    "/": _divided,
    "%": _modulo,
    "[]": _indexed,
}
FUNCTIONS: Mapping[str, Callable[..., Json]] = {
    "int": _int,
    "double": _double,
    "string": _string,
    "bool": _bool,
    "type": _type,
    "size": _size,
    "parseJson": json.loads,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
    "matches": _matches,
}
