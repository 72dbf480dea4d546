import httpx
import pytest

from modelyard.protocols.oip.routes import ROUTES

INDEX = "/v2/repository/index"


def change(name: str, verb: str) -> str:
    return f"/v2/repository/models/{name}/{verb}"


@pytest.mark.parametrize("content", [b"", b"{}", b" ", b'{"repository_name": "x"}'])
async def test_the_index_tells_of_every_model(http: httpx.AsyncClient, content: bytes) -> None:
    answer = await http.post(INDEX, content=content)
    assert answer.status_code == 200
    models = {one["name"]: one for one in answer.json()}
    assert models["linear"] == {"name": "linear", "version": "3", "state": "READY", "reason": ""}
    assert models["loading"]["state"] == "UNAVAILABLE"
    assert "starting" in models["loading"]["reason"]


async def test_the_index_tells_of_ready_models_only_when_asked_so(http: httpx.AsyncClient) -> None:
    names = {one["name"] for one in (await http.post(INDEX, json={"ready": True})).json()}
    assert "linear" in names
    assert "loading" not in names


async def test_within_an_endpoint_there_are_its_own_models(http: httpx.AsyncClient) -> None:
    root = "/endpoints/many/v2/repository"
    assert {one["name"] for one in (await http.post(f"{root}/index")).json()} == {"linear", "odd", "tensor"}
    assert (await http.post(f"{root}/models/linear/unload")).status_code == 200
    assert (await http.get("/v2/models/many/linear/ready")).status_code == 503
    assert (await http.get("/v2/models/linear/ready")).status_code == 200
    assert (await http.post(f"{root}/models/linear/load")).status_code == 200
    assert (await http.get("/v2/models/many/linear/ready")).status_code == 200


@pytest.mark.parametrize("name", ["linear", "many/linear", "many%2Flinear"])
async def test_what_is_unloaded_does_not_answer_until_it_is_loaded(http: httpx.AsyncClient, name: str) -> None:
    parameters = {"parameters": {"unload_dependents": False}}
    assert (await http.post(change(name, "unload"), json=parameters)).status_code == 200
    assert (await http.get(f"/v2/models/{name}/ready")).status_code == 503
    assert (await http.post(change(name, "load"))).status_code == 200
    assert (await http.get(f"/v2/models/{name}/ready")).status_code == 200


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        (change("nobody", "load"), b"", 404),
        (change("nobody", "unload"), b"", 404),
        (change("linear", "load"), b'{"parameters": {"config": "{}"}}', 501),
        (change("linear", "load"), b"[]", 400),
        (INDEX, b"{", 400),
        (INDEX, b'{"ready": 3}', 400),
    ],
)
async def test_what_cannot_be_done_says_so(http: httpx.AsyncClient, path: str, content: bytes, status: int) -> None:
    answer = await http.post(path, content=content)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}


def test_loading_and_unloading_need_the_right_to_deploy() -> None:
    actions = {route.action for route in ROUTES if route.path.endswith(("/load", "/unload"))}
    assert actions == {"endpoints.deploy"}
