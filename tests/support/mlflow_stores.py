"""Stores made and read by the real MLflow: `python -m tests.support.mlflow_stores fill|add|dump URI`.

In processes of their own, since MLflow keeps its stores open and its warnings are not ours.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0
LARGEST = sys.float_info.max


def fill(uri: str) -> None:
    """Makes something of everything."""
    _mlflow("fill", uri)


def add(uri: str) -> None:
    """A run more, and more to the runs that are there."""
    _mlflow("add", uri)


def dump(uri: str) -> dict[str, Any]:
    """All that the stock client can read, without the places where artifacts lie."""
    read: dict[str, Any] = json.loads(_mlflow("dump", uri))
    return read


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """MLflow's own server with its store in a folder."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "mlartifacts")]
    for last in (False, False, True):
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--port", str(port)], cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        if last or not _finds_its_port_taken(url, process, folder / "log"):
            break
    try:
        _until_it_answers(url, process, folder / "log")
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(PATIENCE)


def _finds_its_port_taken(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    """It cannot be told to look for a free one by itself, and somebody may be quicker."""
    try:
        _until_it_answers(url, process, log)
    except AssertionError:
        return "ddress already in use" in log.read_text()
    return False


def _until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - loopback
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _mlflow(what: str, uri: str) -> str:
    known = {key: value for key, value in os.environ.items() if not key.startswith(("MODELYARD_", "MLFLOW_"))}
    with tempfile.TemporaryDirectory() as anywhere:
        # MLflow keeps the artifacts of a database that no server stands in front of in the working directory.
        cwd = Path(uri.removeprefix("sqlite:///")).parent if uri.startswith("sqlite:") else anywhere
        ended = subprocess.run(
            [sys.executable, "-m", "tests.support.mlflow_stores", what, uri],
            cwd=cwd,
            env=known
            | {
                "MLFLOW_ALLOW_FILE_STORE": "true",
                "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
                "GIT_PYTHON_REFRESH": "quiet",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _fill(client: Any) -> None:
    from mlflow import entities  # noqa: PLC0415

    rides = client.create_experiment("rides", tags={"team": "a b", "mlflow.note.content": "über"})
    run = client.create_run(rides, run_name="first", tags={"a/b": "x\ny", "u": "é"}, start_time=5).info.run_id
    client.log_param(run, "lr", "0.1")
    client.log_param(run, "nested/p", "")
    for step in range(3):
        client.log_metric(run, "loss/train", 1.0 / (step + 1), timestamp=1000 + step, step=step)
    for key, value, step in (("gap", float("nan"), 0), ("up", float("inf"), -1), ("down", -float("inf"), 2**40)):
        client.log_metric(run, key, value, timestamp=5, step=step)
    dataset = entities.Dataset("ds", "abc", "local", "{}", None, "{}")
    client.log_inputs(run, [entities.DatasetInput(dataset, [entities.InputTag("ctx", "train")])])
    client.log_text(run, "hello", "dir/hello world.txt")
    client.log_text(run, "", "empty.txt")
    model = client.create_logged_model(
        rides, name="lin", source_run_id=run, tags={"t": "1"}, params={"p": "2"}, model_type="x"
    )
    about = {"model_id": model.model_id, "timestamp": 7, "step": 0}
    client.log_metric(run, "acc", 0.5, dataset_name="ds", dataset_digest="abc", **about)
    client.log_metric(run, "acc2", 0.25, **about)
    client.log_outputs(run, [entities.LoggedModelOutput(model.model_id, 3)])
    client.finalize_logged_model(model.model_id, "READY")
    reader = client.create_run(rides, run_name="reader").info.run_id
    client.log_inputs(reader, models=[entities.LoggedModelInput(model.model_id)])
    client.set_terminated(reader, "FAILED")
    client.delete_run(client.create_run(rides).info.run_id)
    gone = client.create_experiment("gone")
    client.create_run(gone)
    client.delete_experiment(gone)
    client.log_metric(client.create_run("0", run_name="going on").info.run_id, "m", 1.0, timestamp=1)
    _register(client, run, model.model_id)
    client.set_terminated(run, "FINISHED")


def _register(client: Any, run: str, model_id: str) -> None:
    client.create_registered_model("net", tags={"k": "v"}, description="what it is for")
    client.create_registered_model("never used")
    root = client.get_run(run).info.artifact_uri
    client.create_model_version("net", f"runs:/{run}/dir", run_id=run, tags={"q": "w"}, description="the first")
    client.create_model_version("net", f"models:/{model_id}", run_id=run, model_id=model_id)
    client.create_model_version("net", f"{root}/dir", run_id=run)
    client.create_model_version("net", f"{root}/dir", run_id=run)
    client.delete_model_version("net", "3")
    client.set_registered_model_alias("net", "champion", "1")
    client.set_registered_model_alias("net", "challenger", "4")
    client.transition_model_version_stage("net", "2", "Staging")


def _add(client: Any) -> None:
    going_on = client.search_runs(["0"])[0].info.run_id
    client.log_metric(going_on, "m", 2.0, timestamp=2, step=1)
    client.log_metric(going_on, "other", 3.0, timestamp=2)
    client.log_param(going_on, "late", "yes")
    client.log_text(going_on, "late", "late.txt")
    client.set_terminated(going_on, "FINISHED", end_time=99)
    client.create_run("0", run_name="new", start_time=7)
    client.create_model_version("net", f"runs:/{going_on}/late.txt", run_id=going_on)
    client.set_registered_model_alias("net", "newest", "5")


def _dump(client: Any) -> dict[str, Any]:
    return {
        "experiments": {one.experiment_id: _experiment(one) for one in client.search_experiments(view_type=3)},
        "runs": {
            run.info.run_id: _run(client, client.get_run(run.info.run_id))
            for one in client.search_experiments(view_type=3)
            for run in client.search_runs([one.experiment_id], run_view_type=3, max_results=1000)
        },
        "logged models": {
            model.model_id: _logged_model(model)
            for one in client.search_experiments()
            for model in client.search_logged_models([one.experiment_id])
        },
        "models": {
            one.name: {
                "description": one.description or "",
                "tags": one.tags,
                "aliases": {alias: int(number) for alias, number in one.aliases.items()},
                "times": [one.creation_timestamp, one.last_updated_timestamp],
            }
            for one in client.search_registered_models()
        },
        "versions": {
            f"{one.name}/{one.version}": _version(client, one)
            for model in client.search_registered_models()
            for one in client.search_model_versions(f"name = '{model.name}'")
        },
    }


def _experiment(one: Any) -> dict[str, Any]:
    times = [] if one.experiment_id == "0" else [one.creation_time, one.last_update_time]
    return {"name": one.name, "lifecycle": one.lifecycle_stage, "tags": one.tags, "times": times}


def _run(client: Any, run: Any) -> dict[str, Any]:
    info = run.info
    active = info.lifecycle_stage == "active"
    return {
        "experiment": info.experiment_id,
        "info": [info.run_name, info.status, info.lifecycle_stage, info.start_time, info.end_time, info.user_id],
        "params": run.data.params,
        "tags": run.data.tags,
        "latest": {key: _shown(value) for key, value in run.data.metrics.items()},
        "points": {
            key: sorted(
                [one.timestamp, one.step, _shown(one.value)] for one in client.get_metric_history(info.run_id, key)
            )
            for key in run.data.metrics
        },
        "datasets": [
            [one.dataset.to_dictionary(), {tag.key: tag.value for tag in one.tags}] for one in run.inputs.dataset_inputs
        ],
        "read": [one.model_id for one in run.inputs.model_inputs],
        "wrote": [[one.model_id, one.step] for one in run.outputs.model_outputs],
        "files": dict(_files(client, info.run_id, "")) if active else {},
    }


def _files(client: Any, run_id: str, path: str) -> Iterator[tuple[str, str]]:
    for one in client.list_artifacts(run_id, path or None):
        if one.is_dir:
            yield from _files(client, run_id, one.path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                yield one.path, Path(client.download_artifacts(run_id, one.path, folder)).read_text()


def _logged_model(model: Any) -> dict[str, Any]:
    return {
        "about": [model.experiment_id, model.name, model.model_type, model.source_run_id, str(model.status)],
        "times": [model.creation_timestamp, model.last_updated_timestamp],
        "tags": model.tags,
        "params": model.params,
        "metrics": sorted(
            [one.key, _shown(one.value), one.timestamp, one.step, one.run_id, one.dataset_name or ""]
            for one in model.metrics or []
        ),
    }


def _version(client: Any, one: Any) -> dict[str, Any]:
    return {
        "description": one.description or "",
        "source": _without_root(one.source),
        "location": _without_root(client.get_model_version_download_uri(one.name, one.version)),
        "about": [one.run_id or "", one.run_link or "", one.current_stage, one.status, one.user_id or ""],
        "aliases": sorted(client.get_model_version(one.name, one.version).aliases),
        "tags": one.tags,
        "times": [one.creation_timestamp, one.last_updated_timestamp],
    }


def _without_root(uri: str) -> str:
    """What is left when a store has moved."""
    return "/".join(uri.rsplit("/", 3)[1:])


def _shown(value: float) -> float | str:
    """MLflow's databases have no infinity."""
    return "NaN" if value != value else min(max(value, -LARGEST), LARGEST)  # noqa: PLR0124 - only NaN is not itself


def _main(what: str, uri: str) -> None:
    import warnings  # noqa: PLC0415

    warnings.simplefilter("ignore")
    from mlflow import MlflowClient, set_registry_uri, set_tracking_uri  # noqa: PLC0415

    set_tracking_uri(uri)
    set_registry_uri(uri)
    work: dict[str, Callable[[Any], Any]] = {"fill": _fill, "add": _add, "dump": _dump}
    json.dump(work[what](MlflowClient(uri, uri)), sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
