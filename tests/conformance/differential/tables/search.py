# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, get, post

E: Final = "{experiment}"


def _search(**fields: object) -> Step:
    return post("runs/search", **{"experiment_ids": [E], **fields})


_STOCK: Final = (
    post("runs/log-batch", run_id="{run}", metrics=[{"key": "m", "value": 1, "timestamp": 1}, {"key": "n", "value": "NaN", "timestamp": 1}, {"key": "a b", "value": 5, "timestamp": 1}], params=[{"key": "p", "value": "one"}, {"key": "q.r", "value": "5"}], tags=[{"key": "t", "value": "One"}, {"key": "mlflow.x", "value": "y"}]),
    post("runs/log-batch", run_id="{run2}", metrics=[{"key": "m", "value": 2, "timestamp": 1}, {"key": "n", "value": 3, "timestamp": 1}], params=[{"key": "p", "value": "two"}], tags=[{"key": "t", "value": "two"}]),
    post("runs/log-batch", run_id="{run3}", metrics=[{"key": "m", "value": "NaN", "timestamp": 1}], tags=[{"key": "u", "value": "only"}, {"key": "e", "value": ""}]),
    post("runs/update", run_id="{run2}", status="FINISHED", end_time=50),
    post("runs/log-inputs", run_id="{run}", datasets=[{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "mlflow.data.context", "value": "train"}]}, {"dataset": {"name": "e", "digest": "2", "source_type": "s", "source": "x"}}]),
)  # fmt: skip
_FILTERS: Final = (
    "metrics.m = 1", "metric.m = 1", "metrics.m > 1", "metrics.m >= 1", "metrics.m < 2", "metrics.m <= 2", "metrics.m != 1", "metrics.n != 1", "metrics.m = '1'", "metrics.m > 'x'", "metrics.m LIKE '1'", "metrics.m IN (1)", "metrics.m IS NULL", "metrics.m IS NOT NULL", "metrics.m = 1.0", "metrics.m = 1e0", "metrics.m > -1", "metrics.m = NaN",
    "metrics.m = -Infinity", "metrics.x > 0", "metrics.x != 0", "metrics.`a b` = 5", 'metrics."a b" = 5', "metrics.a b = 5", "metrics.'a b' = 5", "metrics.m = 0x1", "metrics.m = +1", "metrics.m =1", "metrics.m>1", "metrics.m = 1 ", "metrics.M = 1", "METRICS.m = 1", "metrics.m = 1;",
    "params.p = 'one'", "param.p = 'one'", "parameter.p = 'one'", "parameters.p = 'one'", "params.p != 'one'", "params.p LIKE 'o%'", "params.p LIKE 'O%'", "params.p ILIKE 'O%'", "params.p like 'o%'", "params.p ilike 'O%'", "params.p = 5", "params.p = one", "params.p > 'a'", "params.p IN ('one')", "params.p IS NULL", "params.p IS NOT NULL", "params.p is null", "params.p is not null",
    "params.p NOT LIKE 'x'", "params.`q.r` = '5'", "params.q.r = '5'", 'params."q.r" = "5"', "params.x = 'y'", "params.x != 'y'", "params.p = ''", "params.p = 'one' AND params.p = 'two'", "params.p = 'one' and tags.t = 'One'",
    "tags.t = 'One'", "tag.t = 'One'", "tags.t != 'One'", "tags.t LIKE '%o'", "tags.t ILIKE '%O%'", "tags.mlflow.x = 'y'", "tags.`mlflow.x` = 'y'", "tags.t IS NULL", "tags.t IS NOT NULL", "tags.t is Null", "tags.e = ''", "tags.t IN ('One')", "tags.t > 'a'", "tags.t = One", 'tags.t = "One"', "tags.t = 'O''ne'", "tags.mlflow.runName = 'one'", "tags.mlflow.runName LIKE 't%'", "tags.t = 'One' AND tags.t != 'x' AND metrics.m > 0",
    "run_id = '{run}'", "run_id != '{run}'", "run_id IN ('{run}', '{run2}')", "run_id NOT IN ('{run}')", "run_id LIKE '%'", "run_id IN ()", "run_id IN ('x')", "run_id in ('{run}')", "run_id not in ('{run}')", "run_id IN '{run}'", "run_id IN ('{run}',)", "run_id IN ({run})", "run_id > 'x'", "attributes.run_id = '{run}'", "attribute.run_id = '{run}'", "attr.run_id = '{run}'", "run.run_id = '{run}'",
    "run_name = 'one'", "run_name LIKE 't%'", "run_name ILIKE 'T%'", "run_name IN ('one')", "run_name != 'one'", "`run name` = 'one'", "`Run name` = 'one'", "`Run Name` = 'one'", "run name = 'one'", "status = 'FINISHED'", "status = 'finished'", "status != 'FINISHED'", "status LIKE 'F%'", "status ILIKE 'f%'", "status IN ('FINISHED')", "status = FINISHED", "attributes.status = 'RUNNING'", "artifact_uri LIKE '%artifacts'", "artifact_uri = 'x'", "user_id = ''", "user_id != 'x'", "user_id IS NULL",
    "start_time = 1", "start_time > 1", "start_time >= '1'", "start_time > 1.5", "start_time != 1", "start_time LIKE '1'", "start_time = x", "end_time = 50", "end_time > 0", "end_time != 0", "end_time < 99", "end_time IS NULL", "created > 1", "Created > 1", "attributes.start_time < 3", "attributes.created < 3", "start_time IN (1)",
    "experiment_id = '1'", "lifecycle_stage = 'active'", "bogus = 'x'", "attributes.bogus = 'x'", "bogus.x = 1", "dataset.name = 'd'", "datasets.name = 'd'", "dataset.name LIKE 'D'", "dataset.name ILIKE 'D'", "dataset.name != 'd'", "dataset.digest = '1'", "dataset.context = 'train'", "dataset.context != 'train'", "dataset.context LIKE 'tr%'", "dataset.name IN ('d', 'x')", "dataset.name NOT IN ('d')", "dataset.digest IN ('1','2')",
    "dataset.context IN ('train')", "dataset.context NOT IN ('train')", "dataset.name = 'd' AND dataset.digest = '2'", "dataset.name = 'd' AND dataset.context = 'train'", "dataset.bogus = 'x'", "dataset.source = 'x'", "dataset.name > 'a'", "dataset.name = 5", "dataset.name IS NULL", "name = 'd'", "digest = '1'", "context = 'train'",
    "metrics.m = 1 OR metrics.m = 2", "NOT metrics.m = 1", "(metrics.m = 1)", "metrics.m BETWEEN 1 AND 2", "metrics.m = 1 AND", "AND metrics.m = 1", "metrics.m = 1 AND AND metrics.m = 1", "metrics.m", "metrics.m =", "= 1", "metrics.", "metrics. = 1", ".m = 1", "1 = metrics.m", "metrics.m = 1 metrics.m = 2", "metrics.m == 1", "metrics.m <> 1", "metrics.m = 1, metrics.m = 2", "metrics.m = 1 && 1",
    "metrics.m = 1 -- comment", "metrics.m = 1 /* c */", "metrics.m = 1; DROP TABLE runs", "'", "''", '"', "`", "params.p = 'one", "params.p = one'", "params.p = \"one'", " ", "\n", "metrics.m\n=\n1", "metrics.m = 1\nAND params.p = 'one'", "params.p = '%'", "params.p LIKE '%'", "params.p LIKE '_n_'", "params.p LIKE '[o]ne'", "params.p LIKE 'o\\%'", "params.p = 'one' -- x", "trace.x = 'y'", "model_id = 'x'", "models.x = 1", "metrics.m = true", "metrics.m = NULL", "params.p = NULL", "tags.t IS 'x'", "tags.t IS NOT 'x'",
)  # fmt: skip
_ORDERS: Final = (
    ["metrics.m"], ["metrics.m ASC"], ["metrics.m DESC"], ["metrics.n"], ["metrics.n DESC"], ["metrics.none"], ["metrics.none DESC"], ["params.p"], ["params.p DESC"], ["params.p desc"], ["tags.t"], ["tags.t DESC"], ["tag.t"], ["start_time"], ["start_time ASC"], ["start_time DESC"], ["end_time"], ["end_time DESC"], ["status"], ["status DESC"], ["run_name"], ["run_name DESC"], ["user_id"],
    ["attributes.start_time"], ["attribute.start_time"], ["created"], ["Created DESC"], ["`run name`"], ["`Run Name` DESC"], ["run name"], ["tags.mlflow.runName"], ["metrics.`a b`"], ['metrics."a b" DESC'], ["metrics.a b"], ["status", "start_time DESC"], ["metrics.m", "metrics.n"], ["metrics.m", "metrics.m"], ["bogus"], ["experiment_id"], ["lifecycle_stage"], ["metrics"], ["metrics."], [""], ["metrics.m up"], ["metrics.m ASC DESC"], ["metrics.m, start_time"],
    ["dataset.name"], [" metrics.m "], ["metrics.m  DESC"], ["start_time", "start_time DESC"], ["metrics.m;"], ["-metrics.m"], ["'metrics.m'"], [None], [5], "metrics.m", ["param.p"], ["parameters.p"], ["metric.m"], ["duration"], ["Duration"], ["start_time asc"],
)  # fmt: skip
CASES: Final[Sequence[Case]] = (
    *(Case(f"runs where {text!r}", (*_STOCK, _search(filter=text))) for text in _FILTERS),
    *(Case(f"runs by {order!r}", (*_STOCK, _search(order_by=order))) for order in _ORDERS),
    *(Case(f"runs' page of {most!r}", (*_STOCK, _search(max_results=most))) for most in (0, -1, 1, 2, 3, 50_000, 50_001, "2", "x", 1.5, None, True, 2**63, "")),
    *(Case(f"runs' pages by {order}", (*_STOCK, _search(max_results=1, order_by=order).keep(t="next_page_token"), _search(max_results=1, order_by=order, page_token="{t}").keep(t="next_page_token"), _search(max_results=1, order_by=order, page_token="{t}"))) for order in ([], ["metrics.m"], ["metrics.m DESC"], ["metrics.n DESC"], ["params.p"], ["params.p DESC"], ["end_time"], ["end_time DESC"], ["tags.t", "start_time"], ["status"])),
    Case("runs' bad pages", (*_STOCK, _search(max_results=1, page_token="x"), _search(max_results=1, page_token=""), _search(max_results=1, page_token=5))),
    *(Case(f"runs' view {view!r}", (*_STOCK, post("runs/delete", run_id="{run}"), _search(run_view_type=view))) for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, "2", None)),
    *(Case(f"runs' experiments {n}", (*_STOCK, post("runs/search", **fields))) for n, fields in enumerate((
        {"experiment_ids": [E, "{experiment2}"]}, {"experiment_ids": []}, {"experiment_ids": None}, {"experiment_ids": E}, {"experiment_ids": ["999999"]}, {"experiment_ids": ["x"]}, {"experiment_ids": [E, E]}, {"experiment_ids": [""]}, {"experiment_ids": [E, "x"]}, {"experimentIds": [E]}, {"filter": "run_id = '{run}'"}))),
    Case("runs otherwise", (*_STOCK, post("/ajax-api/2.0/mlflow/runs/search", experiment_ids=[E]), get("runs/search", experiment_ids=[E]), _search(filter=5), _search(filter=None), _search(filter=["x"]), _search(filter="x" * 10_000), _search(orderBy=["start_time"]), _search(runViewType="ALL", maxResults=1))),
)  # fmt: skip
