"""MLflow's scoring client and its `mlflow deployments` command, in one process since mlflow takes long to import."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from click.testing import CliRunner
from mlflow.deployments.cli import commands
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from tests.support.clients import calls

ROWS = pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]})
NAME = ("--name", "by-command")


def command(*arguments: str) -> str:
    done = CliRunner().invoke(commands, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return str(done.output)


def main() -> None:
    asked = calls.asked()
    # It knows of a host and a port, and makes a URL of them: a path may follow the port.
    client = ScoringServerClient(asked["host"], f"{asked['port']}/endpoints/{asked['model']}")
    target = ("-t", f"modelyard:http://{asked['host']}:{asked['port']}")
    model = ("-m", f"models:/{asked['model']}/1")
    rows = Path(tempfile.mkdtemp()) / "rows.json"
    rows.write_text(ROWS.to_json())

    def predicted(data: Any) -> Any:
        return client.invoke(data).get_predictions()[0].tolist()

    calls.answer(
        {
            "ready": lambda: client.wait_server_ready(timeout=180),
            "version": client.get_version,
            "frame": lambda: predicted(ROWS),
            "missing": lambda: predicted(ROWS[["a"]]),
            "create": lambda: command("create", *target, *NAME, *model),
            "create again": lambda: command("create", *target, *NAME, *model),
            "list": lambda: command("list", *target),
            "get": lambda: command("get", *target, *NAME),
            "predict": lambda: command("predict", *target, *NAME, "-I", str(rows)),
            "update": lambda: command("update", *target, *NAME, *model, "-C", "wait=false"),
            "updated": lambda: command("get", *target, *NAME),
            "delete": lambda: command("delete", *target, *NAME),
            "delete again": lambda: command("delete", *target, *NAME),
            "list then": lambda: command("list", "-t", "modelyard"),
            "help": lambda: command("help", "-t", "modelyard"),
        }
    )


main()
