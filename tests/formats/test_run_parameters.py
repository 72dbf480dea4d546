import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Parameter, ParameterType
from modelyard.formats.run_parameters import Occasion, bound, expanded

NOW = Occasion("abc", 1_700_000_000_000, 1_600_000_000_000, 7)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("NUMBER_INTEGER", 3.0, 3),
        ("NUMBER_INTEGER", "3", 3),
        ("NUMBER_DOUBLE", 3, 3.0),
        ("NUMBER_DOUBLE", "1e-3", 0.001),
        ("BOOLEAN", "True", True),
        ("BOOLEAN", False, False),
        ("STRING", "3", "3"),
        ("LIST", "[1, 2]", [1, 2]),
        ("STRUCT", {"a": 1}, {"a": 1}),
        ("STRING", None, None),
    ],
)
def test_values_become_what_the_pipeline_declares(kind: str, given: Json, kept: Json) -> None:
    found = bound({"p": Parameter(ParameterType(kind), optional=True)}, {"p": given}, NOW)["p"]
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        ("NUMBER_INTEGER", 1.5, "whole number"),
        ("NUMBER_INTEGER", "many", "whole number"),
        ("NUMBER_INTEGER", True, "whole number"),
        ("NUMBER_DOUBLE", "high", "a number"),
        ("STRING", 3, "a text"),
        ("BOOLEAN", 1, "true or false"),
        ("LIST", {"a": 1}, "a list"),
        ("STRUCT", "x", "an object"),
        ("TASK_FINAL_STATUS", "x", "only a task"),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, given: Json, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        bound({"p": Parameter(ParameterType(kind))}, {"p": given}, NOW)


def test_what_is_missing_or_unknown_is_named() -> None:
    takes = {"a": Parameter(ParameterType.STRING), "b": Parameter(ParameterType.STRING, has_default=True)}
    with pytest.raises(InvalidInput, match="needs a value for 'a'"):
        bound(takes, {}, NOW)
    with pytest.raises(InvalidInput, match="no parameter 'c'; it takes a, b"):
        bound(takes, {"a": "x", "c": "y"}, NOW)


def test_only_literals_are_taken_where_there_are_some() -> None:
    takes = {"a": Parameter(ParameterType.STRING, literals=("x", "y"))}
    assert bound(takes, {"a": "y"}, NOW) == {"a": "y"}
    with pytest.raises(InvalidInput, match="one of x, y"):
        bound(takes, {"a": "z"}, NOW)


def test_macros_stand_for_the_occasion() -> None:
    text = "[[RunUUID]] [[Index]] [[CurrentTime]] [[ScheduledTime]] [[ScheduledTime.2006-01-02 15:04]] [[Other]]"
    assert expanded(text, NOW) == "abc 7 20231114221320 20200913122640 2020-09-13 12:26 [[Other]]"
