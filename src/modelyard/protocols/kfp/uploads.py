"""Files of pipelines. These routes tell errors in words of their own."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps

from modelyard.domain.errors import InvalidInput, ModelyardError
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import ClientGone
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert, multipart, parsing
from modelyard.protocols.kfp.errors import render_upload_error
from modelyard.protocols.kfp.state import KfpState

Handler = Callable[[Call[KfpState]], Awaitable[Reply]]


def _told_otherwise(handler: Handler) -> Handler:
    @wraps(handler)
    async def told(call: Call[KfpState]) -> Reply:
        try:
            return await handler(call)
        except ClientGone:
            raise
        except ModelyardError as error:
            return render_upload_error(error)

    return told


@_told_otherwise
async def pipeline(call: Call[KfpState]) -> Reply:
    filename, document = multipart.file_in(await call.body(parsing.BODY_LIMIT), call.headers.get("content-type", ""))
    name = parsing.query(call, "name") or parsing.query(call, "display_name") or filename
    description = parsing.query(call, "description")
    new = NewPipeline(name, parsing.query(call, "display_name"), description, _tags(call))
    version = NewVersion(document, description=description, code_url=parsing.query(call, "code_source_url"))
    made, _ = await call.state.pipelines.create(call.principal, new, version)
    return json_reply(convert.pipeline(made))


@_told_otherwise
async def version(call: Call[KfpState]) -> Reply:
    filename, document = multipart.file_in(await call.body(parsing.BODY_LIMIT), call.headers.get("content-type", ""))
    pipeline_id = call.query("pipelineid") or ""
    if not pipeline_id:
        raise InvalidInput("pipelineid is missing: name the pipeline that gets the version")
    new = NewVersion(
        document=document,
        name=parsing.query(call, "name") or parsing.query(call, "display_name") or filename,
        display_name=parsing.query(call, "display_name"),
        description=parsing.query(call, "description"),
        code_url=parsing.query(call, "code_source_url"),
        tags=_tags(call),
    )
    return json_reply(convert.version(await call.state.pipelines.add_version(call.principal, pipeline_id, new)))


def _tags(call: Call[KfpState]) -> Mapping[str, str]:
    text = parsing.query(call, "tags")
    try:
        tags = json.loads(text or "{}")
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise InvalidInput("tags must be a JSON object of texts")
    return tags
