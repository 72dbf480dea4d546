"""Runs to try things on, and what the database says of them."""

import json
import math
from typing import Any

from modelyard.domain.principals import LOCAL_OWNER, Principal
from modelyard.domain.runs import Logged, Metric, NewRun, RunDetail
from modelyard.services.experiments import Experiments
from modelyard.services.runs import Runs
from modelyard.storage import events
from modelyard.storage.database import Database

ME = LOCAL_OWNER
STRANGER = Principal("stranger")


async def new_experiment(database: Database, name: str = "tried") -> str:
    return (await Experiments(database).create(ME, name)).id


async def new_run(database: Database, experiment_id: str, name: str = "") -> str:
    return (await Runs(database).create(ME, NewRun(experiment_id, name))).run.id


def shown(detail: RunDetail) -> dict[str, dict[str, Any]]:
    """A run's document by key, metrics as (value, timestamp, step)."""
    document = json.loads(detail.document.body)
    return {
        "metrics": {
            made["key"]: (made["value"], made["timestamp"], made["step"]) for made in document.get("metrics", ())
        },
        "params": {pair["key"]: pair["value"] for pair in document.get("params", ())},
        "tags": {pair["key"]: pair["value"] for pair in document.get("tags", ())},
    }


def metrics(*points: tuple[str, float, int, int]) -> Logged:
    """From (key, value, timestamp, step)."""
    return Logged([Metric(*point) for point in points])


def exact(value: float) -> str:
    """Equal for equal floats, NaN and the sign of zero included."""
    return "nan" if math.isnan(value) else repr(value)


async def settled(database: Database) -> None:
    """Waits until what nobody waits for is stored too."""
    await database.write(lambda _: None)


async def journal(database: Database) -> list[tuple[str, str, str]]:
    """(action, subject, actor) of every event, the first one first."""
    found = await database.read(lambda transaction: events.newest(transaction, 1, None, None, None, 1000))
    return [(event.action, event.subject, event.actor) for event in reversed(found)]
