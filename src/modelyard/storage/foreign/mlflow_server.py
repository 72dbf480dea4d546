"""A running MLflow server, read over its REST API."""

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import ForeignFile, ForeignRun
from modelyard.domain.logged_models import LoggedModel
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.series import Points
from modelyard.formats import mlflow_json as formats
from modelyard.storage.foreign.mlflow_rest import API, Json, Rest

_PAGE = 1000
_POINTS = 25_000
_REMEMBERED = 500
_PROXY = "api/2.0/mlflow-artifacts/artifacts"
_PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"


class MlflowServer:
    """Reads what the server shows; logged models in its trash it does not list. A `ForeignStore`."""

    keeps_places = False

    def __init__(self, url: str) -> None:
        self._rest = Rest(url)
        self._seen: OrderedDict[str, Json] = OrderedDict()

    @property
    def name(self) -> str:
        return self._rest.shown

    def experiment_ids(self) -> Sequence[str]:
        asked = {"max_results": _PAGE, "view_type": "ALL", "order_by": ["experiment_id ASC"]}
        found = self._rest.pages("POST", "experiments/search", asked, "experiments")
        return sorted((str(one["experiment_id"]) for one in found), key=lambda name: (len(name), name))

    def experiment(self, experiment_id: str) -> Experiment:
        answer = self._rest.get("experiments/get", {"experiment_id": experiment_id})
        return formats.experiment(answer["experiment"])

    def run_ids(self, experiment_id: str) -> Iterator[str]:
        asked = {"experiment_ids": [experiment_id], "run_view_type": "ALL", "max_results": _PAGE}
        for one in self._rest.pages("POST", "runs/search", asked, "runs"):
            yield str(one["info"]["run_id"])

    def run(self, experiment_id: str, run_id: str) -> ForeignRun:  # noqa: ARG002 - of the port
        return formats.run(self._run(run_id))

    def points(self, experiment_id: str, run_id: str) -> Iterator[tuple[str, Points]]:  # noqa: ARG002 - of the port
        for latest in self._run(run_id).get("data", {}).get("metrics", ()):
            asked = {"run_id": run_id, "metric_key": latest["key"], "max_results": _POINTS}
            piece = Points()
            for one in self._rest.pages("GET", "metrics/get-history", asked, "metrics"):
                piece.steps.append(int(one.get("step", 0)))
                piece.timestamps.append(int(one.get("timestamp", 0)))
                piece.values.append(float(one.get("value", 0.0)))
                if len(piece) == _POINTS:
                    yield latest["key"], piece
                    piece = Points(array("q"), array("q"), array("d"))
            if piece:
                yield latest["key"], piece

    def logged_model_ids(self, experiment_id: str) -> Sequence[str]:
        asked = {"experiment_ids": [experiment_id], "max_results": 50}
        return [one["info"]["model_id"] for one in self._rest.pages("POST", "logged-models/search", asked, "models")]

    def logged_model(self, experiment_id: str, model_id: str) -> LoggedModel:  # noqa: ARG002 - of the port
        return formats.logged_model(self._rest.get(f"logged-models/{model_id}", {})["model"])

    def model_names(self) -> Sequence[str]:
        names = set()
        for asked in ({"max_results": _PAGE}, {"max_results": _PAGE, "filter": _PROMPTS}):
            found = self._rest.pages("GET", "registered-models/search", asked, "registered_models")
            names |= {str(one["name"]) for one in found}
        return sorted(names)

    def model(self, name: str) -> Model:
        return formats.model(self._rest.get("registered-models/get", {"name": name})["registered_model"])

    def versions(self, name: str) -> Sequence[ModelVersion]:
        quoted = "'{}'".format(name.replace("'", "''")) if "'" not in name else f'"{name}"'
        asked = {"filter": f"name = {quoted}", "max_results": _PAGE}
        found = list(self._rest.pages("GET", "model-versions/search", asked, "model_versions"))
        versions = [formats.version(one, self._location(one)) for one in found]
        return sorted(versions, key=lambda one: one.number)

    def last_version(self, name: str) -> int:  # noqa: ARG002 - of the port
        return 0

    def files(self, location: str, owner: str) -> Iterator[ForeignFile] | None:
        """What the server passes on: its own proxied artifacts, and the folders on its machine that runs have."""
        parts = urlsplit(location)
        if parts.scheme == "mlflow-artifacts":
            return self._proxied(parts.path.strip("/"), "")
        if parts.scheme in ("", "file") and owner:
            return self._of_model(owner, "") if owner.startswith("m-") else self._of_run(owner, "")
        return None

    def pipelines(self, of: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - of the port
        return iter(())

    def notes(self) -> Sequence[str]:
        return ["Traces, if there are any, and logged models in the server's trash stay where they are"]

    def close(self) -> None:
        self._rest.close()

    def _run(self, run_id: str) -> Json:
        """Not as a search shows it, which leaves out the models that a run has read."""
        if run_id not in self._seen:
            self._seen[run_id] = self._rest.get("runs/get", {"run_id": run_id})["run"]
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return self._seen[run_id]

    def _location(self, version: Json) -> str:
        asked = {"name": version["name"], "version": version["version"]}
        return str(self._rest.get("model-versions/get-download-uri", asked).get("artifact_uri", ""))

    def _proxied(self, root: str, inside: str) -> Iterator[ForeignFile]:
        folder = f"{root}/{inside}".strip("/")
        for one in self._rest.get("artifacts", {"path": folder}, _PROXY.rpartition("/")[0]).get("files", ()):
            path = f"{inside}/{one['path']}".strip("/")
            if one.get("is_dir"):
                yield from self._proxied(root, path)
            else:
                read = partial(self._rest.download, f"{_PROXY}/{quote(f'{root}/{path}')}", {})
                yield ForeignFile(path, int(one.get("file_size", 0)), None, read)

    def _of_run(self, run_id: str, inside: str) -> Iterator[ForeignFile]:
        asked = {"run_id": run_id, "path": inside} if inside else {"run_id": run_id}
        for one in self._rest.pages("GET", "artifacts/list", asked, "files"):
            if one.get("is_dir"):
                yield from self._of_run(run_id, one["path"])
            else:
                read = partial(self._rest.download, "get-artifact", {"run_id": run_id, "path": one["path"]})
                yield ForeignFile(one["path"], int(one.get("file_size", 0)), None, read)

    def _of_model(self, model_id: str, inside: str) -> Iterator[ForeignFile]:
        asked = {"artifact_directory_path": inside} if inside else {}
        for one in self._rest.pages("GET", f"logged-models/{model_id}/artifacts/directories", asked, "files"):
            if one.get("is_dir"):
                yield from self._of_model(model_id, one["path"])
            else:
                place = f"ajax-{API}/logged-models/{model_id}/artifacts/files"
                read = partial(self._rest.download, place, {"artifact_file_path": one["path"]})
                yield ForeignFile(one["path"], int(one.get("file_size", 0)), None, read)
