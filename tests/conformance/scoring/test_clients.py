"""MLflow's own scoring client, and the bodies that its server reads."""

import io
import re
from collections.abc import Iterator
from typing import Any

import httpx
import mlflow.version
import pandas as pd
import pytest

from tests.conformance.conftest import Serving

ROWS = pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]})
RIGHT = [8.0, 18.0]


@pytest.fixture(scope="module")
def http(serving: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{serving.url}/endpoints/{serving.linear}") as opened:
        yield opened


def test_mlflows_client_finds_a_server(said: dict[str, Any]) -> None:
    assert said["ready"] == {"ok": None}
    assert said["version"] == {"ok": mlflow.version.VERSION}


def test_mlflows_client_gets_predictions(said: dict[str, Any]) -> None:
    assert said["frame"] == {"ok": pytest.approx(RIGHT)}


def test_mlflows_client_tells_what_was_wrong(said: dict[str, Any]) -> None:
    assert re.search("error code 400.*Column 'b' is missing", said["missing"]["error"])


def test_parquet_is_read(http: httpx.Client) -> None:
    file = io.BytesIO()
    ROWS.to_parquet(file)
    headers = {"content-type": "application/vnd.apache.parquet"}
    answer = http.post("/invocations", content=file.getvalue(), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"predictions": pytest.approx(RIGHT)}
    broken = http.post("/invocations", content=b"PAR1" + b"\0" * 20 + b"PAR1", headers=headers)
    assert broken.status_code == 400
    assert broken.json().keys() == {"error_code", "message"}


def test_a_body_without_a_content_type_is_refused(http: httpx.Client) -> None:
    """`mlflow models serve` fails with 500 here."""
    answer = http.post("/invocations", content=b'{"inputs": [[1, 2]]}')
    assert answer.status_code == 415
    assert "application/json" in answer.text
