# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, delete, get, patch, post

E: Final = "{experiment}"
R: Final = "{run}"
_M: Final = "logged-models/{logged}"


def _create(**fields: object) -> Step:
    return post("logged-models", **{"experiment_id": E, "name": "lm", **fields})


def _search(**fields: object) -> Step:
    return post("logged-models/search", **{"experiment_ids": [E], **fields})


_STOCK: Final = (
    _create(name="alpha", model_type="tree", params=[{"key": "p", "value": "1"}], tags=[{"key": "t", "value": "One"}], source_run_id=R).keep(a="model.info.model_id"),
    _create(name="beta", params=[{"key": "p", "value": "2"}], tags=[{"key": "t", "value": "two"}]).keep(b="model.info.model_id"),
    _create(name="Gamma").keep(c="model.info.model_id"),
    patch("logged-models/{a}", model_id="{a}", status="LOGGED_MODEL_READY"),
    post("runs/log-batch", run_id=R, metrics=[{"key": "m", "value": 1, "timestamp": 1, "model_id": "{a}"}, {"key": "m", "value": 5, "timestamp": 1, "model_id": "{b}", "dataset_name": "d", "dataset_digest": "1"}]),
    post("runs/log-metric", run_id=R, key="m", value=2, timestamp=2, step=1, model_id="{b}", dataset_name="e", dataset_digest="2"),
)  # fmt: skip
_FILTERS: Final = (
    "name = 'alpha'", "name != 'alpha'", "name LIKE 'a%'", "name like 'a%'", "name ILIKE 'g%'", "name IN ('alpha', 'beta')", "name NOT IN ('alpha')", "attributes.name = 'alpha'", "attribute.name = 'alpha'", "name > 'a'", "model_id = '{a}'", "model_id IN ('{a}')", "model_type = 'tree'", "model_type = ''", "model_type != 'tree'", "status = 'READY'", "status = 'PENDING'", "status != 'READY'",
    "source_run_id = '{run}'", "source_run_id != '{run}'", "creation_timestamp > 0", "creation_time > 0", "last_updated_timestamp > 0", "creation_timestamp < 5", "creation_timestamp = 'x'", "creation_timestamp LIKE 'x'", "experiment_id = '1'", "artifact_uri = 'x'", "bogus = 'x'", "metrics.m > 1", "metrics.m = 5", "metrics.m = 1", "metrics.m != 1", "metrics.m < 3", "metrics.x > 1", "metrics.m LIKE '1'", "metrics.m = '1'", "metric.m > 1",
    "params.p = '1'", "params.p != '1'", "params.p LIKE '1'", "params.p IN ('1')", "param.p = '1'", "params.p IS NULL", "params.p = 1", "tags.t = 'One'", "tags.t != 'One'", "tags.t ILIKE 'one'", "tags.t IN ('One', 'two')", "tags.t IS NULL", "tags.t IS NOT NULL", "tag.t = 'One'", "tags.`t` = 'One'", "tags.none = 'x'", "name = 'alpha' AND params.p = '1'", "name = 'alpha' OR name = 'beta'", "name =", "name = 'x' AND", "(name = 'x')", "metrics.m > 0 AND metrics.m < 2", 'name = "alpha"', "name = alpha", "", " ", "lifecycle_stage = 'active'",
)  # fmt: skip
_ORDERS: Final = (
    [{"field_name": "name"}], [{"field_name": "name", "ascending": False}], [{"field_name": "creation_timestamp"}], [{"field_name": "creation_time", "ascending": False}], [{"field_name": "last_updated_timestamp"}], [{"field_name": "name"}] * 2, [{"field_name": "metrics.m"}], [{"field_name": "metrics.m", "ascending": False}],
    [{"field_name": "metrics.m", "dataset_name": "d"}], [{"field_name": "metrics.m", "dataset_name": "d", "dataset_digest": "1"}], [{"field_name": "metrics.m", "dataset_digest": "1"}], [{"field_name": "metrics.m", "dataset_name": "none"}], [{"field_name": "metrics.x"}], [{"field_name": "params.p"}], [{"field_name": "tags.t"}], [{"field_name": "bogus"}], [{}], ["name"], [{"field_name": ""}], [{"field_name": "name", "ascending": "x"}], [{"field_name": "attributes.name"}],
    [{"field_name": "model_type"}], [{"field_name": "status"}], [{"field_name": "source_run_id"}], [{"field_name": "experiment_id"}], [{"field_name": "name"}, {"field_name": "name", "ascending": False}], [{"field_name": "artifact_uri", "ascending": True}], [{"field_name": "metric.m"}],
)  # fmt: skip
CASES: Final[Sequence[Case]] = (
    *(Case(f"logged model of {n}", (_create(**fields).keep(logged="model.info.model_id"), get(_M))) for n, fields in enumerate((
        {}, {"model_type": "x"}, {"source_run_id": R}, {"source_run_id": "none"}, {"params": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}], "tags": [{"key": "k", "value": "v"}]}, {"params": [{"key": "p", "value": "v" * 6000}]}, {"tags": [{"key": "mlflow.x", "value": "y"}]}))),
    *(Case(f"logged model of bad {n}", (_create(**fields),)) for n, fields in enumerate((
        {"experiment_id": "999999"}, {"experiment_id": "x"}, {"experiment_id": ""}, {"experiment_id": None}, {"params": [{"key": "k" * 251, "value": "v"}]}, {"params": [{"key": "k", "value": "v" * 6001}]}, {"params": [{"key": "a//b", "value": "v"}]}, {"tags": [{"key": "k" * 251, "value": "v"}]}, {"tags": [{"key": "a//b", "value": "v"}]}, {"tags": [{"key": "k", "value": "v" * 8001}]}, {"tags": [{"key": "k", "value": "v" * 20_000}]}, {"tags": [{"key": "k", "value": "v" * 100_001}]},
        {"params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"params": [{}]}, {"tags": [{}]}, {"params": "x"}, {"params": [{"key": f"p{i}", "value": "1"} for i in range(150)]}))),
    *(Case(f"logged model named {name!r:.15} {len(str(name))}", (_create(name=name).keep(),)) for name in ("", None, "a", "a b", "a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "x" * 500, "x" * 501, 5, "é", " ", "a\nb", "..", "a\\b", "a#b", "a?b")),
    *(Case(f"logged model {one!r:.12} in {verb}", (step,)) for one in ("m-" + "0" * 32, "x", "m-x", "%20", "..", "a b") for verb, step in {
        "get": get(f"logged-models/{one}"), "delete": delete(f"logged-models/{one}"), "finalize": patch(f"logged-models/{one}", model_id=one, status="LOGGED_MODEL_READY"), "tags": patch(f"logged-models/{one}/tags", tags=[{"key": "a", "value": "b"}]),
        "untag": delete(f"logged-models/{one}/tags/a"), "params": post(f"logged-models/{one}/params", model_id=one, params=[{"key": "a", "value": "b"}]), "files": get(f"logged-models/{one}/artifacts/directories")}.items()),
    *(Case(f"logged model finalized {status!r}", (patch(_M, model_id="{logged}", status=status), get(_M))) for status in ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING", 1, 2, 3, 0, 4, "READY", "bogus", "", None, "LOGGED_MODEL_STATUS_UNSPECIFIED")),
    Case("logged model's life", (
        get(_M), patch(_M, model_id="{logged}", status="LOGGED_MODEL_READY"), patch(_M, model_id="{logged}", status="LOGGED_MODEL_UPLOAD_FAILED"), patch(_M), get("/ajax-api/2.0/mlflow/logged-models/{logged}"), delete(_M), get(_M), get(_M, allow_deleted="true"), get(_M, allow_deleted="false"), get(_M, allow_deleted="True"), get(_M, allow_deleted="1"), delete(_M),
        patch(_M, model_id="{logged}", status="LOGGED_MODEL_READY"), patch(f"{_M}/tags", tags=[{"key": "a", "value": "b"}]), post(f"{_M}/params", model_id="{logged}", params=[{"key": "a", "value": "b"}]), _search(), post(_M), get("logged-models"), post("logged-models/{logged}/nowhere"))),
    *(Case(f"logged model's tags {n}", (patch(f"{_M}/tags", **fields), get(_M))) for n, fields in enumerate((
        {"tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]}, {"tags": []}, {}, {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{}]}, {"tags": [{"key": "a"}]}, {"tags": [{"value": "a"}]}, {"tags": "x"}, {"tags": [{"key": "a//b", "value": "1"}]}, {"tags": [{"key": "k" * 251, "value": "1"}]}, {"tags": [{"key": "k", "value": "v" * 8001}]}, {"tags": [{"key": "k", "value": "v" * 100_000}]}, {"tags": [{"key": "a/b c", "value": "1"}]}, {"tags": [{"key": "a", "value": 5}]}, {"tags": None}, {"model_id": "other", "tags": [{"key": "a", "value": "1"}]}))),
    Case("logged model untagged", (patch(f"{_M}/tags", tags=[{"key": "a", "value": "1"}, {"key": "b c", "value": "2"}, {"key": "c/d", "value": "3"}]), delete(f"{_M}/tags/a"), delete(f"{_M}/tags/a"), delete(f"{_M}/tags/b%20c"), get(_M), delete(f"{_M}/tags/c%2Fd"), delete(f"{_M}/tags/none"))),
    *(Case(f"logged model's params {n}", (post(f"{_M}/params", model_id="{logged}", params=[{"key": "old", "value": "1"}]), post(f"{_M}/params", model_id="{logged}", **fields), get(_M))) for n, fields in enumerate((
        {"params": [{"key": "a", "value": "1"}]}, {"params": []}, {}, {"params": [{"key": "old", "value": "1"}]}, {"params": [{"key": "old", "value": "2"}]}, {"params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}, {"params": [{"key": "a//b", "value": "1"}]}, {"params": [{"key": "k" * 251, "value": "1"}]}, {"params": [{"key": "k", "value": "v" * 6001}]}, {"params": [{}]}, {"params": "x"}, {"params": [{"key": "k", "value": 5}]}, {"params": [{"key": f"p{i}", "value": "1"} for i in range(101)]}))),
    *(Case(f"logged models where {text!r}", (*_STOCK, _search(filter=text))) for text in _FILTERS),
    *(Case(f"logged models by {n}", (*_STOCK, _search(order_by=order))) for n, order in enumerate(_ORDERS)),
    *(Case(f"logged models about {n}", (*_STOCK, _search(datasets=chosen, filter=text))) for n, (chosen, text) in enumerate((
        ([{"dataset_name": "d"}], ""), ([{"dataset_name": "d", "dataset_digest": "1"}], ""), ([{"dataset_name": "d", "dataset_digest": "9"}], ""), ([{"dataset_name": "d"}], "metrics.m > 1"), ([{"dataset_name": "d", "dataset_digest": "1"}], "metrics.m > 1"), ([{"dataset_name": "d", "dataset_digest": "1"}, {"dataset_name": "e", "dataset_digest": "2"}], "metrics.m > 1"), ([{"dataset_name": "e", "dataset_digest": "2"}], "metrics.m > 3"), ([{}], "metrics.m > 1"), ([{"dataset_digest": "1"}], "metrics.m > 1"), ("x", ""), ([], "metrics.m > 1"), ([{"dataset_name": "d", "dataset_digest": "1"}], "name = 'beta'")))),
    *(Case(f"logged models' page of {most!r}", (*_STOCK, _search(max_results=most))) for most in (0, -1, 1, 2, 3, 50, 51, 10_000, 50_001, "2", "x", 1.5, None)),
    Case("logged models' pages", (*_STOCK, _search(max_results=2).keep(t="next_page_token"), _search(max_results=2, page_token="{t}"), _search(max_results=2, page_token="{t}", filter="name = 'alpha'"), _search(max_results=2, page_token="x"), _search(max_results=3))),
    *(Case(f"logged models of experiments {n}", (*_STOCK, post("logged-models/search", **fields))) for n, fields in enumerate(({}, {"experiment_ids": []}, {"experiment_ids": E}, {"experiment_ids": [E, "{experiment2}"]}, {"experiment_ids": ["999999"]}, {"experimentIds": [E]}))),
)  # fmt: skip
