"""Code of a model that always answers the number in the file `value` beside it, else 1; mlflow loads it by path."""

from pathlib import Path

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel

GIVEN = Path(__file__).with_name("value")
VALUE = float(GIVEN.read_text()) if GIVEN.exists() else 1.0


class Steady(PythonModel):  # type: ignore[misc]
    def predict(self, context: object, model_input: pd.DataFrame) -> list[float]:  # noqa: ARG002 - mlflow's signature
        return [VALUE] * len(model_input)


mlflow.models.set_model(Steady())
