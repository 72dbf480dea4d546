"""What may be asked of one searchable noun: the tables that the grammar is driven by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from modelyard.domain.query import Field, Operator

ORDERED = (Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE)
ALIKE = (Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE)
LISTED = (Operator.IN, Operator.NOT_IN)
NULLED = (Operator.IS_NULL, Operator.IS_NOT_NULL)


class Takes(Enum):
    """What a key is compared with."""

    FLOAT = auto()
    NUMBER = auto()
    INTEGER = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """`normal` turns a text into its one spelling or raises InvalidInput; `quoted` lets numbers stand in quotes."""

    operators: tuple[Operator, ...]
    takes: Takes = Takes.TEXT
    normal: Callable[[str], str] = str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """`keyed` fields accept any key, `named` ones only those listed; a key without a prefix is an attribute.

    `order_keys` are the attributes, `order_fields` the other fields that results may be ordered by.
    """

    prefixes: Mapping[str, Field]
    keyed: Mapping[Field, Rule]
    named: Mapping[Field, Mapping[str, Rule]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    order_keys: tuple[str, ...] = ()
    order_fields: frozenset[Field] = frozenset()
    order_noun: str = "attribute key"
    upper_case_only: bool = False
    bare_text: bool = False

    @property
    def listing(self) -> list[str]:
        """The attributes that may be compared with a list."""
        return sorted(key for key, rule in self.named[Field.ATTRIBUTE].items() if Operator.IN in rule.operators)

    @property
    def nullable(self) -> str:
        """What may be asked for being there at all."""
        nouns = (f"{field}s" for field, rule in self.keyed.items() if Operator.IS_NULL in rule.operators)
        return " and ".join(sorted(nouns, reverse=True)) or "nothing"


METRIC = Rule(ORDERED, Takes.FLOAT)
NUMBER = Rule(ORDERED, Takes.NUMBER)
INTEGER = Rule(ORDERED, Takes.INTEGER)
TEXT = Rule(ALIKE)
TEXT_OR_NULL = Rule(ALIKE + NULLED)
TEXT_OR_LIST = Rule(ALIKE + LISTED)
QUOTED_INTEGER = replace(INTEGER, quoted=True)

REGISTRY_PREFIXES = {"attribute": Field.ATTRIBUTE, "tag": Field.TAG, "tags": Field.TAG}
