"""Notebooks and files that the stock SDK puts into a component, run in environments that are built for them."""

import json
import warnings
from pathlib import Path
from typing import Any

import httpx
import kfp
import pytest
from kfp import dsl

from tests.conformance.kfp.test_running import SECONDS
from tests.support.compiled import IMAGE
from tests.support.server import RunningServer

PARAMETERS = "# as papermill has it\nnumber = 1\nplace = ''"


def notebook(path: Path, *cells: str) -> str:
    """The first cell is tagged `parameters`."""
    made: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{at}",
            "metadata": {"tags": [] if at else ["parameters"]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for at, source in enumerate((PARAMETERS, *cells))
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}))
    return str(path)


@pytest.fixture
def ended(server: RunningServer, client: kfp.Client, tmp_path: Path) -> Any:
    """A run with a task for each kind, by the native API."""
    (tmp_path / "doubles").mkdir()
    (tmp_path / "doubles" / "helper.py").write_text("def twice(number):\n    return 2 * number\n")
    doubling = "import helper\nprint('doubling', number)\nopen(place, 'w').write(str(helper.twice(number)))"
    notebook(tmp_path / "doubles" / "doubles.ipynb", doubling)
    breaking = notebook(tmp_path / "breaks.ipynb", "print('before')\nnumber / 0", "print('after')")
    installing = notebook(tmp_path / "installs.ipynb", "import six\nprint('six', six.__version__)")
    (tmp_path / "words.txt").write_text("embedded words")

    @dsl.notebook_component(notebook_path=str(tmp_path / "doubles"), base_image=IMAGE)
    def doubles(number: int, data: dsl.Output[dsl.Dataset], told: dsl.Output[dsl.Metrics]) -> int:
        dsl.run_notebook(number=number, place=data.path)
        with open(data.path) as file:
            found = int(file.read())
        told.log_metric("found", found)
        return found

    @dsl.notebook_component(notebook_path=breaking, base_image=IMAGE)
    def breaks() -> None:
        dsl.run_notebook(number=7)

    @dsl.notebook_component(notebook_path=installing, base_image=IMAGE, packages_to_install=["six==1.17.0"])
    def installs() -> None:
        dsl.run_notebook()

    @dsl.component(base_image=IMAGE, embedded_artifact_path=str(tmp_path / "words.txt"), install_kfp_package=False)
    def embeds(words: dsl.EmbeddedInput[dsl.Dataset]) -> str:
        with open(words.path) as file:
            return file.read()

    @dsl.pipeline(name="notebooks")
    def pipeline(number: int = 1) -> None:
        doubles(number=number)
        breaks()
        installs()
        embeds()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how the SDK makes its archive
        started = client.create_run_from_pipeline_func(pipeline, arguments={"number": 21}, enable_caching=False)
    client.wait_for_run_completion(started.run_id, timeout=SECONDS, sleep_duration=0.1)
    return httpx.get(f"{server.url}/api/v1/pipeline-runs/{started.run_id}").json()


def test_notebooks_take_parameters_and_their_errors_and_outputs_are_told(ended: Any, server: RunningServer) -> None:
    tasks = {task["name"]: task for task in ended["tasks"]}
    print(tasks)  # shown when the test fails

    def log(task: str) -> str:
        path = f"/api/v1/pipeline-runs/{ended['run']['id']}/tasks/{tasks[task]['id']}/log"
        return str(httpx.get(f"{server.url}{path}").json()["text"])

    assert tasks["doubles"]["outputs"]["parameters"] == {"Output": 42}
    assert "doubling 21" in log("doubles")
    assert tasks["breaks"]["state"] == "FAILED"
    first, _, more = tasks["breaks"]["error"]["message"].partition("\n")
    assert first == "The step ended with exit code 1: ZeroDivisionError: division by zero"
    assert "number / 0" in more, "the cell"
    assert "\x1b" not in more, "no colours"
    assert "before" in log("breaks")
    assert "after" not in log("breaks")
    assert tasks["installs"]["state"] == "SUCCEEDED", "what runs notebooks is brought along"
    assert "six 1.17.0" in log("installs")
    assert tasks["embeds"]["outputs"]["parameters"] == {"Output": "embedded words"}
