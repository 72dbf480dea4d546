from modelyard.domain.models import stage, version_number
from modelyard.formats.filters.models import parse_model_filter, parse_model_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import model_versions as versions
from modelyard.protocols.mlflow.convert import registered_models as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import registered_models as wire


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateRegisteredModel)
    made = await call.state.models.create(call.principal, sent.name, sent.description, common.pairs(sent.tags))
    return json_reply(convert.one(made))


async def get(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ModelName)
    return json_reply(convert.one(await call.state.models.get(call.principal, sent.name)))


async def rename(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.RenameRegisteredModel)
    return json_reply(convert.one(await call.state.models.rename(call.principal, sent.name, sent.new_name)))


async def update(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.UpdateRegisteredModel)
    return json_reply(convert.one(await call.state.models.describe(call.principal, sent.name, sent.description)))


async def delete(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.ModelName)
    await call.state.models.delete(call.principal, sent.name)
    return NOTHING


async def search(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.SearchRegisteredModels)
    found = await call.state.models.search(
        call.principal,
        parse_model_filter(sent.filter),
        parse_model_order(sent.order_by),
        common.page(sent.max_results, sent.page_token),
    )
    return json_reply(convert.found(found))


async def latest_versions(call: Call[MlflowState]) -> Reply:
    sent = await parsing.message(call, wire.GetLatestVersions)
    found = await call.state.models.latest(call.principal, sent.name)
    wanted = [stage(text) for text in sent.stages]  # after the model, which may not be there
    return json_reply(versions.latest(version for version in found if not wanted or version.stage in wanted))


async def set_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetRegisteredModelTag)
    await call.state.models.set_tag(call.principal, sent.name, sent.key, sent.value)
    return NOTHING


async def delete_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.DeleteRegisteredModelTag)
    await call.state.models.delete_tag(call.principal, sent.name, sent.key)
    return NOTHING


async def set_alias(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetAlias)
    await call.state.versions.set_alias(call.principal, sent.name, sent.alias, version_number(sent.version))
    return NOTHING


async def delete_alias(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.AliasName)
    await call.state.versions.delete_alias(call.principal, sent.name, sent.alias)
    return NOTHING


async def get_by_alias(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.AliasName)
    return json_reply(versions.one(await call.state.versions.by_alias(call.principal, sent.name, sent.alias)))
