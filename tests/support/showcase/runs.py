"""Runs of the past, logged with the stock client."""

import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

MINUTE = 60_000
STEPS = 60
SOURCE = {
    "mlflow.user": "ana",
    "mlflow.source.name": "train.py",
    "mlflow.source.git.commit": "5f2b9c1d7e4a8036b1c9d2e5f7a80b3c4d6e1f29",
}


@dataclass(frozen=True)
class Curve:
    """Falls from `start` to `end`, or rises, with noise; what it was at its last step is what the run shows."""

    start: float
    end: float
    speed: float
    noise: float = 0.01

    def at(self, step: int, chance: random.Random) -> float:
        value = self.end + (self.start - self.end) * math.exp(-step * self.speed)
        return value * (1 + chance.gauss(0, self.noise) * math.exp(-step / 40))


@dataclass(frozen=True)
class Past:
    """A run that began so many minutes ago; `steps` of it were done when it ended, or until now."""

    name: str
    ago: float
    minutes: float
    params: Mapping[str, object]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    status: str = "FINISHED"
    steps: int = STEPS
    parent: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def chance_of(what: str) -> random.Random:
    """The same for the same."""
    return random.Random(what)  # noqa: S311 - data that is made up


def log(client: MlflowClient, experiment: str, past: Past) -> str:
    """Its id."""
    started = round(time.time() * 1000 - past.ago * MINUTE)
    nested = {"mlflow.parentRunId": past.parent} if past.parent else {}
    tags = {**SOURCE, **past.tags, **nested}
    run: str = client.create_run(experiment, start_time=started, run_name=past.name, tags=tags).info.run_id
    points = _points(past, started)
    params = [Param(key, str(value)) for key, value in past.params.items()]
    for first in range(0, max(1, len(points)), 1000):
        client.log_batch(run, points[first : first + 1000], params if first == 0 else ())
    if past.status != "RUNNING":
        client.set_terminated(run, past.status, round(started + past.minutes * MINUTE))
    return run


def note(client: MlflowClient, run: str, text: str) -> None:
    client.log_batch(run, tags=[RunTag("mlflow.note.content", text)])


def _points(past: Past, started: int) -> Sequence[Metric]:
    chance = chance_of(past.name)
    pause = past.minutes * MINUTE / STEPS
    points = [
        Metric(key, curve.at(step, chance), round(started + pause * step), step)
        for key, curve in past.curves.items()
        for step in range(past.steps)
    ]
    return points + [Metric(key, value, round(started + pause * past.steps), 0) for key, value in past.values.items()]
