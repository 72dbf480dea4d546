from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Field, Filter, Order
from modelyard.formats.filters.dialect import METRIC, NUMBER, TEXT_OR_LIST, Dialect
from modelyard.formats.filters.grammar import parse_filter

_TEXTS = ("name", "model_id", "model_type", "status", "source_run_id", "experiment_id", "lifecycle_stage")
_LOGGED_MODEL = Dialect(
    prefixes={
        "attributes": Field.ATTRIBUTE,
        "metrics": Field.METRIC,
        "params": Field.PARAM,
        "tags": Field.TAG,
    },
    keyed={Field.METRIC: METRIC, Field.PARAM: TEXT_OR_LIST, Field.TAG: TEXT_OR_LIST},
    named={
        Field.ATTRIBUTE: {
            **dict.fromkeys(_TEXTS, TEXT_OR_LIST),
            **dict.fromkeys(("creation_timestamp", "last_updated_timestamp"), NUMBER),
        }
    },
    aliases={
        **dict.fromkeys(("creation_time", "creation_timestamp_ms"), "creation_timestamp"),
        **dict.fromkeys(("last_updated_time", "last_updated_timestamp_ms"), "last_updated_timestamp"),
    },
    bare_text=True,
)


def parse_logged_model_filter(text: str) -> Filter:
    """Conditions on metrics, params, tags and attributes; texts may stand without quotes. Raises InvalidInput."""
    return parse_filter(text, _LOGGED_MODEL)


def parse_logged_model_order(
    field_name: str, *, ascending: bool = True, dataset_name: str | None = None, dataset_digest: str | None = None
) -> Order:
    """One key to order by: an attribute, or `metrics.<key>` as measured on a dataset. Raises InvalidInput."""
    if dataset_digest and not dataset_name:
        raise InvalidInput("`dataset_digest` can only be specified if `dataset_name` is also specified.")
    entity, dot, key = field_name.partition(".")
    if dot:
        if entity != "metrics":
            raise InvalidInput(f"Invalid order by field name: {field_name}. Only metrics are supported.")
        return Order(Field.METRIC, key, ascending, dataset_name or None, dataset_digest or None)
    name = _LOGGED_MODEL.aliases.get(entity.strip(), entity.strip())
    if name not in _LOGGED_MODEL.named[Field.ATTRIBUTE]:
        raise InvalidInput(
            f"Invalid order by field name: {name}. Valid names are {sorted(_LOGGED_MODEL.named[Field.ATTRIBUTE])} and "
            "`metrics.<name>`."
        )
    return Order(Field.ATTRIBUTE, name, ascending)
