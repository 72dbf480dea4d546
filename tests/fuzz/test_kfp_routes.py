"""What no client of Kubeflow sends: bodies, filters, page tokens and uploads that are nearly right."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from modelyard.formats import webhook_signatures
from tests.fuzz import mutation
from tests.fuzz.conftest import EFFORT, SOME_DATABASES, server_on, stays_unharmed
from tests.support.pipelines import document

TIMES = 30 * EFFORT
SECRET = "a secret of sixteen or more"
SPEC = json.loads(document(parameters={"n": {"parameterType": "NUMBER_INTEGER", "isOptional": True}}, tasks=()))
NAMED = {"pipeline_id": "{pipeline}", "pipeline_version_id": "{version}"}
CONFIG = {"parameters": {"n": 1}, "pipeline_root": ""}
DAILY = {"cron_schedule": {"cron": "0 0 3 * * *", "start_time": "2099-01-01T00:00:00Z"}}
BODIES: dict[str, dict[str, Any]] = {
    "runs": {"display_name": "r", "experiment_id": "0", "pipeline_spec": SPEC, "runtime_config": CONFIG},
    "recurringruns": {
        "display_name": "s",
        "pipeline_version_reference": NAMED,
        "runtime_config": CONFIG,
        "max_concurrency": "1",
        "trigger": DAILY,
        "mode": "ENABLE",
    },
    "experiments": {"display_name": "e", "description": "d"},
    "pipelines": {"display_name": "p", "tags": {"a": "b"}},
    "pipelines/create": {"pipeline": {"display_name": "p"}, "pipeline_version": {"pipeline_spec": SPEC}},
}
FILTER = {"predicates": [{"operation": "EQUALS", "key": "display_name", "string_value": "x"}]}
RANGE = {"predicates": [{"operation": 3, "key": "created_at", "timestamp_value": "2020-01-01T00:00:00Z"}]}
AMONG = {"predicates": [{"operation": "IN", "key": "id", "string_values": {"values": ["x", "y"]}}]}
TOKEN = {"sort": "created_at asc", "filter": "", "after": "x"}
LISTS = ("runs", "recurringruns", "experiments", "pipelines", "pipelines/{pipeline}/versions")
BOUNDARY = "b0undary"
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module", params=SOME_DATABASES)
def names(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What there is on a server of our own, and its URL."""
    folder: Path = tmp_path_factory.mktemp("kfp")
    with server_on(request.param, folder) as server, httpx.Client(base_url=server.url, timeout=120) as http:
        sent = {"name": "kept", "document": json.dumps(SPEC)}
        pipeline = http.post("/api/v1/pipelines", json=sent).json()["id"]
        version = http.get(f"/api/v1/pipelines/{pipeline}/versions").json()["items"][0]["id"]
        asked = {"name": "t", "kind": "webhook", "pipeline_id": pipeline, "secret": SECRET, "mapping": {"n": "data.n"}}
        trigger = http.post("/api/v1/triggers", json=asked).json()["id"]
        with stays_unharmed(server, http):
            yield {"url": server.url, "pipeline": pipeline, "version": version, "trigger": trigger}


@pytest.fixture
def ask(names: dict[str, str]) -> Iterator[Ask]:
    """Asks, and holds the answer to be no failure of the server's."""
    with httpx.Client(base_url=f"{names['url']}/apis/v2beta1/", timeout=120) as http:

        def asked(method: str, path: str, **more: Any) -> httpx.Response:
            answer = http.request(method, path.format_map(names), **more)
            assert answer.status_code < 500, (path, more, answer.text)
            return answer

        yield asked


@pytest.mark.parametrize("path", BODIES)
def test_bodies(path: str, ask: Ask, names: dict[str, str]) -> None:
    random = Random(path)  # noqa: S311
    message = json.loads(json.dumps(BODIES[path]).replace("{pipeline}", names["pipeline"]))
    taken = 0
    for _ in range(TIMES):
        taken += ask("POST", path, content=mutation.body(random, message)).is_success
    assert taken < TIMES


@pytest.mark.parametrize("path", LISTS)
def test_filters_orders_and_page_tokens(path: str, ask: Ask) -> None:
    random = Random(path)  # noqa: S311
    for at in range(TIMES):
        filter_ = mutation.body(random, random.choice((FILTER, RANGE, AMONG))).decode("latin-1")[:4000]
        ask("GET", path, params={"filter": filter_, "page_size": random.choice(("1", "0", "-1", "9" * 30, "x"))})
        token = {**TOKEN, "after": ask("GET", path, params={"page_size": 1}).json().get("next_page_token", "x")}
        made = base64.urlsafe_b64encode(mutation.body(random, token)[:4000]).decode()
        ask("GET", path, params={"page_token": made if at % 2 else made[: random.randint(0, len(made))]})
        ask(
            "GET",
            path,
            params={"sort_by": random.choice(("metric:a", "id desc", "name up", "\0", "é" * 300, "id id id"))},
        )


def test_uploads(ask: Ask, names: dict[str, str]) -> None:
    random = Random("uploads")  # noqa: S311
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="uploadfile"; filename="p.yaml"\r\n\r\n'.encode()
    whole = head + json.dumps(SPEC).encode() + f"\r\n--{BOUNDARY}--\r\n".encode()
    for at in range(TIMES):
        body = whole
        for _ in range(random.randint(0, 3)):
            place = random.randint(0, len(body))
            body = body[:place] + random.choice(mutation.BYTES) + body[place + random.choice((0, 1, 7, len(body))) :]
        boundary = random.choice((BOUNDARY, BOUNDARY, BOUNDARY, "", "other", "x" * 100))
        kind = f"multipart/form-data; boundary={boundary}"
        path = "pipelines/upload" if at % 2 else "pipelines/upload_version"
        query = {"name": f"p{at}", "pipelineid": names["pipeline"], "tags": random.choice(("", "{", "[]", '{"a": 1}'))}
        ask("POST", path, content=body, headers={"content-type": kind}, params=query)


def test_signed_deliveries(ask: Ask, names: dict[str, str]) -> None:
    random = Random("deliveries")  # noqa: S311
    url = f"{names['url']}/api/v1/triggers/{names['trigger']}/webhook"
    for at in range(TIMES):
        body = mutation.body(random, {"data": {"n": 1}})
        signed = webhook_signatures.headers(f"m{at}", int(time.time()), body, SECRET)
        if random.random() < 0.2:
            signed[random.choice([*signed])] = random.choice(("", "0", "v1,", "é", "9" * 400))
        ask("POST", url, content=body, headers={name: value.encode("latin-1") for name, value in signed.items()})
