"""A folder with a scoring script behind a real server that has secrets: what its code answers, and what it sees."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from modelyard.domain.deployments import Deployment
from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.processes import INHERITED, INHERITED_PREFIXES
from modelyard.sdk.client import Client
from modelyard.serving.launch import ENVIRONMENT
from tests.support.command_line import run
from tests.support.conditions import await_until
from tests.support.server import RunningServer, running_server

SCRIPT = Path(__file__).parents[1] / "support" / "scoring_script.py"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "secret-key",
    "PGPASSWORD": "secret-word",
    "MLFLOW_TRACKING_PASSWORD": "secret-phrase",
    "MODELYARD_LOG_LEVEL": "info",
    "SOME_TOKEN": "secret-token",
}
MEMORY = 2 << 30
PATIENT, HASTY = "scorer", "hasty"
"""Endpoints of the same script; what hangs is given up after a second at the hasty one."""


@dataclass(frozen=True, slots=True)
class Scoring:
    server: RunningServer
    http: httpx.Client

    def ask(self, endpoint: str = PATIENT, **arguments: object) -> httpx.Response:
        body = {"use_scoring": True, "scoring_args": arguments}
        return self.http.post(f"/{endpoint}/1/predict", json=body, headers={"X-Auth-Token": "any"})

    def pid(self, endpoint: str = PATIENT) -> int:
        """Of the process that answers, after those that are told to come back in time."""
        while (answer := self.ask(endpoint, do="answer")).status_code != 200:
            assert answer.status_code in {503, 504}
        found = answer.json()["predictions"]["pid"]
        assert isinstance(found, int)
        return found

    def failure(self, endpoint: str) -> str:
        """Why it last lost a process."""
        failure = self.http.get(f"/api/v1/endpoints/{endpoint}").json()["revision"]["status"]["failure"]
        return str(failure and failure["reason"])


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scoring]:
    home = tmp_path_factory.mktemp("scoring")
    with running_server(home, env=SECRETS) as server, serving(server, home, {PATIENT: 100.0, HASTY: 1.0}) as made:
        yield made


@contextmanager
def serving(server: RunningServer, home: Path, endpoints: Mapping[str, float]) -> Iterator[Scoring]:
    """The script behind these endpoints, which have so many seconds."""
    mlflow = MlflowClient(server.url)
    run = mlflow.create_run("0").info.run_id
    (home / "weight").write_text("7.5")
    for file in (SCRIPT, home / "weight"):
        mlflow.log_artifact(run, str(file), "scorer")
    mlflow.create_registered_model("scorer")
    mlflow.create_model_version("scorer", f"runs:/{run}/scorer", run)
    with Client(server.url) as client, httpx.Client(base_url=server.url, timeout=120) as http:
        for endpoint, seconds in endpoints.items():
            options = ServingOptions(script=SCRIPT.name, timeout=seconds, memory=MEMORY)
            client.deploy("models:/scorer/1", endpoint, how=Deployment(options))
        yield Scoring(server, http)


def test_an_answer_is_what_a_deployment_engine_gives(scoring: Scoring) -> None:
    answer = scoring.ask(do="print")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["status"], said["output"], said["input"]) == ("Finished", "It takes 7.5 seconds.\n", '{"do":"print"}')
    assert answer.headers["x-modelyard-revision"] == "1"
    assert "not scored" in scoring.ask(do="raise").json()["error"]
    assert "Traceback" in httpx.get(said["log_url"]).text


def test_code_of_a_model_sees_no_secrets_and_no_files_of_the_server(scoring: Scoring) -> None:
    seen: dict[str, Any] = scoring.ask(do="look").json()["predictions"]
    known = {*INHERITED, *ENVIRONMENT, "TMPDIR", "LC_CTYPE"}
    assert {
        name for name in seen["variables"] if name not in known and not name.startswith(INHERITED_PREFIXES)
    } == set()
    assert [one for one in seen["initial"] if "secret" in one or one.startswith("MODELYARD_")] == []
    # Its lifeline and its log are pipes; the sockets are its own.
    leads_to = {one.partition(":")[0] for one in seen["files"]} - {"closed"}
    assert leads_to <= {"/dev/null", "pipe", "AF_UNIX", "anon_inode", f"/proc/{scoring.pid()}/fd"}


def test_code_of_a_model_sees_the_variables_of_its_revision(scoring: Scoring) -> None:
    for value in ("a=b c", "another"):
        deployed = run(
            *("deploy", "models:/scorer/1", "--name", "varied", "--script", SCRIPT.name),
            *("--env-var", f"GREETING={value}", "--env-var", "EMPTY="),
            env={"MODELYARD_URL": scoring.server.url},
        )
        assert deployed.returncode == 0, deployed.stderr
        body = {"use_scoring": True, "scoring_args": {"do": "look"}}
        variables = scoring.http.post("/varied/1/predict", json=body).json()["predictions"]["variables"]
        assert (variables["GREETING"], variables["EMPTY"]) == (value, "")
    assert "GREETING" not in scoring.ask(do="look").json()["predictions"]["variables"]


def test_code_of_a_model_cannot_look_into_the_server(scoring: Scoring) -> None:
    seen = scoring.ask(do="spy", pid=scoring.server.process.pid).json()["predictions"]
    assert seen == dict.fromkeys(("environ", "maps", "mem", "cwd"), "PermissionError")
    own = scoring.ask(do="spy", pid="self").json()["predictions"]
    assert "PATH=" in own["environ"], "it can read at all"


def test_code_of_a_model_has_no_network_where_that_is_asked_for(scoring: Scoring, tmp_path: Path) -> None:
    shared = scoring.ask(do="network").json()["predictions"]
    assert shared["place"] == str(Path("/proc/self/ns/net").readlink())
    with (
        running_server(tmp_path, "--isolate-models") as server,
        serving(server, tmp_path, {PATIENT: 100.0}) as own,
    ):
        seen = own.ask(do="network").json()["predictions"]
    assert seen["place"] != shared["place"]
    assert seen["names"] == ["lo"]


def test_code_of_a_model_is_confined(scoring: Scoring) -> None:
    seen = scoring.ask(do="look").json()["predictions"]
    data = scoring.server.data_dir
    assert Path(seen["folder"]).parent == data / "models"
    assert Path(seen["temporary"]).parents[1] == data / "sockets"
    assert seen["temporary mode"] == "drwx------"
    assert seen["limits"]["RLIMIT_CORE"] == [0, 0]
    assert seen["limits"]["RLIMIT_DATA"] == [MEMORY, MEMORY]
    assert seen["limits"]["RLIMIT_NOFILE"][0] <= 4096
    assert seen["no new privileges"]
    assert seen["session"]
    assert seen["umask"] == 0o077


def test_a_script_that_hangs_is_replaced_without_being_asked(scoring: Scoring) -> None:
    first = scoring.pid(HASTY)
    while scoring.pid(HASTY) == first:  # on a slow machine a request may be given up before it has reached the script
        assert scoring.ask(HASTY, do="hang").status_code in {503, 504}
    await_until(lambda: scoring.failure(HASTY) == "Stalled")


def test_a_script_that_dies_is_replaced_without_being_asked(scoring: Scoring) -> None:
    first = scoring.pid()
    assert scoring.ask(do="die").status_code == 503, "nor is it asked again and again"
    assert scoring.pid() != first
