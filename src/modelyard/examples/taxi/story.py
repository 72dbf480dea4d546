"""`modelyard demo taxi`: from raw rides to a served, versioned prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from modelyard.domain import errors
from modelyard.examples import deploying, parity, publishing, swapping, tracking
from modelyard.examples.outcome import Links, Outcome
from modelyard.examples.parity import Promise
from modelyard.examples.reporting import Reporter
from modelyard.examples.taxi import cleaning, features, generator, rides, training
from modelyard.examples.tracking import LoggedModel

EXPERIMENT = "taxi"
MODEL = "taxi-duration"
ENDPOINT = "taxi"
SEED = 2019
QUESTION: deploying.Row = {
    "pickup_datetime": "2019-06-14T18:30:00",
    "trip_distance": 17.5,
    "pickup_location_id": 132,
    "dropoff_location_id": 230,
}
QUESTION_TOLD = "Friday evening, half past six, 17.5 miles from JFK airport to Times Square"
SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec("string", "pickup_datetime"),
            ColSpec("double", "trip_distance"),
            ColSpec("long", "pickup_location_id"),
            ColSpec("long", "dropoff_location_id"),
        ]
    ),
    outputs=Schema([ColSpec("double", features.TARGET)]),
)


@dataclass(frozen=True, slots=True)
class Trained:
    fitted: training.Fitted
    logged: LoggedModel


def run(url: str, data: Path | None, reporter: Reporter, deployer: deploying.Deployer) -> Outcome:
    """Tell the story against the server at `url`, with rides from `data` or, without, generated ones.

    May be run again: the experiment gathers more runs, the model its next version, the endpoint that version.
    Raises InvalidInput for rides that cannot be used, Unavailable when the server does not answer, InvalidState when
    no model beats the baseline or one predicts differently once served.
    """
    cleaned = _prepare(data, reporter)
    with tracking.translated_errors(url):
        experiment_id = tracking.connect(url, EXPERIMENT, "mae_seconds", greater_is_better=False)
        split = training.split_by_time(cleaned.frame)
        trained = _train(split, reporter)
        winner, second = _compare(trained, cleaned.frame, reporter)
        promises = _register([second, winner], split, _origin(data, split), reporter)
        (incumbent, before), (version, promise) = promises.items()
        invocations = _deploy(incumbent, before, reporter, deployer)
        _swap(invocations, promises, reporter, deployer)
        publishing.prove_in_service(MODEL, version, invocations, promise, reporter)
        prediction = _ask(invocations, reporter)
    scores = winner.fitted.scores
    outcome = Outcome(
        story="taxi",
        experiment_id=experiment_id,
        run_id=winner.logged.run_id,
        model=MODEL,
        version=version,
        winner=winner.fitted.family.name,
        metrics={
            "mae_seconds": scores.mae,
            "rmse_seconds": scores.rmse,
            "baseline_mae_seconds": trained[0].fitted.scores.mae,
        },
        prediction=prediction,
        links=Links.on(url, experiment_id, MODEL, version, invocations),
        seed=SEED if data is None else None,
    )
    _tell(outcome, reporter)
    return outcome


def _prepare(data: Path | None, reporter: Reporter) -> cleaning.CleanRides:
    reporter.step("Rides")
    if data is None:
        frame = generator.generate(SEED)
        reporter.line(
            f"{len(frame):,} rides, generated from published marginals with seed {SEED}; --data takes real ones"
        )
    else:
        frame = _load(data, reporter)
    cleaned = cleaning.clean(frame)
    rows = [[drop.reason, f"{drop.rides:,}"] for drop in cleaned.dropped]
    reporter.table("Dropped, because the ride", ["reason", "rides"], [*rows, ["kept", f"{len(cleaned.frame):,}"]])
    return cleaned


def _load(data: Path, reporter: Reporter) -> pd.DataFrame:
    loaded = rides.load(data, seed=SEED)
    first, last = loaded.files[0].name, loaded.files[-1].name
    names = first if first == last else f"{len(loaded.files)} files, {first} to {last}"
    reporter.line(f"{loaded.rides_in_files:,} rides from {names}")
    if len(loaded.frame) < loaded.rides_in_files:
        reporter.line(
            f"{len(loaded.frame):,} of them drawn with seed {SEED}, {rides.RIDES_PER_FILE:,} at most of a file"
        )
    if loaded.left_out:
        reporter.line(
            f"{len(loaded.left_out)} files of other months left aside; a pattern such as '{data}/*' takes all"
        )
    return loaded.frame


def _train(split: training.Split, reporter: Reporter) -> list[Trained]:
    reporter.step("Features and training")
    reporter.line(f"A ride is asked about by {', '.join(features.REQUEST)}")
    reporter.line(f"From these the model itself derives {', '.join(features.DERIVED)}")
    border = split.test["pickup_datetime"].iloc[0]
    reporter.line(
        f"Learning from {len(split.train):,} rides, tested on the {len(split.test):,} from {border:%d %B %Y} on"
    )
    families = training.families()
    trained = []
    with reporter.progress("Training and logging", len(families)) as advance:
        for family in families:
            trained.append(_train_one(family, split))
            advance()
    return trained


def _train_one(family: training.Family, split: training.Split) -> Trained:
    with mlflow.start_run(run_name=family.name, tags={"family": family.name}):
        fitted = training.fit(family, split)
        mlflow.log_params({**family.settings, "training_rides": len(split.train), "test_rides": len(split.test)})
        mlflow.log_metrics(
            {
                "mae_seconds": fitted.scores.mae,
                "rmse_seconds": fitted.scores.rmse,
                "fit_seconds": fitted.fit_seconds,
            }
        )
        logged = tracking.log_model(
            fitted.model,
            example=features.requests(split.test.head(5)),
            signature=SIGNATURE,
            trusted_types=training.TRUSTED_TYPES,
        )
    return Trained(fitted, logged)


def _compare(trained: Sequence[Trained], frame: pd.DataFrame, reporter: Reporter) -> tuple[Trained, Trained]:
    """The best and the second best."""
    reporter.step("Comparison with the mean baseline")
    baseline = trained[0].fitted.scores.mae
    rows = [
        [
            one.fitted.family.name,
            f"{one.fitted.scores.mae:.1f}",
            f"{one.fitted.scores.rmse:.1f}",
            f"{1 - one.fitted.scores.mae / baseline:.0%}",
            f"{one.fitted.fit_seconds:.1f}",
        ]
        for one in trained
    ]
    reporter.table("On rides later than all it learned from", ["model", "MAE s", "RMSE s", "better by", "fit s"], rows)
    best, second, *_ = sorted(trained, key=lambda one: one.fitted.scores.mae)
    if best is trained[0]:
        raise errors.InvalidState("No model predicts these rides better than their mean does; nothing was registered")
    at_random = training.fit(best.fitted.family, training.split_at_random(frame)).scores.mae
    MlflowClient().log_metric(best.logged.run_id, "mae_seconds_random_split", at_random)
    reporter.line(f"Best: {best.fitted.family.name}. On a random fifth, as papers report it: MAE {at_random:.1f} s")
    return best, second


def _origin(data: Path | None, split: training.Split) -> dict[str, str]:
    return {
        "data": f"generated, seed {SEED}" if data is None else str(data),
        "training_until": f"{split.train['pickup_datetime'].iloc[-1]:%Y-%m-%d}",
    }


def _register(
    models: Sequence[Trained], split: training.Split, origin: Mapping[str, str], reporter: Reporter
) -> Mapping[int, Promise]:
    """What each version promises, in the order of the models."""
    reporter.step("Registry")
    promises = {}
    for one in models:
        tags = {**origin, "family": one.fitted.family.name, "mae_seconds": f"{one.fitted.scores.mae:.1f}"}
        version = tracking.register(MODEL, one.logged, tags=tags)
        reporter.line(f"{MODEL} version {version}: {one.fitted.family.name}, preprocessing inside")
        promises[version] = parity.promise_of(one.fitted.model, features.requests(split.test))
        publishing.prove_in_registry(MODEL, version, promises[version], reporter)
    return promises


def _deploy(version: int, promise: Promise, reporter: Reporter, deployer: deploying.Deployer) -> str:
    reporter.step("Deployment")
    invocations = publishing.deploy(f"models:/{MODEL}/{version}", ENDPOINT, reporter, deployer)
    reporter.line(f"The second best model first: version {version}")
    publishing.prove_in_service(MODEL, version, invocations, promise, reporter)
    return invocations


def _swap(invocations: str, promises: Mapping[int, Promise], reporter: Reporter, deployer: deploying.Deployer) -> None:
    reporter.step("The best takes over, under load")
    best = list(promises)[-1]
    tracking.make_champion(MODEL, best)
    reporter.line(f"Alias {tracking.CHAMPION} now names version {best}")
    reporter.line(
        f"It gets {', '.join(f'{percent} %' for percent, _ in swapping.STEPS)} of the requests, one after another,"
    )
    reporter.line(
        f"while {swapping.ASKERS} threads ask; each answer must be what the version it is of said in training"
    )
    uri = f"models:/{MODEL}@{tracking.CHAMPION}"
    swapping.swap(uri, ENDPOINT, invocations, promises, reporter, deployer)


def _ask(invocations: str, reporter: Reporter) -> float:
    reporter.step("A question over HTTP")
    (seconds,) = deploying.predict(invocations, [QUESTION])
    reporter.line(QUESTION_TOLD)
    reporter.line(f"Prediction: {seconds:,.0f} seconds, about {seconds / 60:.0f} minutes")
    return seconds


def _tell(outcome: Outcome, reporter: Reporter) -> None:
    reporter.table(
        "Taxi",
        ["what", "result"],
        [
            ["best model", f"{outcome.winner}, {outcome.model} version {outcome.version}"],
            ["MAE", f"{outcome.metrics['mae_seconds']:.1f} s"],
            ["MAE of the mean", f"{outcome.metrics['baseline_mae_seconds']:.1f} s"],
            ["predicted ride", f"{outcome.prediction:,.0f} s"],
            ["experiment", outcome.links.experiment],
            ["model", outcome.links.model],
            ["endpoint", outcome.links.endpoint],
        ],
    )
    reporter.line(f"To look at in a browser: {outcome.links.page}")
