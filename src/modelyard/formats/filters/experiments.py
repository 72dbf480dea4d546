from collections.abc import Sequence

from modelyard.domain.names import experiment_id
from modelyard.domain.query import Field, Filter, Operator, Order
from modelyard.formats.filters.dialect import (
    INTEGER,
    LISTED,
    REGISTRY_PREFIXES,
    TEXT,
    TEXT_OR_NULL,
    Dialect,
    Rule,
)
from modelyard.formats.filters.grammar import parse_filter, parse_order

_EXPERIMENT = Dialect(
    prefixes=REGISTRY_PREFIXES,
    keyed={Field.TAG: TEXT_OR_NULL},
    named={
        Field.ATTRIBUTE: {
            "name": TEXT,
            "experiment_id": Rule((Operator.EQ, Operator.NE, *LISTED), normal=experiment_id),
            "creation_time": INTEGER,
            "last_update_time": INTEGER,
        }
    },
    order_keys=("name", "experiment_id", "creation_time", "last_update_time"),
    upper_case_only=True,
)


def parse_experiment_filter(text: str) -> Filter:
    """Conditions on attributes and tags; unlike elsewhere `like` must be upper case. Raises InvalidInput."""
    return parse_filter(text, _EXPERIMENT)


def parse_experiment_order(terms: Sequence[str]) -> tuple[Order, ...]:
    """`key [ASC|DESC]` each; the first one counts most, and of a key's the first. Raises InvalidInput."""
    return parse_order(terms, _EXPERIMENT, repeats=True)
