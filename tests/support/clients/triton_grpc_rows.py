"""tritonclient.grpc in front of a model whose rows are two numbers."""

import queue
from functools import partial
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc

from tests.support.clients import calls


def rows(numbers: Any) -> triton.InferInput:
    array = np.array(numbers, dtype=np.float64)
    made = triton.InferInput("input-0", list(array.shape), "FP64")
    made.set_data_from_numpy(array)
    return made


def typed(address: str, model: str) -> Any:
    """The same with contents that are not raw, which tritonclient's own calls never send."""
    contents = service_pb2.InferTensorContents(fp64_contents=[1, 2, 3, 4])
    tensor = service_pb2.ModelInferRequest.InferInputTensor(
        name="input-0", datatype="FP64", shape=[2, 2], contents=contents
    )
    with grpc.insecure_channel(address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        answer = stub.ModelInfer(service_pb2.ModelInferRequest(model_name=model, inputs=[tensor]), timeout=60)
    return list(answer.outputs[0].contents.fp64_contents)


def main() -> None:
    asked = calls.asked()
    address, model = asked["grpc"], asked["model"]
    client = triton.InferenceServerClient(address)

    def infer(numbers: Any, **more: Any) -> Any:
        answer = client.infer(model, [rows(numbers)], client_timeout=60, **more)
        said = answer.get_response()
        return {"id": said.id, "name": said.model_name, "data": answer.as_numpy(said.outputs[0].name)}

    def stream() -> Any:
        answers: queue.Queue[Any] = queue.Queue()
        client.start_stream(lambda result, error: answers.put((result, error)))
        client.async_stream_infer(model, [rows([[1, 2], [3, 4]])])
        result, error = answers.get(timeout=60)
        client.stop_stream()
        return str(error) if error else result.as_numpy(result.get_response().outputs[0].name)

    both = [[1, 2], [3, 4]]
    calls.answer(
        {
            "ready": partial(client.is_model_ready, model),
            "metadata": partial(client.get_model_metadata, model, as_json=True),
            "raw": partial(infer, both, request_id="mine"),
            "typed": partial(typed, address, model),
            "stream": stream,
            "headers": partial(infer, both, headers={"x-scale": "3"}),
            "output": partial(infer, both, outputs=[triton.InferRequestedOutput("nothing")]),
            "refused": partial(infer, [[1, 2, 3]]),
        }
    )


main()
