"""Transformers as KServe's users have them, beside a model of a real server that has secrets."""

import json
import os
import re
import struct
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from modelyard.domain.errors import InvalidState
from modelyard.sdk.client import Client
from modelyard.sdk.endpoints import Endpoint
from tests.support import inference_clients
from tests.support.conditions import await_until
from tests.support.server import running_server
from tests.support.stocked import stock
from tests.support.transforming import (
    PLAIN,
    ROWS,
    SMALL,
    SMALL_PROGRAM,
    SUPPORT,
    TRANSFORMED,
    Stage,
    document,
    tensors,
)

SECRETS = {"AWS_SECRET_ACCESS_KEY": "secret-key", "PGPASSWORD": "secret-word", "SOME_TOKEN": "secret-token"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running_server(tmp_path_factory.mktemp("transforming"), env=SECRETS) as server:
        stock(server)
        with Client(server.url) as client, httpx.Client(base_url=server.url, timeout=120) as http:
            made = Stage(server, client, http)
            made.apply("small", command=SMALL, env=[{"name": "MODE", "value": "fast"}])
            yield made


def condition(endpoint: Endpoint, kind: str) -> str:
    return next(one.status for one in endpoint.status.conditions if one.type == kind)


def test_v1_requests_go_through_it_to_the_model_and_back(stage: Stage) -> None:
    for path in ("/v1/models/small:predict", "/endpoints/small/v1/models/small:predict", "/endpoints/small/"):
        answer = stage.http.post(path, json={"instances": ROWS})
        assert answer.json() == {"predictions": pytest.approx(TRANSFORMED)}, path
    assert answer.headers["x-modelyard-revision"] == "1"
    assert condition(stage.client.endpoint("small"), "TransformerReady") == "True"


def test_v2_requests_do_so_too(stage: Stage) -> None:
    for path in ("/v2/models/small/infer", "/endpoints/small/v2/models/small/infer", "/endpoints/small/"):
        answer = stage.http.post(path, json=tensors()).json()
        assert answer["outputs"][0]["data"] == pytest.approx(TRANSFORMED), path
        assert (answer["id"], answer["model_name"]) == ("mine", "small")


def test_raw_tensors_reach_it_as_json_and_are_answered_in_kind(stage: Stage) -> None:
    one = {"name": "input-0", "shape": [2, 2], "datatype": "FP64", "parameters": {"binary_data_size": 32}}
    head = json.dumps({"inputs": [one], "parameters": {"binary_data_output": True}}).encode()
    name = "inference-header-content-length"
    body = head + struct.pack("<4d", *(value for row in ROWS for value in row))
    answer = stage.http.post("/v2/models/small/infer", content=body, headers={name: str(len(head))})
    raw = answer.content[int(answer.headers[name]) :]
    assert struct.unpack("<2d", raw) == pytest.approx(TRANSFORMED)


def test_the_clients_of_grpc_go_through_it(stage: Stage) -> None:
    said = inference_clients.answers("triton_grpc_rows", grpc=stage.server.grpc, model="small")
    assert said["ready"] == {"ok": True}
    assert said["metadata"]["ok"]["platform"] == "kserve_transformer"
    assert said["raw"]["ok"] == {"id": "mine", "name": "small", "data": pytest.approx(TRANSFORMED)}
    assert said["typed"]["ok"] == said["stream"]["ok"] == pytest.approx(TRANSFORMED)
    assert said["headers"]["ok"]["data"] == pytest.approx([124.0, 154.0])
    assert ("no output 'nothing'" in said["output"]["error"], "INVALID" in said["output"]["status"]) == (True, True)
    assert "INVALID_ARGUMENT" in said["refused"]["status"]


def test_it_is_told_the_callers_headers_and_no_credentials(stage: Stage) -> None:
    sent = {
        "X-Tenant": "blau\xfc",
        "X-Request-Timeout": "20",
        "Authorization": "Bearer hidden",
        "Cookie": "session=hidden",
        "X-Auth-Token": "hidden",
        "Proxy-Authorization": "hidden",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "hidden",
        "Content-Type": "application/json",
    }
    body = json.dumps({"instances": ["tell"]})
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    for _ in range(2):  # also when the connection is used again, and the first answer had a cookie
        answer = stage.http.post("/v1/models/small:predict", content=body, headers=raw)
        told = answer.json()["headers"]
        assert (told["x-tenant"], told["x-request-timeout"]) == ("blau\xfc", "20")
        assert "hidden" not in json.dumps(told)
        assert not {"cookie", "x-hop", "accept-encoding"} & told.keys()
        assert told["host"].startswith("127.0.0.1:")
    assert answer.headers["x-model-version"] == "1", "what it says of itself in headers is not passed on"
    assert "set-cookie" not in answer.headers
    scaled = stage.http.post("/v2/models/small/infer", json=tensors(), headers={"X-Scale": "3"}).json()
    assert scaled["outputs"][0]["data"] == pytest.approx([124.0, 154.0])


def test_more_headers_than_it_is_told_are_refused(stage: Stage) -> None:
    many = {f"x-{number}": "1" for number in range(65)}
    for headers in (many, {"x-long": "1" * 16_384}):
        answer = stage.http.post("/v1/models/small:predict", json={"instances": ROWS}, headers=headers)
        assert answer.status_code == 413
        assert "headers" in answer.json()["error"]


@pytest.mark.parametrize(
    ("content_type", "body", "told"),
    [
        ("application/json", {"dataframe_records": [{"a": 1.50, "b": "x"}]}, [{"a": 1.5, "b": "x"}]),
        (
            "application/json",
            {"dataframe_split": {"columns": ["a", "b"], "data": [[1, None], [2, "x"]]}},
            [{"a": 1, "b": None}, {"a": 2, "b": "x"}],
        ),
        ("text/csv", 'a,b\n1,"x, y"\n,\n', [{"a": 1, "b": "x, y"}, {"a": None, "b": None}]),
    ],
)
def test_tables_reach_it_as_instances(stage: Stage, content_type: str, body: object, told: object) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    answer = stage.http.post("/endpoints/small/invocations", content=content, headers={"content-type": content_type})
    assert answer.json() == {"instances": told}


def test_mlflows_bodies_are_answered_as_it_answers(stage: Stage) -> None:
    for body in ({"instances": ROWS}, {"dataframe_split": {"data": ROWS}}):
        answer = stage.http.post("/endpoints/small/invocations", json=body)
        assert answer.json() == {"predictions": pytest.approx(TRANSFORMED)}
    parquet = stage.http.post(
        "/endpoints/small/invocations",
        content=b"PAR1" + b"-" * 20 + b"PAR1",
        headers={"content-type": "application/vnd.apache.parquet"},
    )
    assert (parquet.status_code, "takes JSON and CSV only" in parquet.json()["message"]) == (501, True)


def test_one_that_breaks_off_an_answer_is_in_nobody_elses_way(stage: Stage) -> None:
    before = stage.client.endpoint("small").status.restarts
    broken = stage.http.post("/v1/models/small:predict", json={"instances": ["break off"]})
    assert (broken.status_code, "broke off its answer" in broken.json()["error"]) == (500, True)
    assert stage.transforms("small")
    assert stage.client.endpoint("small").status.restarts == before


def test_one_that_hangs_is_killed_and_started_again(stage: Stage) -> None:
    hanging = document("hanging", {"command": SMALL})
    hanging["spec"]["predictor"]["timeout"] = 1
    stage.client.apply(hanging)
    stage.client.start("hanging")
    assert _stopped(stage) == 504
    while not stage.client.endpoint("hanging").status.restarts:
        assert _stopped(stage) in {503, 504}
    await_until(lambda: stage.transforms("hanging"))
    failure = stage.client.endpoint("hanging").revision.status.failure
    assert failure is not None
    assert failure.reason == "Stalled"
    stage.client.undeploy("hanging")


def _stopped(stage: Stage) -> int:
    """On a slow machine a request may be given up before it has reached what it is to stop."""
    return stage.http.post("/v1/models/hanging:predict", json={"instances": ["stop"]}).status_code


def test_a_request_is_counted_once(stage: Stage) -> None:
    def asked() -> float:
        told = stage.http.get("/metrics").text
        return sum(
            map(float, re.findall(r'^modelyard_predictions_total\{.*endpoint="small".*\} (\S+)$', told, re.MULTILINE))
        )

    before = asked()
    stage.http.post("/v1/models/small:predict", json={"instances": ROWS})
    assert asked() == before + 1
    lately = stage.client.endpoint("small").revision.lately
    assert lately is not None
    assert lately.asked > 0


def test_it_may_take_and_answer_any_object(stage: Stage) -> None:
    answer = stage.http.post("/v1/models/small:predict", json={"words": ["a", "four"]})
    assert answer.json() == {"lengths": ["a", "four"], "scored": pytest.approx([10.0, 40.0])}


def test_what_the_model_refuses_is_refused(stage: Stage) -> None:
    answer = stage.http.post("/v1/models/small:predict", json={"instances": [[1.0, 2.0, 3.0]]})
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_it_runs_confined_and_without_our_secrets(stage: Stage) -> None:
    told = stage.tell("small")
    assert not set(SECRETS.values()) & set(told["environment"].values())
    assert not [name for name in told["environment"] if name.startswith("MODELYARD_")]
    assert told["environment"]["MODE"] == "fast"
    assert told["environment"]["TMPDIR"] == told["folder"]
    assert told["status"]["NoNewPrivs"] == "1"
    assert Path(told["python"]).parent == Path(sys.executable).parent


def test_only_who_was_told_finds_its_model(stage: Stage) -> None:
    told = stage.tell("small")
    address, _, secret = told["predictor_host"].partition("/endpoints/")
    assert address.startswith("127.0.0.1:")
    body = {"instances": ROWS}
    path = "v1/models/small:predict"
    assert httpx.post(f"http://{address}/endpoints/{secret}/{path}", json=body).json() == {
        "predictions": pytest.approx(PLAIN)
    }
    for other in (path, f"endpoints/small/{path}", "v2/repository/index", f"endpoints/{secret[:-1]}/{path}"):
        assert httpx.post(f"http://{address}/{other}", json=body).status_code in {404, 405}, other


def test_what_its_command_says_of_its_name_holds_and_its_model_is_gone_with_it(stage: Stage) -> None:
    stage.apply("named", command=SMALL, args=["--model_name=other"], resources={"limits": {"memory": "2Gi"}})
    assert stage.transforms("named")
    told = stage.tell("named")
    assert (told["model_name"], told["memory"]) == ("other", 2 << 30)
    path = f"http://{told['predictor_host']}/v1/models/other:predict"
    assert stage.http.post(path, json={"instances": ROWS}).json() == {"predictions": pytest.approx(PLAIN)}
    stage.client.undeploy("named")
    await_until(lambda: not _alive(told["pid"]))
    await_until(lambda: stage.http.post(path, json={"instances": ROWS}).status_code == 404)


def test_as_many_requests_are_in_it_as_come_whatever_its_model_takes_at_once(stage: Stage) -> None:
    """Else one that asks its model twice would wait for itself."""
    limited = document("limited", {"command": SMALL})
    limited["spec"]["predictor"]["containerConcurrency"] = 1
    stage.client.apply(limited)
    stage.client.start("limited")
    url = f"{stage.server.url}/v1/models/limited:predict"
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(httpx.post, url, json={"instances": ["meet"]}, timeout=120) for _ in range(2))
        assert (first.result().status_code, second.result().status_code) == (200, 200)
    stage.client.undeploy("limited")


def test_one_that_has_worked_is_tried_again_for_as_long_as_it_takes(stage: Stage, tmp_path: Path) -> None:
    program, away = tmp_path / "program.py", tmp_path / "away.py"
    program.write_text(SMALL_PROGRAM.read_text())
    stage.apply("lasting", command=["python", str(program)])
    program.rename(away)
    stage.http.post("/v1/models/lasting:predict", json={"instances": ["die"]})
    await_until(lambda: stage.client.endpoint("lasting").status.restarts == 1)
    failed = stage.http.post("/v1/models/lasting:predict", json={"instances": ROWS})
    assert (failed.status_code, "has failed" in failed.json()["error"]) == (503, True)
    assert condition(stage.client.endpoint("lasting"), "TransformerReady") != "True"
    away.rename(program)
    await_until(lambda: stage.transforms("lasting"))
    stage.client.undeploy("lasting")


def test_it_is_started_again_when_it_dies(stage: Stage) -> None:
    before = stage.client.endpoint("small").status.restarts
    pid = stage.tell("small")["pid"]
    assert stage.http.post("/v1/models/small:predict", json={"instances": ["die"]}).status_code == 503
    assert stage.transforms("small"), "requests wait for the next one"
    assert stage.tell("small")["pid"] != pid
    await_until(lambda: stage.client.endpoint("small").status.restarts > before)
    failure = stage.client.endpoint("small").revision.status.failure
    assert failure is not None
    assert (failure.reason, failure.exit_code) == ("Exited", 7)
    assert "dying" in failure.log_tail


def test_its_document_is_written_back_and_changes_nothing(stage: Stage) -> None:
    applied = document("small", {"command": SMALL, "env": [{"name": "MODE", "value": "fast"}]})
    assert stage.client.manifest("small") == applied
    again = stage.client.apply(applied)
    assert not again.changed
    assert again.ignored == ["spec.transformer.containers[0].image", "spec.transformer.minReplicas"]


def test_the_next_revision_may_be_without(stage: Stage) -> None:
    stage.apply("changing", command=SMALL, readinessProbe={"httpGet": {"path": "/healthy", "port": 8080}})
    pid = stage.tell("changing")["pid"]
    stage.client.deploy("models:/linear/1", "changing")
    assert stage.http.post("/v1/models/changing:predict", json={"instances": ROWS}).json() == {
        "predictions": pytest.approx(PLAIN)
    }
    stage.client.roll_back("changing")
    assert stage.tell("changing")["pid"] == pid, "a rollback starts nothing"
    stage.client.undeploy("changing")
    await_until(lambda: not _alive(pid))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-program"], "'no-such-program' cannot be started"),
        (["python", "-c", "raise SystemExit(4)"], "The transformer's process ended by itself with exit code 4"),
    ],
)
def test_one_that_does_not_start_is_told_and_not_tried_for_ever(stage: Stage, command: list[str], words: str) -> None:
    with pytest.raises(InvalidState, match=words):
        stage.apply("failing", command=command)
    found = stage.client.endpoint("failing")
    assert (found.status.phase, condition(found, "TransformerReady")) == ("Failed", "False")
    stage.client.undeploy("failing")


def test_one_of_kserves_own_sdk_works(stage: Stage) -> None:
    command = [str(inference_clients.python()), str(SUPPORT / "kserve_transformer.py")]
    stage.apply("sdk", command=command, args=["--enable_grpc=false", "--enable_predictor_health_check"])
    assert stage.transforms("sdk")
    stage.apply("sdk", command=command, args=["--enable_grpc=false", "--predictor_protocol", "v2"])
    answer = stage.http.post("/v2/models/sdk/infer", json=tensors())
    assert answer.json()["outputs"][0]["data"] == pytest.approx(TRANSFORMED)


FUNCTIONS = """
import math


def preprocess(body):
    return {"instances": [[2 * value for value in row] for row in body["instances"]]}


def postprocess(answer, headers=None):
    if "x-tenant" in headers:
        return {"tenant": headers["x-tenant"], "nothing": math.nan, "seen": sorted(headers)}
    return {"predictions": [100 + value for value in answer["predictions"]]}
"""


def test_two_functions_are_a_transformer(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(FUNCTIONS)
    stage.apply("functions", command=["modelyard", "transform", str(tmp_path / "steps.py")])
    assert stage.transforms("functions")
    tenant = stage.http.post("/v1/models/functions:predict", json={"instances": ROWS}, headers={"X-Tenant": "blue"})
    assert tenant.json() | {"seen": []} == {"tenant": "blue", "nothing": None, "seen": []}
    assert not {"host", "content-type", "content-length"} & set(tenant.json()["seen"])
    refused = stage.http.post("/v1/models/functions:predict", json={"instances": [[1.0, 2.0, 3.0]]})
    assert (refused.status_code, "a" in refused.json()["error"]) == (400, True)
    failed = stage.http.post("/v1/models/functions:predict", json={"words": []})
    assert failed.status_code == 500
    assert "preprocess raised KeyError: 'instances'" in failed.json()["error"]
    stage.client.undeploy("functions")


def test_a_file_without_either_function_is_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text("def score(body): ...")
    with pytest.raises(InvalidState, match="ended by itself"):
        stage.apply("functionless", command=["modelyard", "transform", str(tmp_path / "steps.py")])
    assert "defines neither preprocess(body) nor postprocess(answer)" in stage.client.logs("functionless")
    stage.client.undeploy("functionless")


def test_kserves_client_asks_graphs_with_either_body(stage: Stage) -> None:
    steps = [
        {"serviceName": "small", "condition": 'inputs.#(name=="input-0")'},
        {"serviceName": "small", "condition": "instances"},
    ]
    nodes = {"root": {"routerType": "Switch", "steps": steps}}
    graph = {"apiVersion": "serving.kserve.io/v1alpha1", "kind": "InferenceGraph", "metadata": {"name": "router"}}
    stage.client.apply(graph | {"spec": {"nodes": nodes}})
    await_until(lambda: stage.http.get("/v1/models/router").status_code != 404)
    said = inference_clients.answers("kserve_graphs", url=f"{stage.server.url}/endpoints/router/")
    assert said["v1"] == {"ok": {"predictions": pytest.approx(TRANSFORMED)}}
    assert said["v2"]["ok"] == {"id": "mine", "model": "router", "data": pytest.approx(TRANSFORMED)}
    assert "/v2/models/NAME/infer" in said["v2 binary"]["error"]


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
