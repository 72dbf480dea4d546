from collections.abc import Sequence

from modelyard.domain.query import Field, Filter, Order
from modelyard.formats.filters.dialect import REGISTRY_PREFIXES, TEXT, TEXT_OR_LIST, Dialect
from modelyard.formats.filters.grammar import parse_filter, parse_order

_MODEL = Dialect(
    prefixes=REGISTRY_PREFIXES,
    keyed={Field.TAG: TEXT},
    named={Field.ATTRIBUTE: {"name": TEXT_OR_LIST}},
    aliases={"timestamp": "last_updated_timestamp"},
    order_keys=("name", "last_updated_timestamp"),
    order_noun="order by key",
)


def parse_model_filter(text: str) -> Filter:
    """Conditions on the name and tags of registered models. Raises InvalidInput."""
    return parse_filter(text, _MODEL)


def parse_model_order(terms: Sequence[str]) -> tuple[Order, ...]:
    """`key [ASC|DESC]` each, where `timestamp` means last_updated_timestamp. Raises InvalidInput."""
    return parse_order(terms, _MODEL)
