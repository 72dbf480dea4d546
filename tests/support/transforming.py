"""Models with a transformer on a running server, and what the small one of this folder makes of numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelyard.sdk.client import Client
from modelyard.sdk.endpoints import Endpoint
from tests.support.server import RunningServer

SUPPORT = Path(__file__).parent
SMALL_PROGRAM = SUPPORT / "small_transformer.py"
SMALL = ["python", str(SMALL_PROGRAM)]
ROWS = [[1.0, 2.0], [3.0, 4.0]]
PLAIN, TRANSFORMED = [8.0, 18.0], [116.0, 136.0]


def document(name: str, container: Mapping[str, object]) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {
            "predictor": {"model": {"modelFormat": {"name": "mlflow"}, "storageUri": "models:/linear/1"}},
            "transformer": {"minReplicas": 1, "containers": [{"name": "kserve-container", "image": "x", **container}]},
        },
    }


def tensors(name: str = "input-0") -> dict[str, Any]:
    data = [value for row in ROWS for value in row]
    return {"id": "mine", "inputs": [{"name": name, "shape": [2, 2], "datatype": "FP64", "data": data}]}


@dataclass(frozen=True, slots=True)
class Stage:
    server: RunningServer
    client: Client
    http: httpx.Client

    def apply(self, name: str, **container: object) -> Endpoint:
        """Once it is ready. Raises InvalidState when it will not be."""
        self.client.apply(document(name, container))
        return self.client.start(name)

    def tell(self, name: str) -> dict[str, Any]:
        """What the small transformer knows of itself."""
        found: dict[str, Any] = self.http.post(f"/v1/models/{name}:predict", json={"instances": ["tell"]}).json()
        return found

    def transforms(self, name: str) -> bool:
        answer = self.http.post(f"/v1/models/{name}:predict", json={"instances": ROWS})
        return answer.status_code == 200 and answer.json() == {"predictions": pytest.approx(TRANSFORMED)}
