from modelyard.domain import names
from modelyard.domain.runs import Logged
from modelyard.formats.filters.runs import parse_run_filter, parse_run_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import runs as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import runs as wire

INPUTS_LIMIT = 40_000_000
"""A dataset's profile may have 16 million characters."""


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateRun)
    made = await call.state.runs.create(call.principal, convert.new(sent))
    return json_reply(wire.OneRun(run=convert.created(made)))


async def get(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.OfRun)
    found = await call.state.runs.get(call.principal, sent.run_id)
    return json_reply(wire.OneRun(run=convert.run(found)))


async def search(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SearchRuns)
    found = await call.state.runs.search(
        call.principal,
        sent.experiment_ids,
        parse_run_filter(sent.filter),
        parse_run_order(sent.order_by),
        common.view(sent.run_view_type),
        common.page(sent.max_results, sent.page_token),
    )
    return json_reply(convert.found(found))


async def update(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.UpdateRun)
    changed = await call.state.runs.update(call.principal, sent.run_id, convert.change(sent))
    return json_reply(wire.UpdatedRun(run_info=convert.info(changed)))


async def delete(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.OfRun)
    await call.state.runs.delete(call.principal, sent.run_id)
    return NOTHING


async def restore(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.OfRun)
    await call.state.runs.restore(call.principal, sent.run_id)
    return NOTHING


async def log_param(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogParam)
    await call.state.run_log.log(call.principal, sent.run_id, Logged(params=[(sent.key, sent.value)]), numbered=False)
    return NOTHING


async def set_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetTag)
    await call.state.run_log.log(call.principal, sent.run_id, Logged(tags=[(sent.key, sent.value)]), numbered=False)
    return NOTHING


async def delete_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.DeleteTag)
    await call.state.runs.delete_tag(call.principal, sent.run_id, sent.key)
    return NOTHING


async def log_inputs(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogInputs, INPUTS_LIMIT)
    names.run_id(sent.run_id)
    datasets, models = convert.dataset_inputs(sent.datasets), convert.model_inputs(sent.models)
    await call.state.runs.log_inputs(call.principal, sent.run_id, datasets, models)
    return NOTHING


async def log_outputs(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogOutputs)
    await call.state.runs.log_outputs(call.principal, sent.run_id, convert.model_outputs(sent.models))
    return NOTHING


async def log_model(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogModel)
    await call.state.runs.note_model(call.principal, sent.run_id, convert.noted_model(sent.model_json))
    return NOTHING
