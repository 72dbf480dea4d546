"""tritonclient.http, with its defaults (binary both ways) and without."""

from functools import partial
from typing import Any

import numpy as np
import tritonclient.http as triton

from tests.support.clients import calls, datatypes

IN_JSON = ("BOOL", *datatypes.WHOLE, "FP32", "FP64")
NUMBERS = {"FP64": np.float64, "FP32": np.float32, "FP16": np.float16, "INT64": np.int64, "INT32": np.int32}


def matrix(name: str, datatype: str = "FP64", *, binary: bool = True) -> triton.InferInput:
    made = triton.InferInput(name, [2, 2], datatype)
    made.set_data_from_numpy(np.array([[1, 2], [3, 4]], dtype=NUMBERS[datatype]), binary_data=binary)
    return made


def column(name: str, values: list[Any], kind: Any, datatype: str, *, binary: bool = True) -> triton.InferInput:
    made = triton.InferInput(name, [len(values)], datatype)
    made.set_data_from_numpy(np.array(values, dtype=kind), binary_data=binary)
    return made


def typed(datatype: str, *, binary: bool = True, cut: int = 0) -> triton.InferInput:
    """Some values of a datatype, without the last bytes if some are cut off."""
    made = triton.InferInput("x", datatypes.SHAPE, datatype)
    if datatype == "BF16":
        made._raw_data = datatypes.brief(datatypes.array(datatype))
        made._parameters["binary_data_size"] = len(made._raw_data)
    else:
        made.set_data_from_numpy(datatypes.array(datatype), binary_data=binary)
    if cut:
        made._raw_data = made._raw_data[:-cut]
        made._parameters["binary_data_size"] -= cut
    return made


class Asking:
    def __init__(self, url: str, model: str) -> None:
        self.client = triton.InferenceServerClient(url)
        self.model = model

    def infer(self, inputs: list[Any], outputs: list[Any] | None = None, **more: Any) -> Any:
        result = self.client.infer(self.model, inputs, outputs=outputs, **more)
        said = result.get_response()
        return {
            "outputs": {one["name"]: result.as_numpy(one["name"]) for one in said["outputs"]},
            "id": said["id"],
            "version": said["model_version"],
            "binary": any("binary_data_size" in (one.get("parameters") or {}) for one in said["outputs"]),
        }

    def echo(self, made: Any) -> Any:
        result = self.client.infer(self.model, [made])
        (output,) = result.get_response()["outputs"]
        return {"datatype": output["datatype"], **datatypes.told(result.as_numpy(output["name"]))}

    def broken(self, **changes: Any) -> Any:
        made = matrix("input-0")
        for name, value in changes.items():
            setattr(made, f"_{name}", value)
        return self.infer([made])


def compressed(asking: Asking, algorithm: str) -> Any:
    """Both ways; the server need not compress its answer."""
    return asking.infer(
        [matrix("input-0")], request_compression_algorithm=algorithm, response_compression_algorithm=algorithm
    )


def main() -> None:
    told = calls.asked()
    base, scoped, model = told["url"], f"{told['url']}/endpoints/{told['model']}", told["model"]
    one, within, mixed = Asking(base, model), Asking(scoped, model), Asking(base, told["mixed"])
    plain = [triton.InferRequestedOutput("output-0", binary_data=False)]
    cities = column("city", ["Rome", "Oslo"], object, "BYTES")
    prices = column("price", [0.5, 2.0], np.float64, "FP64")
    amounts = column("n", [1, 7], np.int64, "INT64")
    client, echo = one.client, Asking(base, told["echo"])
    calls.answer(
        {
            **{f"echo {name}": partial(echo.echo, typed(name)) for name in datatypes.VALUES},
            **{f"echo cut {name}": partial(echo.echo, typed(name, cut=1)) for name in datatypes.VALUES},
            **{f"echo json {name}": partial(echo.echo, typed(name, binary=False)) for name in IN_JSON},
            "live": client.is_server_live,
            "ready": client.is_server_ready,
            "server metadata": client.get_server_metadata,
            "model ready": lambda: client.is_model_ready(model),
            "version ready": lambda: client.is_model_ready(model, "1"),
            "other version ready": lambda: client.is_model_ready(model, "7"),
            "unknown ready": lambda: client.is_model_ready("nobody"),
            "model metadata": lambda: client.get_model_metadata(model),
            "version metadata": lambda: client.get_model_metadata(model, "1"),
            "config": lambda: client.get_model_config(model),
            "index": client.get_model_repository_index,
            "infer": lambda: one.infer([matrix("input-0")]),
            "infer json": lambda: one.infer([matrix("input-0", binary=False)], plain),
            "infer json in": lambda: one.infer([matrix("input-0", binary=False)]),
            "infer json out": lambda: one.infer([matrix("input-0")], plain),
            "infer version": lambda: one.infer([matrix("input-0")], model_version="1"),
            "infer id": lambda: one.infer([matrix("input-0")], request_id="mine"),
            "infer fp32": lambda: one.infer([matrix("input-0", "FP32")]),
            "infer fp16": lambda: one.infer([matrix("input-0", "FP16")]),
            "infer int": lambda: one.infer([matrix("input-0", "INT32")]),
            "infer parameters": lambda: one.infer(
                [matrix("input-0")], priority=2, timeout=60_000_000, sequence_id=4, parameters={"mine": "x"}
            ),
            "infer texts": lambda: mixed.infer([amounts, prices, cities]),
            "infer within": lambda: within.infer([matrix("input-0")]),
            "ready within": within.client.is_server_ready,
            "async": lambda: client.async_infer(model, [matrix("input-0")]).get_result().as_numpy("output-0"),
            "unknown": lambda: Asking(base, "nobody").infer([matrix("input-0")]),
            "bad shape": lambda: one.broken(shape=[3, 2]),
            "bad columns": lambda: one.infer([column("a", [1.0], np.float64, "FP64")]),
            "bad datatype": lambda: one.broken(datatype="FLOAT"),
            "bad output": lambda: one.infer([matrix("input-0")], [triton.InferRequestedOutput("nothing")]),
            "classes": lambda: one.infer([matrix("input-0")], [triton.InferRequestedOutput("output-0", class_count=2)]),
            "statistics": lambda: client.get_inference_statistics(model),
            "version statistics": lambda: client.get_inference_statistics(model, "1"),
            "all statistics": client.get_inference_statistics,
            "unknown statistics": lambda: client.get_inference_statistics("nobody"),
            "index within": within.client.get_model_repository_index,
            **{f"infer {name}": partial(compressed, one, name) for name in ("gzip", "deflate")},
        }
    )


main()
