"""What model versions and endpoints still point to, so that it is not deleted under them."""

from urllib.parse import urlsplit

from sqlalchemy import func, select

from modelyard.kit.paths import path_of_uri
from modelyard.storage.database import Transaction
from modelyard.storage.tables.endpoints import endpoints, revisions
from modelyard.storage.tables.registry import model_versions, models

_OURS = "mlflow-artifacts"


class Pins:
    """Reasons by what is pointed to: runs, logged models, and paths of artifacts."""

    def __init__(self, workspace_id: int) -> None:
        self._workspace_id = workspace_id
        self._last = 0
        self._runs: dict[str, str] = {}
        self._models: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._above: dict[str, str] = {}

    def catch_up(self, transaction: Transaction) -> None:
        """Takes in what points to something since it was called last; what ceased to point meanwhile is kept."""
        versions = (
            select(model_versions.c.source, model_versions.c.location, model_versions.c.number, models.c.name)
            .join(models, models.c.pk == model_versions.c.model_pk)
            .where(model_versions.c.workspace_id == self._workspace_id, model_versions.c.pk > self._last)
        )
        last = transaction.execute(select(func.max(model_versions.c.pk))).scalar() or 0
        if last > self._last:
            for row in transaction.execute(versions):
                reason = f"version {row.number} of model {row.name} points to it"
                self._add(row.source, reason)
                self._add(row.location, reason)
            self._last = last
        served = (
            select(revisions.c.model_uri, revisions.c.location, revisions.c.number, endpoints.c.name)
            .join(endpoints, endpoints.c.pk == revisions.c.endpoint_pk)
            .where(revisions.c.workspace_id == self._workspace_id)
        )
        for row in transaction.execute(served):
            reason = f"revision {row.number} of endpoint {row.name} points to it"
            self._add(row.model_uri, reason)
            self._add(row.location, reason)

    def of_run(self, run_id: str, artifact_uri: str) -> str | None:
        """Why the run may not be deleted."""
        return self._runs.get(run_id) or self._of_uri(artifact_uri)

    def of_model(self, model_id: str, source_run_id: str, artifact_uri: str) -> str | None:
        """Why the logged model may not be deleted: `runs:/` means the models of a run as well as its files."""
        of_its_run = self._runs.get(source_run_id) if source_run_id else None
        return self._models.get(model_id) or of_its_run or self._of_uri(artifact_uri)

    def of_path(self, path: str) -> str | None:
        """Why the files at a path, or below it, may not be deleted."""
        if path in self._above:
            return self._above[path]
        segments = path.split("/")
        outer = ("/".join(segments[:depth]) for depth in range(len(segments), 0, -1))
        return next((self._paths[one] for one in outer if one in self._paths), None)

    def _of_uri(self, artifact_uri: str) -> str | None:
        path = path_of(artifact_uri)
        return None if path is None else self.of_path(path)

    def _add(self, location: str, reason: str) -> None:
        scheme, _, rest = location.partition(":")
        name = rest.lstrip("/").partition("/")[0]
        if scheme == "runs":
            self._runs.setdefault(name, reason)
        elif scheme == "models":
            self._models.setdefault(name, reason)
        elif (path := path_of(location)) is not None:
            self._paths.setdefault(path, reason)
            segments = path.split("/")
            for depth in range(1, len(segments) + 1):
                self._above.setdefault("/".join(segments[:depth]), reason)


def path_of(uri: str) -> str | None:
    """The path among our artifacts that a URI means; None for what is not kept here, and for the root of all."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != _OURS:
            return None
        return path_of_uri(uri.partition(":")[2].removeprefix(f"//{parts.netloc}").lstrip("/")) or None
    except ValueError:
        return None
