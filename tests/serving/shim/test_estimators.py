"""What is asked without mlflow answers as mlflow would have it answer: arrays and frames are the same to it."""

import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.utils import all_estimators

from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.environments import Environment
from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import LocalProcesses
from modelyard.executors.zygotes import Zygotes
from modelyard.formats import inference, mlmodel
from modelyard.serving import launch
from modelyard.serving.replica_client import ReplicaClient
from modelyard.serving.shim.replica import MLFLOW_NEEDED
from modelyard.serving.shim.runtimes import estimators
from tests.support.replicas import plan, start, until_listening, zygote
from tests.support.saved_models import flavored

SECONDS = 180.0
CLASSES = {name: kind for name, kind in all_estimators() if kind.__module__.startswith("sklearn.")}
PREDICTORS = [name for names in estimators.PREDICTORS.values() for name in names.split()]
TRANSFORMERS = [name for names in estimators.TRANSFORMERS.values() for name in names.split()]
COLUMNS = ["a", "b", "c"]
QUICK = {"n_estimators": 5, "max_iter": 300, "n_quantiles": 5}


def frame() -> pd.DataFrame:
    """Of columns of different types, none negative."""
    chance = np.random.default_rng(0)
    rows = pd.DataFrame(chance.uniform(0, 9, (40, 3)), columns=COLUMNS)
    return rows.astype({"b": "float32", "c": "int64"})


def array(rows: pd.DataFrame) -> Any:
    return rows.to_numpy(np.result_type(*rows.dtypes))


def made(name: str) -> Any:
    kind = CLASSES[name]
    return kind(**{key: value for key, value in QUICK.items() if key in kind().get_params()})


def fitted(estimator: Any, rows: Any) -> Any:
    labels = np.arange(len(rows)) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(estimator).fit(rows, labels)


@pytest.mark.parametrize("name", PREDICTORS + TRANSFORMERS)
def test_a_listed_estimator_answers_an_array_as_it_answers_a_frame(name: str) -> None:
    rows = frame()
    model = made(name) if name in PREDICTORS else make_pipeline(made(name), LinearRegression())
    for fit_on in (rows, array(rows)):
        asked = fitted(model, fit_on)
        methods = [method for method in estimators.METHODS if hasattr(asked, method)]
        for method in methods:
            assert estimators.known(asked, method, COLUMNS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ours, theirs = getattr(asked, method)(array(rows)), getattr(asked, method)(rows)
            assert type(ours) is type(theirs)
            assert ours.dtype == theirs.dtype
            assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-12)


class Turned(LinearRegression):  # type: ignore[misc]
    """Which is not scikit-learn's own."""


def test_what_may_look_at_more_than_numbers_is_not_known() -> None:
    rows = frame()
    plain = fitted(LinearRegression(), rows)
    patched = fitted(LinearRegression(), rows)
    patched.predict = lambda rows: rows
    framed = make_pipeline(StandardScaler().set_output(transform="pandas"), LinearRegression())
    between = fitted(make_pipeline(StandardScaler(), MinMaxScaler(), LinearRegression()), rows)
    between.steps[1][1].feature_names_in_ = np.array(COLUMNS, dtype=object)
    assert estimators.known(plain, "predict", COLUMNS)
    assert estimators.known(plain, "predict", [])
    unknown = {
        "another method": (plain, "score", COLUMNS),
        "other columns": (plain, "predict", ["b", "a", "c"]),
        "a class of its own": (fitted(Turned(), rows), "predict", COLUMNS),
        "another predict": (patched, "predict", COLUMNS),
        "frames between steps": (fitted(framed, rows), "predict", COLUMNS),
        "names between steps": (between, "predict", COLUMNS),
        "a function": (fitted(make_pipeline(FunctionTransformer(), LinearRegression()), rows), "predict", COLUMNS),
        "no predictor": (fitted(StandardScaler(), rows), "predict", COLUMNS),
    }
    for why, (estimator, method, columns) in unknown.items():
        assert not estimators.known(estimator, method, columns), why
    with sklearn.config_context(transform_output="default"):
        assert estimators.known(fitted(RandomForestClassifier(3), rows), "predict_proba", COLUMNS)
    assert estimators.known(fitted(LogisticRegression(), array(rows)), "predict", COLUMNS), "it was told no names"


@pytest.mark.parametrize("model", ["picky", "xgboost", "formula"])
async def test_a_replica_that_needs_mlflow_and_shall_do_without_ends_and_says_so(model: str, tmp_path: Path) -> None:
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    try:
        async with zygote():
            process = await start(flavored() / model, home, without_mlflow=True)
            assert await process.wait() == MLFLOW_NEEDED
        assert not (home / "log").read_text()
    finally:
        shutil.rmtree(home)


@pytest.mark.parametrize("model", ["odds", "forest", "kinds"])
async def test_a_listed_estimator_is_served_without_mlflow_ever_being_imported(model: str, tmp_path: Path) -> None:
    folder = flavored() / model
    (tmp_path / "mlflow").mkdir()
    (tmp_path / "mlflow" / "__init__.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()\n")
    environment = {**launch.ENVIRONMENT, "PYTHONPATH": str(tmp_path)}
    zygotes = Zygotes(LocalProcesses(os.environ), launch.zygote_command, environment, tmp_path)
    flavors = mlmodel.parse((folder / "MLmodel").read_bytes()).configurations
    assert launch.may_need_no_mlflow(flavors, ServingOptions())
    with tempfile.TemporaryDirectory(prefix="yard-") as home:
        place = plan(folder, Path(home), without_mlflow=True)
        client = ReplicaClient(place.socket)
        try:
            process = await zygotes.start(
                Environment(Path(sys.executable)),
                launch.libraries(flavors, without_mlflow=True),
                launch.order(place, folder),
                lambda: CappedLog(tmp_path / "log"),
            )
            await until_listening(process, client)
            data = {"columns": COLUMNS, "data": json.loads((flavored() / "rows.json").read_text())}
            asked = inference.parse_json(json.dumps({"dataframe_split": data}).encode())
            answer = json.loads((await client.infer(asked, SECONDS)).predictions)
            assert np.allclose(answer, json.loads((folder / "expected.json").read_text()), rtol=1e-5)
            csv = "a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in data["data"])
            assert json.loads((await client.infer(inference.parse_csv(csv.encode()), SECONDS)).predictions) == answer
            await process.stop(0)
        finally:
            client.close()
            await zygotes.stop()
    assert not (tmp_path / "imported").exists()
