from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.domain.query import Comparison, Field, Operator
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_pipelines as convert
from modelyard.protocols.native import parse
from modelyard.protocols.native import wire_pipelines as wire
from modelyard.protocols.native.replies import DONE
from modelyard.protocols.native.state import NativeState

LARGEST = 45 << 20  # the largest pipeline, in base64


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListPipelines)
    named = (Comparison(Field.ATTRIBUTE, "name", Operator.ILIKE, f"%{asked.name}%"),) if asked.name else ()
    listing = Listing(PageRequest(asked.limit, asked.page_token), named, ascending=False)
    return json_reply(convert.pipeline_page(await call.state.pipelines.list(call.principal, listing)))


async def create(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.CreatePipeline, LARGEST)
    new = NewPipeline(sent.name, sent.display_name, sent.description)
    version = NewVersion(convert.uploaded(sent), description=sent.description)
    made, _ = await call.state.pipelines.create(call.principal, new, version)
    return json_reply(convert.pipeline(made))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert.pipeline(await call.state.pipelines.get(call.principal, call.params["id"])))


async def change(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChangePipeline)
    given = {"display_name": sent.display_name, "description": sent.description}
    values = {name: value for name, value in given.items() if value is not None}
    return json_reply(convert.pipeline(await call.state.pipelines.update(call.principal, call.params["id"], values)))


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.pipelines.delete(call.principal, call.params["id"], with_versions=True)
    return DONE


async def versions(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListPage)
    listing = Listing(PageRequest(asked.limit, asked.page_token), ascending=False)
    found = await call.state.pipelines.versions(call.principal, call.params["id"], listing)
    return json_reply(convert.version_page(found))


async def add_version(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.AddVersion, LARGEST)
    new = NewVersion(convert.uploaded(sent), sent.name, description=sent.description)
    return json_reply(convert.version(await call.state.pipelines.add_version(call.principal, call.params["id"], new)))


async def version(call: Call[NativeState]) -> Reply:
    found = await call.state.pipelines.version(call.principal, call.params["id"], call.params["version"])
    return json_reply(convert.version(found))


async def delete_version(call: Call[NativeState]) -> Reply:
    await call.state.pipelines.delete_version(call.principal, call.params["id"], call.params["version"])
    return DONE
