from collections.abc import Sequence

from modelyard.domain.query import Field, Filter, Order
from modelyard.formats.filters.dialect import QUOTED_INTEGER, REGISTRY_PREFIXES, TEXT, TEXT_OR_LIST, Dialect
from modelyard.formats.filters.grammar import parse_filter, parse_order

_VERSION = Dialect(
    prefixes=REGISTRY_PREFIXES,
    keyed={Field.TAG: TEXT},
    named={
        Field.ATTRIBUTE: {
            "name": TEXT_OR_LIST,
            "run_id": TEXT_OR_LIST,
            "source_path": TEXT,
            "version_number": QUOTED_INTEGER,
        }
    },
    order_keys=("name", "version_number", "creation_timestamp", "last_updated_timestamp"),
)


def parse_version_filter(text: str) -> Filter:
    """Conditions on attributes and tags of model versions. Raises InvalidInput."""
    return parse_filter(text, _VERSION)


def parse_version_order(terms: Sequence[str]) -> tuple[Order, ...]:
    """`key [ASC|DESC]` each; the first one counts most. Raises InvalidInput."""
    return parse_order(terms, _VERSION)
