"""Commands that talk to a server, as a user or a script runs them."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run
from tests.support.stocked import BROKEN, EXPERIMENT, MODEL, RUN_NAME, Stocked

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def yard(stocked: Stocked) -> Command:
    def against_the_server(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, env={"MODELYARD_URL": stocked.url})

    return against_the_server


def shown(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def decoded(ended: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(shown(ended))


def test_experiments_are_listed(yard: Command) -> None:
    assert EXPERIMENT in shown(yard("experiments"))
    assert EXPERIMENT in [one["name"] for one in decoded(yard("experiments", "--json"))]


def test_runs_are_listed_by_name_or_id_of_their_experiment(yard: Command, stocked: Stocked) -> None:
    table = shown(yard("runs", EXPERIMENT))
    assert stocked.run_id in table
    assert RUN_NAME in table
    assert "1min 01s" in table
    assert "loss/train 0.25" in table
    for experiment in (EXPERIMENT, stocked.experiment_id):
        assert [one["id"] for one in decoded(yard("runs", experiment, "--json"))] == [stocked.run_id]


def test_runs_are_filtered_and_ordered(yard: Command, stocked: Stocked) -> None:
    found = decoded(yard("runs", "--filter", "params.depth = '3'", "--order-by", "metrics.gap ASC", "--json"))
    assert [one["id"] for one in found] == [stocked.run_id]
    assert shown(yard("runs", "--filter", "params.depth = '4'")) == "No runs match\n"


def test_models_and_their_versions_are_listed(yard: Command) -> None:
    assert "champion → 1" in shown(yard("models"))
    assert "champion" in shown(yard("models", MODEL))
    assert [one["version"] for one in decoded(yard("models", MODEL, "--json"))] == [1]


def test_events_are_listed(yard: Command, stocked: Stocked) -> None:
    assert "run.created" in shown(yard("events", "--kind", "run", "--subject", stocked.run_id, "--limit", "100"))
    assert decoded(yard("events", "--limit", "1", "--json"))[0]["action"]


def test_a_model_is_served_from_the_command_line(yard: Command, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,1\n2,0\n")
    (tmp_path / "rows.json").write_text('[{"a": 1.0, "b": 1.0}]')
    (tmp_path / "wrong.csv").write_text("a,c\n1,1\n")

    deployed = yard("deploy", f"models:/{MODEL}@champion", "--name", "cli-linear")
    assert "Ready" in shown(deployed)
    assert deployed.stderr.endswith("cli-linear: Ready\n"), "how far it is, though it may be there at once"
    assert "cli-linear" in shown(yard("endpoints"))
    assert "cli-linear" in [one["name"] for one in decoded(yard("endpoints", "--json"))]

    assert [
        float(line) for line in shown(yard("predict", "cli-linear", "--data", str(tmp_path / "rows.csv"))).split()
    ] == (pytest.approx([5.0, 4.0]))
    answer = decoded(yard("predict", "cli-linear", "--data", str(tmp_path / "rows.json"), "--json"))
    assert answer == {"predictions": pytest.approx([5.0])}
    wrong = yard("predict", "cli-linear", "--data", str(tmp_path / "wrong.csv"))
    assert wrong.returncode == 1
    assert "wrong.csv" in wrong.stderr

    assert decoded(yard("logs", "cli-linear", "--json"))["name"] == "cli-linear"
    assert "gone" in shown(yard("undeploy", "cli-linear"))
    assert "cli-linear" not in shown(yard("endpoints"))


def test_a_new_version_is_tried_taken_in_and_taken_back(yard: Command) -> None:
    assert "revision 1" in shown(yard("deploy", f"models:/{MODEL}/1"))
    canary = shown(
        yard(
            "deploy",
            f"models:/{MODEL}/1",
            "--canary",
            "10",
            "--guard-errors",
            "5%",
            "--plan",
            "10,100",
            "--interval",
            "1h",
        )
    )
    assert "revision 2" in canary
    assert "with 10 % of the requests" in canary
    assert shown(yard("traffic", MODEL, "1=70", "2=30")) == "linear: 70 % to revision 1, 30 % to revision 2\n"
    about = shown(yard("endpoint", MODEL))
    assert "Ready, UpToDate" in about
    assert "rolled back by itself when over 5.0% fail" in about
    for row in (r"1 +70 % +Loaded +1 of 1 +models:/linear/1", r"2 +30 % +Loaded", r"RoutesReady +True"):
        assert re.search(row, about)
    assert decoded(yard("endpoint", MODEL, "--json"))["rollout"]["canary"] == 2
    assert shown(yard("promote", MODEL)) == "linear: 100 % to revision 2\n"
    assert "1         previous" in shown(yard("endpoint", MODEL))
    assert shown(yard("rollback", MODEL)) == "linear: 100 % to revision 1\n"
    assert "is stopped" in shown(yard("stop", MODEL))
    assert "Stopped" in shown(yard("endpoints"))
    assert shown(yard("start", MODEL)) == "linear is Ready\n"
    assert decoded(yard("logs", MODEL, "--revision", "1", "--json"))["name"] == MODEL
    shown(yard("undeploy", MODEL))


def test_a_model_that_cannot_be_served_says_why(yard: Command) -> None:
    deployed = yard("deploy", f"models:/{BROKEN}/1", "--name", "cli-broken")
    assert deployed.returncode == 1
    assert "Error: Endpoint 'cli-broken' cannot serve" in deployed.stderr
    assert "Failed" in shown(yard("endpoints"))
    assert decoded(yard("undeploy", "cli-broken", "--json")) == {"name": "cli-broken", "removed": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("runs", "no-such-experiment"), "no-such-experiment"),
        (("runs", "--filter", "metrics.x ?"), "?"),
        (("models", "none"), "none"),
        (("logs", "none"), "none"),
        (("undeploy", "none"), "none"),
        (("deploy", "models:/none/1", "--name", "x"), "none"),
        (("deploy", "linear", "--name", "x"), "models:/NAME/VERSION"),
        (("deploy", "models:/linear/1", "--name", "Not_A_Name"), "Not_A_Name"),
        (("deploy", "models:/linear/1", "--name", "x", "--env", "conda"), "environment"),
        (("predict", "none", "--data", "missing.csv"), "missing.csv"),
        (("deploy", "models:/linear/1", "--name", "x", "--env-var", "MODE"), "--env-var must be NAME=VALUE"),
        (
            ("deploy", "models:/linear/1", "--name", "x", "--env-var", "A B=c"),
            "'A B' cannot be an environment variable",
        ),
        (("deploy", "runs:/0/model"), "--name"),
        (("deploy", "models:/linear/1", "--name", "x", "--canary", "300"), "canary"),
        (("deploy", "models:/linear/1", "--name", "x", "--guard-errors", "5%"), "guard"),
        (("traffic", "none", "1=90"), "none"),
        (("traffic", "none", "90%"), "REVISION=PERCENT"),
        (("promote", "none"), "none"),
    ],
)
def test_what_cannot_be_done_is_one_line_on_the_error_output(
    yard: Command, arguments: tuple[str, ...], said: str
) -> None:
    ended = yard(*arguments)
    assert ended.returncode == 1
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith("Error: ")
    assert said in line
