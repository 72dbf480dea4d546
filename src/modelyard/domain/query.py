"""What a search asks for, whichever language it was written in."""

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Where the key of a comparison lives."""

    ATTRIBUTE = "attribute"
    METRIC = "metric"
    PARAM = "param"
    TAG = "tag"
    DATASET = "dataset"


class Operator(StrEnum):
    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


Value = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition. `value` is None for IS [NOT] NULL and a tuple for [NOT] IN."""

    field: Field
    key: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Order:
    """A dataset narrows which points of a metric count."""

    field: Field
    key: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


Filter = tuple[Comparison, ...]
"""All conditions must hold; an empty filter matches everything."""


class View(StrEnum):
    """Which lifecycle stages a search looks at."""

    ACTIVE = "active"
    DELETED = "deleted"
    ALL = "all"
