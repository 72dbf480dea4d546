"""Code of a model that takes what its type hints say; mlflow loads it by path."""

import mlflow
from mlflow.pyfunc.model import PythonModel


class Hinted(PythonModel):  # type: ignore[misc]
    def predict(self, model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]


mlflow.models.set_model(Hinted())
