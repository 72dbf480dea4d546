from enum import StrEnum
from typing import Any

from modelyard.protocols.mlflow.wire.common import Given, Int64, Request, Response, Tag


class ModelVersionStatus(StrEnum):
    PENDING_REGISTRATION = "PENDING_REGISTRATION"
    FAILED_REGISTRATION = "FAILED_REGISTRATION"
    READY = "READY"


class ModelVersion(Response):
    """The version is a text; a text that MLflow always shows has no default. Its server keeps no logged model's id."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    description: str
    source: str
    run_id: str
    run_link: str
    status: ModelVersionStatus
    status_message: str = ""
    tags: tuple[Tag, ...] = ()
    aliases: tuple[str, ...] = ()


class CreateModelVersion(Request):
    name: Given
    source: Given
    run_id: str | None = None
    tags: tuple[Tag, ...] = ()
    run_link: str = ""
    description: str = ""
    model_id: str | None = None


class VersionName(Request):
    """GetModelVersion, DeleteModelVersion and GetModelVersionDownloadUri."""

    name: Given
    version: Given


class UpdateModelVersion(Request):
    name: Given
    version: Given
    description: str = ""


class TransitionStage(Request):
    """What is to be archived must be said by a truth value; a text or a number is refused."""

    name: Given
    version: Given
    stage: Given
    archive_existing_versions: Any = False


class OneModelVersion(Response):
    model_version: ModelVersion


class SearchModelVersions(Request):
    filter: str = ""
    max_results: Int64 = 200_000
    order_by: tuple[str, ...] = ()
    page_token: str = ""


class FoundModelVersions(Response):
    model_versions: tuple[ModelVersion, ...] = ()
    next_page_token: str = ""


class DownloadUri(Response):
    artifact_uri: str


class SetModelVersionTag(Request):
    name: Given
    version: Given
    key: Given
    value: str = ""


class DeleteModelVersionTag(Request):
    name: Given
    version: Given
    key: Given
