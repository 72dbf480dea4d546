import math

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Field, Operator, Order
from modelyard.formats.filters.experiments import parse_experiment_filter, parse_experiment_order
from modelyard.formats.filters.logged_models import parse_logged_model_filter, parse_logged_model_order
from modelyard.formats.filters.models import parse_model_filter, parse_model_order
from modelyard.formats.filters.runs import parse_run_filter, parse_run_order
from modelyard.formats.filters.versions import parse_version_filter, parse_version_order


def test_an_empty_filter_has_no_conditions() -> None:
    assert parse_run_filter("") == parse_run_filter("AND") == ()
    with pytest.raises(InvalidInput, match=r"Invalid filter '  \\n'. Could not be parsed."):
        parse_run_filter("  \n")


def test_conditions_keep_their_order_and_types() -> None:
    assert parse_run_filter("metrics.loss < 1 and params.`a b` LIKE '%x' AND created >= 5 AND tags.t is not null") == (
        Comparison(Field.METRIC, "loss", Operator.LT, 1.0),
        Comparison(Field.PARAM, "a b", Operator.LIKE, "%x"),
        Comparison(Field.ATTRIBUTE, "start_time", Operator.GE, 5),
        Comparison(Field.TAG, "t", Operator.IS_NOT_NULL, None),
    )


def test_an_alias_is_one_only_among_attributes() -> None:
    assert [one.key for one in parse_run_filter("created > 1 AND metrics.created > 1 AND `Run name` = 'x'")] == [
        "start_time",
        "created",
        "run_name",
    ]


def test_lists_become_tuples() -> None:
    (one,) = parse_run_filter("""run_id not  in ('a', "b" ,)""")
    assert one == Comparison(Field.ATTRIBUTE, "run_id", Operator.NOT_IN, ("a", "b"))


def test_experiment_ids_have_one_spelling() -> None:
    assert [one.value for one in parse_experiment_filter("experiment_id IN ('007', '8') AND experiment_id = '09'")] == [
        ("7", "8"),
        "9",
    ]


def test_what_only_mlflows_parser_stumbles_over_is_read() -> None:
    assert parse_run_filter("metrics.a > 1.5e+10") == (Comparison(Field.METRIC, "a", Operator.GT, 1.5e10),)
    assert parse_run_filter("params.in IS  NOT  NULL") == (Comparison(Field.PARAM, "in", Operator.IS_NOT_NULL, None),)
    assert parse_run_filter("params.a.1 = 'x'") == (Comparison(Field.PARAM, "a.1", Operator.EQ, "x"),)
    assert parse_logged_model_filter('name = "x"') == (Comparison(Field.ATTRIBUTE, "name", Operator.EQ, "x"),)


def test_a_number_too_large_for_a_float_is_infinite() -> None:
    assert parse_run_filter("metrics.a < 1e999")[0].value == math.inf


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metric.acc >= 0.94; metrics.rmse < 1", "Search filter contained multiple expression"),
        ("m.acc >= 0.94", "Invalid entity type 'm'"),
        ("acc >= 0.94", "Invalid attribute key 'acc' specified"),
        ("dataset.x = 'y'", "Invalid dataset key 'x' specified"),
        (
            "metrics.A > 0.1 OR params.B = 'LR'",
            "Invalid clause(s) in filter string: 'OR' at position 17 near ",
        ),
        ("metrics.A > 0.1 NAND params.B = 'LR'", "Invalid clause(s) in filter string: 'NAND'"),
        ("metrics.A > 0.1 AND (params.B = 'LR')", "Invalid clause(s) in filter string: '(' at position 21"),
        ("metrics.A > 1 metrics.B > 2", "Invalid clause(s) in filter string: 'metrics.B' at position 15"),
        ("`metrics.A > 0.1", "Invalid clause(s) in filter string"),
        ("param`.A > 0.1", "Invalid clause(s) in filter string"),
        ("params.a-b = 'x'", "Invalid clause(s) in filter string: '-'; put keys with other characters"),
        ("params.'acc = LR", "Invalid clause(s) in filter string"),
        ("params.acc = 'LR", "Invalid clause(s) in filter string"),
        ("params.acc = = 'LR'", "Invalid clause(s) in filter string"),
        ("params.`a`.`b` = 'x'", "quote the key as a whole"),
        ("status IS 'RUNNING'", "Invalid clause(s) in filter string"),
        ("metrics.acc", "Invalid clause(s) in filter string: it ends too early at position 12 near 'metrics.acc'"),
        ("metrics.acc >", "Invalid clause(s) in filter string: it ends too early"),
        ("1 = metrics.a", "Invalid comparison clause. Expected 'Identifier' found '1' at position 1"),
        ("params.acc = LR", "value is either not quoted or unidentified quote types used for string value LR"),
        ("params.acc = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
        ("metrics.acc = 'x'", "Expected numeric value type for metric. Found 'x'"),
        ("start_time = 'x'", "Expected numeric value type for numeric attribute: start_time. Found 'x'"),
        ("start_time > 99999999999999999999", "does not fit into 64 bits"),
        ("start_time > " + "9" * 5000, "does not fit into 64 bits"),
        ("metrics.acc LIKE 1", "Invalid comparator 'LIKE' not one of"),
        ("params.acc > 'x'", "Invalid comparator '>' not one of"),
        ("metrics.a == 1", "Invalid comparator '=='"),
        ("params.a NOT LIKE 'x'", "Invalid comparator 'NOT LIKE'"),
        ("status IN ('x')", "Only ['run_id'] attributes support comparison with a list of quoted string values"),
        ("metrics.a IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"),
        ("run_id IN ()", "expected a non-empty list of string values, but got empty list"),
        ("run_id IN (x)", "expected a non-empty list of string values, but got ill-formed list"),
        ("run_id IN ('a' 'b')", "ill-formed list"),
        ("run_id IN ('a\nb')", "one that cannot be read"),
        ("run_id IN ('\\ud800')", "one that cannot be read"),
        ("metrics.acc " + "<" * 5000 + " 1", "Invalid comparator '<<<"),
        ("run_id IN " + "(" * 5000, "ill-formed list"),
        (" AND ".join(["metrics.a > 1"] * 101), "at most 100 conditions"),
        ("params.a = '" + "x" * 20_000 + "'", "at most 16384 are read"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_run_filter(text)
    assert message in refusal.value.message
    assert len(refusal.value.message) < 500


def test_a_hundred_conditions_are_read() -> None:
    assert len(parse_run_filter(" AND ".join(["metrics.a > 1"] * 100))) == 100


def test_nouns_have_their_own_keys_and_operators() -> None:
    with pytest.raises(InvalidInput, match="Invalid comparator 'like'"):
        parse_experiment_filter("name like 'x'")
    with pytest.raises(InvalidInput, match="not an integer"):
        parse_experiment_filter("creation_time > 1.5")
    with pytest.raises(InvalidInput, match="Experiment ID must be a valid integer"):
        parse_experiment_filter("experiment_id = 'x'")
    with pytest.raises(InvalidInput, match="Invalid entity type 'params'"):
        parse_model_filter("params.a = 'x'")
    with pytest.raises(InvalidInput, match="IS NULL / IS NOT NULL is only supported for nothing"):
        parse_model_filter("tags.a IS NULL")
    with pytest.raises(InvalidInput, match="Invalid attribute key 'current_stage'"):
        parse_version_filter("current_stage = 'x'")
    with pytest.raises(InvalidInput, match="Invalid entity type 'metric'"):
        parse_logged_model_filter("metric.a > 1")


def test_order_terms_give_key_and_direction() -> None:
    assert parse_run_order(["metrics.`a b` DESC", "created", "tags.mlflow.runName asc"]) == (
        Order(Field.METRIC, "a b", ascending=False),
        Order(Field.ATTRIBUTE, "start_time"),
        Order(Field.TAG, "mlflow.runName"),
    )
    assert parse_model_order(["timestamp DESC"]) == (Order(Field.ATTRIBUTE, "last_updated_timestamp", ascending=False),)
    assert parse_version_order([]) == ()


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("", "Invalid order_by clause ''. Could not be parsed"),
        ("desc", "Invalid order_by clause 'desc'. Could not be parsed"),
        ("metrics.a, metrics.b", "Could not be parsed"),
        ("start_time foo", "Invalid ordering key in order_by clause 'start_time foo'"),
        ("lifecycle_stage", "Invalid attribute key 'lifecycle_stage' specified"),
        ("dataset.name", "Invalid order_by entity: dataset"),
        ("m.a", "Invalid entity type 'm'"),
    ],
)
def test_a_refused_order_term_says_why(term: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_run_order([term])
    assert message in refusal.value.message


def test_a_key_orders_only_once() -> None:
    with pytest.raises(InvalidInput, match="`order_by` contains duplicate fields"):
        parse_run_order(["start_time", "created desc"])
    with pytest.raises(InvalidInput, match="`order_by` contains duplicate fields"):
        parse_model_order(["timestamp", "last_updated_timestamp"])
    with pytest.raises(InvalidInput, match="At most 50"):
        parse_run_order([f"metrics.a{number}" for number in range(51)])


def test_wrong_order_keys_of_other_nouns_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Invalid order by key 'creation_timestamp' specified"):
        parse_model_order(["creation_timestamp"])
    with pytest.raises(InvalidInput, match="Invalid order_by entity: tag"):
        parse_experiment_order(["tags.a"])


def test_logged_models_are_ordered_by_attributes_and_metrics_on_datasets() -> None:
    assert parse_logged_model_order("creation_time", ascending=False) == Order(
        Field.ATTRIBUTE, "creation_timestamp", ascending=False
    )
    assert parse_logged_model_order("metrics.a.b", dataset_name="d", dataset_digest="1") == Order(
        Field.METRIC, "a.b", dataset_name="d", dataset_digest="1"
    )
    with pytest.raises(InvalidInput, match="Only metrics are supported"):
        parse_logged_model_order("params.a")
    with pytest.raises(InvalidInput, match="Invalid order by field name: foo"):
        parse_logged_model_order("foo")
    with pytest.raises(InvalidInput, match="`dataset_digest` can only be specified if"):
        parse_logged_model_order("metrics.a", dataset_digest="1")
