"""Saves the models that acceleration is tried with: `python -m tests.support.convertible_models DIR`.

With a second directory, it runs the conversion of each as well, in this one process: importing mlflow takes seconds.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelyard.serving.acceleration import convert

NAMES = ("a", "b", "c")
ROWS = np.random.default_rng(11).normal(0, 3, (100, 3)).round(3)
"""What the models are asked about; the original's answers are in `answers.json` of its directory."""
WHOLE_ROWS = np.column_stack([ROWS[:, :2], np.abs(ROWS[:, 2]).round()])
"""The same for models that want a whole number last."""


def main(target: Path) -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame(random.normal(0, 2, (300, 3)), columns=list(NAMES))
    label = (rows["a"] + rows["b"] > 0).astype(int)
    value = 3 * rows["a"] - rows["b"] ** 2
    words = np.where(label == 1, "yes", "nö")
    counted = rows.assign(c=random.integers(0, 9, 300))
    save(target / "logistic", LogisticRegression(), rows, label)
    save(target / "words", LogisticRegression(), rows, words)
    save(target / "odds", LogisticRegression(), rows, label, pyfunc_predict_fn="predict_proba")
    save(target / "forest", RandomForestClassifier(20, random_state=0), rows, label)
    save(target / "forest-values", RandomForestRegressor(20, random_state=0), rows, value)
    save(target / "boosted", GradientBoostingRegressor(random_state=0), counted, value)
    save(target / "scaled", make_pipeline(StandardScaler(), Ridge()), rows, value)
    save(target / "array", LogisticRegression(), rows.to_numpy(), label)
    save(target / "neighbours", KNeighborsClassifier(algorithm="brute"), pd.concat([rows] * 100), np.tile(label, 100))
    save(target / "unsigned", LogisticRegression(), rows, label, signed=False)
    save(target / "texts", make_pipeline(Only(), LogisticRegression()), rows.assign(d="x"), label)
    save_boosted(target, counted, label, value)


def save_boosted(target: Path, rows: Any, label: Any, value: Any) -> None:
    small = {"n_estimators": 20, "max_depth": 4, "n_jobs": 1}
    save_with(mlflow.xgboost.save_model, target / "xgb-labels", xgboost.XGBClassifier(**small).fit(rows, label), rows)
    kinds = (value > 0).astype(int) + label
    save_with(mlflow.xgboost.save_model, target / "xgb-kinds", xgboost.XGBClassifier(**small).fit(rows, kinds), rows)
    values = xgboost.XGBRegressor(**small).fit(rows, value)
    save_with(mlflow.xgboost.save_model, target / "xgb-values", values, rows)
    odds = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows, label), num_boost_round=5)
    save_with(mlflow.xgboost.save_model, target / "xgb-odds", odds, rows)
    lines = xgboost.XGBRegressor(booster="gblinear", **small).fit(rows, value)
    save_with(mlflow.xgboost.save_model, target / "xgb-lines", lines, rows)
    light = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1, n_jobs=1).fit(rows, value)
    save_with(mlflow.lightgbm.save_model, target / "lightgbm", light, rows)


def save_with(saved_by: Callable[..., None], target: Path, model: Any, rows: Any) -> None:
    """A model that was fitted."""
    signature = mlflow.models.infer_signature(rows, asked(model, rows))
    requirements = ["mlflow", "scikit-learn"]
    saved_by(model, target, signature=signature, input_example=rows[:5], pip_requirements=requirements)
    answers = asked(model, pd.DataFrame(WHOLE_ROWS, columns=list(NAMES)))
    (target / "answers.json").write_text(json.dumps(answers.tolist()))


def asked(model: Any, rows: Any) -> Any:
    return model.predict(xgboost.DMatrix(rows) if isinstance(model, xgboost.Booster) else rows)


class Only:
    """Leaves out what is no number."""

    def fit(self, rows: Any, label: Any = None) -> "Only":
        del rows, label
        return self

    def transform(self, rows: Any) -> Any:
        return rows[list(NAMES)]


def save(target: Path, model: Any, rows: Any, answers: Any, *, signed: bool = True, **options: Any) -> None:
    model.fit(rows, answers)
    predict = getattr(model, options.get("pyfunc_predict_fn", "predict"))
    if signed:
        options["signature"] = mlflow.models.infer_signature(rows, predict(rows))
        options["input_example"] = rows[:5]
    mlflow.sklearn.save_model(
        model, target, pip_requirements=["mlflow", "scikit-learn"], serialization_format="cloudpickle", **options
    )
    same = pd.DataFrame(ROWS, columns=list(NAMES)) if isinstance(rows, pd.DataFrame) else ROWS
    if "d" not in rows:
        (target / "answers.json").write_text(json.dumps(predict(same).tolist()))


def convert_all(models: Path, target: Path) -> None:
    for model in models.iterdir():
        (target / model.name).mkdir()
        sys.argv = ["convert", "--model", str(model), "--output", str(target / model.name)]
        convert.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    if sys.argv[2:]:
        convert_all(Path(sys.argv[1]), Path(sys.argv[2]))
