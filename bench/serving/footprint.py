"""What one more model takes, and how long a first answer takes, where MLflow starts a server for each model.

Memory is that of all processes, shared pages once (PSS). Environments are there already: each is built by a run before.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import uv

from bench.figures import Figure, lower
from bench.servers import Running, Server, running
from bench.serving import many
from bench.serving.deployments import US, deploy, upload
from bench.serving.models import FEATURES
from bench.serving.peers import ENVIRONMENTS, environment

PATIENCE = 600.0
STILL = 0.05
"""Seconds of CPU within one second that a server at rest may use."""
ROW = [0.5] * FEATURES
MEMORY = "memory of one more model"
ALONE = f"{MEMORY}, in a process of its own"
ANSWER = "to first answer"
ASLEEP = f"a sleeping model after a restart, asked {ANSWER}"
FIRST = f"the first model of an environment after a restart, deployed {ANSWER}"
NEXT = f"the next one, deployed {ANSWER}"
NOT_CONVERTED = {"acceleration": "off"}
SLEEPY = {**NOT_CONVERTED, "scaling": {"least": 0, "idle_seconds": 1.0}}
Figures = Iterator[Figure]


def theirs(model: Path, home: Path, work: Path) -> Figures:
    """`mlflow models serve`, once for each model."""
    python = environment(home / "serving-mlflow", ENVIRONMENTS["mlflow"])
    usual = _mlflow(python, model, "local", {})
    with running(usual, work / "one") as one:
        _asked(one.url, "/invocations")
        before = one.memory_mib()
        with running(usual, work / "another") as another:
            _asked(another.url, "/invocations")
            more = one.memory_mib() + another.memory_mib() - before
    yield lower(MEMORY, "MiB", more)
    yield lower(ALONE, "MiB", more)
    places = (python, uv.find_uv_bin(), Path(sys.executable).resolve())  # uv looks for the wanted Python, too
    path = os.pathsep.join([*(str(Path(place).parent) for place in places), os.defpath])
    built = {"MLFLOW_ENV_ROOT": str(home / "mlflow-environments"), "PATH": path}
    server = _mlflow(python, model, "uv", built)
    for place in ("building", "built"):
        begun = time.perf_counter()
        with running(server, work / place, patience=PATIENCE) as up:
            _asked(up.url, "/invocations")
            took, spent = time.perf_counter() - begun, up.cpu_seconds()
    for what in (ASLEEP, FIRST, NEXT):
        yield lower(what, "s", took)
        yield lower(f"{what}: CPU", "s", spent)


def ours(model: Path, work: Path, more: int) -> Figures:
    """One server for all, which is there when a model is deployed. What `more` models add is shared out among them."""
    yield lower(MEMORY, "MiB", _of_one_more(model, work / "converted", more, accelerated=True))
    yield lower(ALONE, "MiB", _of_one_more(model, work / "alone", more, accelerated=False))
    with _us(work / "us") as (up, http):
        uri = upload(http, model)
        deploy(http, "sleeper", uri, environment="uv", options=SLEEPY)
        _asked(up.url, "/v1/models/sleeper:predict")
        _until(lambda: _states(http, "sleeper") == {"Standby"}, "the model did not fall asleep")
    with _us(work / "us") as (up, http):
        _rest(up)
        yield from _answered(up, ASLEEP, "sleeper")
        http.delete("/api/v1/endpoints/sleeper").raise_for_status()
        _until(lambda: not http.get("/api/v1/endpoints").json()["items"], "the endpoint did not go")
    with _us(work / "us") as (up, http):
        _rest(up)
        for what, name in ((FIRST, "first"), (NEXT, "next")):
            deploying = partial(deploy, http, name, uri, environment="uv", options=NOT_CONVERTED)
            yield from _answered(up, what, name, deploying)


def _answered(up: Running, what: str, name: str, before: Callable[[], None] = lambda: None) -> Figures:
    begun, spent = time.perf_counter(), up.cpu_seconds()
    before()
    _asked(up.url, f"/v1/models/{name}:predict")
    yield lower(what, "s", time.perf_counter() - begun)
    yield lower(f"{what}: CPU", "s", up.cpu_seconds() - spent)


def _rest(up: Running) -> None:
    """A server that has only just started still has things to do."""

    def still() -> bool:
        before = up.cpu_seconds()
        time.sleep(1)
        return up.cpu_seconds() - before <= STILL

    _until(still, "the server does not come to rest")


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"{otherwise} within {PATIENCE:g} s on {os.cpu_count()} cores")
        time.sleep(0.2)


def _states(http: httpx.Client, name: str) -> set[str]:
    return {one["status"]["state"] for one in http.get(f"/api/v1/endpoints/{name}").json()["revisions"]}


def _mlflow(python: Path, model: Path, manager: str, more: Mapping[str, str]) -> Server:
    argv = [str(python), "-m", "mlflow", "models", "serve", "-m", str(model), "-p", "{port}", "--env-manager", manager]
    return Server("mlflow models serve", argv, "/ping", more)


def _of_one_more(model: Path, work: Path, more: int, *, accelerated: bool) -> float:
    with _us(work) as (up, http):
        deployed = many.deployed(http, model, 1 + more, accelerated=accelerated)
        next(deployed)
        _settle(http, 1, accelerated=accelerated)
        before = up.memory_mib()
        for _ in deployed:
            pass
        _settle(http, 1 + more, accelerated=accelerated)
        return (up.memory_mib() - before) / more


def _settle(http: httpx.Client, count: int, *, accelerated: bool) -> None:
    """Each has answered, and was converted if it shall be."""
    many.until_proven(http, count)
    for number in range(count):
        _asked(str(http.base_url), f"/v1/models/{many.ENDPOINT}/m{number}:predict")
    if accelerated:
        _until(lambda: all("accelerated" in one for one in _runtimes(http)), "the models were not all converted")


def _runtimes(http: httpx.Client) -> list[str]:
    found = http.get(f"/api/v1/endpoints/{many.ENDPOINT}").json()["revisions"]
    return [one["status"]["runtime"] for one in found]


@contextmanager
def _us(directory: Path) -> Iterator[tuple[Running, httpx.Client]]:
    with ExitStack() as held:
        up = held.enter_context(running(US, directory))
        yield up, held.enter_context(httpx.Client(base_url=up.url, timeout=120))


def _asked(url: str, path: str) -> None:
    """Until it answers."""
    columns = [f"f{at}" for at in range(FEATURES)]
    split = {"dataframe_split": {"columns": columns, "data": [ROW]}}
    body = json.dumps(split if path == "/invocations" else {"instances": [ROW]})
    until = time.monotonic() + PATIENCE
    while True:
        headers = {"content-type": "application/json"}
        answer = httpx.post(f"{url.rstrip('/')}{path}", content=body, headers=headers, timeout=120)
        if answer.status_code == httpx.codes.OK:
            return
        if answer.status_code not in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.NOT_FOUND}:
            raise RuntimeError(answer.text)
        if time.monotonic() > until:
            raise RuntimeError(f"no answer at {url}{path} after {PATIENCE:g} s on {os.cpu_count()} cores")
        time.sleep(0.02)
