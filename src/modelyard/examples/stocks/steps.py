"""The steps of the pipeline, each an ordinary lightweight component of the kfp SDK.

As in a team that has a package of its own, the work is done by functions of the package, which tests call as well, and
a step reads, calls and writes. `packages_to_install` names the package; a server that has it builds nothing.
"""

# The SDK takes the source of each function away, so its imports must come along; what is printed is the step's log.
# ruff: noqa: PLC0415, T201, FBT001

import functools
from importlib.metadata import version as installed_version
from typing import NamedTuple

from kfp import dsl

component = functools.partial(
    dsl.component,
    base_image="python:3.12",
    packages_to_install=[f"modelyard[stocks]=={installed_version('modelyard')}"],
)


@component
def gather(source: str, prices: dsl.Output[dsl.Dataset]) -> None:
    """Daily prices of the file at an MLflow URI; without, those of two indexes."""
    from pathlib import Path

    import mlflow

    from modelyard.examples.stocks import prices as reading

    frame = reading.load(Path(mlflow.artifacts.download_artifacts(source))) if source else reading.indexes()
    frame.to_parquet(prices.path)
    prices.metadata.update(symbols=sorted(frame["symbol"].unique()), prices=len(frame))


@component
def impute(prices: dsl.Input[dsl.Dataset], days: dsl.Output[dsl.Dataset]) -> None:
    """All days of the calendar, with a flag on those without trade."""
    import pandas as pd

    from modelyard.examples.stocks import trading_days

    frame = trading_days.impute(pd.read_parquet(prices.path))
    frame.to_parquet(days.path)
    days.metadata.update(days=len(frame), imputed=int(frame["imputed"].sum()))


@component
def split(days: dsl.Input[dsl.Dataset], parts: dsl.Output[dsl.Dataset]) -> None:
    """What to learn from, to choose by and to judge by, one after the other in time."""
    import pandas as pd

    from modelyard.examples.stocks import trading_days

    frame = trading_days.split(pd.read_parquet(days.path))
    frame.to_parquet(parts.path)
    first = frame.groupby("part")["date"].min()
    parts.metadata.update({part: f"{first[part]:%d %B %Y}" for part in trading_days.PARTS})


@component
def train(parts: dsl.Input[dsl.Dataset], epochs: int, seed: int, network: dsl.Output[dsl.Model]) -> None:
    """One setting, in a tracking run of its own under that of the pipeline."""
    from pathlib import Path

    import mlflow
    import pandas as pd

    from modelyard.examples.stocks import forecaster, windows

    frame = pd.read_parquet(parts.path)
    learning, validation = windows.of(frame, "train"), windows.of(frame, "validation")
    with mlflow.start_run(run_name=f"{epochs} epochs") as run:
        params = {"epochs": epochs, "seed": seed, "hidden": forecaster.HIDDEN, "batch": forecaster.BATCH}
        mlflow.log_params(params | {"learning_rate": forecaster.LEARNING_RATE, "days": windows.DAYS})
        model = forecaster.untrained(learning, seed)
        for epoch in forecaster.train(model, learning, validation, epochs):
            mae = epoch.validation_mae_percent
            mlflow.log_metrics({"loss": epoch.loss, "validation_mae_percent": mae}, step=epoch.number)
    forecaster.save(model, Path(network.path))
    network.metadata.update(run_id=run.info.run_id, epochs=epochs, validation_mae_percent=mae)


@component
def compare(
    parts: dsl.Input[dsl.Dataset], candidates: dsl.Input[list[dsl.Model]], best: dsl.Output[dsl.Model]
) -> NamedTuple("Compared", [("word", str), ("figures", list), ("question", dict)]):  # type: ignore[valid-type]
    """The best on the validation part, beside the naive forecast on the test part, which nothing has seen before."""
    import shutil
    from dataclasses import asdict
    from pathlib import Path

    import pandas as pd
    from mlflow import MlflowClient

    from modelyard.examples.stocks import forecaster, judging, windows

    chosen = min(candidates, key=lambda one: one.metadata["validation_mae_percent"])
    shutil.copyfile(chosen.path, best.path)
    best.metadata.update(chosen.metadata)
    model, frame = forecaster.load(Path(chosen.path)), pd.read_parquet(parts.path)
    judged: list[judging.Comparison] = []
    for imputed_too in (False, True):
        test = windows.of(frame, "test", imputed_too=imputed_too)
        errors = judging.errors_of(forecaster.forecast(model, test.closes), test.actual)
        naive = judging.errors_of(test.naive, test.actual)
        judged += judging.by_symbol(test.symbols, errors, naive)
    honest, flattered = judged[len(judged) // 2 - 1], judged[-1]
    client, run_id = MlflowClient(), chosen.metadata["run_id"]
    for logged_to in (run_id, client.get_run(run_id).data.tags.get("mlflow.parentRunId", run_id)):
        client.log_metric(logged_to, "test_mae_percent", honest.model)
        client.log_metric(logged_to, "naive_test_mae_percent", honest.naive)
    symbol = str(frame["symbol"].max())
    closes = windows.latest(frame, symbol)
    question = {
        "symbol": symbol,
        "after": f"{frame.loc[frame['symbol'] == symbol, 'date'].max():%d %B %Y}",
        "closes": closes.tolist(),
        "forecast": float(forecaster.forecast(model, closes[None])[0]),
    }
    figures = [*judged[: len(judged) // 2], flattered]
    return (honest.word, [asdict(one) for one in figures], question)


@component
def register(best: dsl.Input[dsl.Model], name: str, word: str) -> int:
    """The next version of the model, unless this very one has been registered before."""
    from pathlib import Path

    import mlflow
    from mlflow import MlflowClient

    run_id = best.metadata["run_id"]
    for known in MlflowClient().search_model_versions(f"name = '{name}' and run_id = '{run_id}'"):
        return int(known.version)
    from modelyard.examples.stocks import forecaster, publishing

    with mlflow.start_run(run_id=run_id):
        logged = publishing.log(forecaster.load(Path(best.path)))
    registered = mlflow.register_model(logged, name, tags={"against_naive": word})
    return int(registered.version)


@component
def gate(word: str, version: int, equal_passes: bool) -> NamedTuple("Decision", [("passes", bool), ("reason", str)]):  # type: ignore[valid-type]
    """Whether this version may be deployed."""
    from modelyard.examples.stocks import judging

    decision = judging.gate(word, equal_passes=equal_passes)
    print(f"Version {version} {'passes' if decision.passes else 'does not pass'}: {decision.reason}")
    return (decision.passes, decision.reason)


@component
def deploy(name: str, version: int, endpoint: str) -> str:
    """The address of the endpoint, which answers with this version when the step is over."""
    import mlflow
    from mlflow import MlflowClient

    from modelyard.sdk.client import Client

    MlflowClient().set_registered_model_alias(name, "champion", str(version))
    uri = f"models:/{name}/{version}"
    with Client(mlflow.get_tracking_uri()) as client:
        serving = {one.name: (one.status.phase, one.told.model_uri) for one in client.endpoints()}
        if serving.get(endpoint) != ("Ready", uri):
            client.deploy(uri, endpoint)
        return client.invocations_url(endpoint)


@component
def ask(invocations: str, question: dict) -> float:  # type: ignore[type-arg]
    """What the endpoint forecasts for the day after the last one; it must be what the network said in training."""
    import httpx

    answer = httpx.post(invocations, json={"inputs": [question["closes"]]}, timeout=60).raise_for_status()
    (forecast,) = answer.json()["predictions"]
    trained = question["forecast"]
    if abs(forecast - trained) > 1e-6 * trained:
        raise ValueError(f"The endpoint forecasts {forecast}, and the network in training {trained}")
    return float(forecast)
