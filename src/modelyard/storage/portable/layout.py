"""Which files an export has and which columns these have. Times are milliseconds since the epoch."""

from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from modelyard.domain.errors import NotSupported
from modelyard.storage.portable import pipelines

MANIFEST = "manifest.json"
FORMAT = "modelyard export"
VERSION = 1
ARTIFACTS = "artifacts"
EXPERIMENTS = "experiments.parquet"
MODELS = "models.parquet"
VERSIONS = "model_versions.parquet"
EVENTS = "events.parquet"
FOLDER = "experiments"
RUNS = "runs.parquet"
METRICS = "metrics.parquet"
LOGGED_MODELS = "logged_models.parquet"


def arrow() -> ModuleType:
    """Pyarrow with its Parquet part. Raises NotSupported where it is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and half a second
        import pyarrow.parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise NotSupported("Exports are Parquet files, which need pyarrow: pip install 'modelyard[export]'") from None
    module: ModuleType = pa
    return module


@cache
def schemas() -> Mapping[str, Any]:
    """By file."""
    pa: Any = arrow()
    text, number, real = pa.string(), pa.int64(), pa.float64()
    pairs = pa.map_(text, text)
    links = pa.list_(pa.struct([("model_id", text), ("step", number)]))
    dataset = [(name, text) for name in ("name", "digest", "source_type", "source", "schema", "profile")]
    point = [("key", text), ("step", number), ("timestamp", number), ("value", real)]
    about = [("run_id", text), ("dataset_name", text), ("dataset_digest", text)]
    times = [("created_at", number), ("updated_at", number)]
    named = [("name", text), ("description", text), *times, ("tags", pairs)]
    return {
        EXPERIMENTS: pa.schema(
            [("id", text), ("name", text), ("artifact_location", text), ("lifecycle", text), *times, ("tags", pairs)]
        ),
        RUNS: pa.schema(
            [
                *((name, text) for name in ("id", "name", "user", "status", "lifecycle", "artifact_uri")),
                *((name, number) for name in ("started_at", "ended_at", "deleted_at")),
                ("params", pairs),
                ("tags", pairs),
                ("inputs", pa.list_(pa.struct([*dataset, ("tags", pairs)]))),
                ("model_inputs", links),
                ("model_outputs", links),
            ]
        ),
        METRICS: pa.schema([("run_id", text), *point]),
        LOGGED_MODELS: pa.schema(
            [
                *((name, text) for name in ("id", "name", "model_type", "status", "status_message", "lifecycle")),
                *((name, text) for name in ("source_run_id", "artifact_uri")),
                *times,
                ("params", pairs),
                ("tags", pairs),
                ("metrics", pa.list_(pa.struct([*point, *about]))),
            ]
        ),
        MODELS: pa.schema([*named, ("last_version", number), ("aliases", pa.map_(text, number))]),
        VERSIONS: pa.schema(
            [
                *named,
                ("number", number),
                *((name, text) for name in ("user", "stage", "source", "location", "run_id", "run_link", "model_id")),
                ("status", text),
                ("status_message", text),
            ]
        ),
        EVENTS: pa.schema(
            [("id", number), ("at", number)]
            + [(name, text) for name in ("actor", "action", "kind", "subject", "detail")]
        ),
        **pipelines.schemas(pa),
    }
