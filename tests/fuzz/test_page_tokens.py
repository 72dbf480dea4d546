"""Page tokens that were changed on the way: another page, or a refusal."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import httpx
import pytest

from tests.fuzz.conftest import EFFORT
from tests.fuzz.mutation import odd, written
from tests.fuzz.world import API, World

SHORT: Final = 60
LONGEST: Final = 40_000
_RUNS: Final = {"experiment_ids": ["{experiment}"]}
_METRICS_FIRST: Final = ["metrics.m", "params.p DESC", "tags.k", "start_time", "end_time", "run_name", "status"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Something that comes in pages."""

    method: str
    path: str
    fields: Mapping[str, Any]
    limit: str = "max_results"

    def page(self, http: httpx.Client, world: World, token: str = "") -> httpx.Response:
        asked = {**world.known(self.fields), self.limit: 1, **({"page_token": token} if token else {})}
        path = str(world.known(self.path))
        return http.get(path, params=asked) if self.method == "GET" else http.post(path, json=asked)


LISTINGS: Final = (
    Listing("POST", f"{API}/runs/search", _RUNS),
    Listing("POST", f"{API}/runs/search", {**_RUNS, "order_by": _METRICS_FIRST}),
    Listing("POST", f"{API}/experiments/search", {"order_by": ["name", "creation_time DESC", "experiment_id"]}),
    Listing("GET", f"{API}/registered-models/search", {}),
    Listing("GET", f"{API}/registered-models/search", {"order_by": "timestamp DESC"}),
    Listing("GET", f"{API}/model-versions/search", {"order_by": ["version_number", "name DESC", "creation_timestamp"]}),
    Listing("POST", f"{API}/logged-models/search", {**_RUNS, "order_by": [{"field_name": "metrics.m"}]}),
    Listing("GET", f"{API}/metrics/get-history", {"run_id": "{run}", "metric_key": "m"}),
    Listing("GET", f"{API}/webhooks", {}),
    Listing("GET", "/api/v1/experiments", {}, "limit"),
    Listing("POST", "/api/v1/runs/search", _RUNS, "limit"),
    Listing("GET", "/api/v1/runs/{run}/metrics/m", {}, "limit"),
)


@pytest.mark.usefixtures("unharmed")
def test_a_changed_token_leads_to_a_page_or_is_refused(http: httpx.Client, world: World) -> None:
    world.add_a_second_of_each()
    for listing in LISTINGS:
        token = listing.page(http, world).json()["next_page_token"]
        for seed in range(SHORT * EFFORT):
            for forged in changes(Random(seed), token):  # noqa: S311 - to be the same every time
                answer = listing.page(http, world, forged)
                assert answer.status_code in (200, 400), (listing, seed, answer.text)


def changes(random: Random, token: str) -> Iterator[str]:
    """The token with other values, and with other letters."""
    document = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    values = document["after"]
    values[random.randrange(len(values))] = odd(random)
    text = written({**document, "after": values + [odd(random)] * random.choice((0, 0, 0, 1))})
    if len(text) < LONGEST:
        yield base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()
    at = random.randrange(len(token))
    yield token[:at] + random.choice(("", "A", "=", "-", "\0", "é", "/", "_" * 9)) + token[at + 1 :]
