"""`modelyard pipelines` and `modelyard schedules` against a real server."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kfp import compiler
from rich.console import Console

from modelyard.cli import trees
from modelyard.cli.schedules import with_seconds
from modelyard.sdk.pipelines import Failure, PipelineRun, PipelineRunDetail, Task, Values
from tests.support.command_line import run
from tests.support.kfp_pipelines import adder, failing
from tests.support.server import running_server

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    with running_server(tmp_path_factory.mktemp("pipelines")) as server:
        yield lambda *arguments: run(*arguments, env={"MODELYARD_URL": server.url})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compiled")
    for pipeline in (adder, failing):
        compiler.Compiler().compile(pipeline, str(folder / f"{pipeline.name}.yaml"))
    return folder


def shown(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_pipeline_from_upload_to_deletion(yard: Command, files: Path) -> None:
    assert "adder version adder" in shown(yard("pipelines", "upload", str(files / "adder.yaml")))
    assert "adder version version-" in shown(yard("pipelines", "upload", str(files / "adder.yaml")))
    assert len(json.loads(shown(yard("pipelines", "versions", "adder", "--json")))) == 2
    assert "said to be anew" in shown(
        yard("pipelines", "update", "adder", "--description", "said to be anew", "--json")
    )
    assert shown(yard("pipelines", "update", "adder", "--display-name", "Sums")) == "adder: display name changed\n"
    told = shown(yard("pipelines", "show", "adder"))
    assert "Shown as        Sums" in told
    assert "said to be anew" in told
    assert "Nothing to change" in yard("pipelines", "update", "adder").stderr
    watched = shown(yard("pipelines", "run", "adder", "a=4", "--name", "four", "--version", "adder", "--watch"))
    assert "✓ succeeded four" in watched
    assert "✓ succeeded add" in watched
    (listed,) = json.loads(shown(yard("pipelines", "runs", "--pipeline", "adder", "--json")))
    assert "4 and 2" in shown(yard("pipelines", "logs", listed["id"], "add", "--follow"))
    assert "✓ succeeded add" in shown(yard("runs", "watch", listed["id"]))
    assert "four" in shown(yard("runs", "Default", "--order-by", "attributes.start_time DESC"))
    assert "SUCCEEDED" in shown(yard("pipelines", "cancel", listed["id"]))
    assert shown(yard("pipelines", "runs", "--name", "five")) == "No runs\n"
    assert shown(yard("runs", "archive", listed["id"])) == f"{listed['id']} is in the archive\n"
    assert shown(yard("pipelines", "runs", "--name", "four")) == "No runs\n"
    assert listed["id"] in shown(yard("pipelines", "runs", "--name", "four", "--archived"))
    shown(yard("runs", "unarchive", listed["id"]))
    assert shown(yard("runs", "delete", listed["id"])) == f"Deleted {listed['id']}\n"
    assert "no run" in yard("runs", "retry", listed["id"]).stderr.lower()
    refused = yard("pipelines", "run", "adder", "a=many")
    assert refused.returncode != 0
    assert "'a'" in refused.stderr
    assert shown(yard("pipelines", "delete-version", "adder", "adder")) == "Deleted adder version adder\n"
    (left,) = json.loads(shown(yard("pipelines", "versions", "adder", "--json")))
    assert f"Newest version  {left['name']}" in shown(yard("pipelines", "show", "adder"))
    assert "no version" in yard("pipelines", "delete-version", "adder", "adder").stderr
    assert shown(yard("pipelines", "delete", "adder")) == "Deleted adder\n"
    assert shown(yard("pipelines", "list")) == "No pipelines\n"


def test_a_pipeline_in_an_archive_is_kept_and_run(yard: Command, files: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    shutil.copy(files / "adder.yaml", inside)
    (inside / "readme.txt").write_text("beside it")
    zipped, tarred = (shutil.make_archive(str(tmp_path / "packed"), kind, inside) for kind in ("zip", "gztar"))
    assert "packed version packed" in shown(yard("pipelines", "upload", zipped))
    assert json.loads(shown(yard("pipelines", "run", tarred, "a=4", "--json")))["parameters"] == {"a": 4}
    shown(yard("pipelines", "delete", "packed"))


def test_what_is_wrong_with_a_file_is_told(yard: Command, tmp_path: Path) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(b"PK\x03\x04cut")
    ended = yard("pipelines", "upload", str(cut))
    assert ended.returncode == 1
    assert "The pipeline is a zip archive that cannot be read" in " ".join(ended.stderr.split())
    cut.write_bytes(b"")
    assert "cut.zip is empty" in yard("pipelines", "run", str(cut)).stderr


def test_a_file_that_fails_says_why(yard: Command, files: Path) -> None:
    ended = yard("pipelines", "run", str(files / "failing.yaml"), "word=dreadful", "--watch")
    assert ended.returncode == 1
    assert "✗ failed fail" in ended.stdout
    assert "dreadful" in ended.stdout


def test_schedules(yard: Command, files: Path) -> None:
    shown(yard("pipelines", "upload", str(files / "adder.yaml"), "--name", "nightly"))
    made = json.loads(shown(yard("schedules", "create", "nightly", "a=1", "--cron", "0 3 * * *", "--json")))
    assert made["cron"] == "0 0 3 * * *"
    assert "03:00:00 UTC" in shown(yard("schedules", "list"))
    told = shown(yard("schedules", "show", made["id"]))
    assert told.startswith("nightly  on, 0 0 3 * * *\n")
    assert "Parameters    a=1" in told
    assert "Version       the newest each time" in told
    of_one = json.loads(
        shown(yard("schedules", "create", "nightly", "a=1", "--every", "6h", "--version", "nightly", "--json"))
    )
    assert (
        json.loads(shown(yard("schedules", "show", of_one["id"], "--json")))["version_id"] == of_one["version_id"] != ""
    )
    shown(yard("schedules", "delete", of_one["id"]))
    assert shown(yard("schedules", "disable", made["id"])) == f"{made['id']} off\n"
    assert "next run at" in shown(yard("schedules", "enable", made["id"]))
    shown(yard("schedules", "delete", made["id"]))
    assert shown(yard("schedules", "list")) == "No schedules\n"


def test_triggers(yard: Command, files: Path, tmp_path: Path) -> None:
    shown(yard("pipelines", "upload", str(files / "adder.yaml"), "--name", "triggered"))
    made = json.loads(shown(yard("triggers", "create", "triggered", "--webhook", "--map", "a=data.number", "--json")))
    event = tmp_path / "event.json"
    event.write_text('{"data": {"number": 4}}')
    fire = ("triggers", "fire", made["id"], "--data", str(event), "--secret")
    assert shown(yard(*fire, made["secret"])).startswith("STARTED ")
    refused = yard(*fire, "another")
    assert (refused.returncode, "signature" in refused.stderr) == (1, True)
    assert "STARTED  delivery msg_" in shown(yard("triggers", "firings", made["id"]))
    assert "on a signed delivery" in shown(yard("triggers", "list"))
    changed = shown(yard("triggers", "update", made["id"], "--max-concurrency", "2", "--new-secret"))
    assert "The one before is void".lower() in changed.lower()
    assert "Nothing to change" in yard("triggers", "update", made["id"]).stderr
    assert shown(yard("triggers", "disable", made["id"])) == f"{made['id']} off\n"
    assert shown(yard("triggers", "enable", made["id"])) == f"{made['id']} on\n"
    shown(yard("triggers", "delete", made["id"]))
    created = shown(yard("triggers", "create", "triggered", "a=1", "--alias", "champion", "--model", "taxi"))
    assert "triggered runs when alias champion of taxi is set or moved" in created
    assert "one of --webhook" in yard("triggers", "create", "triggered", "a=1").stderr


def test_five_fields_are_those_of_cron() -> None:
    assert with_seconds("0 3 * * *") == "0 0 3 * * *"
    assert with_seconds("30 0 3 * * *") == "30 0 3 * * *"


def test_the_tree_shows_loops_tries_and_errors() -> None:
    def task(id_: str, parent: str, kind: str, state: str, **rest: object) -> Task:
        nothing = Values({}, {})
        return Task(id_, parent, id_, id_, kind, state, 0, 0, nothing, nothing, **rest)  # type: ignore[arg-type]

    tasks = [
        task("root", "", "dag", "FAILED", started_at=0, ended_at=9_000),
        task("loop", "root", "loop", "FAILED", started_at=0, ended_at=9_000),
        task("a", "loop", "step", "SUCCEEDED", iteration=0, started_at=0, ended_at=1_000),
        task("b", "loop", "step", "FAILED", iteration=1, started_at=0, ended_at=9_000, error=Failure(13, "no [luck]")),
        task("c", "root", "step", "PENDING"),
    ]
    run_ = PipelineRun("r1", "0", "tried", "FAILED", {}, 0, started_at=0, ended_at=9_000)
    console = Console(width=100)
    with console.capture() as drawn:
        console.print(trees.drawn(PipelineRunDetail(run_, tasks)))
    lines = [line.rstrip() for line in drawn.get().splitlines()]
    assert lines == [
        "✗ failed tried r1  2 of 3 done  9.0s",
        "├── ✗ failed loop  9.0s",
        "│   ├── ✓ succeeded a [0]  1.0s",
        "│   └── ✗ failed b [1]  9.0s",
        "│         no [luck]",
        "└── · pending c",
    ]
