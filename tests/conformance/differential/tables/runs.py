# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, get, post, raw

E: Final = "{experiment}"
R: Final = "{run}"
_KEYS: Final = (
    "k", "", None, "k" * 250, "k" * 251, "a/b", "a//b", "../a", "/a", "a/", "./a", ".", "..", "a b:c-d_e.f", "a\tb", "a,b", "a=b", "é", "中文", "😀", 5, True, [], {}, " ", "k\n", "a\u0000b", "a\\b", "a'b", 'a"b', "a/../b",
)  # fmt: skip
_TEXTS: Final = (
    "v",
    "",
    None,
    5,
    1.5,
    True,
    {},
    [],
    "v" * 5000,
    "v" * 5001,
    "v" * 6000,
    "v" * 6001,
    "v" * 8000,
    "v" * 8001,
    "é😀",
    "a\nb",
    "a\u0000b",
)
_IDS: Final = ("", None, "x", "0" * 32, 5, "../x", "x" * 40, "{run}".upper())
_INTS: Final = (
    0,
    1,
    -1,
    "5",
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


def _create(**fields: object) -> Step:
    return post("runs/create", **{"experiment_id": E, "run_name": "r", "start_time": 5, **fields}).keep()


def _info() -> Step:
    return get("runs/get", run_id=R)


CASES: Final[Sequence[Case]] = (
    *(Case(f"run of {field} {value!r:.50} {len(str(value))}", (_create(**{field: value}),)) for field, values in {
        "start_time": _INTS, "run_name": ("", " ", "x" * 250, "x" * 251, "x" * 300, None, 5, "é/..", "a\nb"), "user_id": ("", "me", None, 5, "x" * 256, "x" * 257),
        "tags": ([{"key": "a", "value": "b"}], [], None, "x", [5], [{}], [{"key": "a"}], [{"value": "a"}], [{"key": "mlflow.runName", "value": "r"}], [{"key": "mlflow.runName", "value": "other"}],
                 [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], [{"key": "k" * 251, "value": "1"}], [{"key": "a", "value": "v" * 8001}], [{"key": "a//b", "value": "1"}], [{"key": "a", "value": 5}],
                 [{"key": "mlflow.parentRunId", "value": "x"}], [{"key": "mlflow.user", "value": "you"}], [{"key": "mlflow.source.name", "value": "f.py"}]),
    }.items() for value in values),
    Case("run without a name", (post("runs/create", experiment_id=E, start_time=5), post("runs/create", experiment_id=E, start_time=5, tags=[{"key": "mlflow.runName", "value": "tagged"}]), post("runs/create"), post("runs/create", run_name="x"))),
    Case("run seen", (_create().keep(run="run.info.run_id"), _info(), get("runs/get", run_uuid=R), get("runs/get", runId=R), get("runs/get"), get("/ajax-api/2.0/mlflow/runs/get", run_id=R), post("runs/get", run_id=R), get("runs/get", run_id=R, run_uuid="x"))),
    *(Case(f"run {one!r:.20} in {path}", (step,)) for one in _IDS for path, step in {
        "get": get("runs/get", run_id=one), "update": post("runs/update", run_id=one, status="FINISHED"), "delete": post("runs/delete", run_id=one), "restore": post("runs/restore", run_id=one),
        "log-metric": post("runs/log-metric", run_id=one, key="k", value=1, timestamp=1), "log-parameter": post("runs/log-parameter", run_id=one, key="k", value="v"), "set-tag": post("runs/set-tag", run_id=one, key="k", value="v"),
        "delete-tag": post("runs/delete-tag", run_id=one, key="k"), "log-batch": post("runs/log-batch", run_id=one), "log-inputs": post("runs/log-inputs", run_id=one), "outputs": post("runs/outputs", run_id=one, models=[]),
        "history": get("metrics/get-history", run_id=one, metric_key="k"), "artifacts": get("artifacts/list", run_id=one),
        "log-model": post("runs/log-model", run_id=one, model_json='{"run_id":"a","artifact_path":"b","utc_time_created":"c","flavors":{}}'),
    }.items()),
    *(Case(f"run updated {n}", (post("runs/update", run_id=R, **fields), _info())) for n, fields in enumerate((
        {"status": "FINISHED", "end_time": 7}, {"status": "FAILED"}, {"status": "KILLED"}, {"status": "SCHEDULED"}, {"status": "RUNNING"}, {"status": 3}, {"status": "3"}, {"status": 9}, {"status": "bogus"}, {"status": ""}, {"status": None}, {"status": "finished"},
        {"end_time": 9}, {"end_time": -1}, {"end_time": "9"}, {"end_time": "x"}, {"end_time": 1.5}, {"end_time": 0}, {"run_name": "new"}, {"run_name": ""}, {"run_name": None}, {"run_name": 5}, {"run_name": "x" * 251}, {"run_name": " "}, {}, {"status": "FINISHED", "run_name": "done", "endTime": 5},
    ))),
    Case("run's life", (
        _info(), post("runs/delete", run_id=R), post("runs/delete", run_id=R), _info(), post("runs/update", run_id=R, status="FINISHED"), post("runs/log-metric", run_id=R, key="k", value=1, timestamp=1), post("runs/log-parameter", run_id=R, key="k", value="v"),
        post("runs/set-tag", run_id=R, key="k", value="v"), post("runs/delete-tag", run_id=R, key="k"), post("runs/log-batch", run_id=R), post("runs/log-batch", run_id=R, tags=[{"key": "a", "value": "b"}]), post("runs/log-inputs", run_id=R), post("runs/outputs", run_id=R, models=[]), get("artifacts/list", run_id=R),
        get("metrics/get-history", run_id=R, metric_key="k"), post("runs/restore", run_id=R), post("runs/restore", run_id=R), _info(), post("runs/log-model", run_id=R, model_json='{"run_id":"a","artifact_path":"b","utc_time_created":"c","flavors":{}}'), _info())),
    Case("run renamed by its tag", (post("runs/set-tag", run_id=R, key="mlflow.runName", value="new"), _info(), post("runs/delete-tag", run_id=R, key="mlflow.runName"), _info(), post("runs/set-tag", run_id=R, key="mlflow.runName", value=""), _info(),
                                    post("runs/log-batch", run_id=R, tags=[{"key": "mlflow.runName", "value": "batch"}]), _info(), post("runs/log-batch", run_id=R, tags=[{"key": "mlflow.runName", "value": "x" * 300}]), _info())),
    *(Case(f"{path} key {n}", (post(path, run_id=R, key=key, value="1", timestamp=1), _info())) for path in ("runs/log-parameter", "runs/set-tag", "runs/log-metric") for n, key in enumerate(_KEYS)),
    *(Case(f"{path} value {n}", (post(path, run_id=R, key="k", value=value), _info())) for path in ("runs/log-parameter", "runs/set-tag") for n, value in enumerate(_TEXTS)),
    *(Case(f"{path} without {left}", (post(path, **{name: value for name, value in {"run_id": R, "key": "k", "value": "v", "timestamp": 1}.items() if name != left}), _info()))
      for path in ("runs/log-parameter", "runs/set-tag", "runs/log-metric", "runs/delete-tag") for left in ("run_id", "key", "value", "timestamp")),
    Case("params again", (
        post("runs/log-parameter", run_id=R, key="k", value="v"), post("runs/log-parameter", run_id=R, key="k", value="v"), post("runs/log-parameter", run_id=R, key="k", value="w"), post("runs/log-parameter", run_id=R, key="e", value=""),
        post("runs/log-parameter", run_id=R, key="e", value="x"), post("runs/log-batch", run_id=R, params=[{"key": "k", "value": "x"}]), post("runs/log-batch", run_id=R, params=[{"key": "n", "value": "1"}, {"key": "n", "value": "1"}]),
        post("runs/log-batch", run_id=R, params=[{"key": "n", "value": "1"}, {"key": "n", "value": "2"}]), post("runs/log-batch", run_id=R, params=[{"key": "k", "value": "v"}, {"key": "m", "value": "1"}]), _info(), post("runs/log-parameter", run_id=R, key="long", value="v" * 6500),
        post("runs/log-parameter", run_id=R, key="long", value="v" * 7000), post("runs/log-parameter", run_id=R, key="long", value="v" * 6000))),
    Case("tags again", (
        post("runs/set-tag", run_id=R, key="k", value="v"), post("runs/set-tag", run_id=R, key="k", value="w"), _info(), post("runs/delete-tag", run_id=R, key="k"), post("runs/delete-tag", run_id=R, key="k"), post("runs/delete-tag", run_id=R, key="../x"),
        post("runs/log-batch", run_id=R, tags=[{"key": "n", "value": "1"}, {"key": "n", "value": "2"}]), _info())),
    *(Case(f"batch {n}", (post("runs/log-batch", run_id=R, **fields), _info())) for n, fields in enumerate((
        {}, {"metrics": []}, {"metrics": None}, {"metrics": "x"}, {"metrics": [5]}, {"metrics": [{}]}, {"metrics": [{"key": "a"}]}, {"metrics": [{"key": "a", "value": 1}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 1}]},
        {"metrics": [{"key": "a", "value": "x", "timestamp": 1}]}, {"metrics": [{"key": "a", "value": "NaN", "timestamp": 1}]}, {"metrics": [{"key": "a", "value": "Infinity", "timestamp": 1, "step": 1}]}, {"metrics": [{"key": "a", "value": "-Infinity", "timestamp": 1, "step": "3"}]},
        {"metrics": [{"key": "a//", "value": 1, "timestamp": 1}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": -1}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 1, "step": "x"}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 1, "step": 1.5}]},
        {"metrics": [{"key": "a", "value": None, "timestamp": 1}]}, {"metrics": [{"key": "a", "value": True, "timestamp": 1}]}, {"metrics": [{"key": f"m{i}", "value": i, "timestamp": 1} for i in range(1000)]}, {"metrics": [{"key": f"m{i}", "value": i, "timestamp": 1} for i in range(1001)]},
        {"params": [{"key": f"p{i}", "value": "1"} for i in range(100)]}, {"params": [{"key": f"p{i}", "value": "1"} for i in range(101)]}, {"tags": [{"key": f"t{i}", "value": "1"} for i in range(100)]}, {"tags": [{"key": f"t{i}", "value": "1"} for i in range(101)]},
        {"metrics": [{"key": "m", "value": i, "timestamp": i} for i in range(900)], "params": [{"key": f"p{i}", "value": "1"} for i in range(100)], "tags": [{"key": "t", "value": "1"}]},
        {"params": [{"key": "a"}]}, {"params": [{"value": "a"}]}, {"params": [{"key": "", "value": "a"}]}, {"params": [{"key": "a", "value": 5}]}, {"params": [{"key": "a", "value": "v" * 6001}]}, {"tags": [{"key": "a"}]}, {"tags": [{"value": "a"}]}, {"tags": [{"key": "a", "value": "v" * 8001}]}, {"tags": [{"key": "a", "value": 5}]}, {"tags": {"key": "a", "value": "b"}},
        {"params": [{"key": "a/../b", "value": "1"}]}, {"tags": [{"key": "../b", "value": "1"}]}, {"metrics": [{"key": "good", "value": 1, "timestamp": 1}], "params": [{"key": "bad//", "value": "1"}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 2}, {"key": "a", "value": 2, "timestamp": 1}]},
        {"metrics": [{"key": "a", "value": 1, "timestamp": 2, "step": 3}, {"key": "a", "value": 2, "timestamp": 9, "step": -1}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 1, "dataset_name": "d", "dataset_digest": "e"}]}, {"metrics": [{"key": "a", "value": 1, "timestamp": 1, "model_id": "m-none"}]},
        {"metrics": [{"key": "a", "value": 1e308, "timestamp": 1}, {"key": "b", "value": 1e-320, "timestamp": 1}, {"key": "c", "value": -0.0, "timestamp": 1}, {"key": "d", "value": 12345678901234567890, "timestamp": 1}]}, {"metrics": [None]}, {"params": [None]},
    ))),
    *(Case(f"log-model {n}", (post("runs/log-model", run_id=R, model_json=text), _info())) for n, text in enumerate((
        '{"run_id":"a","artifact_path":"b","utc_time_created":"c","flavors":{"sklearn":{"config":{"x":1},"y":2}}}', "", "x", "[]", "{}", "5", '"x"', "null", '{"run_id":"a","artifact_path":"b","utc_time_created":"c"}', '{"run_id":"a","artifact_path":"b","utc_time_created":"c","flavors":[],"model_uuid":"u","extra":1,"signature":{}}', None, 5))),
    Case("log-model twice", (*(post("runs/log-model", run_id=R, model_json='{"run_id":"a","artifact_path":"' + path + '","utc_time_created":"c","flavors":{}}') for path in "ab"), _info())),
    *(Case(f"log-inputs {n}", (post("runs/log-inputs", run_id=R, **fields), _info())) for n, fields in enumerate((
        {}, {"datasets": []}, {"datasets": [{}]}, {"datasets": [{"dataset": {}}]}, {"datasets": [{"dataset": {"name": "d"}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1"}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s"}}]},
        {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x", "schema": "sc", "profile": "pr"}, "tags": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]}]},
        {"datasets": [{"dataset": {"name": "d" * 501, "digest": "1", "source_type": "s", "source": "x"}}]}, {"datasets": [{"dataset": {"name": "d" * 500, "digest": "1" * 36, "source_type": "s", "source": "x"}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1" * 37, "source_type": "s", "source": "x"}}]},
        {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x" * 65536}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "k" * 256, "value": "v"}]}]}, {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "k", "value": "v" * 501}]}]},
        {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}}] * 2}, {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}]}, {"datasets": "x"}, {"datasets": [5]},
        {"models": [{"model_id": "m-x"}]}, {"models": [{}]}, {"models": [{"model_id": ""}]}, {"models": [{"model_id": "m-x"}, {"model_id": "m-x"}]}, {"models": "x"}, {"datasets": [{"dataset": {"name": "", "digest": "1", "source_type": "s", "source": "x"}}]}, {"datasets": [{"dataset": {"name": "d", "digest": "", "source_type": "", "source": ""}}]}, {"models": [{"model_id": "{logged}"}]},
    ))),
    Case("log-inputs again", (
        post("runs/log-inputs", run_id=R, datasets=[{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "k", "value": "1"}]}]),
        post("runs/log-inputs", run_id=R, datasets=[{"dataset": {"name": "d", "digest": "1", "source_type": "other", "source": "y"}, "tags": [{"key": "k", "value": "2"}]}, {"dataset": {"name": "a", "digest": "1", "source_type": "s", "source": "x"}}]), _info(),
        post("runs/log-inputs", run_id="{run2}", datasets=[{"dataset": {"name": "d", "digest": "1", "source_type": "other", "source": "y"}}]), get("runs/get", run_id="{run2}"), post("runs/search", experiment_ids=[E]))),
    *(Case(f"outputs {n}", (post("runs/outputs", run_id=R, **fields), _info())) for n, fields in enumerate((
        {}, {"models": []}, {"models": [{"model_id": "m-x"}]}, {"models": [{"model_id": "m-x", "step": 5}, {"model_id": "m-a", "step": 1}]}, {"models": [{}]}, {"models": [{"model_id": "m-x", "step": "x"}]}, {"models": "x"}, {"models": [{"model_id": "{logged}", "step": -1}]}, {"models": [{"model_id": "m-x", "step": 1}, {"model_id": "m-x", "step": 2}]}))),
    *(Case(f"body {n}", (raw("runs/log-metric", body, kind),)) for n, (body, kind) in enumerate((
        (b"", "application/json"), (b"{", "application/json"), (b"[]", "application/json"), (b"null", "application/json"), (b"5", "application/json"), (b'"x"', "application/json"), (b"{}", None), (b"{}", "text/plain"), (b"{}", "application/json; charset=utf-8"), (b"{}", "APPLICATION/JSON"),
        (b'"{\\"run_id\\": \\"x\\", \\"key\\": \\"k\\", \\"value\\": 1, \\"timestamp\\": 1}"', "application/json"), (b'{"run_id":"{run}","runId":"{run}","key":"k","value":1,"timestamp":1}', "application/json"), (b'{"runId":"{run}","key":"k","value":1,"timestamp":1}', "application/json"),
        (b'{"run_id":"{run}","key":"k","value":NaN,"timestamp":1}', "application/json"), (b'{"run_id":"{run}","key":"k","value":Infinity,"timestamp":1}', "application/json"), (b'{"run_id":"{run}","key":"k","value":1e999,"timestamp":1}', "application/json"), (b'{"run_id":"{run}","key":"k","key":"j","value":1,"timestamp":1}', "application/json"),
        (b'{"run_id":"{run}","key":"k","value":1,"timestamp":1,"extra":{}}', "application/json"), (b'\xef\xbb\xbf{"run_id":"{run}","key":"k","value":1,"timestamp":1}', "application/json"), (b'{"run_id":"{run}","key":"k","value":1,"timestamp":1}', "application/vnd.api+json"), (b'{"run_id":"{run}","key":"\\ud800","value":1,"timestamp":1}', "application/json")))),
    Case("runs' methods", (get("runs/create"), get("runs/search"), get("runs/log-batch"), post("runs/nowhere"), get("runs/list"), post("/api/3.0/mlflow/runs/create"), post("/ajax-api/2.0/mlflow/runs/create", experiment_id=E, run_name="a", start_time=1))),
)  # fmt: skip
