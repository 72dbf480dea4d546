from collections.abc import Sequence
from functools import lru_cache

from modelyard.domain.query import Field, Filter, Order
from modelyard.formats.filters.dialect import METRIC, NUMBER, TEXT, TEXT_OR_LIST, TEXT_OR_NULL, Dialect
from modelyard.formats.filters.grammar import parse_filter, parse_order

_KEPT = 256
"""The same filters are asked for again and again."""

_RUN = Dialect(
    prefixes={
        **dict.fromkeys(("attribute", "attributes", "attr", "run"), Field.ATTRIBUTE),
        **dict.fromkeys(("metric", "metrics"), Field.METRIC),
        **dict.fromkeys(("parameter", "parameters", "param", "params"), Field.PARAM),
        **dict.fromkeys(("tag", "tags"), Field.TAG),
        **dict.fromkeys(("dataset", "datasets"), Field.DATASET),
    },
    keyed={Field.METRIC: METRIC, Field.PARAM: TEXT_OR_NULL, Field.TAG: TEXT_OR_NULL},
    named={
        Field.ATTRIBUTE: {
            "run_id": TEXT_OR_LIST,
            **dict.fromkeys(("run_name", "status", "artifact_uri", "user_id"), TEXT),
            **dict.fromkeys(("start_time", "end_time"), NUMBER),
        },
        Field.DATASET: dict.fromkeys(("name", "digest", "context"), TEXT_OR_LIST),
    },
    aliases={
        **dict.fromkeys(("created", "Created"), "start_time"),
        **dict.fromkeys(("run name", "Run name", "Run Name"), "run_name"),
    },
    order_keys=("start_time", "end_time", "run_name", "run_id", "status", "artifact_uri", "user_id"),
    order_fields=frozenset({Field.METRIC, Field.PARAM, Field.TAG}),
)


@lru_cache(_KEPT)
def parse_run_filter(text: str) -> Filter:
    """Conditions on metrics, params, tags, attributes and datasets. Raises InvalidInput with the position."""
    return parse_filter(text, _RUN)


def parse_run_order(terms: Sequence[str]) -> tuple[Order, ...]:
    """`key [ASC|DESC]` each; the first one counts most. Raises InvalidInput."""
    return _run_order(tuple(terms))


@lru_cache(_KEPT)
def _run_order(terms: tuple[str, ...]) -> tuple[Order, ...]:
    return parse_order(terms, _RUN)
