from modelyard.domain.errors import InvalidInput
from modelyard.formats.filters.experiments import parse_experiment_filter, parse_experiment_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import experiments as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import experiments as wire

MOST_EXPERIMENTS = 20
"""Whose datasets are listed at once."""


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateExperiment)
    made = await call.state.experiments.create(
        call.principal, sent.name, sent.artifact_location, common.pairs(sent.tags)
    )
    return json_reply(wire.CreatedExperiment(experiment_id=made.id))


async def get(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ExperimentId)
    found = await call.state.experiments.get(call.principal, sent.experiment_id)
    return json_reply(wire.OneExperiment(experiment=convert.experiment(found)))


async def get_by_name(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetExperimentByName)
    found = await call.state.experiments.get_by_name(call.principal, sent.experiment_name)
    return json_reply(wire.OneExperiment(experiment=convert.experiment(found)))


async def search(call: Call[MlflowState]) -> Reply:
    sent = await parsing.message(call, wire.SearchExperiments)
    found = await call.state.experiments.search(
        call.principal,
        parse_experiment_filter(sent.filter),
        parse_experiment_order(sent.order_by),
        common.view(sent.view_type),
        common.page(sent.max_results, sent.page_token),
    )
    return json_reply(convert.found(found))


async def update(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.UpdateExperiment)
    await call.state.experiments.rename(call.principal, sent.experiment_id, sent.new_name)
    return NOTHING


async def delete(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.ExperimentId)
    await call.state.experiments.delete(call.principal, sent.experiment_id)
    return NOTHING


async def restore(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.ExperimentId)
    await call.state.experiments.restore(call.principal, sent.experiment_id)
    return NOTHING


async def set_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetExperimentTag)
    await call.state.experiments.set_tag(call.principal, sent.experiment_id, sent.key, sent.value)
    return NOTHING


async def delete_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.DeleteExperimentTag)
    await call.state.experiments.delete_tag(call.principal, sent.experiment_id, sent.key)
    return NOTHING


async def search_datasets(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SearchDatasets)
    if not sent.experiment_ids:
        raise InvalidInput("SearchDatasets request must specify at least one experiment_id.")
    if len(sent.experiment_ids) > MOST_EXPERIMENTS:
        raise InvalidInput(
            f"SearchDatasets request cannot specify more than {MOST_EXPERIMENTS} experiment_ids. "
            f"Received {len(sent.experiment_ids)} experiment_ids."
        )
    return json_reply(convert.datasets(await call.state.experiments.datasets(call.principal, sent.experiment_ids)))
