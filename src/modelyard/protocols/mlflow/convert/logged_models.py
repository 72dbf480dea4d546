from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.logged_models import (
    DatasetChoice,
    LoggedModel,
    LoggedModelMetric,
    LoggedModelStatus,
    NewLoggedModel,
)
from modelyard.domain.pages import Page
from modelyard.domain.query import Order
from modelyard.formats.filters.grammar import MAX_ORDER_TERMS
from modelyard.formats.filters.logged_models import parse_logged_model_order
from modelyard.protocols.mlflow.convert.common import pairs
from modelyard.protocols.mlflow.convert.metrics import shown
from modelyard.protocols.mlflow.wire import logged_models as wire
from modelyard.protocols.mlflow.wire.common import Tag

_STATUSES = {
    LoggedModelStatus.PENDING: wire.LoggedModelStatus.LOGGED_MODEL_PENDING,
    LoggedModelStatus.READY: wire.LoggedModelStatus.LOGGED_MODEL_READY,
    LoggedModelStatus.FAILED: wire.LoggedModelStatus.LOGGED_MODEL_UPLOAD_FAILED,
}
_SENT_STATUSES = {theirs: ours for ours, theirs in _STATUSES.items()}


def new(sent: wire.CreateLoggedModel) -> NewLoggedModel:
    return NewLoggedModel(
        sent.experiment_id, sent.name, sent.model_type, sent.source_run_id, pairs(sent.params), pairs(sent.tags)
    )


def status(sent: wire.LoggedModelStatus) -> LoggedModelStatus:
    return _SENT_STATUSES[sent]


def datasets(sent: Sequence[wire.Dataset]) -> tuple[DatasetChoice, ...]:
    return tuple(DatasetChoice(one.dataset_name, one.dataset_digest) for one in sent)


def orders(sent: Sequence[wire.OrderBy]) -> tuple[Order, ...]:
    """Raises InvalidInput for a field that cannot be ordered by, or too many."""
    if len(sent) > MAX_ORDER_TERMS:
        raise InvalidInput(f"At most {MAX_ORDER_TERMS} order_by terms are read.")
    orders = (
        parse_logged_model_order(
            one.field_name,
            ascending=one.ascending,
            dataset_name=one.dataset_name or None,
            dataset_digest=one.dataset_digest or None,
        )
        for one in sent
    )
    return tuple(dict.fromkeys(orders))


def model(ours: LoggedModel) -> wire.LoggedModel:
    return wire.LoggedModel(
        info=wire.LoggedModelInfo(
            model_id=ours.id,
            experiment_id=ours.experiment_id,
            name=ours.name,
            creation_timestamp_ms=ours.created_at,
            last_updated_timestamp_ms=ours.updated_at,
            artifact_uri=ours.artifact_uri,
            status=_STATUSES[ours.status],
            model_type=ours.model_type,
            source_run_id=ours.source_run_id,
            status_message=ours.status_message,
            tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
        ),
        data=wire.LoggedModelData(
            params=tuple(Tag(key, value) for key, value in ours.params.items()),
            metrics=tuple(_metric(ours.id, one) for one in ours.metrics),
        ),
    )


def one(ours: LoggedModel) -> wire.OneLoggedModel:
    return wire.OneLoggedModel(model=model(ours))


def found(page: Page[LoggedModel]) -> wire.FoundLoggedModels:
    return wire.FoundLoggedModels(models=tuple(map(model, page.items)), next_page_token=page.next_token or "")


def _metric(model_id: str, ours: LoggedModelMetric) -> wire.LoggedModelMetric:
    return wire.LoggedModelMetric(
        key=ours.key,
        value=shown(ours.value),
        timestamp=ours.timestamp,
        step=ours.step,
        model_id=model_id,
        run_id=ours.run_id,
        dataset_name=ours.dataset_name,
        dataset_digest=ours.dataset_digest,
    )
