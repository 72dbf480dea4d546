"""Trains and saves the models that are served, for MLflow and as joblib files: `python -m bench.serving.models DIR`."""

import logging
import sys
import warnings
from pathlib import Path

import joblib
import mlflow
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

FEATURES = 10
MODELS = {"logistic": LogisticRegression(), "forest": RandomForestClassifier(100, random_state=0, n_jobs=1)}


def main(target: Path) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    values, labels = make_classification(5000, FEATURES, n_informative=6, random_state=0)
    rows = pd.DataFrame(values, columns=[f"f{at}" for at in range(FEATURES)])
    for name, model in MODELS.items():
        model.fit(rows.to_numpy(), labels)
        (target / name).mkdir(parents=True)
        joblib.dump(model, target / name / "model.joblib")
        signature = mlflow.models.infer_signature(rows, model.predict(rows.to_numpy()))
        mlflow.sklearn.save_model(
            model.fit(rows, labels),
            target / name / "mlflow",
            signature=signature,
            input_example=rows.head(5),
            pip_requirements=["mlflow", "scikit-learn"],
            serialization_format="cloudpickle",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
