from collections.abc import Iterable, Mapping, Sequence

from modelyard.domain.errors import InvalidInput


class Reader:
    """One object of a document: takes its fields by name and kind, and knows in the end which nobody took.

    `path` is where it stands, such as `spec.predictor`. What is accepted without an effect is noted in `ignored`, which
    all readers of a document share.
    """

    def __init__(self, value: object, path: str = "", ignored: list[str] | None = None) -> None:
        if not isinstance(value, Mapping):
            raise InvalidInput(f"{path or 'The document'} must be an object, not {_kind(value)}")
        self._left = {str(key): entry for key, entry in value.items() if entry is not None}
        self._path = path
        self.ignored = [] if ignored is None else ignored

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def path_of(self, name: str) -> str:
        """Where a field stands in the document, such as `spec.predictor.model`."""
        return f"{self._path}.{name}" if self._path else name

    def text(self, name: str, default: str = "") -> str:
        """Raises InvalidInput for anything else than a text."""
        value = self._left.pop(name, default)
        if not isinstance(value, str):
            raise InvalidInput(f"{self.path_of(name)} must be a text, not {_kind(value)}")
        return value

    def needed(self, name: str) -> str:
        """A text. Raises InvalidInput when it is missing or empty."""
        if not (value := self.text(name)):
            raise InvalidInput(f"{self.path_of(name)} is missing")
        return value

    def whole(self, name: str, least: int = 0, most: int | None = None) -> int | None:
        """None when it is not there."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput(f"{self.path_of(name)} must be a whole number, not {_kind(value)}")
        if value < least or (most is not None and value > most):
            bounds = f"{least} to {most}" if most is not None else f"at least {least}"
            raise InvalidInput(f"{self.path_of(name)} is {value}; it must be {bounds}")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Raises InvalidInput for anything else than one of these texts."""
        value = self.text(name, default)
        if value not in choices:
            raise InvalidInput(f"{self.path_of(name)} is '{value[:100]}'; it must be one of {', '.join(choices)}")
        return value

    def texts(self, name: str) -> Mapping[str, str]:
        """An object of texts, such as labels."""
        inner = self.inner(name)
        return {key: inner.text(key) for key in inner.names()} if inner is not None else {}

    def words(self, name: str) -> tuple[str, ...]:
        """A list of texts, such as a command; none when it is not there."""
        value = self._left.pop(name, ())
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise InvalidInput(f"{self.path_of(name)} must be a list of texts")
        return tuple(value)

    def inner(self, name: str) -> "Reader | None":
        """An object in this one; None when it is not there."""
        value = self._left.pop(name, None)
        return None if value is None else Reader(value, self.path_of(name), self.ignored)

    def rows(self, name: str) -> Sequence["Reader"]:
        """A list of objects; none when it is not there."""
        value = self._left.pop(name, ())
        if not isinstance(value, list | tuple):
            raise InvalidInput(f"{self.path_of(name)} must be a list, not {_kind(value)}")
        return [Reader(entry, f"{self.path_of(name)}[{at}]", self.ignored) for at, entry in enumerate(value)]

    def ignore(self, names: Iterable[str], because: str = "") -> None:
        """Accepts what has no effect here, and says why where that is not plain."""
        for name in names:
            if self._left.pop(name, None) is not None:
                self.ignored.append(f"{self.path_of(name)} ({because})" if because else self.path_of(name))

    def end(self) -> None:
        """Raises InvalidInput naming a field that nobody knows."""
        if self._left:
            unknown = ", ".join(self.path_of(name)[:200] for name in list(self._left)[:5])
            raise InvalidInput(f"Unknown field {unknown}; remove it or correct its name")

    def names(self) -> Sequence[str]:
        """The fields that nobody has taken yet."""
        return tuple(self._left)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, Mapping) else type(value).__name__)
