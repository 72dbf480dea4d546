from modelyard.domain.models import stage, version_number
from modelyard.formats.filters.versions import parse_version_filter, parse_version_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import common
from modelyard.protocols.mlflow.convert import model_versions as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import model_versions as wire


async def create(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.CreateModelVersion)
    return json_reply(convert.one(await call.state.versions.create(call.principal, sent.name, convert.new(sent))))


async def get(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.VersionName)
    found = await call.state.versions.get(call.principal, sent.name, version_number(sent.version))
    return json_reply(convert.one(found))


async def update(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.UpdateModelVersion)
    number = version_number(sent.version)
    return json_reply(
        convert.one(await call.state.versions.describe(call.principal, sent.name, number, sent.description))
    )


async def delete(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.VersionName)
    await call.state.versions.delete(call.principal, sent.name, version_number(sent.version))
    return NOTHING


async def transition_stage(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.TransitionStage)
    moved = await call.state.versions.move(
        call.principal,
        sent.name,
        version_number(sent.version),
        stage(sent.stage),
        archive_existing=convert.archiving(sent),
    )
    return json_reply(convert.one(moved))


async def search(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.SearchModelVersions)
    found = await call.state.versions.search(
        call.principal,
        parse_version_filter(sent.filter),
        parse_version_order(sent.order_by),
        common.page(sent.max_results, sent.page_token),
    )
    return json_reply(convert.found(found))


async def download_uri(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.VersionName)
    found = await call.state.versions.get(call.principal, sent.name, version_number(sent.version))
    return json_reply(wire.DownloadUri(artifact_uri=found.location))


async def set_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.SetModelVersionTag)
    number = version_number(sent.version)
    await call.state.versions.set_tag(call.principal, sent.name, number, sent.key, sent.value)
    return NOTHING


async def delete_tag(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.DeleteModelVersionTag)
    await call.state.versions.delete_tag(call.principal, sent.name, version_number(sent.version), sent.key)
    return NOTHING
