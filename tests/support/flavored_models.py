"""Saves models of many flavours: `python -m tests.support.flavored_models DIR`.

Beside each lies `expected.json`: what mlflow's own python function answers to the rows in `rows.json`.
"""

import functools
import json
import sys
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
import xgboost
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from statsmodels.tsa.arima.model import ARIMA

ROWS = np.random.default_rng(5).normal(0, 2, (7, 3)).round()
NAMES = ["a", "b", "c"]
REQUIREMENTS = ["mlflow"]
CLOUDPICKLE = {"serialization_format": "cloudpickle"}


def main(target: Path) -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame(random.normal(0, 2, (200, 3)), columns=NAMES)
    value = 3 * rows["a"] - rows["b"]
    label = (value > 0).astype(int)
    save_sklearn(target, rows, value, label)
    save_boosted(target, rows, value, label)
    save_graphs(target, rows, value)
    save_mixed(target, rows, value)
    save_code(target)
    (target / "rows.json").write_text(json.dumps(ROWS.tolist()))


def save_sklearn(target: Path, rows: pd.DataFrame, value: pd.Series, label: pd.Series) -> None:
    save = functools.partial(keep, mlflow.sklearn.save_model)
    save(target / "odds", LogisticRegression().fit(rows, label), rows, pyfunc_predict_fn="predict_proba")
    save(target / "forest", RandomForestClassifier(10, n_jobs=-1, random_state=0).fit(rows, label), rows, **CLOUDPICKLE)
    whole = rows.round().astype({"b": "int64", "c": "float32"})
    save(target / "kinds", LinearRegression().fit(whole, value), whole)
    # Asked with an array it does something else than with a frame.
    save(
        target / "picky",
        make_pipeline(FunctionTransformer(turned), LinearRegression()).fit(rows, value),
        rows,
        **CLOUDPICKLE,
    )


def turned(rows: Any) -> Any:
    return rows[["c", "b", "a"]] if hasattr(rows, "columns") else rows


def save_boosted(target: Path, rows: pd.DataFrame, value: pd.Series, label: pd.Series) -> None:
    keep(mlflow.xgboost.save_model, target / "xgboost", xgboost.XGBClassifier(n_estimators=5).fit(rows, label), rows)
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(rows, value), num_boost_round=5)
    keep(mlflow.xgboost.save_model, target / "xgboost-booster", booster, rows)
    small = {"n_estimators": 5, "min_child_samples": 5, "verbose": -1}
    fitted = lightgbm.LGBMRegressor(**small).fit(rows, value)
    keep(mlflow.lightgbm.save_model, target / "lightgbm", fitted, rows, **CLOUDPICKLE)
    keep(mlflow.lightgbm.save_model, target / "lightgbm-booster", fitted.booster_, rows)
    early = lightgbm.LGBMRegressor(**small, pred_early_stop=True).fit(rows, value)
    keep(mlflow.lightgbm.save_model, target / "lightgbm-early", early, rows, **CLOUDPICKLE)
    kinds = (label + (value > value.median())).map({0: 3, 1: 5, 2: 7})
    for name, wanted in (("labels", label), ("kinds", kinds)):
        told = lightgbm.LGBMClassifier(**small).fit(rows, wanted)
        keep(mlflow.lightgbm.save_model, target / f"lightgbm-{name}", told, rows, **CLOUDPICKLE)


def save_graphs(target: Path, rows: pd.DataFrame, value: pd.Series) -> None:
    array = rows.to_numpy(dtype=np.float32)
    model = LinearRegression().fit(array, value)
    graph = to_onnx(model, array)
    frame, signed = rows.astype("float32"), mlflow.models.infer_signature
    keep(mlflow.onnx.save_model, target / "onnx", graph, frame, signature=signed(frame))
    keep(mlflow.onnx.save_model, target / "onnx-tensor", graph, {"X": array}, signature=signed({"X": array}))
    keep(mlflow.onnx.save_model, target / "onnx-bare", graph, frame)
    for side in (*graph.graph.input, *graph.graph.output):
        side.type.tensor_type.shape.dim[0].dim_value = 2
    keep(mlflow.onnx.save_model, target / "onnx-pairs", graph, {"X": array}, signature=signed({"X": array}))


def save_mixed(target: Path, rows: pd.DataFrame, value: pd.Series) -> None:
    """What is asked with texts, truths and dates."""
    mixed = rows[["a"]].assign(town=np.where(rows["b"] > 0, "Bern", "Rome"), flag=rows["b"] > 0, value=value)
    formula = smf.ols("value ~ a + C(town)", mixed).fit()
    remember(mlflow.statsmodels.save_model, target / "formula", formula, mixed[["a", "town"]].head(2))
    days = pd.date_range("2024-01-01", periods=40, freq="D")
    forecast = ARIMA(pd.Series(value.to_numpy()[:40], days), order=(1, 0, 0)).fit()
    asked = pd.DataFrame({"start": [days[-1]], "end": [days[-1] + pd.Timedelta(days=3)]})
    remember(mlflow.statsmodels.save_model, target / "forecast", forecast, asked)
    flagged = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(mixed[["a", "flag"]], value).booster_
    remember(mlflow.lightgbm.save_model, target / "flagged", flagged, mixed[["a", "flag"]].head(2))


def remember(save: Any, folder: Path, model: Any, example: pd.DataFrame) -> None:
    """Save a model with what mlflow answers to its example."""
    save(model, folder, input_example=example, pip_requirements=REQUIREMENTS)
    answers = mlflow.pyfunc.load_model(str(folder)).predict(example)
    (folder / "expected.json").write_text(json.dumps(np.asarray(answers).tolist()))


def save_code(target: Path) -> None:
    """A model that is nothing but code."""
    signature = mlflow.models.infer_signature(pd.DataFrame({"a": [1.0]}))
    script = Path(__file__).with_name("crowd_model.py")
    mlflow.pyfunc.save_model(
        target / "crowd", python_model=str(script), signature=signature, pip_requirements=REQUIREMENTS
    )


def keep(save: Any, folder: Path, model: Any, example: Any, **options: Any) -> None:
    first = {name: values[:2] for name, values in example.items()} if isinstance(example, dict) else example.head(2)
    save(model, folder, input_example=first, pip_requirements=REQUIREMENTS, **options)
    if not isinstance(example, dict):
        frame = pd.DataFrame(ROWS, columns=NAMES).astype(example.dtypes.to_dict())
        answers = mlflow.pyfunc.load_model(str(folder)).predict(frame)
        (folder / "expected.json").write_text(json.dumps(plain(answers)))


def plain(answers: Any) -> Any:
    return answers.to_dict("records") if isinstance(answers, pd.DataFrame) else np.asarray(answers).tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
