"""MLflow's database: registered models and their versions."""

from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.imports import Unreadable
from modelyard.domain.models import Model, ModelVersion, VersionStatus, stage
from modelyard.formats.mlruns import named_model
from modelyard.storage.foreign.mlflow_tables import Row, Tables

_STATUSES = {"PENDING_REGISTRATION": "PENDING", "FAILED_REGISTRATION": "FAILED", "READY": "READY"}
_DELETED = "Deleted_Internal"
_COLUMNS = (
    "version", "creation_time", "last_updated_time", "description", "user_id", "current_stage", "source",
    "storage_location", "run_id", "run_link", "status", "status_message",
)  # fmt: skip


def names(tables: Tables) -> Sequence[str]:
    return [row["name"] for row in tables.rows("registered_models", ["name"], order=["name"])]


def model(tables: Tables, name: str) -> Model:
    columns = ("creation_time", "last_updated_time", "description")
    row = next(tables.rows("registered_models", columns, {"name": name}), None)
    if row is None:
        raise Unreadable(f"{tables.shown}: table registered_models: there is no row with name {name!r} any more")
    mine = {"name": name}
    created = row["creation_time"] or 0
    return Model(
        name=name,
        description=row["description"] or "",
        created_at=created,
        updated_at=row["last_updated_time"] or created,
        tags={tag["key"]: tag["value"] or "" for tag in tables.rows("registered_model_tags", ["key", "value"], mine)},
        aliases={
            one["alias"]: int(one["version"])
            for one in tables.rows("registered_model_aliases", ["alias", "version"], mine, ["alias"])
        },
    )


def versions(tables: Tables, name: str) -> Sequence[ModelVersion]:
    rows = list(tables.rows("model_versions", _COLUMNS, {"name": name}, ["version"]))
    return [_version(tables, name, row) for row in rows if row["current_stage"] != _DELETED]


def _version(tables: Tables, name: str, row: Row) -> ModelVersion:
    mine = {"name": name, "version": row["version"]}
    created, source = row["creation_time"] or 0, row["source"] or ""
    status = row["status"] or "READY"
    try:
        staged = stage(row["current_stage"] or "None")
        known = VersionStatus(_STATUSES[status])
    except (InvalidInput, KeyError):
        raise Unreadable(
            f"{tables.shown}: table model_versions, name {name!r}, version {row['version']}: "
            f"stage {row['current_stage']!r} or status {status!r} is not known"
        ) from None
    return ModelVersion(
        name=name,
        number=row["version"],
        source=source,
        location=row["storage_location"] or source,
        created_at=created,
        updated_at=row["last_updated_time"] or created,
        description=row["description"] or "",
        user=row["user_id"] or "",
        stage=staged,
        run_id=row["run_id"] or "",
        run_link=row["run_link"] or "",
        model_id=named_model(source),
        status=known,
        status_message=row["status_message"] or "",
        tags={tag["key"]: tag["value"] or "" for tag in tables.rows("model_version_tags", ["key", "value"], mine)},
    )
