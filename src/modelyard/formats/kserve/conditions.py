"""Conditions of a graph: GJSON paths, of which a step is taken when they find something.

Read are keys (`a.b`), places in lists (`a.0`), `#` (all of a list, or its length at the end), `@this`, `[@this]` (as a
list of one), and the queries `#(key=="value")` (the first match) and `#(…)#` (all of them) with == != < <= > >= and the
patterns % and !%. Source: the path syntax of github.com/tidwall/gjson, which KServe's router evaluates.
"""

import fnmatch
import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelyard.domain.errors import InvalidInput

_QUERY = re.compile(r"(?P<path>[^=!<>%]*?)\s*(?P<op>==|!=|<=|>=|<|>|!%|%)\s*(?P<value>.+)", re.DOTALL)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LONGEST = 1000
_NOTHING = object()


def holds(condition: str, document: object) -> bool:
    """Whether the path finds something in the document. Raises InvalidInput for a path that cannot be read."""
    return _find(_split(condition.strip()), document) is not _NOTHING


def check(condition: str) -> None:
    """Raises InvalidInput for a path that cannot be read."""
    for part in _split(condition.strip()):
        if part.startswith("#("):
            _query(part)


def _split(path: str) -> list[str]:
    """At the dots that are neither escaped nor within brackets or quotes."""
    if not path or len(path) > _LONGEST:
        raise InvalidInput(f"The condition '{path[:100]}' must be a GJSON path of 1 to {_LONGEST} characters")
    parts, part, depth, quoted, escaped = [], "", 0, False, False
    for letter in path:
        if escaped:
            part, escaped = part + letter, False
        elif letter == "\\":
            escaped = True
        elif letter == "." and not depth and not quoted:
            parts.append(part)
            part = ""
        else:
            quoted ^= letter == '"'
            depth += (letter in "([") - (letter in ")]") if not quoted else 0
            part += letter
    if depth or quoted:
        raise InvalidInput(f"The condition '{path[:100]}' has an open bracket or quote")
    return [*parts, part]


def _find(parts: Sequence[str], value: object) -> object:
    for at, part in enumerate(parts):
        if part == "#" and isinstance(value, list):
            rest = parts[at + 1 :]
            found = [one for entry in value if (one := _find(rest, entry)) is not _NOTHING]
            return found if rest else len(value)
        if part.startswith("#(") and part.endswith(")#") and isinstance(value, list):
            rest = parts[at + 1 :]
            matching = [entry for entry in value if _matches(part[:-1], entry)]
            return [one for entry in matching if (one := _find(rest, entry)) is not _NOTHING]
        value = _step(part, value)
        if value is _NOTHING:
            break
    return value


def _step(part: str, value: object) -> object:
    if part == "@this":
        return value
    if part == "[@this]":
        return [value]
    if part.startswith("#("):
        entries = value if isinstance(value, list) else []
        return next((entry for entry in entries if _matches(part, entry)), _NOTHING)
    if isinstance(value, Mapping):
        return value.get(part, _NOTHING)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return _NOTHING


def _matches(part: str, entry: object) -> bool:
    path, op, wanted = _query(part)
    found = _find(path, entry) if path else entry
    if found is _NOTHING:
        return False
    if not op:
        return True
    if op in {"%", "!%"}:
        return isinstance(found, str) and fnmatch.fnmatchcase(found, str(wanted)) == (op == "%")
    if op in {"==", "!="}:
        same = found == wanted and (type(found) is type(wanted) or _numbers(found, wanted))
        return same == (op == "==")
    comparable = _numbers(found, wanted) or (isinstance(found, str) and isinstance(wanted, str))
    return comparable and _ORDER[op](found, wanted)


def _query(part: str) -> tuple[list[str], str, object]:
    """The path, operator and value of `#(path op value)`; only the path where it asks for existence."""
    inside = part.removeprefix("#(").removesuffix("#").removesuffix(")").strip()
    match = _QUERY.fullmatch(inside)
    if match is None:
        return _split(inside), "", None
    path = match["path"].strip()
    text = match["value"].strip()
    if match["op"] in {"%", "!%"}:
        return _split(path) if path else [], match["op"], text.strip('"')
    try:
        value: object = json.loads(text)
    except ValueError:
        value = text
    return _split(path) if path else [], match["op"], value


def _numbers(one: object, other: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
