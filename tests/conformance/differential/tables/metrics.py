# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, get, post

E: Final = "{experiment}"
R: Final = "{run}"
_AJAX: Final = "/ajax-api/2.0/mlflow/metrics/"
_VALUES: Final = (
    0,
    1,
    -1.5,
    "1.25",
    "x",
    "",
    None,
    True,
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "Inf",
    1e308,
    1e-320,
    [],
    {},
    2**64,
    "1e5",
    " 1 ",
    "1_000",
    "0x10",
)
_INTS: Final = (
    0,
    1,
    -1,
    "5",
    "-5",
    "x",
    1.0,
    1.5,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    "9223372036854775807",
    True,
    None,
    "",
    "1.0",
    1e3,
    [],
    {},
)


def _log(**fields: object) -> Step:
    return post("runs/log-metric", **{"run_id": R, "key": "k", "value": 1, "timestamp": 1, **fields})


def _history(**fields: object) -> Step:
    return get("metrics/get-history", **{"run_id": R, "metric_key": "k", **fields})


def _series(run: str = R, count: int = 6) -> Step:
    return post(
        "runs/log-batch",
        run_id=run,
        metrics=[{"key": "k", "value": i * i, "timestamp": 10 + i, "step": i} for i in range(count)],
    )


_SEEN: Final = (get("runs/get", run_id=R), _history())
CASES: Final[Sequence[Case]] = (
    *(Case(f"metric's {field} {value!r:.20}", (_log(**{field: value}), *_SEEN)) for field, values in {"value": _VALUES, "timestamp": _INTS, "step": _INTS}.items() for value in values),
    *(Case(f"latest of {n}", (*(_log(value=value, timestamp=at, step=step) for step, at, value in points), *_SEEN)) for n, points in enumerate((
        ((0, 1, 1), (0, 2, 2), (0, 1, 3)), ((5, 1, 1), (4, 9, 2)), ((-5, 1, 1), (-6, 9, 2)), ((0, 1, 5), (0, 1, 4)), ((0, 1, 1), (0, 1, 1)), ((0, 1, "NaN"), (0, 1, 5)), ((0, 1, 5), (0, 1, "NaN")), ((0, 1, "NaN"), (0, 1, -5)), ((0, 1, -5), (0, 1, "NaN")),
        ((0, 1, "NaN"), (0, 1, "NaN")), ((0, 1, "Infinity"), (0, 1, 5)), ((0, 1, "Infinity"), (0, 2, "-Infinity")), ((0, 1, "NaN"), (1, 1, 2)), ((1, 1, 2), (0, 5, "NaN")), ((0, 1, 0.0), (0, 1, -0.0)), ((0, 1, 1), (0, 1, "NaN"), (0, 1, 1.5), (0, 1, "NaN"))))),
    *(Case(f"latest in a batch of {n}", (post("runs/log-batch", run_id=R, metrics=[{"key": "k", "value": value, "timestamp": at, "step": step} for step, at, value in points]), *_SEEN)) for n, points in enumerate((
        ((0, 1, 1), (0, 2, 2), (0, 1, 3)), ((5, 1, 1), (4, 9, 2)), ((0, 1, "NaN"), (0, 1, 5)), ((0, 1, 5), (0, 1, "NaN")), ((0, 1, 1), (0, 1, 1)), ((0, 1, "NaN"), (0, 1, "NaN")), ((3, 1, 1), (1, 1, 2), (2, 1, 3)), ((1, 3, 1), (3, 1, 2), (2, 2, 3))))),
    *(Case(f"history {n}", (_series(), _history(**fields))) for n, fields in enumerate((
        {}, {"max_results": 2}, {"max_results": 0}, {"max_results": -1}, {"max_results": "x"}, {"max_results": 6}, {"max_results": 7}, {"max_results": 25001}, {"max_results": 10**9}, {"max_results": 2**31}, {"metric_key": "none"}, {"metric_key": ""}, {"metric_key": None}, {"run_id": "0" * 32}, {"run_id": ""}, {"page_token": "x"}, {"page_token": "x", "max_results": 2}, {"page_token": ""}, {"max_results": 1.5}, {"max_results": ""}))),
    Case("history in pages", (_series(), _history(max_results=2).keep(t="next_page_token"), _history(max_results=2, page_token="{t}").keep(t="next_page_token"), _history(max_results=2, page_token="{t}"), _history(max_results=4, page_token="{t}"), _history(page_token="{t}"),
                              _history(max_results=2, page_token="{t}", metric_key="other"))),
    Case("history otherwise", (_series(), get("metrics/get-history", run_uuid=R, metric_key="k"), get("metrics/get-history", runId=R, metricKey="k"), get(f"{_AJAX}get-history", run_id=R, metric_key="k"), get("metrics/get-history", run_id=R), get("metrics/get-history", metric_key="k"), post("metrics/get-history", run_id=R, metric_key="k"))),
    Case("history of two keys", (post("runs/log-batch", run_id=R, metrics=[{"key": "a", "value": 1, "timestamp": 1}, {"key": "b", "value": 2, "timestamp": 1}]), _history(metric_key="a"), _history(metric_key="A"))),
    *(Case(f"bulk {n}", (_series(), _series("{run2}", 3), get(f"{_AJAX}get-history-bulk", **fields))) for n, fields in enumerate((
        {"run_id": [R], "metric_key": "k"}, {"run_id": R, "metric_key": "k"}, {"run_id": ["0" * 32], "metric_key": "k"}, {"run_id": [R, "0" * 32], "metric_key": "k"}, {"run_id": [R], "metric_key": "k", "max_results": 2}, {"run_id": [R], "metric_key": "k", "max_results": 0},
        {"run_id": [R], "metric_key": "k", "max_results": "x"}, {"run_id": [R], "metric_key": "k", "max_results": 10**6}, {"metric_key": "k"}, {"run_id": [R]}, {"run_id": [R], "metric_key": ""}, {"run_id": [""], "metric_key": "k"}, {"run_id": [R, R], "metric_key": "k"}, {"run_id": [R] * 101, "metric_key": "k"}, {"run_id": [R] * 100, "metric_key": "k"}, {"run_id": [R], "metric_key": "none"}, {"run_ids": [R], "metric_key": "k"}, {}))),
    *(Case(f"interval {n} at {where}", (_series(), _series("{run2}", 3), get(f"{where}get-history-bulk-interval", **fields))) for where in (_AJAX, "metrics/") for n, fields in enumerate((
        {"run_ids": [R], "metric_key": "k"}, {"run_ids": R, "metric_key": "k"}, {"run_ids": ["0" * 32], "metric_key": "k"}, {"run_ids": [R, "0" * 32], "metric_key": "k"}, {"run_ids": [R], "metric_key": "k", "max_results": 1}, {"run_ids": [R], "metric_key": "k", "max_results": 2}, {"run_ids": [R], "metric_key": "k", "max_results": 3}, {"run_ids": [R], "metric_key": "k", "max_results": 4},
        {"run_ids": [R, "{run2}"], "metric_key": "k", "max_results": 2}, {"run_ids": [R], "metric_key": "k", "max_results": 0}, {"run_ids": [R], "metric_key": "k", "max_results": -1}, {"run_ids": [R], "metric_key": "k", "max_results": 2500}, {"run_ids": [R], "metric_key": "k", "max_results": 2501}, {"run_ids": [R], "metric_key": "k", "max_results": "x"},
        {"run_ids": [R], "metric_key": "k", "start_step": 1, "end_step": 3}, {"run_ids": [R], "metric_key": "k", "start_step": 1}, {"run_ids": [R], "metric_key": "k", "end_step": 1}, {"run_ids": [R], "metric_key": "k", "start_step": 3, "end_step": 1}, {"run_ids": [R], "metric_key": "k", "start_step": "x", "end_step": 1}, {"run_ids": [R], "metric_key": "k", "start_step": 0, "end_step": 0},
        {"run_ids": [R], "metric_key": "k", "start_step": -5, "end_step": 50, "max_results": 2}, {"metric_key": "k"}, {"run_ids": [R]}, {"run_ids": [R], "metric_key": ""}, {"run_ids": [""], "metric_key": "k"}, {"run_ids": [R] * 101, "metric_key": "k"}, {"run_ids": [R, R], "metric_key": "k"}, {"run_ids": [R], "metric_key": "none"}, {"run_id": [R], "metric_key": "k"}, {}))),
    *(Case(f"interval of {count} into {most}", (_series(count=count), get("metrics/get-history-bulk-interval", run_ids=[R], metric_key="k", max_results=most))) for count in (1, 2, 10, 37) for most in (1, 2, 3, 5, 10, 36)),
    Case("interval of many runs", (post("runs/log-batch", run_id=R, metrics=[{"key": "k", "value": i, "timestamp": i, "step": i * 7 % 20} for i in range(20)]), post("runs/log-batch", run_id="{run2}", metrics=[{"key": "k", "value": i, "timestamp": i, "step": i + 100} for i in range(20)]),
                                   *(get("metrics/get-history-bulk-interval", run_ids=[R, "{run2}"], metric_key="k", max_results=most) for most in (1, 2, 3, 5, 8, 13, 39, 40)))),
    *(Case(f"metric of a model {n}", (post("runs/log-metric", run_id=R, key="k", value=1, timestamp=1, **fields), *_SEEN, get("logged-models/{logged}"))) for n, fields in enumerate((
        {"model_id": "{logged}"}, {"model_id": "{logged}", "dataset_name": "d", "dataset_digest": "1"}, {"model_id": "{logged}", "dataset_name": "d"}, {"model_id": "{logged}", "dataset_digest": "1"}, {"model_id": "m-none"}, {"model_id": ""}, {"dataset_name": "d", "dataset_digest": "1"}))),
    Case("metrics of a model", (
        post("runs/log-batch", run_id=R, metrics=[{"key": "k", "value": i, "timestamp": i, "step": i, "model_id": "{logged}"} for i in range(3)]), get("logged-models/{logged}"), post("logged-models/search", experiment_ids=[E]),
        post("runs/log-batch", run_id=R, metrics=[{"key": "k", "value": 9, "timestamp": 1, "step": 1, "model_id": "{logged}", "dataset_name": "d", "dataset_digest": "1"}]), get("logged-models/{logged}"),
        post("runs/log-metric", run_id="{run2}", key="k", value=4, timestamp=5, step=0, model_id="{logged}"), get("logged-models/{logged}"), post("runs/log-metric", run_id=R, key="k", value="NaN", timestamp=9, step=9, model_id="{logged}"), get("logged-models/{logged}"))),
)  # fmt: skip
