"""Code of a model without a signature that answers what it was given; mlflow loads it by path."""

from typing import Any

import mlflow
from mlflow.pyfunc.model import PythonModel


class Echo(PythonModel):  # type: ignore[misc]
    def predict(self, context: object, model_input: Any) -> Any:  # noqa: ARG002 - mlflow's signature
        return model_input


mlflow.models.set_model(Echo())
