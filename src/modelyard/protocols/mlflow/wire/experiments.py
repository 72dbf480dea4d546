from modelyard.protocols.mlflow.wire.common import Given, Int64, Request, Response, Tag, ViewType


class Experiment(Response):
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    workspace: str
    tags: tuple[Tag, ...] = ()


class CreateExperiment(Request):
    name: Given
    artifact_location: str = ""
    tags: tuple[Tag, ...] = ()


class CreatedExperiment(Response):
    experiment_id: str


class ExperimentId(Request):
    """GetExperiment, DeleteExperiment and RestoreExperiment."""

    experiment_id: Given


class GetExperimentByName(Request):
    experiment_name: Given


class OneExperiment(Response):
    experiment: Experiment


class SearchExperiments(Request):
    max_results: Int64 = 0
    page_token: str = ""
    filter: str = ""
    order_by: tuple[str, ...] = ()
    view_type: ViewType = ViewType.ACTIVE_ONLY


class FoundExperiments(Response):
    experiments: tuple[Experiment, ...] = ()
    next_page_token: str = ""


class UpdateExperiment(Request):
    experiment_id: Given
    new_name: Given


class SetExperimentTag(Request):
    experiment_id: Given
    key: Given
    value: str = ""


class DeleteExperimentTag(Request):
    experiment_id: Given
    key: Given


class SearchDatasets(Request):
    experiment_ids: tuple[str, ...] = ()


class DatasetSummary(Response):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class FoundDatasets(Response):
    dataset_summaries: tuple[DatasetSummary, ...] = ()
