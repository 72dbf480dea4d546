"""Documents that are nearly right: a valid message with a few things in it broken, and then perhaps a few bytes."""

import copy
import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from tests.fuzz.odd import VALUES, Raw, Several

Place = tuple[str | int, ...]
BYTES: Final = (b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"{", b"]", b'"', b"\\", b",", b"\x1f\x8b", b"\xfe\xff[")
_CHANGES: Final = ("replace", "replace", "replace", "replace", "drop", "wrap", "quote", "repeat", "rename", "add")


def changed(random: Random, message: Mapping[str, Any]) -> Any:
    """The message with up to three things changed."""
    document: Any = copy.deepcopy(dict(message))
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        found = [at for at in places(document) if at]
        document = _change(random, document, random.choice(found)) if found else odd(random)
    return document if random.random() > 0.02 else odd(random)


def body(random: Random, message: Mapping[str, Any]) -> bytes:
    """A changed message as bytes, sometimes with a few of these changed, too."""
    made = written(changed(random, message)).encode("utf-8", "surrogatepass")
    for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
        at = random.randint(0, len(made))
        made = made[:at] + random.choice(BYTES) + made[at + random.choice((0, 1, 4, len(made))) :]
    return made


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Of every value in it, the whole first."""
    yield at
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from places(value, (*at, key))
    elif isinstance(document, list):
        for index, value in enumerate(document[:3]):
            yield from places(value, (*at, index))


def written(document: Any) -> str:
    """As JSON, but for what is raw or there several times."""
    match document:
        case Raw(text):
            return text
        case Mapping():
            members = ((key, one) for key, value in document.items() for one in given(value))
            return "{" + ",".join(f"{json.dumps(key)}:{written(one)}" for key, one in members) + "}"
        case list():
            return "[" + ",".join(map(written, document)) + "]"
        case _:
            return json.dumps(document)


def given(value: Any) -> tuple[Any, ...]:
    return value.values if isinstance(value, Several) else (value,)


def _change(random: Random, document: Any, at: Place) -> Any:
    *above, last = at
    holder = document
    for step in above:
        holder = holder[step]
    value, change = given(holder[last])[-1], random.choice(_CHANGES)
    if isinstance(last, str) and change in ("repeat", "rename", "add"):
        _change_member(random, holder, last, change)
    elif change == "drop":
        del holder[last]
    elif change == "wrap":
        holder[last] = random.choice(([value], {"value": value}, [value] * 3))
    elif change == "quote":
        holder[last] = written(value)
    else:
        holder[last] = odd(random)
    return document


def _change_member(random: Random, holder: dict[str, Any], name: str, change: str) -> None:
    first, *rest = name.split("_")
    camel = first + "".join(map(str.capitalize, rest))
    if change == "repeat":
        holder[name] = Several((*given(holder[name]), odd(random)))
    elif change == "rename":
        holder[random.choice((camel, name.upper(), f" {name}", f"{name}\0"))] = holder.pop(name)
    else:
        holder[random.choice((camel, "unknown", "", "\ud800", "__class__"))] = holder[name]


def odd(random: Random) -> Any:
    return copy.deepcopy(random.choice(VALUES))
