from modelyard.domain.pages import PageRequest
from modelyard.domain.query import View
from modelyard.formats.filters.experiments import parse_experiment_filter
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, parse, wire
from modelyard.protocols.native.state import NativeState


async def get(call: Call[NativeState]) -> Reply:
    found = await call.state.experiments.get(call.principal, call.params["id"])
    return json_reply(convert.experiment(found))


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListExperiments)
    page = PageRequest(asked.limit, asked.page_token)
    found = await call.state.experiments.search(
        call.principal, parse_experiment_filter(asked.filter), (), View(asked.view), page
    )
    return json_reply(convert.experiment_page(found))
