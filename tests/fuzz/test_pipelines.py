"""Pipelines and expressions that no SDK writes: each is read, or refused in a sentence."""

import contextlib
import copy
import json
import os
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelyard.domain.errors import InvalidInput, TooLarge
from modelyard.formats.pipeline_spec import cel, reading
from tests.support.compiled import compiled, component, dsl

EXAMPLES = 150 * int(os.environ.get("MODELYARD_FUZZ", "1"))
SCOPE: dict[str, Any] = {"inputs": {"parameter_values": {"a": "b", "n": 5, "l": [1, 2.0]}}, "string_value": '{"a": 1}'}


@component
def say(text: str = "x", data: dsl.Output[dsl.Dataset] = None) -> str:  # type: ignore[assignment]
    print(data)
    return text


@dsl.pipeline(name="p")
def pipeline(items: list[str] = ["a"]) -> None:  # noqa: B006
    with dsl.ExitHandler(say(text="exit")), dsl.ParallelFor(items) as item:
        first = say(text=item)
        with dsl.If(first.outputs["Output"] == "x"):
            say(text=f"{item}-y").set_retry(num_retries=2)


PACKAGE = compiled(pipeline)
DOCUMENT: dict[str, Any] = yaml.safe_load(PACKAGE)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Where something can be exchanged: containers with keys of theirs."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [place for inner in value.values() for place in places(inner)]
    if isinstance(value, list):
        return [(value, at) for at in range(len(value))] + [place for inner in value for place in places(inner)]
    return []


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), ODD), min_size=1, max_size=3))
def test_a_changed_document_is_read_or_refused(changes: list[tuple[int, Any]]) -> None:
    document = copy.deepcopy(DOCUMENT)
    for at, value in changes:
        found = places(document)
        container, key = found[at % len(found)]
        container[key] = value
    with contextlib.suppress(InvalidInput, TooLarge):
        spec, kept = reading.read(json.dumps(document).encode())
        assert reading.parse(kept) == spec


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, len(PACKAGE)), st.binary(max_size=20), st.integers(0, 20))
@example(0, b"PK\x03\x04", 0)
@example(0, b"\x1f\x8b\x08", 3)
def test_changed_bytes_are_read_or_refused(at: int, instead: bytes, length: int) -> None:
    with contextlib.suppress(InvalidInput, TooLarge):
        reading.read(PACKAGE[:at] + instead + PACKAGE[at + length :])


TOKENS = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        "?",
        ":",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "<",
        ">",
        "&&",
        "||",
        "==",
        "!=",
        "<=",
        "in",
        "true",
        "null",
        "1",
        "2.5",
        "0",
        "'a'",
        "string_value",
        "inputs",
        "parameter_values",
        "['a']",
        "['n']",
        "int(",
        "size(",
        "parseJson(",
        "string(",
        "matches",
        "9999999999999",
    ]
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(TOKENS, max_size=12).map(" ".join) | st.text(max_size=20))
@example("1e308 * 10.0 == 1.0 / 0")
@example("int(1e300)")
@example("[1] < [2]")
@example("-9223372036854775808 / -1")
@example("parseJson(string_value).a.b")
def test_an_expression_has_a_value_or_says_why_not(expression: str) -> None:
    with contextlib.suppress(InvalidInput):
        cel.evaluate(expression, SCOPE)
