import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Hints, InferenceResult
from modelyard.protocols.http import hints


def test_a_request_that_says_nothing_has_no_hints() -> None:
    assert hints.read({"content-type": "application/json"}) == Hints()


def test_headers_and_the_parameter_of_triton_are_read() -> None:
    headers = {
        "x-modelyard-revision": "3",
        "x-modelyard-sticky": "user 7",
        "x-request-timeout": "2.5",
        "x-prediction-id": "mine",
    }
    assert hints.read(headers) == Hints(revision=3, sticky="user 7", seconds=2.5, prediction_id="mine")
    assert hints.read({}, 1_500_000).seconds == 1.5
    assert hints.read({"x-request-timeout": "2.5"}, "1000").seconds == 0.001
    assert hints.read({}, 0) == Hints()


def test_the_id_of_an_event_names_the_prediction_where_nothing_else_does() -> None:
    assert hints.read({"ce-id": "event"}).prediction_id == "event"
    assert hints.read({"ce-id": "event", "x-prediction-id": "mine"}).prediction_id == "mine"


@pytest.mark.parametrize(
    ("headers", "timeout_us", "words"),
    [
        ({"x-modelyard-revision": "three"}, None, "x-modelyard-revision is 'three'"),
        ({"x-modelyard-revision": "0"}, None, "x-modelyard-revision"),
        ({"x-modelyard-revision": "-1"}, None, "x-modelyard-revision"),
        ({"x-modelyard-revision": ""}, None, "x-modelyard-revision"),
        ({"x-modelyard-revision": "\u0663"}, None, "x-modelyard-revision"),
        ({"x-modelyard-sticky": "k" * 257}, None, "x-modelyard-sticky has 257"),
        ({"x-request-timeout": "soon"}, None, "x-request-timeout is 'soon'"),
        ({"x-request-timeout": "0"}, None, "over 0"),
        ({"x-request-timeout": "nan"}, None, "over 0"),
        ({"x-request-timeout": "inf"}, None, "over 0"),
        ({}, -5, "'timeout' is '-5'"),
        ({}, "late", "'timeout' is 'late'"),
        ({"x-prediction-id": "a b"}, None, "x-prediction-id must be"),
        ({"x-prediction-id": "i" * 257}, None, "x-prediction-id must be"),
    ],
)
def test_nonsense_is_refused_by_name(headers: dict[str, str], timeout_us: int | str | None, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        hints.read(headers, timeout_us)
    assert words in refusal.value.message


def test_an_answer_says_who_it_is_from_as_far_as_is_known() -> None:
    assert hints.told(InferenceResult("taxi", "")) == ()
    assert dict(hints.told(InferenceResult("taxi", "3", revision=2, prediction_id="p"))) == {
        "x-prediction-id": "p",
        "x-modelyard-revision": "2",
        "x-model-version": "3",
    }
