from modelyard.domain.experiments import Experiment
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow.wire import experiments as wire
from modelyard.protocols.mlflow.wire.common import Tag


def experiment(ours: Experiment) -> wire.Experiment:
    return wire.Experiment(
        experiment_id=ours.id,
        name=ours.name,
        artifact_location=ours.artifact_location,
        lifecycle_stage=ours.lifecycle,
        last_update_time=ours.updated_at,
        creation_time=ours.created_at,
        tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
    )


def found(page: Page[Experiment]) -> wire.FoundExperiments:
    return wire.FoundExperiments(experiments=tuple(map(experiment, page.items)), next_page_token=page.next_token or "")
