"""A message that is fine for each of MLflow's routes; `{name}` stands for what there is on the server under it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from modelyard.protocols.mlflow.routes import ROUTES

Fields = Mapping[str, Any]

_TAGS: Final = [{"key": "k", "value": "v"}]
_RUN: Final = {"run_id": "{run}", "run_uuid": "{run}"}
_VERSION: Final = {"name": "{model}", "version": "1"}
_PART: Final = {"part_number": 1, "etag": "e", "url": "http://127.0.0.1:9/"}
_HOOK: Final = {
    "name": "hook",
    "url": "https://1.1.1.1/x",
    "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}],
    "description": "d",
    "secret": "s",
    "status": "DISABLED",
}
_METRIC: Final = {
    "key": "m",
    "value": 1.5,
    "timestamp": 1,
    "step": 2,
    "model_id": "{logged}",
    "dataset_name": "d",
    "dataset_digest": "1",
}
_DATASET: Final = {
    "tags": _TAGS,
    "dataset": {
        "name": "d",
        "digest": "1",
        "source_type": "s",
        "source": "{}",
        "schema": "{}",
        "profile": "{}",
    },
}
_MODEL_JSON: Final = (
    '{"artifact_path": "m", "flavors": {"f": {"config": 1}}, "utc_time_created": "x", "run_id": "{run}"}'
)
_RUN_SEARCH: Final = {
    "experiment_ids": ["{experiment}"],
    "filter": "metrics.m > 0 AND params.p = 'v' AND tags.`mlflow.user` LIKE '%'",
    "run_view_type": "ALL",
    "max_results": 5,
    "order_by": ["metrics.m DESC", "start_time"],
    "page_token": "",
}
_LOGGED_SEARCH: Final = {
    "experiment_ids": ["{experiment}"],
    "filter": "metrics.m > 0 AND name != 'x'",
    "datasets": [{"dataset_name": "d", "dataset_digest": "1"}],
    "max_results": 5,
    "order_by": [{"field_name": "metrics.m", "ascending": False, "dataset_name": "d", "dataset_digest": "1"}],
    "page_token": "",
}
_HISTORY: Final = {"metric_key": "m", "max_results": 5}
_LISTED: Final = {"max_results": 5, "page_token": ""}

FIELDS: Final[Mapping[str, Fields]] = {
    "GET health": {},
    "GET version": {},
    "GET server-info": {},
    "POST experiments/create": {"name": "e", "artifact_location": "s3://b/x", "tags": _TAGS},
    "GET experiments/get": {"experiment_id": "{experiment}"},
    "GET experiments/get-by-name": {"experiment_name": "{experiment_name}"},
    "GET experiments/search": {**_LISTED, "filter": "name LIKE '%'", "order_by": ["name"], "view_type": "ALL"},
    "POST experiments/search": {**_LISTED, "filter": "tags.k = 'v'", "order_by": ["name ASC"], "view_type": 3},
    "POST experiments/update": {"experiment_id": "{victim_experiment}", "new_name": "e2"},
    "POST experiments/delete": {"experiment_id": "{victim_experiment}"},
    "POST experiments/restore": {"experiment_id": "{victim_experiment}"},
    "POST experiments/set-experiment-tag": {"experiment_id": "{experiment}", "key": "k", "value": "v"},
    "POST experiments/delete-experiment-tag": {"experiment_id": "{experiment}", "key": "k"},
    "POST experiments/search-datasets": {"experiment_ids": ["{experiment}"]},
    "POST traces/search": {"locations": [], "max_results": 10},
    "POST runs/create": {
        "experiment_id": "{experiment}",
        "user_id": "u",
        "run_name": "r",
        "start_time": 1,
        "tags": _TAGS,
    },
    "GET runs/get": _RUN,
    "POST runs/search": _RUN_SEARCH,
    "POST runs/update": {**_RUN, "status": "FINISHED", "end_time": 2, "run_name": "n"},
    "POST runs/delete": {"run_id": "{victim_run}"},
    "POST runs/restore": {"run_id": "{victim_run}"},
    "POST runs/log-metric": {**_RUN, **_METRIC},
    "POST runs/log-batch": {**_RUN, "metrics": [_METRIC], "params": [{"key": "p", "value": "v"}], "tags": _TAGS},
    "POST runs/log-parameter": {**_RUN, "key": "p", "value": "v"},
    "POST runs/set-tag": {**_RUN, "key": "k", "value": "v"},
    "POST runs/delete-tag": {**_RUN, "key": "k"},
    "POST runs/log-inputs": {**_RUN, "datasets": [_DATASET], "models": [{"model_id": "{logged}"}]},
    "POST runs/outputs": {**_RUN, "models": [{"model_id": "{logged}", "step": 1}]},
    "POST runs/log-model": {**_RUN, "model_json": _MODEL_JSON},
    "GET metrics/get-history": {**_RUN, **_HISTORY, "page_token": ""},
    "GET metrics/get-history-bulk": {"run_id": ["{run}"], **_HISTORY},
    "GET metrics/get-history-bulk-interval": {"run_ids": ["{run}"], "start_step": 0, "end_step": 9, **_HISTORY},
    "POST registered-models/create": {"name": "n", "tags": _TAGS, "description": "d"},
    "GET registered-models/get": {"name": "{model}"},
    "POST registered-models/rename": {"name": "{victim_model}", "new_name": "n2"},
    "PATCH registered-models/update": {"name": "{model}", "description": "d"},
    "DELETE registered-models/delete": {"name": "{victim_model}"},
    "GET registered-models/search": {**_LISTED, "filter": "name ILIKE '%a%'", "order_by": ["name"]},
    "GET registered-models/get-latest-versions": {"name": "{model}", "stages": ["None", "Production"]},
    "POST registered-models/get-latest-versions": {"name": "{model}", "stages": ["None"]},
    "POST registered-models/set-tag": {"name": "{model}", "key": "k", "value": "v"},
    "DELETE registered-models/delete-tag": {"name": "{model}", "key": "k"},
    "POST registered-models/alias": {"name": "{model}", "alias": "a", "version": "1"},
    "DELETE registered-models/alias": {"name": "{model}", "alias": "a"},
    "GET registered-models/alias": {"name": "{model}", "alias": "a"},
    "POST model-versions/create": {
        "name": "{model}",
        "source": "models:/{logged}",
        "run_id": "",
        "tags": _TAGS,
        "run_link": "l",
        "description": "d",
        "model_id": "{logged}",
    },
    "GET model-versions/get": _VERSION,
    "PATCH model-versions/update": {**_VERSION, "description": "d"},
    "DELETE model-versions/delete": {"name": "{victim_model}", "version": "1"},
    "POST model-versions/transition-stage": {**_VERSION, "stage": "Staging", "archive_existing_versions": True},
    "GET model-versions/search": {**_LISTED, "filter": "run_id IN ('a','b')", "order_by": ["version_number DESC"]},
    "GET model-versions/get-download-uri": _VERSION,
    "POST model-versions/set-tag": {**_VERSION, "key": "k", "value": "v"},
    "DELETE model-versions/delete-tag": {**_VERSION, "key": "k"},
    "POST logged-models": {
        "experiment_id": "{experiment}",
        "name": "n",
        "model_type": "t",
        "source_run_id": "{run}",
        "params": [{"key": "p", "value": "v"}],
        "tags": _TAGS,
    },
    "POST logged-models/search": _LOGGED_SEARCH,
    "GET logged-models/{model_id}": {"model_id": "{logged}", "allow_deleted": "true"},
    "PATCH logged-models/{model_id}": {"model_id": "{logged}", "status": "LOGGED_MODEL_READY"},
    "DELETE logged-models/{model_id}": {},
    "PATCH logged-models/{model_id}/tags": {"model_id": "{logged}", "tags": _TAGS},
    "DELETE logged-models/{model_id}/tags/{tag_key:path}": {},
    "POST logged-models/{model_id}/params": {"model_id": "{logged}", "params": [{"key": "p", "value": "v"}]},
    "GET logged-models/{model_id}/artifacts/directories": {"artifact_directory_path": "a", "page_token": ""},
    "GET logged-models/{model_id}/artifacts/files": {"artifact_file_path": "a"},
    "POST webhooks": _HOOK,
    "GET webhooks": _LISTED,
    "GET webhooks/{webhook_id}": {},
    "PATCH webhooks/{webhook_id}": _HOOK,
    "DELETE webhooks/{webhook_id}": {},
    "POST webhooks/{webhook_id}/test": {"event": {"entity": "MODEL_VERSION", "action": "CREATED"}},
    "GET artifacts": {"path": "{experiment}"},
    "GET artifacts/{artifact_path:path}": {},
    "PUT artifacts/{artifact_path:path}": {},
    "DELETE artifacts/{artifact_path:path}": {},
    "POST mpu/create/{artifact_path:path}": {"path": "f", "num_parts": 2},
    "POST mpu/complete/{artifact_path:path}": {"path": "f", "upload_id": "u", "parts": [_PART]},
    "POST mpu/abort/{artifact_path:path}": {"path": "f", "upload_id": "u"},
    "GET presigned/{artifact_path:path}": {},
    "POST artifacts/presigned-upload-url": {"run_id": "{run}", "path": "f", "expiration": 60},
    "POST artifacts/presigned-download-url": {"run_id": "{run}", "path": "f", "expiration": 60},
    "GET artifacts/list": {**_RUN, "path": "a", "page_token": ""},
    "GET get-artifact": {**_RUN, "path": "a"},
    "GET model-versions/get-artifact": {**_VERSION, "path": "a"},
    "POST upload-artifact": {**_RUN, "path": "a"},
}


@dataclass(frozen=True, slots=True)
class Message:
    """A route and what it takes, in the query or as a body."""

    method: str
    path: str
    fields: Fields

    @property
    def in_query(self) -> bool:
        return self.method == "GET" or self.path.endswith("/upload-artifact")


def name(path: str) -> str:
    """A path without what versions and prefixes put before it."""
    words = path.strip("/").split("/")
    return "/".join(words[3:] if words[0] in ("api", "ajax-api") else words)


MESSAGES: Final = [Message(one.method, one.path, FIELDS[f"{one.method} {name(one.path)}"]) for one in ROUTES]
