"""Messages with as much of one thing as fits into a body: refused by count, or carried out."""

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.fuzz.conftest import EFFORT, SOME_DATABASES
from tests.fuzz.messages import MESSAGES
from tests.fuzz.mutation import places
from tests.fuzz.verdict import assert_fine
from tests.fuzz.world import API, World

pytestmark = [pytest.mark.usefixtures("alive"), pytest.mark.parametrize("fuzzed", SOME_DATABASES, indirect=True)]
LARGEST: Final = 9_000_000
MUCH: Final = LARGEST if EFFORT > 1 else LARGEST // 200
RUN: Final = {"run_id": "{run}"}
POINT: Final = {"key": "m", "value": 1, "timestamp": 1}
EXPERIMENTS: Final = {"experiment_ids": ["{experiment}"]}
HOOK: Final = {"name": "h", "url": "https://1.1.1.1/"}
EVENT: Final = {"entity": "MODEL_VERSION", "action": "CREATED"}
TOO_MUCH: Final = {
    "a million points": ("runs/log-batch", {**RUN, "metrics": [POINT] * 200_000}),
    "points of long keys": ("runs/log-batch", {**RUN, "metrics": [{**POINT, "key": "m" * 1_000_000}]}),
    "too many params": ("runs/log-batch", {**RUN, "params": [{"key": "p", "value": "v"}] * 200_000}),
    "orders of runs": ("runs/search", {**EXPERIMENTS, "order_by": ["start_time"] * 600_000}),
    "orders of experiments": ("experiments/search", {"order_by": ["name"] * 1_000_000}),
    "orders of logged models": (
        "logged-models/search",
        {**EXPERIMENTS, "order_by": [{"field_name": "name"}] * 300_000},
    ),
    "datasets": ("logged-models/search", {**EXPERIMENTS, "datasets": [{"dataset_name": "d"}] * 300_000}),
    "a page": ("runs/search", {**EXPERIMENTS, "max_results": 10**9}),
    "a page of models": ("logged-models/search", {**EXPERIMENTS, "max_results": -(10**9)}),
    "a linked model's id": ("runs/outputs", {**RUN, "models": [{"model_id": "m" * LARGEST}]}),
    "an input model's id": ("runs/log-inputs", {**RUN, "models": [{"model_id": "m" * LARGEST}]}),
    "a logged model's name": ("logged-models", {"experiment_id": "{experiment}", "name": "n" * LARGEST}),
    "a logged model's type": ("logged-models", {"experiment_id": "{experiment}", "model_type": "t" * LARGEST}),
    "a logged model's run": ("logged-models", {"experiment_id": "{experiment}", "source_run_id": "r" * LARGEST}),
    "a user": ("runs/create", {"experiment_id": "{experiment}", "user_id": "u" * LARGEST}),
    "a description": ("registered-models/create", {"name": "described", "description": "d" * LARGEST}),
    "a name": ("registered-models/create", {"name": "n" * LARGEST}),
    "an experiment's name": ("experiments/create", {"name": "n" * LARGEST}),
    "a webhook's events": ("webhooks", {**HOOK, "events": [EVENT] * 150_000}),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_refused(http: httpx.Client, world: World, what: str) -> None:
    path, message = TOO_MUCH[what]
    answer = http.post(f"{API}/{path}", json=world.known(message))
    assert answer.status_code == 400, answer.text[:500]
    assert_fine(answer)


def test_much_of_anything_is_answered(http: httpx.Client, world: World) -> None:
    for message in MESSAGES:
        if message.in_query or message.path.startswith("/ajax-api"):
            continue
        fields = world.known(message.fields)
        for at in places(fields):
            for document in swollen(fields, at):
                body = json.dumps(document).encode()
                headers = {"content-type": "application/json"}
                assert_fine(http.request(message.method, world.path(message.path), content=body, headers=headers))


def swollen(fields: Any, at: tuple[str | int, ...]) -> Iterator[Any]:
    """The message with one list or text in it as big as it gets, of equal items and of different ones."""
    value = fields
    for step in at:
        value = value[step]
    if isinstance(value, str):
        yield replaced(fields, at, "x" * MUCH)
    if isinstance(value, list) and value:
        count = MUCH // (len(json.dumps(value[0])) + 12)
        yield replaced(fields, at, value[:1] * count)
        if isinstance(value[0], str):
            yield replaced(fields, at, [str(number) for number in range(count)])
        elif isinstance(value[0], dict) and "key" in value[0]:
            yield replaced(fields, at, [{**value[0], "key": f"k{number}"} for number in range(count)])


def replaced(fields: Any, at: tuple[str | int, ...], value: Any) -> Any:
    document = holder = copy.deepcopy(dict(fields))
    *above, last = at
    for step in above:
        holder = holder[step]
    holder[last] = value
    return document
