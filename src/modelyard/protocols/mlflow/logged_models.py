from modelyard.formats.filters.logged_models import parse_logged_model_filter
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import logged_models as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import logged_models as wire
from modelyard.services.logged_models import MOST_PER_PAGE

DEFAULT_PAGE = 50


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateLoggedModel)
    return json_reply(convert.one(await call.state.logged_models.create(call.principal, convert.new(sent))))


async def get(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetLoggedModel)
    allow_deleted = sent.allow_deleted.lower() == "true"
    found = await call.state.logged_models.get(call.principal, call.params["model_id"], allow_deleted=allow_deleted)
    return json_reply(convert.one(found))


async def finalize(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.FinalizeLoggedModel)
    status = convert.status(sent.status)
    return json_reply(
        convert.one(await call.state.logged_models.finalize(call.principal, call.params["model_id"], status))
    )


async def delete(call: Call[MlflowState]) -> Reply:
    await call.state.logged_models.delete(call.principal, call.params["model_id"])
    return NOTHING


async def search(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SearchLoggedModels)
    found = await call.state.logged_models.search(
        call.principal,
        sent.experiment_ids,
        parse_logged_model_filter(sent.filter),
        convert.orders(sent.order_by),
        common.page(min(sent.max_results or DEFAULT_PAGE, MOST_PER_PAGE), sent.page_token),
        convert.datasets(sent.datasets),
    )
    return json_reply(convert.found(found))


async def set_tags(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetLoggedModelTags)
    await call.state.logged_models.set_tags(call.principal, call.params["model_id"], common.pairs(sent.tags))
    return NOTHING


async def delete_tag(call: Call[MlflowState]) -> Reply:
    await call.state.logged_models.delete_tag(call.principal, call.params["model_id"], call.params["tag_key"])
    return NOTHING


async def log_params(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogLoggedModelParams)
    await call.state.logged_models.log_params(call.principal, call.params["model_id"], common.pairs(sent.params))
    return NOTHING
