import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Parameter, ParameterType
from modelyard.formats.pipeline_spec.parameters import as_text, cast, of_text

T = ParameterType


@pytest.mark.parametrize(
    ("value", "wanted", "typed"),
    [
        (3.0, T.NUMBER_INTEGER, 3),
        ("3", T.NUMBER_INTEGER, 3),
        (3, T.NUMBER_DOUBLE, 3.0),
        ("2.5", T.NUMBER_DOUBLE, 2.5),
        (True, T.BOOLEAN, True),
        ("False", T.BOOLEAN, False),
        ([1.0, {"a": 2.0}, 0.5], T.LIST, [1, {"a": 2}, 0.5]),
        ('{"a": 2.0}', T.STRUCT, {"a": 2}),
        ("text", T.STRING, "text"),
        (5.0, T.STRING, "5"),
        ([1.0, "a"], T.STRING, '[1, "a"]'),
        (True, T.STRING, "true"),
    ],
)
def test_values_take_the_type_of_their_parameter(value: Json, wanted: ParameterType, typed: Json) -> None:
    found = cast(value, Parameter(wanted), "Parameter 'x'")
    assert found == typed
    assert type(found) is type(typed)
    assert as_text(found) == as_text(typed)  # 2 and 2.0 are equal, but not as texts


@pytest.mark.parametrize(
    ("value", "wanted", "reason"),
    [
        (1.5, T.NUMBER_INTEGER, "Parameter 'x' must be a whole number, not a number: 1.5"),
        (float("inf"), T.NUMBER_INTEGER, "must be a whole number"),
        (True, T.NUMBER_INTEGER, "must be a whole number, not true or false"),
        ("abc", T.NUMBER_DOUBLE, "must be a number, not a text: abc"),
        (1, T.BOOLEAN, "must be true or false, not a whole number: 1"),
        ({"a": 1}, T.LIST, "must be a list, not an object"),
        ("[1]", T.STRUCT, "must be an object, not a list"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(value: Json, wanted: ParameterType, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        cast(value, Parameter(wanted), "Parameter 'x'")


def test_with_literals_nothing_else_is_taken() -> None:
    parameter = Parameter(T.NUMBER_INTEGER, literals=(1.0, 2.0))
    assert cast(2, parameter, "x") == 2
    with pytest.raises(InvalidInput, match="x is 3; it must be one of 1, 2"):
        cast(3, parameter, "x")


def test_files_of_outputs_are_read_by_type() -> None:
    assert of_text("  7\n", T.NUMBER_INTEGER, "x") == 7
    assert of_text("true\n", T.BOOLEAN, "x") is True
    assert of_text("[1, 2]", T.LIST, "x") == [1, 2]
    with pytest.raises(InvalidInput, match="x must be a number"):
        of_text("", T.NUMBER_DOUBLE, "x")
