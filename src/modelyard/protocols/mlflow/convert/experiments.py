from collections.abc import Sequence

from modelyard.domain.experiments import DatasetUse, Experiment
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow.wire import experiments as wire
from modelyard.protocols.mlflow.wire.common import Tag

_ONLY_WORKSPACE = "default"
"""What MLflow calls the one that everything is in while workspaces are not enabled."""


def experiment(ours: Experiment) -> wire.Experiment:
    return wire.Experiment(
        experiment_id=ours.id,
        name=ours.name,
        artifact_location=ours.artifact_location,
        lifecycle_stage=ours.lifecycle,
        last_update_time=ours.updated_at,
        creation_time=ours.created_at,
        workspace=_ONLY_WORKSPACE,
        tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
    )


def found(page: Page[Experiment]) -> wire.FoundExperiments:
    return wire.FoundExperiments(experiments=tuple(map(experiment, page.items)), next_page_token=page.next_token or "")


def datasets(found: Sequence[DatasetUse]) -> wire.FoundDatasets:
    return wire.FoundDatasets(
        dataset_summaries=tuple(
            wire.DatasetSummary(one.experiment_id, one.name, one.digest, one.context) for one in found
        )
    )
