"""The network as an MLflow model that needs none of our code to be loaded, and no pickle."""

from importlib.metadata import version as installed_version

import mlflow.pytorch
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from packaging.version import Version

from modelyard.examples.stocks import windows
from modelyard.examples.stocks.forecaster import Forecaster

REQUIREMENTS = ("mlflow-skinny", "numpy", "pandas", "torch")
FLOAT = np.dtype(np.float64)
SIGNATURE = ModelSignature(
    inputs=Schema([TensorSpec(FLOAT, (-1, windows.DAYS))]), outputs=Schema([TensorSpec(FLOAT, (-1,))])
)


def log(network: Forecaster) -> str:
    """Logs into the active run. Answers the model's URI."""
    return str(mlflow.pytorch.log_model(network, name="model", **as_logged()).model_uri)


def as_logged() -> dict[str, object]:
    """How it is saved: as the graph that PyTorch exports, for any number of windows."""
    return {
        "signature": SIGNATURE,
        "input_example": np.linspace(1000.0, 1030.0, 2 * windows.DAYS).reshape(2, windows.DAYS),
        "serialization_format": "pt2",
        "pip_requirements": [f"{package}=={_version(package)}" for package in REQUIREMENTS],
    }


def _version(package: str) -> str:
    """Without what a local build adds to it, which no index has."""
    return Version(installed_version(package)).base_version
