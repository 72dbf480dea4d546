"""A pipeline that trains three families side by side; kfp takes the source of its steps from here."""

import kfp
from kfp import dsl

from tests.support.compiled import component

SECONDS = 120


@component
def load_rides(months: int, rides: dsl.Output[dsl.Dataset]) -> int:
    with open(rides.path, "w") as file:  # noqa: PTH123
        file.write("trip_distance,seconds\n" + "3.2,720\n" * months)
    rides.metadata["rides"] = months * 247_051
    return months * 247_051


@component
def drop_impossible_rides(rides: dsl.Input[dsl.Dataset], kept: dsl.Output[dsl.Dataset]) -> None:
    with open(rides.path) as source, open(kept.path, "w") as file:  # noqa: PTH123
        file.write(source.read())
    print("dropped 2,412 rides faster than 100 mph")


@component
def train(family: str, rides: dsl.Input[dsl.Dataset], scores: dsl.Output[dsl.Metrics]) -> float:
    mae = {"linear": 268.0, "random forest": 251.0, "gradient boosting": 236.0}[family]
    for epoch in range(5):
        print(f"{family} epoch {epoch} mae {mae + 40 / (epoch + 1):.1f}")
    scores.log_metric("mae", mae)
    return mae


@component
def choose(best_below: float, maes: list) -> float:  # type: ignore[type-arg]
    best: float = min(maes)
    if best > best_below:
        raise ValueError(f"no family is better than {best_below}: {best}")
    return best


@dsl.pipeline(name="train-ride-duration", description="From raw rides to the best of three families")
def train_ride_duration(months: int = 6, best_below: float = 300.0) -> float:
    loaded = load_rides(months=months)
    kept = drop_impossible_rides(rides=loaded.outputs["rides"])
    with dsl.ParallelFor(["linear", "random forest", "gradient boosting"]) as family:
        trained = train(family=family, rides=kept.outputs["kept"])
    return choose(best_below=best_below, maes=dsl.Collected(trained.outputs["Output"])).output


def run(url: str) -> str:
    """The id of the ended run."""
    client = kfp.Client(host=url, namespace="kubeflow")
    started = client.create_run_from_pipeline_func(
        train_ride_duration, arguments={"months": 6}, experiment_name="weekly training"
    )
    ended = client.wait_for_run_completion(started.run_id, timeout=SECONDS, sleep_duration=0.1)
    if ended.state != "SUCCEEDED":
        raise RuntimeError(f"{ended.state}: {ended.error}")
    return str(started.run_id)
