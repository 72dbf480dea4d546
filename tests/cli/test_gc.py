import json
from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.command_line import run
from tests.support.stocked import Stocked


def asked(server: str, path: str, body: Mapping[str, Any]) -> Any:
    answer = httpx.post(f"{server}/api/2.0/mlflow/{path}", json=dict(body))
    return answer.raise_for_status().json()


def trashed_experiment(server: str, name: str) -> str:
    """An experiment in the trash, with a run that has a file of 5 bytes."""
    experiment = str(asked(server, "experiments/create", {"name": name})["experiment_id"])
    made = asked(server, "runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
    path = f"api/2.0/mlflow-artifacts/artifacts/{experiment}/{made}/artifacts/f"
    httpx.put(f"{server}/{path}", content=name.encode()).raise_for_status()
    asked(server, "experiments/delete", {"experiment_id": experiment})
    return experiment


def gc(server: str, *arguments: str) -> Any:
    ended = run("gc", "--url", server, *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_what_is_in_the_trash_is_counted_and_then_deleted(stocked: Stocked) -> None:
    url = stocked.server.url
    experiment = trashed_experiment(url, "gc-it")
    look = gc(url, "--experiment", experiment, "--dry-run")["tally"]
    assert (look["experiments"], look["runs"], look["files"], look["bytes"]) == (1, 1, 1, 5)
    job = gc(url, "--experiment", experiment)
    assert job["state"] == "succeeded"
    assert job["tally"] == look
    assert asked(url, "experiments/create", {"name": "gc-it"})["experiment_id"] != experiment
    jobs = httpx.get(f"{url}/api/v1/jobs", params={"kind": "gc"}).json()["items"]
    assert job["id"] in [one["id"] for one in jobs]


def test_people_are_told_in_words(stocked: Stocked) -> None:
    experiment = trashed_experiment(stocked.server.url, "words")
    ended = run("gc", "--url", stocked.server.url, "--experiment", experiment)
    assert ended.stdout == "Deleted 1 experiment, 1 run, 0 logged models and 1 file\nFreed 5 B in 1 content\n"


def test_what_is_not_in_the_trash_is_refused(stocked: Stocked) -> None:
    ended = run("gc", "--url", stocked.server.url, "--experiment", "0")
    assert ended.returncode == 1
    assert "not in the trash" in ended.stderr
    assert run("gc", "--url", stocked.server.url, "--run", "0" * 32).returncode == 1


def test_a_time_that_is_none_is_a_misuse() -> None:
    ended = run("gc", "--older-than", "long")
    assert ended.returncode == 2
    assert "30d" in ended.stderr
