"""What Schemathesis cannot know by the document: texts of our formats, and what there is on the server that it asks."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.fuzz.filters import DIALECTS, filters

RUN = os.environ.get("MODELYARD_FUZZED_RUN", "")
_WORDS = st.text("abcdefgh", min_size=1, max_size=8)

schemathesis.openapi.format("int64", st.integers(0, 2**63 - 1).map(str))
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


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Every other id of a run becomes that of one that is there."""
    if path_parameters and "/runs/{id}" in context.operation.path and len(str(path_parameters["id"])) % 2 == 0:
        return {**path_parameters, "id": RUN}
    return path_parameters
