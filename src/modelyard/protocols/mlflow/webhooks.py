from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import webhooks as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import webhooks as wire


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateWebhook)
    return json_reply(convert.one(await call.state.webhooks.create(call.principal, convert.new(sent))))


async def list_(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ListWebhooks)
    found = await call.state.webhooks.list(call.principal, common.page(sent.max_results, sent.page_token))
    return json_reply(convert.found(found))


async def get(call: Call[MlflowState]) -> Reply:
    return json_reply(convert.one(await call.state.webhooks.get(call.principal, call.params["webhook_id"])))


async def update(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.UpdateWebhook)
    changed = await call.state.webhooks.update(call.principal, call.params["webhook_id"], convert.change(sent))
    return json_reply(convert.one(changed))


async def delete(call: Call[MlflowState]) -> Reply:
    await call.state.webhooks.delete(call.principal, call.params["webhook_id"])
    return NOTHING


async def test(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.TestWebhook)
    topic = None if sent.event is None else convert.topic(sent.event)
    return json_reply(convert.tested(await call.state.webhooks.test(call.principal, call.params["webhook_id"], topic)))
