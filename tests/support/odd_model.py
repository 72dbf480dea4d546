"""Code of a model that misbehaves on request; mlflow loads it by path."""

import os
import time
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel

RAISE, DIE, WAIT, UNWRITABLE = 13.0, 99.0, 7.0, 55.0


class Odd(PythonModel):  # type: ignore[misc]
    def predict(self, context: object, model_input: pd.DataFrame) -> object:  # noqa: ARG002 - mlflow's signature
        first = model_input["a"].iloc[0]
        if first == RAISE:
            raise RuntimeError("thirteen is not served")
        if first == DIE:
            os._exit(9)
        if first == UNWRITABLE:
            return [object()]
        if first == WAIT:
            Path("waiting").touch()
            while not Path("go").exists():
                time.sleep(0.01)
        values = model_input["a"].where(model_input["a"] != 0)
        return pd.DataFrame({"value": values, "label": ["x"] * len(values)})


mlflow.models.set_model(Odd())
