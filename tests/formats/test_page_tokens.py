import base64
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.domain.errors import InvalidInput
from modelyard.domain.names import LOGGED_MODEL_NAME_LENGTH
from modelyard.formats.page_tokens import SortValue, decode, digest_of, encode

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(st.characters(exclude_characters="\0"))
QUERY = digest_of("runs", "metrics.a > 1", ("start_time DESC",))


def forged(body: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode()


@given(st.lists(VALUES, max_size=5))
def test_what_was_encoded_comes_back_with_its_types(values: list[SortValue]) -> None:
    assert [repr(value) for value in decode(encode(QUERY, values), QUERY)] == [repr(value) for value in values]


def test_a_token_travels_in_a_query_string() -> None:
    token = encode(QUERY, ["ÿ?>~模型", math.inf, math.nan, None, 5])
    assert token.replace("-", "").replace("_", "").isalnum()


def test_the_longest_name_there_may_be_fits_into_a_token() -> None:
    name = "🚀" * LOGGED_MODEL_NAME_LENGTH
    assert decode(encode(QUERY, [name, 1, "id"]), QUERY) == (name, 1, "id")


def test_a_token_of_another_query_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Invalid page token: it belongs to a query with another filter"):
        decode(encode(QUERY, [1]), digest_of("runs", "metrics.a > 2", ("start_time DESC",)))


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", "!!!!", "a" * 70_000, "ÿÿÿÿ", "eyJvZmZzZXQiOiAxfQ==", "bnVsbA", "W10", encode(QUERY, [1])[:-3]),
        forged({"v": 2, "q": QUERY, "after": []}),
        forged({"v": 1, "q": QUERY, "after": "x"}),
        forged({"v": 1, "q": QUERY}),
        forged({"v": 1, "q": QUERY, "after": [[1]]}),
        forged({"v": 1, "q": QUERY, "after": [{}]}),
        forged({"v": 1, "q": QUERY, "after": [True]}),
        forged({"v": 1, "q": QUERY, "after": [2**63]}),
        forged({"v": 1, "q": QUERY, "after": ["a\0b"]}),
        forged({"v": 1, "q": QUERY, "after": ["a\ud83d"]}),
        base64.urlsafe_b64encode(b"[" * 40_000).decode(),
        base64.urlsafe_b64encode(b'{"v":1,"after":[' + b"9" * 5000 + b"]}").decode(),
    ],
)
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput, match="Invalid page token"):
        decode(token, QUERY)


@given(st.text(max_size=80))
def test_no_text_does_worse_than_being_refused(token: str) -> None:
    with pytest.raises(InvalidInput, match="Invalid page token"):
        decode(token, QUERY)


def test_digests_tell_queries_apart() -> None:
    queries = [("a", "b"), ("ab",), ("a", "b", None), ("a", ("b",)), (1,), ("1",), (1.0,), ()]
    assert len({digest_of(*query) for query in queries}) == len(queries)
    assert digest_of("a", ("b", 1)) == digest_of("a", ("b", 1))
