"""Saves the models that acceleration is tried with: `python -m tests.support.convertible_models DIR`.

With a second directory, it runs the conversion of each as well, in this one process: importing mlflow takes seconds.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelyard.serving.acceleration import convert

NAMES = ("a", "b", "c")
ROWS = np.random.default_rng(11).normal(0, 3, (100, 3)).round(3)
"""What the models are asked about; the original's answers are in `answers.json` of its directory."""


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
    asked = pd.DataFrame(ROWS, columns=list(NAMES)) if isinstance(rows, pd.DataFrame) else ROWS
    if "d" not in rows:
        (target / "answers.json").write_text(json.dumps(predict(asked).tolist()))


def convert_all(models: Path, target: Path) -> None:
    for model in models.iterdir():
        (target / model.name).mkdir()
        sys.argv = ["convert", "--model", str(model), "--output", str(target / model.name)]
        convert.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    if sys.argv[2:]:
        convert_all(Path(sys.argv[1]), Path(sys.argv[2]))
