from modelyard.domain.models import stage, version_number
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_models, parse
from modelyard.protocols.native import wire_models as wire
from modelyard.protocols.native.state import NativeState


async def change(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChangeModel)
    models, name = call.state.models, call.params["name"]
    if sent.description is not None:
        await models.describe(call.principal, name, sent.description)
    for key, value in sent.tags.items():
        if value is None:
            await models.delete_tag(call.principal, name, key)
        else:
            await models.set_tag(call.principal, name, key, value)
    return json_reply(convert_models.model(await models.get(call.principal, name)))


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.models.delete(call.principal, call.params["name"])
    return Reply(204, b"")


async def change_version(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChangeModel)
    versions, (name, number) = call.state.versions, _version(call)
    if sent.description is not None:
        await versions.describe(call.principal, name, number, sent.description)
    for key, value in sent.tags.items():
        if value is None:
            await versions.delete_tag(call.principal, name, number, key)
        else:
            await versions.set_tag(call.principal, name, number, key, value)
    return await _shown(call)


async def delete_version(call: Call[NativeState]) -> Reply:
    await call.state.versions.delete(call.principal, *_version(call))
    return Reply(204, b"")


async def move(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.MoveStage)
    name, number = _version(call)
    await call.state.versions.move(
        call.principal, name, number, stage(sent.stage), archive_existing=sent.archive_existing
    )
    return await _shown(call)


async def set_alias(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.SetAlias)
    name = call.params["name"]
    await call.state.versions.set_alias(call.principal, name, call.params["alias"], sent.version)
    return json_reply(convert_models.model(await call.state.models.get(call.principal, name)))


async def delete_alias(call: Call[NativeState]) -> Reply:
    await call.state.versions.delete_alias(call.principal, call.params["name"], call.params["alias"])
    return Reply(204, b"")


async def document(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadDocument)
    return json_reply(convert_models.document(asked.uri, await call.state.documents.of(call.principal, asked.uri)))


async def _shown(call: Call[NativeState]) -> Reply:
    return json_reply(convert_models.version(await call.state.versions.get(call.principal, *_version(call))))


def _version(call: Call[NativeState]) -> tuple[str, int]:
    return call.params["name"], version_number(call.params["version"])
