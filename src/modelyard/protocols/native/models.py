from modelyard.domain.models import version_number
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator, Order
from modelyard.formats.filters.models import parse_model_filter
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_models, parse, wire
from modelyard.protocols.native.state import NativeState

_NEWEST_FIRST = (Order(Field.ATTRIBUTE, "version_number", ascending=False),)


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListModels)
    page = PageRequest(asked.limit, asked.page_token)
    found = await call.state.models.search(call.principal, parse_model_filter(asked.filter), (), page)
    return json_reply(convert_models.model_page(found))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert_models.model(await call.state.models.get(call.principal, call.params["name"])))


async def versions(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListVersions)
    model = await call.state.models.get(call.principal, call.params["name"])
    of_model = (Comparison(Field.ATTRIBUTE, "name", Operator.EQ, model.name),)
    page = PageRequest(asked.limit, asked.page_token)
    found = await call.state.versions.search(call.principal, of_model, _NEWEST_FIRST, page)
    return json_reply(convert_models.version_page(found))


async def version(call: Call[NativeState]) -> Reply:
    number = version_number(call.params["version"])
    return json_reply(
        convert_models.version(await call.state.versions.get(call.principal, call.params["name"], number))
    )


async def history(call: Call[NativeState]) -> Reply:
    found = await call.state.models.history(call.principal, call.params["name"])
    return json_reply(wire.Moves([convert_models.move(one) for one in found]))
