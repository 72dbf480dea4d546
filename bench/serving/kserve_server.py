"""KServe's Python model server with one scikit-learn model, as its own sklearnserver serves it."""
# mypy: ignore-errors
# It runs in KServe's environment, of whose types ours knows nothing.

import argparse
from typing import Any

import joblib
import kserve
import numpy as np


class Sklearn(kserve.Model):
    def __init__(self, path: str) -> None:
        super().__init__("model")
        self._model = joblib.load(path)
        self.ready = True

    def predict(self, payload: Any, headers: Any = None) -> Any:  # noqa: ARG002 - KServe's own signature
        if isinstance(payload, dict):
            return {"predictions": self._model.predict(np.asarray(payload["instances"])).tolist()}
        raise TypeError("V1 only")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[kserve.model_server.parser])
    parser.add_argument("--path", required=True)
    arguments, _ = parser.parse_known_args()
    kserve.ModelServer(enable_grpc=False).start([Sklearn(arguments.path)])
