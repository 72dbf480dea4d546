"""KServe's inference clients: REST V1, V2 as JSON and binary, and gRPC; and CloudEvents through their own SDK."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import numpy as np
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent, from_http
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

from tests.support.clients import calls

ROWS = {"instances": [[1, 2], [3, 4]]}


def request(model: str, *, binary: bool) -> InferRequest:
    made = InferInput(name="input-0", shape=[2, 2], datatype="FP64")
    made.set_data_from_numpy(np.array([[1, 2], [3, 4]], dtype=np.float64), binary_data=binary)
    parameters = {"binary_data_output": True} if binary else None
    return InferRequest(model_name=model, infer_inputs=[made], request_id="mine", parameters=parameters)


def told(response: Any) -> Any:
    [output] = response.outputs
    return {"id": response.id, "model": response.model_name, "output-0": output.as_numpy()}


def event(url: str, model: str, convert: Callable[[CloudEvent], Any]) -> Any:
    headers, body = convert(CloudEvent({"type": "asked", "source": "here", "id": "7"}, ROWS))
    answer = httpx.post(f"{url}/v1/models/{model}:predict", content=body, headers=dict(headers))
    said = from_http(answer.headers, answer.content)
    return {"data": said.data, "id": said["id"], "type": said["type"], "source": said["source"]}


def awaited(ask: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Any]:
    async def run() -> Any:
        return await ask()  # made where there is a loop already, as gRPC's channels want it

    return lambda: asyncio.run(run())


def rest(protocol: str) -> InferenceRESTClient:
    return InferenceRESTClient(RESTConfig(protocol=protocol, retries=0))


def main() -> None:
    asked = calls.asked()
    url, model, grpc = asked["url"], asked["model"], asked["grpc"]
    within = f"{url}/endpoints/{model}"

    async def v2(binary: bool, base: str = url) -> Any:  # noqa: FBT001 - a table of calls reads better so
        return told(await rest("v2").infer(base, request(model, binary=binary), model_name=model))

    async def by_grpc(typed: bool, name: str = model) -> Any:  # noqa: FBT001 - same
        return told(await InferenceGRPCClient(grpc).infer(request(name, binary=not typed)))

    calls.answer(
        {
            "v1 live": awaited(lambda: rest("v1").is_server_live(url)),
            "v1 live within": awaited(lambda: rest("v1").is_server_live(within)),
            "v1 ready": awaited(lambda: rest("v1").is_model_ready(url, model)),
            "v1 unknown ready": awaited(lambda: rest("v1").is_model_ready(url, "nobody")),
            "v1 infer": awaited(lambda: rest("v1").infer(url, ROWS, model_name=model)),
            "v1 infer within": awaited(lambda: rest("v1").infer(within, ROWS, model_name=model)),
            "v1 explain": awaited(lambda: rest("v1").explain(url, model, ROWS)),
            "v1 bad": awaited(lambda: rest("v1").infer(url, {"rows": []}, model_name=model)),
            "v2 live": awaited(lambda: rest("v2").is_server_live(url)),
            "v2 ready": awaited(lambda: rest("v2").is_server_ready(url)),
            "v2 model ready": awaited(lambda: rest("v2").is_model_ready(url, model)),
            "v2 unknown ready": awaited(lambda: rest("v2").is_model_ready(url, "nobody")),
            "v2 infer json": awaited(lambda: v2(binary=False)),
            "v2 infer binary": awaited(lambda: v2(binary=True)),
            "v2 infer within": awaited(lambda: v2(binary=True, base=within)),
            "grpc live": awaited(lambda: InferenceGRPCClient(grpc).is_server_live()),
            "grpc ready": awaited(lambda: InferenceGRPCClient(grpc).is_server_ready()),
            "grpc model ready": awaited(lambda: InferenceGRPCClient(grpc).is_model_ready(model)),
            "grpc infer typed": awaited(lambda: by_grpc(typed=True)),
            "grpc infer raw": awaited(lambda: by_grpc(typed=False)),
            "grpc unknown": awaited(lambda: by_grpc(typed=True, name="nobody")),
            "event binary": lambda: event(url, model, to_binary),
            "event structured": lambda: event(url, model, to_structured),
        }
    )


main()
