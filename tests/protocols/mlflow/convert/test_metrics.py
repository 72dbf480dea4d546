import json
import math
import sys

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.metrics import Metrics
from modelyard.domain.pages import Page
from modelyard.domain.runs import Metric
from modelyard.domain.series import points_of
from modelyard.protocols.http.reply import json_reply
from modelyard.protocols.mlflow.convert import metrics as convert
from modelyard.protocols.mlflow.wire import metrics as wire

LARGEST = sys.float_info.max


def sent(count: int, model_id: str = "", dataset: str = "") -> tuple[wire.Metric, ...]:
    return tuple(wire.Metric(f"m{at}", 1.0, at, model_id=model_id, dataset_name=dataset) for at in range(count))


def pairs(count: int) -> tuple[wire.Pair, ...]:
    return tuple(wire.Pair(f"k{at}", "v") for at in range(count))


def series(*values: float) -> list[Metric]:
    return [Metric("loss", value, 100 + at, at) for at, value in enumerate(values)]


def test_a_batch_keeps_what_its_points_are_about() -> None:
    metrics = sent(2, "m-1", "train") + sent(1)
    logged = convert.batch(wire.LogBatch(run_id="r", metrics=metrics, params=pairs(2), tags=(wire.Pair("t", "1"),)))
    assert [(point.key, point.model_id, point.dataset_name) for point in logged.metrics] == [
        ("m0", "m-1", "train"),
        ("m1", "m-1", "train"),
        ("m0", "", ""),
    ]
    assert list(logged.params) == [("k0", "v"), ("k1", "v")]
    assert list(logged.tags) == [("t", "1")]


@pytest.mark.parametrize(
    ("batch", "what"),
    [
        (wire.LogBatch(run_id="r", metrics=sent(1001)), "at most 1000 metrics. Got 1001"),
        (wire.LogBatch(run_id="r", params=pairs(101)), "at most 100 params. Got 101"),
        (wire.LogBatch(run_id="r", tags=pairs(101)), "at most 100 tags. Got 101"),
        (wire.LogBatch(run_id="r", metrics=sent(951), params=pairs(50)), "metrics, params, and tags. Got 1001"),
    ],
)
def test_too_much_at_once_is_refused(batch: wire.LogBatch, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        convert.batch(batch)


def test_a_full_batch_is_accepted() -> None:
    assert convert.batch(wire.LogBatch(run_id="r", metrics=sent(900), params=pairs(100)))


def test_a_history_shows_what_json_has_no_number_for() -> None:
    shown = convert.history(Page(series(1.5, math.nan, math.inf, -math.inf), "next"))
    assert (
        json_reply(shown).body
        == json_reply(
            {
                "metrics": [
                    {"key": "loss", "value": 1.5, "timestamp": 100, "step": 0},
                    {"key": "loss", "value": "NaN", "timestamp": 101, "step": 1},
                    {"key": "loss", "value": LARGEST, "timestamp": 102, "step": 2},
                    {"key": "loss", "value": -LARGEST, "timestamp": 103, "step": 3},
                ],
                "next_page_token": "next",
            }
        ).body
    )


def test_a_finite_history_is_sent_as_it_is() -> None:
    page = Page(Metrics("loss", points_of([(0, 100, 1.0), (1, 101, 2.0)])))
    body = json_reply(convert.history(page)).body
    assert isinstance(body, bytes)
    assert json.loads(body) == {
        "metrics": [
            {"key": "loss", "value": 1.0, "timestamp": 100, "step": 0},
            {"key": "loss", "value": 2.0, "timestamp": 101, "step": 1},
        ]
    }


def test_numbers_whose_sum_is_too_large_are_still_numbers() -> None:
    body = json_reply(convert.history(Page(series(LARGEST, LARGEST)))).body
    assert isinstance(body, bytes)
    assert b"null" not in body


def test_an_empty_history_is_an_empty_object() -> None:
    assert json_reply(convert.history(Page([]))).body == b"{}"


@pytest.mark.parametrize(
    ("total", "most", "places"),
    [(0, 3, []), (3, 3, [0, 1, 2]), (9, 3, [0, 3, 8]), (10, 4, [0, 3, 6, 9]), (9, 1, [8]), (1, 1, [0]), (5, 2, [0, 4])],
)
def test_samples_are_spread_evenly(total: int, most: int, places: list[int]) -> None:
    assert list(convert.spread(total, most)) == places


def test_samples_of_an_interval_of_steps() -> None:
    found = {"b": series(*map(float, range(100))), "a": series(7.0)}
    chosen = convert.samples(found, ["b", "a"], (10, 20), 3).metrics
    assert [(point.run_id, point.step) for point in chosen if isinstance(point, wire.PointOfRun)] == [
        ("b", 10),
        ("b", 14),
        ("b", 20),
    ]


def test_histories_of_runs_follow_one_another() -> None:
    found = {"b": series(1.0, 2.0), "a": series(3.0)}
    chosen = convert.histories(found, 2).metrics
    assert [point.run_id for point in chosen if isinstance(point, wire.PointOfRun)] == ["a", "b"]
