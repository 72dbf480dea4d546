"""The `mlflow deployments` command, and the client behind it, on the target `modelyard`."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow.deployments import get_deploy_client
from mlflow.exceptions import MlflowException

from tests.conformance.conftest import Serving
from tests.support.command_line import run

ROWS = pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]})
MODEL = "models:/linear/1"


def test_the_command_deploys_predicts_lists_and_deletes(said: dict[str, Any]) -> None:
    assert "python_function deployment by-command is created" in said["create"]["ok"]
    assert "'by-command'" in said["list"]["ok"]
    assert "status: Ready" in said["get"]["ok"]
    assert json.loads(said["predict"]["ok"])["predictions"] == pytest.approx([8.0, 18.0])
    assert "is updated" in said["update"]["ok"]
    assert "revision: 2" in said["updated"]["ok"]
    assert "by-command is deleted" in said["delete"]["ok"]
    assert "by-command is deleted" in said["delete again"]["ok"]
    assert "'linear'" in said["list then"]["ok"]
    assert "'by-command'" not in said["list then"]["ok"]


def test_a_name_is_given_once(said: dict[str, Any]) -> None:
    assert said["create again"]["kind"] == "MlflowException"
    assert "already" in said["create again"]["error"]


def test_help_tells_of_targets_and_options(said: dict[str, Any]) -> None:
    assert "modelyard:http://host:port" in said["help"]["ok"]
    assert "timeout" in said["help"]["ok"]


def test_an_existing_endpoint_is_a_deployment(serving: Serving) -> None:
    client = get_deploy_client(f"modelyard:{serving.url}")
    assert client.get_deployment(serving.linear)["model_uri"] == MODEL
    assert client.get_endpoint(serving.linear)["status"] == "Ready"
    for rows in (ROWS, {"dataframe_split": ROWS.to_dict("split")}, {name: ROWS[name].to_numpy() for name in ROWS}):
        assert client.predict(serving.linear, rows)["predictions"] == pytest.approx([8.0, 18.0])


def test_what_is_wrong_is_an_exception_of_mlflow(serving: Serving) -> None:
    client = get_deploy_client(f"modelyard:{serving.url}")
    for call, words in (
        (lambda: client.get_deployment("nobody"), "no endpoint 'nobody'"),
        (lambda: client.update_deployment("nobody", MODEL), "no endpoint 'nobody'"),
        (lambda: client.create_deployment("new", "models:/nothing/1"), "nothing"),
        (lambda: client.create_deployment("new", MODEL, flavor="sklearn"), "python_function"),
        (lambda: client.create_deployment("new", MODEL, endpoint="other"), "endpoint itself"),
        (lambda: client.create_deployment("new", MODEL, config={"size": "1"}), "Unknown config 'size'"),
        (lambda: client.create_deployment("new", MODEL, config={"timeout": "x"}), "no number"),
        (lambda: client.predict(serving.linear, ROWS[["a"]]), "Column 'b' is missing"),
        (lambda: get_deploy_client("modelyard:/somewhere"), "names no server"),
        (lambda: get_deploy_client("modelyard:http://127.0.0.1:9").list_deployments(), "No server answers"),
    ):
        with pytest.raises(MlflowException, match=words):
            call()  # type: ignore[no-untyped-call]


def test_a_model_that_streams_is_heard_piece_by_piece(serving: Serving) -> None:
    client = get_deploy_client(f"modelyard:{serving.url}")
    assert list(client.predict_stream(serving.talking, {"prompt": "a object b"})) == ["a", {"word": "object"}, "b"]
    heard = client.predict_stream(serving.talking, {"prompt": "a fail b"})
    assert next(heard) == "a"
    with pytest.raises(MlflowException, match="lost for words"):
        next(heard)
    with pytest.raises(MlflowException, match="one piece only"):
        next(client.predict_stream(serving.linear, ROWS))


def test_the_command_line_prints_pieces_as_they_come(serving: Serving, tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text('{"prompt": "a object b"}')
    done = run("predict", serving.talking, "--data", str(question), "--stream", "--url", serving.url)
    assert (done.returncode, done.stdout) == (0, 'a{"word":"object"}\nb\n')
    done = run("predict", serving.talking, "--data", str(question), "--stream", "--json", "--url", serving.url)
    assert done.stdout == '"a"\n{"word":"object"}\n"b"\n'
    question.write_text('{"prompt": "a fail"}')
    done = run("predict", serving.talking, "--data", str(question), "--stream", "--url", serving.url)
    assert (done.returncode, done.stdout) == (1, "a")
    assert "lost for words" in done.stderr
