"""MLflow's own scoring server, asked in this process: requests from standard input, answers to standard output."""

import base64
import json
import logging
import sys
from pathlib import Path
from typing import Any

from mlflow import pyfunc
from mlflow.pyfunc import scoring_server
from starlette.testclient import TestClient


def main() -> None:
    logging.disable(logging.ERROR)
    asked = json.load(sys.stdin)
    clients: dict[str, TestClient] = {}
    for one in asked["requests"]:
        if one["model"] not in clients:
            model = pyfunc.load_model(str(Path(asked["models"]) / one["model"]))
            clients[one["model"]] = TestClient(scoring_server.init(model), raise_server_exceptions=False)
    json.dump([_answer(clients[one["model"]], one) for one in asked["requests"]], sys.stdout)


def _answer(client: TestClient, one: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": one["type"]} if one["type"] else {}
    answer = client.post("/invocations", content=base64.b64decode(one["body"]), headers=headers)
    return {"status": answer.status_code, "body": answer.text}


main()
