"""What Schemathesis cannot know by the document: texts of our formats, and what there is on the server that it asks."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.fuzz.filters import DIALECTS, filters
from tests.support.pipelines import document

RUN = os.environ.get("MODELYARD_FUZZED_RUN", "")
LONGEST = 10**9
_WORDS = st.text("abcdefgh", min_size=1, max_size=8)

schemathesis.openapi.format("int64", st.integers(0, 2**63 - 1).map(str))
schemathesis.openapi.format("mlflow-experiment-filter", filters(DIALECTS["experiments"]))
schemathesis.openapi.format("mlflow-model-filter", filters(DIALECTS["registered-models"]))
schemathesis.openapi.format("mlflow-run-filter", filters(DIALECTS["runs"]))
schemathesis.openapi.format(
    "mlflow-run-order", st.builds("metrics.`{}` {}".format, st.uuids(), st.sampled_from(("ASC", "")))
)
schemathesis.openapi.format("model-name", _WORDS)
schemathesis.openapi.format("model-uri", st.builds("models:/{}/{}".format, _WORDS, st.integers(1, 9)))
schemathesis.openapi.format("page-token", st.just(""))
schemathesis.openapi.format(
    "run-field", st.builds("{}.{}".format, st.sampled_from(("metrics", "params", "tags")), _WORDS)
)
schemathesis.openapi.format("run-group-key", st.builds("{}.{}".format, st.sampled_from(("params", "tags")), _WORDS))

schemathesis.openapi.format("pipeline-document", st.just(document().decode()))
schemathesis.openapi.format("webhook-secret", st.just(""))
schemathesis.openapi.format("cron-with-seconds", st.sampled_from(("", "0 0 3 * * *", "@daily", "*/5 * * * * *")))


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """What fits together, where the document cannot say what does: a body that is wrong elsewhere stays wrong."""
    if not isinstance(body, dict) or context.operation.path not in ("/api/v1/pipeline-runs", "/api/v1/schedules"):
        return body
    if isinstance(body.get("parameters"), dict):
        body = {**body, "parameters": {}}  # the pipeline has none
    if body.get("pipeline_id", "") == body.get("document", "") == "":
        body = {**body, "pipeline_id": "none"}
    return _timed(body) if context.operation.path.endswith("schedules") else body


def _timed(body: dict[str, Any]) -> dict[str, Any]:
    """Cron or an interval, and an end that is no earlier than the start."""
    cron, every = body.get("cron", ""), body.get("every", 0)
    start, end = body.get("start_at"), body.get("end_at")
    if isinstance(cron, str) and isinstance(every, int) and not isinstance(every, bool) and 0 <= every <= LONGEST:
        body = {**body, "cron": cron or "@daily", "every": 0}
    if isinstance(start, int) and isinstance(end, int) and end < start:
        body = {**body, "start_at": end, "end_at": start}
    return body


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Every other id of a run becomes that of one that is there."""
    if path_parameters and "/runs/{id}" in context.operation.path and len(str(path_parameters["id"])) % 2 == 0:
        return {**path_parameters, "id": RUN}
    return path_parameters
