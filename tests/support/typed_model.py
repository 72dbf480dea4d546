"""Code of a model with a column of each type, which says what it was given; mlflow loads it by path."""

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel


class Typed(PythonModel):  # type: ignore[misc]
    def predict(self, context: object, model_input: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002 - mlflow's signature
        columns = model_input.columns
        return pd.DataFrame({name: [f"{type(one).__name__} {one!r}" for one in model_input[name]] for name in columns})


mlflow.models.set_model(Typed())
