"""MLflow's own scoring server and ours, asked the same; docs/reference/mlflow-differences.md lists what differs."""

import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelyard.protocols.scoring.errors import render_error
from modelyard.protocols.scoring.routes import ROUTES
from modelyard.serving.dataplane import Limits
from tests.conformance.scoring import asked
from tests.conformance.scoring.asked import Request
from tests.support.gateway import gateway
from tests.support.saved_models import ROOT, saved

Answer = tuple[int, Any]
ASKED = asked.all_of_them()
SECONDS = 600.0

# By model and name: the statuses that MLflow and we answer with.
REFUSED = {
    ("linear", '{"instances": {"a": [1], "b": [2]}}'): (200, 400),
    ("linear", '{"dataframe_records": [{"a": 1, "b": 2}], "params": [1]}'): (200, 400),
    ("mixed", '{"dataframe_records": [{"n": 1.5, "price": 2, "city": "Rome"}]}'): (200, 400),
    ("mixed", '{"inputs": {"n": [1.5], "price": [2], "city": ["Rome"]}}'): (200, 400),
    ("mixed", f'{{"dataframe_records": [{{"n": {2**63}, "price": 2, "city": "Rome"}}]}}'): (200, 400),
    ("typed", f"records with {{'short': {2**31}}}"): (200, 400),
    ("typed", "records with {'flag': 2}"): (200, 400),
    ("typed", "records with {'flag': 'true'}"): (200, 400),
}
UNDERSTOOD = {
    ("mixed", "whole numbers for floats in Parquet"): (400, 200),
    ("linear", "Content-Type: application/json;"): (415, 200),
    ("linear", 'Content-Type: application/json; charset="utf-8"'): (415, 200),
    ("linear", "Content-Type: Application/JSON"): (415, 200),
    ("typed", "records with {'when': '2024-01-02T03:04:05Z'}"): (400, 200),
    ("typed", "records with {'when': '2024-01-02T03:04:05+02:00'}"): (400, 200),
    ("tensor", '{"inputs": {"x": [[1, 2]]}}'): (400, 200),
    ("hinted", '{"instances": ["a"]}'): (400, 200),
    ("linear", '{"prompt": "x", "a": 1, "b": 2}'): (400, 200),
}
READ_OTHERWISE = {
    ("typed", "columns"): (200, 200),  # base64 is bytes in every form; in MLflow not in this one
    ("typed", "records with {'text': 1}"): (200, 200),  # '1'; in MLflow 1
    ("typed", "records with {'text': True}"): (200, 200),
    ("typed", "records with {'flag': None}"): (200, 200),  # None; in MLflow False
}
NO_TYPE = {("linear", "Content-Type: "): (500, 415)}
DELIBERATE: Mapping[tuple[str, str], tuple[int, int]] = {**REFUSED, **UNDERSTOOD, **READ_OTHERWISE, **NO_TYPE}


@pytest.fixture(scope="module")
def theirs() -> list[Answer]:
    """In a process of its own: its libraries warn of one another."""
    sent = [
        {"model": one.model, "type": one.content_type, "body": base64.b64encode(one.body).decode()} for one in ASKED
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(ROOT) / "tests/support/mlflow_scoring.py")],
        input=json.dumps({"models": str(saved()), "requests": sent}).encode(),
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return [(one["status"], _read(one["body"])) for one in json.loads(done.stdout)]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    models = sorted({one.model for one in ASKED})
    async with gateway(ROUTES, render_error, *models, limits=Limits(timeout=SECONDS)) as client:
        client.timeout = httpx.Timeout(SECONDS)
        yield client


async def test_what_mlflow_answers_we_answer_unless_it_is_listed(http: httpx.AsyncClient, theirs: list[Answer]) -> None:
    ours = [await _ours(http, one) for one in ASKED]
    differing = {
        (one.model, one.name): (said[0], answered[0])
        for one, said, answered in zip(ASKED, theirs, ours, strict=True)
        if not _alike(said, answered)
    }
    assert differing == DELIBERATE


async def _ours(http: httpx.AsyncClient, one: Request) -> Answer:
    headers = {"content-type": one.content_type} if one.content_type else {}
    answer = await http.post(f"/endpoints/{one.model}/invocations", content=one.body, headers=headers)
    assert "Traceback" not in answer.text
    return answer.status_code, _read(answer.text)


def _alike(theirs: Answer, ours: Answer) -> bool:
    """The same predictions, or errors of the same status."""
    return theirs[0] == ours[0] and (theirs[0] != 200 or theirs[1] == ours[1])


def _read(body: str) -> Any:
    """NaN is null, here as in our answers; the last bits of numbers are not compared."""
    try:
        return json.loads(body, parse_constant=lambda _: None, parse_float=lambda text: round(float(text), 9))
    except ValueError:
        return body
