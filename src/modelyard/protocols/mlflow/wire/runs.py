from collections.abc import Sequence

import msgspec

from modelyard.protocols.mlflow.wire.common import Given, Int64, Numbered, Request, Response, Tag, ViewType


class RunStatus(Numbered):
    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class RunInfo(Response):
    run_uuid: str
    run_id: str
    run_name: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    artifact_uri: str
    lifecycle_stage: str
    end_time: int | None = None


class SentDataset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client says of a dataset; what it leaves out but the name is shown empty."""

    name: Given
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class SentDatasetInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dataset: SentDataset
    tags: tuple[Tag, ...] = ()


class Dataset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    dataset: Dataset
    tags: tuple[Tag, ...] = ()


class ModelInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model_id: Given


class ModelOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model_id: Given
    step: Int64 = 0


class RunInputs(Response):
    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[ModelInput, ...] = ()


class RunOutputs(Response):
    model_outputs: tuple[ModelOutput, ...] = ()


class Run(Response):
    """`data` is the stored document: metrics, params and tags."""

    info: RunInfo
    data: msgspec.Raw
    inputs: RunInputs
    outputs: RunOutputs | None = None


class OfRun(Request):
    """Stock clients send both names of the id; old ones only `run_uuid`."""

    run_id: Given
    run_uuid: str = ""


class CreateRun(Request):
    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 = 0
    tags: tuple[Tag, ...] = ()


class OneRun(Response):
    run: Run


class UpdateRun(OfRun, kw_only=True):
    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str = ""


class UpdatedRun(Response):
    run_info: RunInfo


class SearchRuns(Request):
    experiment_ids: tuple[str, ...] = ()
    filter: str = ""
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    max_results: Int64 = 1000
    order_by: tuple[str, ...] = ()
    page_token: str = ""


class FoundRuns(Response):
    runs: Sequence[Run] = ()
    next_page_token: str = ""


class LogParam(OfRun, kw_only=True):
    key: Given
    value: str = ""


class SetTag(OfRun, kw_only=True):
    key: Given
    value: str = ""


class DeleteTag(OfRun, kw_only=True):
    key: Given


class LogInputs(OfRun, kw_only=True):
    datasets: tuple[SentDatasetInput, ...] = ()
    models: tuple[ModelInput, ...] = ()


class LogOutputs(OfRun, kw_only=True):
    models: tuple[ModelOutput, ...]


class LogModel(OfRun, kw_only=True):
    model_json: Given
