from collections.abc import Iterable
from dataclasses import replace

from modelyard.domain.models import ModelVersion, NewVersion, VersionStatus
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow import lenient
from modelyard.protocols.mlflow.convert.common import pairs
from modelyard.protocols.mlflow.wire import model_versions as wire
from modelyard.protocols.mlflow.wire.common import Tag

_STATUSES = {
    VersionStatus.PENDING: wire.ModelVersionStatus.PENDING_REGISTRATION,
    VersionStatus.READY: wire.ModelVersionStatus.READY,
    VersionStatus.FAILED: wire.ModelVersionStatus.FAILED_REGISTRATION,
}


def new(sent: wire.CreateModelVersion) -> NewVersion:
    return NewVersion(sent.source, sent.run_id, sent.model_id, sent.run_link, sent.description, pairs(sent.tags))


def archiving(sent: wire.TransitionStage) -> bool:
    """Raises InvalidInput for what is no truth value."""
    given = sent.archive_existing_versions
    if not isinstance(given, bool | None):
        raise lenient.invalid(given, "archive_existing_versions")
    return bool(given)


def version(ours: ModelVersion) -> wire.ModelVersion:
    return wire.ModelVersion(
        name=ours.name,
        version=str(ours.number),
        creation_timestamp=ours.created_at,
        last_updated_timestamp=ours.updated_at,
        current_stage=ours.stage,
        description=ours.description,
        source=ours.source,
        run_id=ours.run_id,
        run_link=ours.run_link,
        status=_STATUSES[ours.status],
        status_message=ours.status_message,
        tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
        aliases=tuple(ours.aliases),
    )


def listed(ours: ModelVersion) -> wire.ModelVersion:
    """In lists, MLflow leaves out the aliases of versions; they are with the model."""
    return version(replace(ours, aliases=()))


def one(ours: ModelVersion) -> wire.OneModelVersion:
    return wire.OneModelVersion(model_version=version(ours))


def latest(ours: Iterable[ModelVersion]) -> wire.FoundModelVersions:
    return wire.FoundModelVersions(model_versions=tuple(map(listed, ours)))


def found(page: Page[ModelVersion]) -> wire.FoundModelVersions:
    return wire.FoundModelVersions(model_versions=tuple(map(listed, page.items)), next_page_token=page.next_token or "")
