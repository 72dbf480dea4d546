"""Saves the models of the tests with the real mlflow: `python -m tests.support.make_models DIR`."""

import functools
import shutil
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

# Given, because mlflow's guess loads each model in a process of its own.
REQUIREMENTS = ["mlflow", "scikit-learn"]


def main(target: Path) -> None:
    save_linear(target)
    save_mixed(target)
    save_odd(target)
    save_echo(target)
    save_typed(target)
    save_hinted(target)
    save_broken(target)
    save_steady(target)
    save_talking(target)


def save_linear(target: Path) -> None:
    """2a + 3b: with named columns, with a tensor signature, and with none."""
    rows = pd.DataFrame({"a": [0.0, 1.0, 2.0, 5.0], "b": [1.5, 0.0, 3.0, 1.0]})
    answers = (2 * rows["a"] + 3 * rows["b"]).to_numpy()
    signature = mlflow.models.infer_signature(rows, answers)
    model = LinearRegression().fit(rows, answers)
    save = functools.partial(mlflow.sklearn.save_model, pip_requirements=REQUIREMENTS)
    save(model, target / "linear", signature=signature, input_example=rows.head(3))
    array = rows.to_numpy()
    unnamed = LinearRegression().fit(array, answers)
    tensors = mlflow.models.infer_signature(array, np.asarray(answers))
    save(unnamed, target / "tensor", signature=tensors)
    save(unnamed, target / "bare")


def save_mixed(target: Path) -> None:
    """The sum of a whole number and a float, and 100 more in Rome."""
    rows = pd.DataFrame(
        {"n": [1, 2, 3, 4, 7], "price": [0.5, 9.0, 1.25, 3.0, 2.0], "city": ["Rome", "Oslo", "Rome", "Oslo", "Oslo"]}
    )
    answers = rows["n"] + rows["price"] + 100.0 * (rows["city"] == "Rome")
    encode = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    model = make_pipeline(encode, LinearRegression()).fit(rows, answers)
    signature = mlflow.models.infer_signature(rows, answers.to_numpy())
    mlflow.sklearn.save_model(model, target / "mixed", signature=signature, pip_requirements=REQUIREMENTS)


def save_odd(target: Path) -> None:
    """Does by value of `a` what models do on bad days: see tests/support/odd_model.py."""
    rows = pd.DataFrame({"a": [1.0]})
    signature = mlflow.models.infer_signature(rows, pd.DataFrame({"value": [1.0], "label": ["x"]}))
    script = Path(__file__).with_name("odd_model.py")
    mlflow.pyfunc.save_model(target / "odd", python_model=str(script), signature=signature, pip_requirements=["mlflow"])


def save_echo(target: Path) -> None:
    """Answers what it is asked."""
    script = Path(__file__).with_name("echo_model.py")
    mlflow.pyfunc.save_model(target / "echo", python_model=str(script), pip_requirements=["mlflow"])


def save_typed(target: Path) -> None:
    """Says what it was given in a column of each type: see tests/support/typed_model.py."""
    rows = pd.DataFrame(
        {
            "text": ["x"],
            "blob": [b"\x00\x01"],
            "when": pd.to_datetime(["2024-01-02"]),
            "flag": [True],
            "whole": [1],
            "short": np.array([1], "int32"),
            "real": [1.5],
        }
    )
    script = Path(__file__).with_name("typed_model.py")
    signature = mlflow.models.infer_signature(rows)
    mlflow.pyfunc.save_model(
        target / "typed", python_model=str(script), signature=signature, pip_requirements=["mlflow"]
    )


def save_hinted(target: Path) -> None:
    """Texts in capitals, for a list of texts: see tests/support/hinted_model.py."""
    script = Path(__file__).with_name("hinted_model.py")
    mlflow.pyfunc.save_model(target / "hinted", python_model=str(script), pip_requirements=["mlflow"])


def save_broken(target: Path) -> None:
    """Its code imports what is not there; another is no model at all."""
    shutil.copytree(target / "odd", target / "broken")
    code = target / "broken" / "odd_model.py"
    code.write_text("import a_module_nobody_has\n" + code.read_text())
    (target / "empty").mkdir()


def save_steady(target: Path) -> None:
    """Answers 1, or what else is in its file `value`: see tests/support/steady_model.py."""
    signature = mlflow.models.infer_signature(pd.DataFrame({"a": [1.0]}), [1.0])
    script = Path(__file__).with_name("steady_model.py")
    mlflow.pyfunc.save_model(
        target / "steady", python_model=str(script), signature=signature, pip_requirements=["mlflow"]
    )


def save_talking(target: Path) -> None:
    """Says the words of a prompt, in pieces where it is asked for them: see tests/support/talking_model.py."""
    rows = pd.DataFrame({"prompt": ["a b"]})
    signature = mlflow.models.infer_signature(rows, pd.DataFrame({"said": ["a b"]}), params={"limit": 100})
    script = Path(__file__).with_name("talking_model.py")
    mlflow.pyfunc.save_model(
        target / "talking", python_model=str(script), signature=signature, pip_requirements=["mlflow"]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
