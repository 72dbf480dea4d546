"""Every endpoint that MLflow's own server has either works here or is refused in a way that clients understand."""

import re
import warnings
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from modelyard.protocols.mlflow.routes import ROUTES
from tests.support.server import RunningServer

PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
API: Final = ("/api/", "/ajax-api/", "/get-artifact", "/model-versions/", "/graphql", "/health", "/version")
BESIDE: Final = (
    *("assessments", "datasets", "demo", "gateway", "gateway-proxy", "genai", "get-online-trace-details"),
    *("get-trace-artifact", "graphql", "issues", "jobs", "label-schemas", "prompt-optimization", "review-queues"),
    *("runs/create-promptlab-run", "scorer", "scorers", "traces", "ui-telemetry", "unified-traces", "workspaces"),
)
"""What belongs to MLflow's products for language models, to its pages, and to its workspaces."""


def rules() -> Iterator[tuple[str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.server import app  # noqa: PLC0415 - only the server's part warns of its libraries

        for rule in app.url_map.iter_rules():
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                if str(rule).startswith(API) and "2.0mlflow" not in str(rule):  # a slip of MLflow's
                    yield method, PARAMETER.sub("x", str(rule))


THEIRS: Final = sorted(set(rules()))
KNOWN: Final = [
    (route.method, re.compile(re.sub(r"\{\w+(:path)?\}", lambda one: ".+" if one[1] else "[^/]+", route.path)))
    for route in ROUTES
]


def ours(method: str, path: str) -> bool:
    return any(method == verb and pattern.fullmatch(path) for verb, pattern in KNOWN)


def beside(path: str) -> bool:
    words = path.strip("/").split("/")
    inside = "/".join(words[3:] if words[0].endswith("api") else words)
    return inside.startswith(BESIDE)


def test_there_are_endpoints() -> None:
    assert len(THEIRS) > 300


@pytest.mark.parametrize(("method", "path"), THEIRS, ids=[f"{method} {path}" for method, path in THEIRS])
def test_an_endpoint_works_or_is_refused_clearly(server: RunningServer, method: str, path: str) -> None:
    sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
    reply = httpx.request(method, server.url + path, **sent)
    told = reply.json().get("error_code") if reply.status_code >= 400 else None
    if ours(method, path):
        assert reply.status_code < 500 or (reply.status_code, told) == (501, "NOT_IMPLEMENTED")
        assert told != "ENDPOINT_NOT_FOUND"
        return
    assert beside(path), "an endpoint for classic machine learning is missing"
    assert (reply.status_code, told) in [(404, "ENDPOINT_NOT_FOUND"), (405, "ENDPOINT_NOT_FOUND")]
    assert reply.json()["message"]
