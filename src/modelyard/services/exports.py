from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from modelyard.domain.artifacts import Blob, File
from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import Counted, Watcher
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.kit.threads import in_thread
from modelyard.services.authorize import authorize
from modelyard.storage import exports
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.portable import layout, pipelines, writing
from modelyard.storage.portable.folder import Folder


class Exports:
    """Writing everything of a workspace to a directory: Parquet tables, and artifacts as files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def write(self, principal: Principal, target: Path, version: str, watcher: Watcher) -> Counted:
        """Makes the directory `target`, whole or not at all, in constant memory; `version` is noted in it.

        Raises PermissionDenied, AlreadyExists when `target` is there and not empty, NotSupported without pyarrow,
        Corrupt for an artifact that is not what it was, StorageFull.
        """
        authorize(principal, "export.read", Resource("export"))
        layout.schemas()
        folder = await in_thread(Folder, target)
        try:

            def tables(transaction: Transaction) -> Counted:
                return _Tables(transaction, principal.workspace_id, folder.path, watcher).write()

            written = await self._database.read(tables)
            await self._files(principal, folder, written, watcher)
            counts = {name: getattr(written, name) for name in Counted.__slots__}
            manifest = {"modelyard": version, "exported_at": now_ms(), "holds": counts}
            await in_thread(folder.finish, manifest)
        finally:
            await in_thread(folder.discard)
        return written

    async def _files(self, principal: Principal, folder: Folder, written: Counted, watcher: Watcher) -> None:
        last = ""
        while True:
            rows = await self._database.read(partial(_files_after, principal.workspace_id, last))
            for row in rows:
                file = File(row.path, Blob(row.digest, row.size), row.modified_at)
                await folder.write(file, await self._blobs.get(file.blob))
                written.files += 1
                written.bytes += file.blob.size
                watcher.moved(size=file.blob.size)
                last = file.path
            if not rows:
                return


def _files_after(workspace_id: int, path: str, transaction: Transaction) -> Sequence[Any]:
    return exports.files_after(transaction, workspace_id, path)


class _Tables:
    """All that is read in one snapshot."""

    def __init__(self, transaction: Transaction, workspace_id: int, root: Path, watcher: Watcher) -> None:
        self._transaction = transaction
        self._workspace = workspace_id
        self._root = root
        self._watcher = watcher
        self._written = Counted()

    def write(self) -> Counted:
        with writing.table(self._root / layout.EXPERIMENTS) as table:
            for experiment in exports.all_experiments(self._transaction, self._workspace):
                table.add(writing.experiment_row(experiment))
                self._experiment(experiment)
        self._registry()
        self._pipelines()
        with writing.table(self._root / layout.EVENTS) as table:
            for row in exports.all_events(self._transaction, self._workspace):
                table.add({"id": row.pk, **{name: getattr(row, name) for name in _EVENT}})
        return self._written

    def _experiment(self, experiment: Experiment) -> None:
        folder, written = self._root / layout.FOLDER / experiment.id, self._written
        written.experiments += 1
        self._watcher.started(experiment.name, 0)
        with writing.table(folder / layout.RUNS) as runs, writing.metrics(folder / layout.METRICS) as metrics:
            for pk, found in exports.runs_of(self._transaction, experiment):
                runs.add(writing.run_row(found))
                for key, points in exports.points_of(self._transaction, pk):
                    metrics.add(found.run.id, key, points)
                    written.points += len(points)
                    self._watcher.moved(points=len(points))
                written.runs += 1
                self._watcher.moved(runs=1)
        with writing.table(folder / layout.LOGGED_MODELS) as table:
            for model in exports.logged_models_of(self._transaction, experiment):
                table.add(writing.logged_model_row(model))
                written.logged_models += 1

    def _registry(self) -> None:
        with writing.table(self._root / layout.MODELS) as table:
            for model, last_version in exports.all_models(self._transaction, self._workspace):
                table.add(writing.model_row(model, last_version))
                self._written.models += 1
        with writing.table(self._root / layout.VERSIONS) as table:
            for version in exports.all_versions(self._transaction, self._workspace):
                table.add(writing.version_row(version))
                self._written.versions += 1

    def _pipelines(self) -> None:
        for part in pipelines.PARTS:
            with writing.table(self._root / part.file) as table:
                for row in pipelines.rows(self._transaction, part, self._workspace):
                    table.add(row)
                    self._written.pipelines += part is pipelines.PIPELINES
                    self._written.pipeline_runs += part is pipelines.RUNS


_EVENT = ("at", "actor", "action", "kind", "subject", "detail")
