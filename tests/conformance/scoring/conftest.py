import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import Serving
from tests.support import inference_clients


@pytest.fixture(scope="package")
def said(serving: Serving) -> dict[str, Any]:
    """What MLflow's clients came to, which run in our own environment."""
    host, port = serving.url.removeprefix("http://").split(":")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", serving.url)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        interpreter = Path(sys.executable)
        return inference_clients.answers("mlflow_clients", interpreter, host=host, port=port, model=serving.linear)
