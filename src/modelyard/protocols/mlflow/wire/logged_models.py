import msgspec

from modelyard.protocols.mlflow.wire.common import Given, Int64, Numbered, Request, Response, Tag


class LoggedModelStatus(Numbered):
    LOGGED_MODEL_PENDING = "LOGGED_MODEL_PENDING"
    LOGGED_MODEL_READY = "LOGGED_MODEL_READY"
    LOGGED_MODEL_UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class LoggedModelMetric(Response):
    """A Metric of MLflow's with everything it may have; what JSON has no number for is a text."""

    key: str
    value: float | str
    timestamp: int
    step: int
    model_id: str
    run_id: str
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModelInfo(Response):
    """A text that MLflow always shows has no default."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: LoggedModelStatus
    model_type: str
    source_run_id: str
    status_message: str = ""
    tags: tuple[Tag, ...] = ()


class LoggedModelData(Response):
    params: tuple[Tag, ...] = ()
    metrics: tuple[LoggedModelMetric, ...] = ()


class LoggedModel(Response):
    info: LoggedModelInfo
    data: LoggedModelData


class CreateLoggedModel(Request):
    experiment_id: Given
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: tuple[Tag, ...] = ()
    tags: tuple[Tag, ...] = ()


class GetLoggedModel(Request):
    """The path has the id; clients may repeat it, here and below."""

    model_id: str = ""
    allow_deleted: str = ""


class FinalizeLoggedModel(Request):
    status: LoggedModelStatus
    model_id: str = ""


class OneLoggedModel(Response):
    model: LoggedModel


class SetLoggedModelTags(Request):
    model_id: str = ""
    tags: tuple[Tag, ...] = ()


class LogLoggedModelParams(Request):
    model_id: str = ""
    params: tuple[Tag, ...] = ()


class Dataset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dataset_name: str = ""
    dataset_digest: str = ""


class OrderBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field_name: Given
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchLoggedModels(Request):
    experiment_ids: tuple[str, ...]
    filter: str = ""
    datasets: tuple[Dataset, ...] = ()
    max_results: Int64 = 50
    order_by: tuple[OrderBy, ...] = ()
    page_token: str = ""


class FoundLoggedModels(Response):
    models: tuple[LoggedModel, ...] = ()
    next_page_token: str = ""
