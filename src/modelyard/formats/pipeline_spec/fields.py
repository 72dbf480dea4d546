from collections.abc import Iterator, Mapping, Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json


class Fields:
    """One object of the IR and where it stands, such as `root.dag.tasks.train`. What it lacks is empty.

    Unknown fields are left alone: newer SDKs may write more, and the document is kept as it was.
    """

    def __init__(self, value: Json, path: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise InvalidInput(f"{path} must be an object, not {kind_of(value)}")
        self.value: Mapping[str, Json] = value
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def path_of(self, name: str) -> str:
        """Where a field stands."""
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str) -> Json:
        """A field as it is."""
        return self.value.get(name)

    def inner(self, name: str) -> "Fields":
        """An object."""
        return Fields(self.value.get(name), self.path_of(name))

    def entries(self, name: str) -> Iterator[tuple[str, "Fields"]]:
        """An object of objects."""
        inner = self.inner(name)
        for key in inner.value:
            yield key, inner.inner(key)

    def rows(self, name: str) -> Sequence["Fields"]:
        """A list of objects."""
        return [Fields(entry, f"{self.path_of(name)}[{at}]") for at, entry in enumerate(self.list_of(name))]

    def list_of(self, name: str) -> Sequence[Json]:
        """A list."""
        value = self.value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise InvalidInput(f"{self.path_of(name)} must be a list, not {kind_of(value)}")
        return value

    def text(self, name: str) -> str:
        """A text, empty where there is none."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InvalidInput(f"{self.path_of(name)} must be a text, not {kind_of(value)}")
        return value

    def needed(self, name: str) -> str:
        """A text that must be there."""
        if not (value := self.text(name)):
            raise InvalidInput(f"{self.path_of(name)} is missing")
        return value

    def texts(self, name: str) -> Sequence[str]:
        """A list of texts."""
        found = self.list_of(name)
        for at, value in enumerate(found):
            if not isinstance(value, str):
                raise InvalidInput(f"{self.path_of(name)}[{at}] must be a text, not {kind_of(value)}")
        return [str(value) for value in found]

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            raise InvalidInput(f"{self.path_of(name)} must be true or false, not {kind_of(value)}")
        return bool(value)

    def number(self, name: str, default: float = 0.0) -> float:
        """JSON of protocol buffers may have 64 bit numbers as texts."""
        value = self.value.get(name)
        if value is None:
            return default
        try:
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                return float(value)
        except ValueError:
            pass
        raise InvalidInput(f"{self.path_of(name)} must be a number, not {kind_of(value)}")

    def seconds(self, name: str, default: float) -> float:
        """A duration such as `1.5s`."""
        text = self.text(name)
        if not text:
            return default
        try:
            return float(text.removesuffix("s"))
        except ValueError:
            raise InvalidInput(f"{self.path_of(name)} is '{text[:50]}'; it must be seconds such as 60s") from None


def kind_of(value: Json) -> str:
    """A value's kind, as a reader of JSON calls it."""
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "an object")
