"""Filters and orders, as functions and through HTTP: nothing but a refusal of ours, in a bounded time."""

import gc
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.domain.errors import InvalidInput
from modelyard.formats.filters.dialect import NULLED, Takes
from modelyard.formats.filters.grammar import parse_filter, parse_order
from tests.fuzz.conftest import EFFORT
from tests.fuzz.filters import DIALECTS, HARD, broken, filters, orders
from tests.fuzz.world import API, World

SECONDS: Final = 5.0
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
short = settings(max_examples=25 * EFFORT, suppress_health_check=_SLOW, derandomize=EFFORT == 1)
ORDERED = [noun for noun, dialect in DIALECTS.items() if dialect.order_keys]


@pytest.fixture(autouse=True, scope="module")
def light_heap() -> Iterator[None]:
    """What a thousand tests before have left is not walked through at the parser's cost."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def refused(read: Callable[[], object]) -> bool:
    """Whether it was, by an error of ours that can be shown, within the time."""
    started = time.thread_time()
    said = _refusal(read)
    assert time.thread_time() - started < SECONDS
    assert len((said or "").encode()) < 1000
    return said is not None


def _refusal(read: Callable[[], object]) -> str | None:
    try:
        read()
    except InvalidInput as error:
        return error.message
    return None


@pytest.mark.parametrize("noun", DIALECTS)
@short
@given(data=st.data())
def test_a_filter_that_follows_the_grammar_is_read(noun: str, data: st.DataObject) -> None:
    assert not refused(lambda: parse_filter(data.draw(filters(DIALECTS[noun])), DIALECTS[noun]))


@pytest.mark.parametrize("noun", ORDERED)
@short
@given(data=st.data())
def test_an_order_that_follows_the_grammar_is_read(noun: str, data: st.DataObject) -> None:
    assert not refused(lambda: parse_order([data.draw(orders(DIALECTS[noun]))], DIALECTS[noun]))


@pytest.mark.parametrize("noun", DIALECTS)
@short
@given(data=st.data())
def test_a_broken_filter_is_read_or_refused(noun: str, data: st.DataObject) -> None:
    text = data.draw(broken(DIALECTS[noun]))
    refused(lambda: parse_filter(text, DIALECTS[noun]))
    refused(lambda: parse_order([text], DIALECTS[noun]))


@pytest.mark.parametrize("noun", DIALECTS)
def test_what_is_hard_to_read_is_read_or_refused_in_time(noun: str) -> None:
    for text in HARD:
        refused(lambda text=text: parse_filter(text, DIALECTS[noun]))  # type: ignore[misc]
        refused(lambda text=text: parse_order([text], DIALECTS[noun]))  # type: ignore[misc]


@pytest.mark.parametrize("noun", ORDERED)
def test_too_many_terms_are_not_even_read(noun: str) -> None:
    assert refused(lambda: parse_order(["name"] * 1_000_000, DIALECTS[noun]))


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("noun", DIALECTS)
@settings(short, max_examples=15 * EFFORT)
@given(data=st.data())
def test_a_search_answers_whatever_filter_it_is_given(
    http: httpx.Client, world: World, noun: str, data: st.DataObject
) -> None:
    dialect = DIALECTS[noun]
    text = data.draw((filters(dialect) | broken(dialect)).filter(fits_into_a_url))
    order = data.draw(st.lists(orders(dialect), max_size=3)) if dialect.order_keys else []
    answer = search(http, world, noun, text, order)
    assert answer.status_code in (200, 400), (answer.text, text, order)
    assert answer.status_code == 200 or answer.json()["error_code"] in ("INVALID_PARAMETER_VALUE", "ENDPOINT_NOT_FOUND")
    assert answer.elapsed.total_seconds() < 100


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("noun", DIALECTS)
def test_a_search_with_a_fine_filter_finds_something_or_nothing(http: httpx.Client, world: World, noun: str) -> None:
    @settings(short, max_examples=20 * EFFORT)
    @given(text=filters(DIALECTS[noun]).filter(fits_into_a_url))
    def found(text: str) -> None:
        answer = search(http, world, noun, text, [])
        assert answer.status_code == 200 or "\0" in text or "asks for too much" in answer.text, (answer.text, text)

    found()


def fits_into_a_url(text: str) -> bool:
    return len(quote(text, errors="replace")) < 50_000


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("noun", DIALECTS)
def test_a_hundred_conditions_of_a_kind_are_answered(http: httpx.Client, world: World, noun: str) -> None:
    dialect = DIALECTS[noun]
    for prefix, field in dialect.prefixes.items():
        for operator in dialect.keyed[field].operators if field in dialect.keyed else ():
            value = "1" if dialect.keyed[field].takes is Takes.FLOAT else "'x'"
            written = {"IN": "IN ('x')", "NOT IN": "NOT IN ('x')"}.get(operator, f"{operator} {value}")
            condition = operator if operator in NULLED else written
            text = " AND ".join(f"{prefix}.k{number} {condition}" for number in range(100))
            assert search(http, world, noun, text, []).status_code == 200


def search(http: httpx.Client, world: World, noun: str, text: str, order: list[str]) -> httpx.Response:
    asked: dict[str, Any] = {"filter": text, "order_by": order, "max_results": 5}
    if noun in ("registered-models", "model-versions"):
        asked["filter"] = text.encode("utf-8", "replace").decode()
        return http.get(f"{API}/{noun}/search", params=asked)
    if noun in ("runs", "logged-models"):
        asked["experiment_ids"] = [world.names["experiment"]]
    if noun == "logged-models":
        asked["order_by"] = [{"field_name": term.partition(" ")[0]} for term in order]
    body = json.dumps(asked)  # in ASCII, so that half a character can be asked for
    return http.post(f"{API}/{noun}/search", content=body, headers={"content-type": "application/json"})
