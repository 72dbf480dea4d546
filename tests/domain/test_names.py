from collections.abc import Callable

import pytest
from mlflow.exceptions import MlflowException
from mlflow.utils import validation

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput

KEYS = [
    *("a", "a/b", "a b", "a:b", "ünï", "模型", "mlflow.runName", "-", "a" * 250, " ", "a.", "...", "a_b", ":"),
    *("", ".", "..", "a//b", "/a", "a/", "./a", "a/./b", "a/../b", "../a", "..a", "a" * 251),
    *("a\n", "a\0", "a$b", "a'b", "a;b", "a(b)", "🚀", "a\u202eb", "a\\b", "a\tb", "a,b", "a@b"),
]


def refusal(check: Callable[[], object]) -> str | None:
    try:
        check()
    except (InvalidInput, MlflowException) as error:
        return error.message
    return None


@pytest.mark.parametrize("key", KEYS)
def test_keys_are_judged_as_mlflow_does_and_in_its_words(key: str) -> None:
    if key == "a\n":
        assert refusal(lambda: names.metric_key(key)) is not None
        return
    assert refusal(lambda: names.metric_key(key)) == refusal(lambda: validation._validate_metric(key, 1.0, 0, 0))
    assert refusal(lambda: names.param_key(key)) == refusal(lambda: validation._validate_param(key, ""))
    assert refusal(lambda: names.tag_key(key)) == refusal(lambda: validation._validate_tag(key, ""))
    at = "tags[3].key"
    assert refusal(lambda: names.tag_key(key, at)) == refusal(lambda: validation._validate_tag(key, "", "tags[3]"))


@pytest.mark.parametrize(
    "name",
    ["m", "a b", "a%20b", "m.1", "", "  ", "a/b", "a:b", ".", "..", "..m", "...", "模型", "it's", 'a"b', "a\\b"],
)
def test_model_names_are_judged_as_mlflow_does_and_in_its_words(name: str) -> None:
    assert refusal(lambda: names.model_name(name)) == refusal(lambda: validation._validate_model_name(name))
    theirs = refusal(lambda: validation._validate_logged_model_name(name))
    assert refusal(lambda: names.logged_model_name(name)) == theirs


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "champion",
        "a-b_c",
        "größe",
        "v",
        "v1a",
        "av1",
        "",
        "a b",
        "a.b",
        "a/b",
        "latest",
        "LaTest",
        "v1",
        "V22",
        "a" * 256,
    ],
)
def test_aliases_are_judged_as_mlflow_does_and_in_its_words(name: str) -> None:
    def theirs() -> None:
        validation._validate_model_alias_name(name)
        validation._validate_model_alias_name_reserved(name)

    assert refusal(lambda: names.alias(name)) == refusal(theirs)


@pytest.mark.parametrize("name", ["Default", "a/b", "#1", "x" * 500, "x" * 501, ""])
def test_experiment_names_are_judged_as_mlflow_does_and_in_its_words(name: str) -> None:
    theirs = refusal(lambda: validation._validate_experiment_name(name))
    assert refusal(lambda: names.experiment_name(name)) == theirs


@pytest.mark.parametrize("check", [names.experiment_name, names.model_name, names.logged_model_name])
@pytest.mark.parametrize("name", ["a\nb", "a\0", "a\x7f", "a\u202eb", "e\u0301"])
def test_names_that_could_pass_for_others_are_refused(check: Callable[[str], str], name: str) -> None:
    with pytest.raises(InvalidInput, match=r"Invalid (experiment|model) name"):
        check(name)


def test_long_values_of_runs_are_cut_and_others_refused() -> None:
    assert names.param_value("x" * 7000) == "x" * 6000
    assert names.run_tag_value("x" * 9000) == "x" * 8000
    assert names.run_name("x" * 9000) == "x" * 8000
    with pytest.raises(InvalidInput, match="'value' exceeds the maximum length of 20000 characters"):
        names.experiment_tag_value("x" * 20001)
    with pytest.raises(InvalidInput, match="'value' exceeds the maximum length of 100000 characters"):
        names.model_tag_value("x" * 100001)


def test_values_cannot_hold_nul() -> None:
    for check in (names.param_value, names.run_tag_value, names.run_name, names.model_tag_value):
        assert check("") == ""
        with pytest.raises(InvalidInput, match="NUL"):
            check("a\0b")


@pytest.mark.parametrize("text", ["0", "1", "9223372036854775807"])
def test_decimal_experiment_ids_are_accepted(text: str) -> None:
    assert names.experiment_id(text) == text


def test_leading_zeros_of_experiment_ids_are_dropped() -> None:
    assert names.experiment_id("007") == "7"


@pytest.mark.parametrize("text", ["", "x", "--1", "1.0", " 1", "٣", "9223372036854775808", "1" * 5000])
def test_other_experiment_ids_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Experiment ID must be a valid integer"):
        names.experiment_id(text)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/a b",
        "gs://b/x",
        "mlflow-artifacts:/1",
        "dbfs:/x",
        "/tmp/x",
        "my_location",
        "file:///x",
        "wasbs://a@b/c",
    ],
)
def test_plain_artifact_locations_are_accepted(uri: str) -> None:
    assert names.artifact_location(uri) == uri


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("s3://b/x#frag", "can't include fragments or params"),
        ("http:///#../..", "can't include fragments or params"),
        ("s3://b/;../..", "can't include fragments or params"),
        ("s3://b/%23x", "can't include fragments or params"),
        ("http:///?/../..", "must not contain"),
        ("s3://b/%252e%252e/x", "must not contain '..' segments"),
        ("s3://b/..\\x", "must not contain '..' segments"),
        ("runs:/abc/x", "Artifact location cannot be a runs:/ URI"),
        ("http://evil/x", "cannot use the 'http' scheme"),
        ("HTTPS://evil/x", "cannot use the 'https' scheme"),
        ("mlflow-artifacts://evil/x", "cannot use the 'mlflow-artifacts' scheme"),
        ("http://[::1", "Invalid artifact_location"),
        ("s3://b/%00", "Invalid artifact_location"),
        ("s3://b/" + "x" * 2048, "Invalid artifact path length"),
        ("s3://b/%" + "25" * 20, "percent-encoded too many times"),
    ],
)
def test_artifact_locations_that_lead_elsewhere_are_refused(uri: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        names.artifact_location(uri)
