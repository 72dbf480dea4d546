"""tritonclient.grpc; what it sends is raw."""

import queue
from functools import partial
from typing import Any

import numpy as np
import tritonclient.grpc as triton

from tests.support.clients import calls, datatypes

PACKED = ("gzip", "deflate")


def matrix(dtype: Any = np.float64, datatype: str = "FP64") -> triton.InferInput:
    made = triton.InferInput("input-0", [2, 2], datatype)
    made.set_data_from_numpy(np.array([[1, 2], [3, 4]], dtype=dtype))
    return made


def many() -> triton.InferInput:
    """More than anybody answers within the millisecond that gRPC makes of any shorter time."""
    made = triton.InferInput("input-0", [50_000, 2], "FP64")
    made.set_data_from_numpy(np.ones((50_000, 2)))
    return made


def texts(name: str, values: list[str]) -> triton.InferInput:
    made = triton.InferInput(name, [len(values)], "BYTES")
    made.set_data_from_numpy(np.array(values, dtype=object))
    return made


def column(name: str, values: list[Any], dtype: Any, datatype: str) -> triton.InferInput:
    made = triton.InferInput(name, [len(values)], datatype)
    made.set_data_from_numpy(np.array(values, dtype=dtype))
    return made


def typed(datatype: str, cut: int = 0) -> triton.InferInput:
    """Some values of a datatype, without the last bytes if some are cut off."""
    made = triton.InferInput("x", datatypes.SHAPE, datatype)
    if datatype == "BF16":
        made._raw_content = datatypes.brief(datatypes.array(datatype))
    else:
        made.set_data_from_numpy(datatypes.array(datatype))
    if cut:
        made._raw_content = made._raw_content[:-cut]
    return made


def echo(client: Any, model: str, made: Any) -> Any:
    result = client.infer(model, [made])
    (output,) = result.get_response().outputs
    return {"datatype": output.datatype, **datatypes.told(result.as_numpy(output.name))}


def infer(client: Any, model: str, inputs: list[Any], **more: Any) -> Any:
    result = client.infer(model, inputs, **more)
    said = result.get_response()
    return {
        "outputs": {one.name: result.as_numpy(one.name) for one in said.outputs},
        "id": said.id,
        "version": said.model_version,
        "raw": len(said.raw_output_contents),
    }


def stream(client: Any, model: str) -> Any:
    """Three requests on one stream, the second of which fails."""
    seen: queue.Queue[Any] = queue.Queue()
    client.start_stream(callback=lambda result, error: seen.put((result, error)))
    found = []
    for name in (model, "nobody", model):
        client.async_stream_infer(name, [matrix()], request_id=name)
        result, error = seen.get(timeout=120)
        found.append(str(error) if error is not None else last(result))
    client.stop_stream()
    return found


def pieces(client: Any, model: str) -> Any:
    """What a model says in pieces to two requests; the first of them asks for a word that says that it was all."""
    seen: queue.Queue[Any] = queue.Queue()
    client.start_stream(callback=lambda result, error: seen.put((result, error)))
    asked = texts("prompt", ["a b c"])
    client.async_stream_infer(model, [asked], request_id="spoken", enable_empty_final_response=True)
    client.async_stream_infer(model, [texts("prompt", ["d fail e"])], request_id="broken")
    found = []
    for _ in range(6):
        result, error = seen.get(timeout=120)
        found.append(str(error) if error is not None else piece(result))
    client.stop_stream()
    return found


def piece(result: Any) -> Any:
    said = result.get_response()
    values = [result.as_numpy(one.name).tolist() for one in said.outputs]
    return {"id": said.id, "values": values, "last": said.parameters["triton_final_response"].bool_param}


def last(result: Any) -> Any:
    """Clients of streams wait for the answer that says that it is the last one."""
    said = result.get_response().parameters
    return {"values": result.as_numpy("output-0"), "last": said["triton_final_response"].bool_param}


def main() -> None:
    told = calls.asked()
    model, mixed = told["model"], told["mixed"]
    client = triton.InferenceServerClient(told["grpc"])
    rows = [
        column("n", [1, 7], np.int64, "INT64"),
        column("price", [0.5, 2.0], np.float64, "FP64"),
        texts("city", ["Rome", "Oslo"]),
    ]
    ask = partial(infer, client)
    echoed = partial(echo, client, told["echo"])
    calls.answer(
        {
            **{f"echo {name}": partial(echoed, typed(name)) for name in datatypes.VALUES},
            **{f"echo cut {name}": partial(echoed, typed(name, cut=1)) for name in datatypes.VALUES},
            "live": client.is_server_live,
            "ready": client.is_server_ready,
            "server metadata": lambda: client.get_server_metadata(as_json=True),
            "model ready": lambda: client.is_model_ready(model),
            "unknown ready": lambda: client.is_model_ready("nobody"),
            "model metadata": lambda: client.get_model_metadata(model, as_json=True),
            "config": lambda: client.get_model_config(model, as_json=True),
            "index": lambda: client.get_model_repository_index(as_json=True),
            "infer": lambda: ask(model, [matrix()]),
            "infer version": lambda: ask(model, [matrix()], model_version="1"),
            "infer other version": lambda: ask(model, [matrix()], model_version="7"),
            "infer id": lambda: ask(model, [matrix()], request_id="mine"),
            "infer fp32": lambda: ask(model, [matrix(np.float32, "FP32")]),
            "infer texts": lambda: ask(mixed, rows),
            "infer parameters": lambda: ask(
                model, [matrix()], priority=2, timeout=60_000_000, parameters={"mine": "x"}
            ),
            "infer headers": lambda: ask(model, [matrix()], headers={"x-modelyard-revision": "nonsense"}),
            "stream": lambda: stream(client, model),
            "params": lambda: ask(
                told["talking"], [texts("prompt", ["a b c"])], priority=2, parameters={"limit": 2, "mine": "x"}
            ),
            "wrong params": lambda: ask(told["talking"], [texts("prompt", ["a"])], parameters={"limit": "x"}),
            "pieces": lambda: pieces(client, told["talking"]),
            "unknown": lambda: ask("nobody", [matrix()]),
            "unknown odd": lambda: ask("nobody", []),
            "unknown version odd": lambda: ask(model, [], model_version="7"),
            "bad output": lambda: ask(model, [matrix()], outputs=[triton.InferRequestedOutput("nothing")]),
            "bad columns": lambda: ask(model, [column("a", [1.0], np.float64, "FP64")]),
            "statistics": lambda: client.get_inference_statistics(model, as_json=True),
            "all statistics": lambda: client.get_inference_statistics(as_json=True),
            "unknown statistics": lambda: client.get_inference_statistics("nobody"),
            "late": lambda: ask(model, [many()], client_timeout=0.000001),
            "too large": lambda: ask(model, [column("a", [0.0] * 3_000_000, np.float64, "FP64")]),
            **{f"infer {name}": partial(ask, model, [matrix()], compression_algorithm=name) for name in PACKED},
            "bomb": lambda: ask(
                model, [column("a", [0.0] * 3_000_000, np.float64, "FP64")], compression_algorithm="gzip"
            ),
            "load with a configuration": lambda: client.load_model(model, config="{}"),
            "unload unknown": lambda: client.unload_model("nobody"),
        }
    )


main()
