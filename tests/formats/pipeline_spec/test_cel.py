import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec import cel

SCOPE: dict[str, Json] = {
    "inputs": {
        "parameter_values": {"coin": "heads", "n": "5", "quote": 'it\'s "so"', "x": 3.0, "yes": True, "l": [1, 2]}
    },
    "string_value": '{"A_a": 1, "list": [1, 2.5]}',
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.parameter_values['coin'] == 'heads'", True),
        ("inputs.parameter_values['coin'] == 'heads' && int(inputs.parameter_values['n']) > 4", True),
        ("!(inputs.parameter_values['coin'] == 'heads') || false", False),
        ("inputs.parameter_values['quote'] == 'it\\'s \"so\"'", True),
        ("inputs.parameter_values['quote'] == 'other'", False),
        ("inputs.parameter_values['x'] == 3", True),
        ("inputs.parameter_values['yes'] == true", True),
        ("inputs.parameter_values.coin", "heads"),
        ('parseJson(string_value)["A_a"]', 1),
        ("parseJson(string_value).list[1]", 2.5),
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("7.0 / 2", 3.5),
        ("1 < 2 ? 'a' : 'b'", "a"),
        ("'a' + 'b' == \"ab\"", True),
        ("[1, 2] + [3] == [1, 2, 3.0]", True),
        ("2 in inputs.parameter_values.l && !('a' in {'b': 1})", True),
        ("size('abc') == 3 && size([]) == 0", True),
        ("'abc'.startsWith('a') && 'abc'.contains('b') && 'abc'.matches('^a.c$')", True),
        ("int('12') + int(3.9) == 15", True),
        ("double('1.5') + 1", 2.5),
        ("string(3.0) == '3'", True),
        ("true || 1 / 0 == 1", True),
        ("1 / 0 == 1 || true", True),
        ("false && nothing", False),
        ("'1' == 1", False),
        ("null == null && !(null == false)", True),
        ("r'\\n' == '\\\\n' && '\\u00e9' == 'é' && '''a'b''' == \"a'b\"", True),
        ("0x10 == 16 && 1e3 == 1000", True),
    ],
)
def test_expressions_have_the_values_that_cel_gives_them(expression: str, value: Json) -> None:
    assert cel.evaluate(expression, SCOPE) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("inputs.parameter_values['other'] == 1", 'there is no "other"'),
        ("'a' < 1", "cannot be compared"),
        ("1 / 0", "division by zero"),
        ("nothing", "no variable nothing"),
        ("int('1.5')", "no whole number"),
        ("explode()", r"no function explode\(\)"),
        ("size(1, 2)", "size"),
        ("(1", r"\) is missing"),
        ("1 +", "ends too early"),
        ("1 2", "unexpected 2"),
        ("a $ b", "at ' "),
        ("(" * 100 + "1" + ")" * 100, "nested deeper"),
        ("'aaaa'.matches('(a+)+$')", "for ever"),
        ("parseJson('{')", "parseJson"),
        ("", "ends too early"),
    ],
)
def test_an_expression_without_a_value_says_why(expression: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        cel.evaluate(expression, SCOPE)


def test_a_condition_is_true_or_false() -> None:
    assert cel.holds("1 < 2", {})
    with pytest.raises(InvalidInput, match="neither true nor false"):
        cel.holds("1 + 2", {})


def test_a_long_chain_of_conditions_needs_no_depth() -> None:
    assert cel.holds(" && ".join(["!(1 > 2)"] * 2000), {})
    with pytest.raises(InvalidInput, match="too many parts"):
        cel.evaluate("!" * 5000 + "true", {})
