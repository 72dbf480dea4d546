"""One registered model of another store, wholly or not at all."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from modelyard.domain import names
from modelyard.domain.errors import AlreadyExists
from modelyard.domain.events import Event
from modelyard.domain.imports import Counted, ForeignStore, ImportOptions, ImportReport, Watcher
from modelyard.domain.models import Model, ModelVersion, Stage
from modelyard.domain.principals import Principal
from modelyard.kit.threads import in_thread
from modelyard.services.artifacts import OURS
from modelyard.services.import_artifacts import ArtifactImport, reachable, root_of_version, stays
from modelyard.services.import_experiments import Undone
from modelyard.services.journal import event
from modelyard.services.models import resource
from modelyard.storage import events, imports, logged_models, model_aliases, model_history, model_versions, models, runs
from modelyard.storage.database import Database, Transaction

_IN_REGISTRY = ("models:/", "runs:/")


class ModelImport:
    """After the experiments, so that versions find the files of their runs and logged models."""

    def __init__(
        self, database: Database, copier: ArtifactImport, principal: Principal, options: ImportOptions, watcher: Watcher
    ) -> None:
        self._database = database
        self._copier = copier
        self._principal = principal
        self._options = options
        self._watcher = watcher

    async def bring(self, store: ForeignStore, name: str, report: ImportReport) -> None:
        """Adds what is not here yet, and tells the report.

        Raises Unreadable, InvalidInput for a name that no model can have here, AlreadyExists when a version here is
        another one than that of the same number there.
        """
        names.model_name(name)
        model = await in_thread(store.model, name)
        added, external = Counted(), set[str]()
        versions = [
            await self._located(store, version, added, external) for version in await in_thread(store.versions, name)
        ]

        def work(transaction: Transaction) -> Counted:
            found = self._write(transaction, store, model, versions)
            if self._options.dry_run:
                added.add(found)
                raise Undone
            return found

        with suppress(Undone):
            added.add(await self._database.write(work))
        if external:
            report.notes.append(f"Model '{name}': {stays(external)}")
        report.added.add(added)

    async def _located(
        self, store: ForeignStore, version: ModelVersion, added: Counted, external: set[str]
    ) -> ModelVersion:
        """The version with the place that its files have here."""
        old = version.location
        if old.startswith(_IN_REGISTRY) or (store.keeps_places and old.startswith(f"{OURS}:")):
            return version
        new = await self._database.read(lambda transaction: self._inside(transaction, version))
        if new is None and reachable(store, old, ""):
            root = root_of_version(version.name, version.number)
            added.add(await self._copier.copy(store, old, "", root, self._watcher))
            new = f"{OURS}:/{root}"
        if new is None:
            external.add(old)
            return version
        return replace(version, location=new, source=new if version.source == old else version.source)

    def _inside(self, transaction: Transaction, version: ModelVersion) -> str | None:
        """The place below a run or logged model that has come along."""
        workspace, old = self._principal.workspace_id, version.location
        model = logged_models.by_id(transaction, workspace, version.model_id) if version.model_id else None
        run = runs.by_id(transaction, workspace, version.run_id) if version.run_id else None
        for known, mark in ((model, version.model_id), (run, version.run_id)):
            _, inside, rest = old.partition(f"/{mark}/artifacts")
            if inside and mark and self._options.dry_run:
                return old  # the run would be here by now
            if known is not None and inside and rest[:1] in ("", "/"):
                return f"{known.artifact_uri.rstrip('/')}{rest}"
        return None

    def _write(
        self, transaction: Transaction, store: ForeignStore, model: Model, versions: Sequence[ModelVersion]
    ) -> Counted:
        workspace = self._principal.workspace_id
        pk = models.key_of(transaction, workspace, model.name, lock=True)
        added = Counted(models=int(pk is None))
        happened: list[Event] = []
        if pk is None:
            pk = imports.insert_model(transaction, workspace, model)
            happened.append(
                event(self._principal, model_history.CREATED, resource(model.name), source=store.name[:500])
            )
        imports.add_model_tags(transaction, workspace, pk, model.tags)
        known = imports.version_times(transaction, pk)
        _refuse_others(model.name, versions, known, store)
        for version in versions:
            if version.number not in known:
                version_pk = model_versions.insert_one(transaction, workspace, pk, version)
                model_versions.put_tags(transaction, workspace, version_pk, list(version.tags.items()))
                happened += self._arrived(version)
                added.versions += 1
        happened += self._aliases(transaction, pk, model)
        highest = max((one.number for one in versions), default=0)
        imports.number_from(transaction, pk, max(highest, store.last_version(model.name)))
        events.record(transaction, *happened)
        return added

    def _arrived(self, version: ModelVersion) -> list[Event]:
        subject = resource(version.name)
        arrived = [
            event(self._principal, "version.imported", subject, version=version.number, source=version.source[:500])
        ]
        if version.stage is not Stage.NONE:
            before, after = Stage.NONE.value, version.stage.value
            moved = event(
                self._principal, model_history.STAGE_MOVED, subject, version=version.number, before=before, after=after
            )
            arrived.append(moved)
        return arrived

    def _aliases(self, transaction: Transaction, pk: int, model: Model) -> list[Event]:
        set_here = model_aliases.of_models(transaction, [pk]).get(pk, {})
        moved = []
        for alias, number in model.aliases.items():
            if alias not in set_here:
                model_aliases.put(transaction, self._principal.workspace_id, pk, alias, number)
                subject = resource(model.name)
                moved.append(
                    event(self._principal, model_history.ALIAS_MOVED, subject, alias=alias, before=None, after=number)
                )
        return moved


def _refuse_others(name: str, versions: Sequence[ModelVersion], known: Mapping[int, int], store: ForeignStore) -> None:
    for version in versions:
        if known.get(version.number, version.created_at) != version.created_at:
            raise AlreadyExists(
                f"The model '{name}' here has a version {version.number} of its own, which is not the one in "
                f"{store.name}; rename one of the two models and import again"
            )
