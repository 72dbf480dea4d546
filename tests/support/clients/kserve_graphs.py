"""KServe's client in front of a graph, with bodies of V1 and V2."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

from tests.support.clients import calls


def request(*, binary: bool) -> InferRequest:
    made = InferInput(name="input-0", shape=[2, 2], datatype="FP64")
    made.set_data_from_numpy(np.array([[1, 2], [3, 4]], dtype=np.float64), binary_data=binary)
    return InferRequest(model_name="router", infer_inputs=[made], request_id="mine")


def told(answer: Any) -> Any:
    [output] = answer["outputs"]
    return {"id": answer["id"], "model": answer["model_name"], "data": output["data"]}


def main() -> None:
    url = calls.asked()["url"]

    def infer(protocol: str, body: Any, read: Callable[[Any], Any]) -> Callable[[], Any]:
        client = InferenceRESTClient(RESTConfig(protocol=protocol, retries=0))
        return lambda: read(asyncio.run(client.infer(url, body, is_graph_endpoint=True)))

    calls.answer(
        {
            "v1": infer("v1", {"instances": [[1, 2], [3, 4]]}, lambda answer: answer),
            "v2": infer("v2", request(binary=False), told),
            "v2 binary": infer("v2", request(binary=True), told),
        }
    )


main()
