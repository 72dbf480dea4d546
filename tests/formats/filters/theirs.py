"""What MLflow itself makes of a filter or an order_by term, in our words; None when it refuses or breaks down."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.utils import search_logged_model_utils, search_utils

from modelyard.domain.query import Comparison, Field, Filter, Operator, Order

Parsed = TypeVar("Parsed")

FIELDS = {
    "attribute": Field.ATTRIBUTE,
    "metric": Field.METRIC,
    "parameter": Field.PARAM,
    "tag": Field.TAG,
    "dataset": Field.DATASET,
}
ORDERED = frozenset({"=", "!=", ">", ">=", "<", "<="})
ALIKE = frozenset({"=", "!=", "LIKE", "ILIKE"})
LISTED = frozenset({"IN", "NOT IN"})
EXPERIMENT_OPERATORS = defaultdict(
    lambda: ALIKE | {"IS NULL", "IS NOT NULL"},
    {
        ("attribute", "name"): ALIKE,
        ("attribute", "experiment_id"): LISTED | {"=", "!="},
        ("attribute", "creation_time"): ORDERED,
        ("attribute", "last_update_time"): ORDERED,
    },
)
REGISTRY_OPERATORS = defaultdict(
    lambda: ALIKE,
    {
        ("attribute", "name"): ALIKE | LISTED,
        ("attribute", "run_id"): ALIKE | LISTED,
        ("attribute", "version_number"): ORDERED,
    },
)
LOGGED_MODEL_KEYS = {
    "creation_timestamp_ms": "creation_timestamp",
    "creation_time": "creation_timestamp",
    "last_updated_timestamp_ms": "last_updated_timestamp",
    "last_updated_time": "last_updated_timestamp",
}

ALSO_LOGGED_MODEL_KEYS = frozenset({"experiment_id", "lifecycle_stage"})
"""Columns of its table that MLflow lets pass although it does not list them."""


def run_filter(text: str) -> Filter | None:
    def parse() -> Filter:
        utils = search_utils.SearchUtils
        parsed = utils.parse_search_filter(text)
        for one in parsed:
            key, operator = utils.translate_key_alias(one["key"]), one["comparator"].upper()
            for check in (utils.is_metric, utils.is_param, utils.is_tag, utils.is_dataset):
                check(one["type"], operator)
            utils.is_attribute(one["type"], key, operator)
        return tuple(map(_comparison, parsed))

    return _or_none(parse)


def experiment_filter(text: str) -> Filter | None:
    def parse() -> Filter:
        parsed = search_utils.SearchExperimentsUtils.parse_search_filter(text)
        for one in parsed:
            _check(one["comparator"], one["value"], EXPERIMENT_OPERATORS[one["type"], one["key"]])
        return tuple(map(_comparison, parsed))

    return _or_none(parse)


def model_filter(text: str) -> Filter | None:
    return _or_none(lambda: _registry_filter(search_utils.SearchModelUtils, text))


def version_filter(text: str) -> Filter | None:
    return _or_none(lambda: _registry_filter(search_utils.SearchModelVersionUtils, text))


def logged_model_filter(text: str) -> Filter | None:
    def parse() -> Filter:
        return tuple(map(_logged_model_comparison, search_logged_model_utils.parse_filter_string(text)))

    return _or_none(parse)


def run_order(term: str) -> tuple[Order, ...] | None:
    return _or_none(lambda: _order(*search_utils.SearchUtils.parse_order_by_for_search_runs(term)))


def experiment_order(term: str) -> tuple[Order, ...] | None:
    return _or_none(
        lambda: _attribute_order(*search_utils.SearchExperimentsUtils.parse_order_by_for_search_experiments(term))
    )


def model_order(term: str) -> tuple[Order, ...] | None:
    def parse() -> tuple[Order, ...]:
        key, ascending = search_utils.SearchUtils.parse_order_by_for_search_registered_models(term)
        return _order("attribute", "last_updated_timestamp" if key == "timestamp" else key, ascending)

    return _or_none(parse)


def version_order(term: str) -> tuple[Order, ...] | None:
    return _or_none(
        lambda: _attribute_order(*search_utils.SearchModelVersionUtils.parse_order_by_for_search_model_versions(term))
    )


def _or_none(parse: Callable[[], Parsed]) -> Parsed | None:
    try:
        return parse()
    except (MlflowException, ValueError, SyntaxError, TypeError):
        return None


def _comparison(parsed: dict[str, Any]) -> Comparison:
    field, key, value = FIELDS[parsed["type"]], parsed["key"], parsed["value"]
    if field is Field.ATTRIBUTE:
        key = search_utils.SearchUtils.translate_key_alias(key)
    if field is Field.METRIC:
        value = float(value)
    if field is Field.ATTRIBUTE and key == "experiment_id":
        value = tuple(str(int(one)) for one in value) if isinstance(value, tuple) else str(int(value))
    return _whole(Comparison(field, key, Operator(parsed["comparator"].upper()), value))


def _whole(comparison: Comparison) -> Comparison:
    """A list beside any other operator than [NOT] IN only fails once it reaches the database."""
    if (comparison.operator in LISTED) != isinstance(comparison.value, tuple):
        raise ValueError(comparison)
    return comparison


def _registry_filter(utils: Any, text: str) -> Filter:
    return tuple(map(_registry_comparison, utils.parse_search_filter(text)))


def _registry_comparison(parsed: dict[str, Any]) -> Comparison:
    operators = REGISTRY_OPERATORS[parsed["type"], parsed["key"]]
    _check(parsed["comparator"], parsed["value"], operators)
    return _comparison({**parsed, "value": int(parsed["value"])} if operators is ORDERED else parsed)


def _check(comparator: str, value: object, operators: frozenset[str]) -> None:
    """What the stores check, inside methods that need a database."""
    if comparator not in operators or (operators is ORDERED and isinstance(value, float)):
        raise ValueError(comparator, value)


def _logged_model_comparison(parsed: Any) -> Comparison:
    field = {"attributes": "attribute", "metrics": "metric", "params": "parameter", "tags": "tag"}[
        parsed.entity.type.value
    ]
    key = parsed.entity.key
    if field == "attribute":
        key = LOGGED_MODEL_KEYS.get(key, key)
        if key not in search_utils.SearchLoggedModelsUtils.VALID_SEARCH_ATTRIBUTE_KEYS | ALSO_LOGGED_MODEL_KEYS:
            raise ValueError(key)
    value = parsed.value
    if value == ():
        raise ValueError(value)
    if isinstance(value, str) and value.startswith('"'):  # they only take single quotes off, so nothing ever matches
        value = value[1:-1]
    return _whole(Comparison(FIELDS[field], key, Operator(parsed.op), value))


def _order(field: str, key: str, ascending: bool) -> tuple[Order, ...]:  # noqa: FBT001 - the order of MLflow's triple
    if field == "dataset":
        raise ValueError(field)
    key = search_utils.SearchUtils.translate_key_alias(key) if field == "attribute" else key
    return (Order(FIELDS[field], key, ascending),)


def _attribute_order(field: str, key: str, ascending: bool) -> tuple[Order, ...]:  # noqa: FBT001 - as above
    if field != "attribute":
        raise ValueError(field)
    return _order(field, key, ascending)
