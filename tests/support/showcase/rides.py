"""How long a taxi ride takes: runs with curves, a model in three versions, an endpoint with a canary."""

import itertools
from dataclasses import dataclass, replace

import mlflow
import pandas as pd
from mlflow import MlflowClient
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from modelyard.domain.deployments import Deployment
from modelyard.domain.rollouts import Strategy
from modelyard.sdk.client import Client
from tests.support.showcase.runs import Curve, Past, chance_of, log, note

EXPERIMENT = "ride duration"
MODEL = ENDPOINT = "ride-duration"
RATES = (0.3, 0.1, 0.03, 0.01)
FAMILIES = {"gradient boosting": 236.0, "neural network": 229.0, "random forest": 251.0}
DEPTHS = (4, 8)
NOTE = """The best so far on **rides later than all it learned from**.

- `hour` and `zone pair` do most of the work
- airport rides are still 40 s too short
"""
IMPORTANCE = (
    "feature,gain\ntrip_distance,0.61\nhour,0.17\nzone_pair,0.11\nweekday,0.05\nrain,0.04\npassenger_count,0.02\n"
)


@dataclass(frozen=True)
class Tracked:
    """`runs` from the best to the worst."""

    experiment: str
    runs: list[str]


def track(client: MlflowClient) -> Tracked:
    experiment: str = client.create_experiment(EXPERIMENT, tags={"mlflow.note.content": "How long will a ride take?"})
    combinations = list(itertools.product(FAMILIES, RATES, DEPTHS))
    ended = {}
    for at, (family, rate, depth) in enumerate(combinations):
        past = _past(f"{family.split()[0]} {at + 1:02}", family, rate, depth, ago=(len(combinations) - at) * 47.0)
        ended[log(client, experiment, past)] = past.curves["mae"].end
    for name, status, ago, steps in (("boosting 31", "FAILED", 31.0, 14), ("neural 32", "RUNNING", 9.0, 38)):
        past = _past(name, "neural network", 0.05, 8, ago=ago)
        log(client, experiment, replace(past, status=status, steps=steps))
    best = sorted(ended, key=lambda run: ended[run])
    note(client, best[0], NOTE)
    client.log_text(best[0], IMPORTANCE, "importance.csv")
    client.log_dict(best[0], {"train": "2019-01 to 2019-05", "test": "2019-06", "rides": 1_482_311}, "split.json")
    return Tracked(experiment, best)


def _past(name: str, family: str, rate: float, depth: int, ago: float) -> Past:
    chance = chance_of(name)
    floor = FAMILIES[family] * (1 + abs(rate - 0.1) * 0.4 + 0.03 * (depth == 4) + chance.uniform(0, 0.02))
    speed = 0.03 + 0.25 * rate
    return Past(
        name,
        ago,
        minutes=chance.uniform(6, 40),
        params={"family": family, "learning_rate": rate, "max_depth": depth, "features": "v3"},
        curves={
            "mae": Curve(589, floor, speed, 0.02),
            "rmse": Curve(864, floor * 1.74, speed, 0.02),
            "train_mae": Curve(570, floor * 0.93, speed * 1.2),
        },
    )


def register(client: MlflowClient, tracked: Tracked) -> None:
    """A version of each of the three best runs, with aliases that have moved."""
    mlflow.set_experiment(experiment_id=tracked.experiment)
    client.create_registered_model(MODEL, description="Seconds from pickup to dropoff")
    rows, seconds = _rides()
    for run, alpha in zip(reversed(tracked.runs[:3]), (10.0, 1.0, 0.1), strict=True):
        ended = client.get_run(run).info.end_time
        with mlflow.start_run(run_id=run):
            mlflow.sklearn.log_model(
                _model(alpha).fit(rows, seconds),
                name="model",
                signature=mlflow.models.infer_signature(rows, seconds),
                input_example=rows.head(3),
                pip_requirements=["mlflow", "scikit-learn"],
                registered_model_name=MODEL,
            )
        client.set_terminated(run, end_time=ended)
    for alias, version in (("champion", 1), ("champion", 2), ("challenger", 3)):
        client.set_registered_model_alias(MODEL, alias, str(version))


def _model(alpha: float) -> Pipeline:
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["zone"]), remainder="passthrough")
    return make_pipeline(encode, Ridge(alpha))


def _rides() -> tuple[pd.DataFrame, pd.Series]:
    chance = chance_of("rides")
    rows = pd.DataFrame(
        {
            "trip_distance": [round(chance.uniform(0.5, 18), 1) for _ in range(200)],
            "hour": [float(chance.randrange(24)) for _ in range(200)],
            "zone": [chance.choice(["JFK", "Midtown", "Harlem", "Soho"]) for _ in range(200)],
        }
    )
    return rows, 240 + 150 * rows["trip_distance"] + 20 * (rows["hour"] - 12).abs()


def serve(url: str) -> None:
    """The champion, and a tenth of the requests for the challenger."""
    with Client(url) as client:
        client.deploy(f"models:/{MODEL}/2", ENDPOINT)
        client.deploy(f"models:/{MODEL}/3", ENDPOINT, how=Deployment(strategy=Strategy(canary=10)))
