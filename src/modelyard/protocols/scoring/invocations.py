import msgspec

from modelyard.domain.errors import UnsupportedMediaType
from modelyard.formats import inference
from modelyard.formats.inference import InferenceRequest
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.scoring import wire
from modelyard.serving.dataplane import DataPlane

JSON = "application/json"
CSV = "text/csv"


async def invoke(call: Call[DataPlane]) -> Reply:
    media = _media_type(call)
    body = await call.body(call.state.limits.body)
    result = await call.state.infer(call.params["name"], _parse(media, body))
    return json_reply(wire.Predictions(msgspec.Raw(result.predictions)))


async def ping(call: Call[DataPlane]) -> Reply:
    call.state.directory.lookup(call.params["name"])
    return text_reply("\n")


async def version(call: Call[DataPlane]) -> Reply:
    """The mlflow that the model was saved with: MLflow's server tells its own, which is the model's."""
    return text_reply(call.state.directory.lookup(call.params["name"]).metadata.mlflow_version)


def _parse(media: str, body: bytes) -> InferenceRequest:
    return inference.parse_json(body) if media == JSON else inference.parse_csv(body)


def _media_type(call: Call[DataPlane]) -> str:
    media = call.content_type
    if media not in {JSON, CSV}:
        got = f"'{media}'" if media else "no Content-Type"
        raise UnsupportedMediaType(f"This predictor only supports the content types {JSON} and {CSV}. Got {got}.")
    for parameter in call.headers["content-type"].split(";")[1:]:
        key, _, value = parameter.strip().partition("=")
        if key.lower() != "charset":
            raise UnsupportedMediaType(f"Unrecognized content type parameter: {key}.")
        if value.strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType("The scoring server only supports UTF-8")
    return media
