from collections.abc import Iterator

from modelyard.domain.errors import InvalidInput
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import artifacts, convert_comparison, convert_runs, parse, wire_comparison
from modelyard.protocols.native import convert_pipelines as convert
from modelyard.protocols.native import wire_pipelines as wire
from modelyard.protocols.native.pipelines import LARGEST
from modelyard.protocols.native.replies import DONE
from modelyard.protocols.native.state import NativeState
from modelyard.services.artifacts import location_path, path_in


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListRuns)
    listing = Listing(PageRequest(asked.limit, asked.page_token), tuple(_wanted(asked)), ascending=False)
    return json_reply(convert.run_page(await call.state.pipeline_runs.list(call.principal, listing)))


async def start(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.StartRun, LARGEST)
    return json_reply(convert.run(await call.state.pipeline_runs.create(call.principal, convert.new_run(sent))))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert.detail(await call.state.pipeline_runs.detail(call.principal, call.params["id"])))


async def document(call: Call[NativeState]) -> Reply:
    return json_reply(convert.document(await call.state.pipeline_runs.get(call.principal, call.params["id"])))


async def lineage(call: Call[NativeState]) -> Reply:
    return json_reply(convert.yielded(await call.state.lineage.of_run(call.principal, call.params["id"])))


async def compare(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire_comparison.CompareRuns)
    ids = list(dict.fromkeys(one.strip() for one in asked.runs.split(",") if one.strip()))
    if not 1 <= len(ids) <= wire_comparison.MOST_RUNS:
        raise InvalidInput(f"{len(ids)} runs cannot be compared: name 1 to {wire_comparison.MOST_RUNS}")
    return json_reply(convert_comparison.comparison(await call.state.lineage.side_by_side(call.principal, ids)))


async def cache_source(call: Call[NativeState]) -> Reply:
    found = await call.state.lineage.of_cached(call.principal, call.params["id"], call.params["task"])
    return json_reply(convert.cache_source(found))


async def artifact(call: Call[NativeState]) -> Reply:
    return json_reply(convert.traced(await call.state.lineage.of_artifact(call.principal, call.params["id"])))


async def files(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadPlaces)
    root = (await call.state.lineage.of_artifact(call.principal, call.params["id"])).uri
    found = await call.state.artifacts.list(call.principal, path_in(root, asked.path))
    return json_reply(convert_runs.folder(found, location_path(root)))


async def content(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadContent)
    root = (await call.state.lineage.of_artifact(call.principal, call.params["id"])).uri
    return await artifacts.sent(call, path_in(root, asked.path), page=asked.page)


async def log(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadLog)
    task = await call.state.pipeline_logs.find(call.principal, call.params["id"], call.params["task"])
    piece = await call.state.pipeline_logs.piece(call.principal, task, asked.offset)
    return json_reply(wire.Log(piece.text, piece.next_offset, piece.over))


async def cancel(call: Call[NativeState]) -> Reply:
    await call.state.pipeline_runs.terminate(call.principal, call.params["id"])
    return json_reply(convert.run(await call.state.pipeline_runs.get(call.principal, call.params["id"])))


async def retry(call: Call[NativeState]) -> Reply:
    return json_reply(convert.run(await call.state.pipeline_runs.retry(call.principal, call.params["id"])))


async def archive(call: Call[NativeState]) -> Reply:
    await call.state.pipeline_runs.archive(call.principal, call.params["id"])
    return json_reply(convert.run(await call.state.pipeline_runs.get(call.principal, call.params["id"])))


async def unarchive(call: Call[NativeState]) -> Reply:
    await call.state.pipeline_runs.unarchive(call.principal, call.params["id"])
    return json_reply(convert.run(await call.state.pipeline_runs.get(call.principal, call.params["id"])))


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.pipeline_runs.delete(call.principal, call.params["id"])
    return DONE


def _wanted(asked: wire.ListRuns) -> Iterator[Comparison]:
    of = {
        "experiment_id": asked.experiment_id,
        "pipeline_id": asked.pipeline_id,
        "schedule_id": asked.schedule_id,
        "trigger_id": asked.trigger_id,
        "state": asked.state,
        "archived": "true" if asked.archived else "false",
    }
    for key, value in of.items():
        if value:
            yield Comparison(Field.ATTRIBUTE, key, Operator.EQ, value)
    if asked.name:
        yield Comparison(Field.ATTRIBUTE, "called", Operator.ILIKE, f"%{asked.name}%")
