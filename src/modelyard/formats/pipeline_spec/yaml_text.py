"""YAML that strangers send: plain values only, with bounds on depth and on what aliases expand to."""

from typing import Any

import yaml

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json

DEPTH_LIMIT = 100
VALUES_LIMIT = 1_000_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))


def documents(text: str) -> list[Json]:
    """All documents that are not empty. Raises InvalidInput saying what is wrong and in which line."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        problem = (
            error.problem if isinstance(error, yaml.MarkedYAMLError) else None
        ) or "text that YAML does not allow"
        raise InvalidInput(f"The pipeline is not valid YAML{_place(mark)}: {problem}") from None
    return [document for document in builder.documents if document is not None]


class _Builder:
    """Makes values of events. `size` counts values with all that aliases repeat, without repeating them in memory."""

    def __init__(self) -> None:
        self.documents: list[Json] = []
        self._open: list[_Collection] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._size = 0
        self._constructor = yaml.constructor.SafeConstructor()
        self._resolver: Any = yaml.resolver.Resolver()

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
        elif isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event), 1, event.anchor, event)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise InvalidInput(
                    f"The pipeline is not valid YAML{_place(event.start_mark)}: *{event.anchor} is not known"
                )
            self._put(*self._anchors[event.anchor], None, event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._open) >= DEPTH_LIMIT:
                raise InvalidInput(f"The pipeline is nested deeper than {DEPTH_LIMIT} levels{_place(event.start_mark)}")
            self._open.append(_Collection(event, self._size))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._put(done.value, self._size - done.before, done.anchor, event, counted=True)

    def _put(self, value: Json, size: int, anchor: str | None, event: yaml.Event, *, counted: bool = False) -> None:
        self._size += 1 if counted else size
        if self._size > VALUES_LIMIT:
            raise InvalidInput(f"The pipeline has more than {VALUES_LIMIT:,} values, counting what aliases repeat")
        if anchor:
            self._anchors[anchor] = (value, max(size, 1))
        if self._open:
            self._open[-1].add(value, event)
        else:
            self.documents.append(value)

    def _scalar(self, event: yaml.ScalarEvent) -> Json:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag not in _PLAIN:  # dates stay texts, as in JSON
            if event.tag not in (None, "!"):
                raise InvalidInput(
                    f"The pipeline has a value of type {event.tag}{_place(event.start_mark)}; use plain ones"
                )
            return str(event.value)
        value: Json = self._constructor.construct_object(yaml.ScalarNode(tag, event.value))
        return value


class _Collection:
    def __init__(self, event: yaml.CollectionStartEvent, before: int) -> None:
        self.anchor = event.anchor
        self.before = before
        self.items: list[Json] = []
        self.value: Json = {} if isinstance(event, yaml.MappingStartEvent) else self.items
        self._key: str | None = None

    def add(self, value: Json, event: yaml.Event) -> None:
        if not isinstance(self.value, dict):
            self.items.append(value)
        elif self._key is None:
            if isinstance(value, dict | list):
                raise InvalidInput(f"The pipeline has a key that is not a text{_place(event.start_mark)}")
            self._key = value if isinstance(value, str) else str(value)
        else:
            self.value[self._key] = value
            self._key = None


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}" if mark is not None else ""
