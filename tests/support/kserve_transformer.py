"""A transformer as KServe's documentation has it, built on its SDK: doubles numbers before, adds 100 after."""

import argparse
from typing import Any

from kserve import InferRequest, InferResponse, Model, ModelServer, model_server


class Doubling(Model):  # type: ignore[misc] # the SDK is in an environment of its own
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ready = True

    async def preprocess(self, payload: Any, _headers: Any = None) -> Any:
        if isinstance(payload, InferRequest):
            for one in payload.inputs:
                one.set_data_from_numpy(2 * one.as_numpy(), binary_data=False)
            return payload
        return {"instances": [[2 * value for value in row] for row in payload["instances"]]}

    async def postprocess(self, result: Any, *_: Any) -> Any:
        if isinstance(result, InferResponse):
            for one in result.outputs:
                one.set_data_from_numpy(100 + one.as_numpy(), binary_data=False)
            return result
        return {"predictions": [100 + value for value in result["predictions"]]}


parser = argparse.ArgumentParser(parents=[model_server.parser])
arguments, _ = parser.parse_known_args()

if __name__ == "__main__":
    ModelServer().start([Doubling(arguments.model_name)])
