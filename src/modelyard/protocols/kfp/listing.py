"""Pages, orders and filters in Kubeflow's dialect."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from modelyard.domain.errors import InvalidInput
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator, Value
from modelyard.protocols.http.call import Call
from modelyard.protocols.kfp import parsing, times, wire

DEFAULT_PAGE = 20
LARGEST_PAGE = 200
_OPERATORS = {
    1: Operator.EQ,
    2: Operator.NE,
    3: Operator.GT,
    5: Operator.GE,
    6: Operator.LT,
    7: Operator.LE,
    8: Operator.IN,
    9: Operator.ILIKE,
}
_NAMES = {
    "EQUALS": 1,
    "NOT_EQUALS": 2,
    "GREATER_THAN": 3,
    "GREATER_THAN_EQUALS": 5,
    "LESS_THAN": 6,
    "LESS_THAN_EQUALS": 7,
    "IN": 8,
    "IS_SUBSTRING": 9,
}


def _same(value: Value) -> Value:
    return value


@dataclass(frozen=True, slots=True)
class Names:
    """What lists of a noun can be filtered and sorted by: our keys by theirs; `ignored` says the same of all.

    `values` turns their words for a key's values into ours.
    """

    keys: Mapping[str, str]
    values: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset({"namespace"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A listing, and what its page tokens say besides where the page ended."""

    listing: Listing
    sort_by: str
    filter: str

    def token(self, ours: str | None) -> str:
        if ours is None:
            return ""
        said = json.dumps({"sort": self.sort_by, "filter": self.filter, "after": ours})
        return base64.urlsafe_b64encode(said.encode()).decode()


def asked(call: Call[Any], names: Names, *more: Comparison) -> Asked:
    """What a list is asked for; `more` must hold too. Raises InvalidInput."""
    sort_by, filter_ = parsing.query(call, "sort_by"), parsing.query(call, "filter")
    after = None
    if token := parsing.query(call, "page_token"):
        said = _opened(token)
        if (sort_by or filter_) and (sort_by, filter_) != (said["sort"], said["filter"]):
            raise InvalidInput(
                "The page token does not match the sort_by or filter; repeat both as they were, or leave both out"
            )
        sort_by, filter_, after = said["sort"], said["filter"], said["after"]
    key, ascending = _sorted(sort_by, names)
    wanted = tuple(comparison for comparison in _filtered(filter_, names) if comparison is not None)
    page = PageRequest(_page_size(call), after)
    return Asked(Listing(page, (*wanted, *more), key, ascending), sort_by, filter_)


def equal(key: str, value: str) -> tuple[Comparison, ...]:
    """Nothing for an empty value."""
    return (Comparison(Field.ATTRIBUTE, key, Operator.EQ, value),) if value else ()


def _opened(token: str) -> Mapping[str, str]:
    try:
        said = json.loads(base64.urlsafe_b64decode(token))
        json.dumps(said, ensure_ascii=False).encode()  # halves of surrogate pairs are in no token of ours
    except (binascii.Error, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in ("sort", "filter", "after")):
        raise InvalidInput("Invalid page token: it is not one of this server's; ask for the first page again")
    return said


def _page_size(call: Call[Any]) -> int:
    size = parsing.number(call, "page_size")
    if size < 0:
        raise InvalidInput(f"The page size should be greater than 0, not {size}")
    return min(size or DEFAULT_PAGE, LARGEST_PAGE)


def _sorted(sort_by: str, names: Names) -> tuple[str, bool]:
    words = sort_by.lower().split()
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise InvalidInput(f'sort_by is {sort_by[:100]!r}; write "field", "field asc" or "field desc"')
    key = words[0] if words else "created_at"
    if key.startswith("metric:"):
        raise InvalidInput(
            f"Cannot sort by {key[:100]!r}: metrics are those of tracking runs here, and mlflow's search orders by them"
        )
    return _ours(key, names, "sort by"), words[1:] != ["desc"]


def _ours(key: str, names: Names, what: str) -> str:
    if key not in names.keys:
        raise InvalidInput(f"Cannot {what} {key[:100]!r}; one of {', '.join(sorted(names.keys))} can be")
    return names.keys[key]


def _filtered(text: str, names: Names) -> list[Comparison | None]:
    if not text:
        return []
    written = text if text.lstrip().startswith("{") else unquote_plus(text)  # clients encode it twice
    return [_comparison(one, names) for one in parsing.message(written, wire.Filter).predicates]


def _comparison(predicate: wire.Predicate, names: Names) -> Comparison | None:
    operation = predicate.operation
    number = int(operation) if str(operation).isdecimal() else _NAMES.get(str(operation), 0)
    operator = _OPERATORS.get(number)
    if operator is None:
        raise InvalidInput(f"Unknown operation {str(operation)[:50]!r} in the filter; one of {', '.join(_NAMES)}")
    value = _value(predicate)
    if (operator is Operator.IN) != isinstance(value, tuple):
        raise InvalidInput("In the filter IN needs a list of values, and everything else a single one")
    if predicate.key in names.ignored:
        return None
    key = _ours(predicate.key, names, "filter by")
    value = names.values.get(predicate.key, _same)(value)
    if operator is Operator.ILIKE:
        if not isinstance(value, str):
            raise InvalidInput("In the filter IS_SUBSTRING needs a string_value")
        value = f"%{value}%"
    return Comparison(Field.ATTRIBUTE, key, operator, value)


def _value(predicate: wire.Predicate) -> Value:
    given = [
        predicate.int_value,
        predicate.long_value,
        predicate.string_value,
        None if predicate.timestamp_value is None else times.parse(predicate.timestamp_value),
        *(
            None if many is None else tuple(map(str, many.values))
            for many in (predicate.int_values, predicate.long_values, predicate.string_values)
        ),
    ]
    values: list[Value] = [one for one in given if one is not None]
    if len(values) != 1:
        raise InvalidInput(f"In the filter each predicate needs one value, not {len(values)}")
    return values[0]
