"""Many clients that write at once: no answer is an error, nothing is lost, and versions are numbered without a gap."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.support.server import RunningServer, running_server

API = "/api/2.0/mlflow"
WRITERS = 64
ROUNDS = 2
VERSIONS = 200


@pytest.fixture
def servers(database_url: str, tmp_path: Path) -> Iterator[Sequence[RunningServer]]:
    """One on SQLite; on PostgreSQL two on the same database, which meet in its locks."""
    with contextlib.ExitStack() as stack:
        names = ("one",) if database_url.startswith("sqlite") else ("one", "two")
        artifacts = str(tmp_path / "artifacts")
        for name in names:
            (tmp_path / name).mkdir()
        yield [
            stack.enter_context(running_server(tmp_path / name, "--database", database_url, "--artifacts", artifacts))
            for name in names
        ]


@contextlib.asynccontextmanager
async def clients(servers: Sequence[RunningServer], number: int) -> AsyncIterator[Sequence[httpx.AsyncClient]]:
    """A connection for each of them, as soon as all ask at once."""
    crowded = httpx.Limits(max_connections=None)
    async with contextlib.AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=one.url, timeout=600, limits=crowded))
            for one in servers
        ]
        yield [opened[at % len(opened)] for at in range(number)]


async def post(client: httpx.AsyncClient, path: str, **body: object) -> dict[str, dict[str, dict[str, str]]]:
    answer = await client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def write(client: httpx.AsyncClient, number: int, shared: str) -> str:
    """All kinds of writes, to a run of its own and to one that everybody writes to."""
    made = await post(client, "runs/create", experiment_id="0", run_name=f"r{number}")
    run = made["run"]["info"]["run_id"]
    for step in range(ROUNDS):
        await post(client, "runs/log-metric", run_id=run, key="loss", value=1 / (step + 1), timestamp=step, step=step)
        await post(client, "runs/log-parameter", run_id=run, key=f"p{step}", value=str(step))
        points = [{"key": f"m{at}", "value": step, "timestamp": number, "step": step} for at in range(5)]
        for target in (run, shared):
            await post(client, "runs/log-batch", run_id=target, metrics=points)
            await post(client, "runs/set-tag", run_id=target, key="who", value=f"{number} {step}")
        path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{step}"
        assert (await client.put(path, content=b"same for all")).status_code == 200
        await post(client, "runs/search", experiment_ids=["0"], max_results=5, filter="metrics.loss < 2")
    await post(client, "runs/update", run_id=run, status="FINISHED", end_time=number)
    return run


async def points(client: httpx.AsyncClient, run: str, key: str) -> int:
    answer = await client.get(f"{API}/metrics/get-history", params={"run_id": run, "metric_key": key})
    return len(answer.raise_for_status().json()["metrics"])


async def test_sixty_four_writers_at_once_get_no_error(servers: Sequence[RunningServer]) -> None:
    async with clients(servers, WRITERS) as crowd:
        made = await post(crowd[0], "runs/create", experiment_id="0", run_name="shared")
        shared = made["run"]["info"]["run_id"]
        runs = await asyncio.gather(*(write(client, number, shared) for number, client in enumerate(crowd)))
        assert len(set(runs)) == WRITERS
        assert await points(crowd[0], shared, "m0") == WRITERS * ROUNDS
        for run in runs[::9]:
            assert await points(crowd[0], run, "loss") == ROUNDS
            shown = (await crowd[0].get(f"{API}/runs/get", params={"run_id": run})).json()["run"]
            assert shown["info"]["status"] == "FINISHED"
            assert {pair["key"] for pair in shown["data"]["params"]} == {f"p{step}" for step in range(ROUNDS)}
    for server in servers:
        assert "lock" not in server.logs()


async def test_versions_created_at_once_are_numbered_without_a_gap(servers: Sequence[RunningServer]) -> None:
    async with clients(servers, VERSIONS) as crowd:
        await post(crowd[0], "registered-models/create", name="crowded")
        made = await asyncio.gather(
            *(post(client, "model-versions/create", name="crowded", source="s3://bucket/model") for client in crowd)
        )
    numbers = sorted(int(str(one["model_version"]["version"])) for one in made)
    assert numbers == list(range(1, VERSIONS + 1))
