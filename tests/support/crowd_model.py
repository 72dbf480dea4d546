"""Code of a model that answers each row with how many rows it saw at once; mlflow loads it by path."""

import time
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel

RAISE, EXTRA, WAIT = 13.0, 22.0, 7.0


class Crowd(PythonModel):  # type: ignore[misc]
    def predict(self, context: object, model_input: pd.DataFrame) -> list[int]:  # noqa: ARG002 - mlflow's signature
        values = set(model_input["a"])
        if WAIT in values:
            Path("waiting").touch()
            while not Path("go").exists():
                time.sleep(0.01)
        if RAISE in values:
            raise RuntimeError("thirteen is not served")
        count = len(model_input)
        return [count] * (count + (EXTRA in values))

    def explain(self, context: object, model_input: pd.DataFrame) -> dict[str, list[float]]:  # noqa: ARG002 - same
        return {"a": [2 * value for value in model_input["a"]]}


mlflow.models.set_model(Crowd())
