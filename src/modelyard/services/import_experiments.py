"""One experiment of another store, a page of runs after the other."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from modelyard.domain import names
from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import (
    Arrived,
    Counted,
    ForeignRun,
    ForeignStore,
    ImportOptions,
    ImportReport,
    Unreadable,
    Watcher,
)
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.series import Points
from modelyard.kit.threads import in_thread
from modelyard.services.import_artifacts import (
    ArtifactImport,
    place,
    reachable,
    root_of,
    root_of_model,
    root_of_run,
    stays,
)
from modelyard.services.journal import event
from modelyard.storage import events, experiments, imports
from modelyard.storage.database import Database, Transaction

PAGE = 100
"""Runs that are read, and then written in one transaction."""
_LOOKED_AT = 100
"""Runs that are looked up to see whether an experiment has come before."""


class Undone(Exception):
    """Takes back what a dry run has written."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an experiment of the other store goes."""

    experiment: Experiment
    is_new: bool


class ExperimentImport:
    """Of each page it copies the files first, which nobody sees without their run, and then writes all rows at once."""

    def __init__(
        self, database: Database, copier: ArtifactImport, principal: Principal, options: ImportOptions, watcher: Watcher
    ) -> None:
        self._database = database
        self._copier = copier
        self._principal = principal
        self._options = options
        self._watcher = watcher

    async def bring(self, store: ForeignStore, experiment_id: str, report: ImportReport) -> None:
        """Adds what is not here yet, and tells the report. Raises Unreadable unless it is to keep going."""
        source = await in_thread(store.experiment, experiment_id)
        names.experiment_name(source.name)
        run_ids = await in_thread(lambda: list(store.run_ids(experiment_id)))
        target = await self._target(store, source, run_ids)
        known = await self._database.read(lambda one: imports.known_runs(one, self._principal.workspace_id, run_ids))
        run_ids.sort(key=known.__contains__)  # what is not here comes first: an interrupted import goes on where it was
        self._watcher.started(source.name, len(run_ids))
        rows = Rows(self._principal, self._options, self._watcher, store, source, target)
        added = Counted()
        for start in range(0, len(run_ids), PAGE):
            added.add(await self._page(rows, run_ids[start : start + PAGE]))
        added.add(await self._logged_models(rows))
        if self._options.dry_run:  # in which it was written with each page, and taken back
            added.experiments = int(target.is_new)
        report.problems += rows.problems
        report.notes += [*_notes(source, target), *rows.notes()]
        report.added.add(added)
        report.experiments.append(Arrived(source.id, target.experiment.id, target.experiment.name, added))

    async def _page(self, rows: "Rows", run_ids: Sequence[str]) -> Counted:
        added = Counted()
        readable = [one for one in run_ids if await self._files_of_run(rows, one, added)]
        await self._write(lambda transaction: rows.write(transaction, added, readable))
        return added

    async def _logged_models(self, rows: "Rows") -> Counted:
        """Also those of an experiment that has no runs, which comes with them."""
        store, added = rows.store, Counted()
        models = await in_thread(store.logged_model_ids, rows.source.id)
        for model_id in models:
            found = await in_thread(store.logged_model, rows.source.id, model_id)
            root = root_of(store, found.artifact_uri, root_of_model(rows.target.experiment.id, model_id))
            added.add(await self._copier.copy(store, found.artifact_uri, model_id, root, self._watcher))
        await self._write(lambda transaction: rows.write(transaction, added, (), models))
        return added

    async def _write(self, work: Callable[[Transaction], None]) -> None:
        def tried(transaction: Transaction) -> None:
            work(transaction)
            if self._options.dry_run:
                raise Undone

        with suppress(Undone):
            await self._database.write(tried)

    async def _files_of_run(self, rows: "Rows", run_id: str, added: Counted) -> bool:
        """Whether the run can be read."""
        store = rows.store
        try:
            found = await in_thread(store.run, rows.source.id, run_id)
            root = root_of(store, found.run.artifact_uri, root_of_run(rows.target.experiment.id, found.run.id))
            added.add(await self._copier.copy(store, found.run.artifact_uri, found.run.id, root, self._watcher))
        except Unreadable as error:
            if not self._options.keep_going:
                raise
            rows.problems.append(f"Run {run_id} was left out: {error.message}")
            return False
        return True

    async def _target(self, store: ForeignStore, source: Experiment, run_ids: Sequence[str]) -> Target:
        """The experiment that has its runs already, else the one of its name, else a new one, under its id if free."""
        taken = max((int(one) for one in store.experiment_ids()), default=0)
        workspace = self._principal.workspace_id

        def work(transaction: Transaction) -> Target:
            for run_id in run_ids[:_LOOKED_AT]:
                home = imports.experiment_of_run(transaction, workspace, run_id)
                if home is not None and (known := experiments.by_id(transaction, workspace, int(home))) is not None:
                    return Target(known, is_new=False)
            known = experiments.by_name(transaction, workspace, source.name)
            if known is not None:
                return Target(known, is_new=False)
            number = int(source.id)
            if experiments.by_id(transaction, workspace, number) is not None:
                number = max(imports.highest_experiment(transaction), taken) + 1
            location = place(store, source.artifact_location, "", str(number))
            return Target(replace(source, id=str(number), artifact_location=location), is_new=True)

        return await self._database.read(work)


@dataclass(frozen=True, slots=True)
class Rows:
    """What is written of an experiment, and what there is to say about it."""

    principal: Principal
    options: ImportOptions
    watcher: Watcher
    store: ForeignStore
    source: Experiment
    target: Target
    problems: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    external: set[str] = field(default_factory=set)

    def notes(self) -> Sequence[str]:
        """What there is to say, with what stays where it is."""
        if not self.external:
            return self.said
        return [*self.said, f"Experiment '{self.target.experiment.name}': {stays(self.external)}"]

    def write(
        self, transaction: Transaction, added: Counted, run_ids: Sequence[str], model_ids: Sequence[str] = ()
    ) -> None:
        """Tells `added` how much was. Raises Unreadable unless it is to keep going."""
        written = Counted(experiments=self._experiment(transaction))
        for run_id in run_ids:
            savepoint = transaction.begin_nested()
            try:
                one = self._run(transaction, run_id)
                savepoint.commit()
            except Unreadable as error:
                savepoint.rollback()
                if not self.options.keep_going:
                    raise
                self.problems.append(f"Run {run_id} was left out: {error.message}")
                continue
            written.add(one)
            self.watcher.moved(runs=1)
        for model_id in model_ids:
            written.logged_models += self._logged_model(transaction, model_id)
        if written != Counted():
            self._record(transaction, written)
        added.add(written)

    def _experiment(self, transaction: Transaction) -> int:
        """Whether it is new."""
        workspace, here = self.principal.workspace_id, self.target.experiment
        new = self.target.is_new and experiments.by_id(transaction, workspace, int(here.id)) is None
        if new:
            imports.insert_experiment(transaction, workspace, here)
        imports.add_experiment_tags(transaction, workspace, int(here.id), self.source.tags)
        return int(new)

    def _record(self, transaction: Transaction, added: Counted) -> None:
        arrived = event(
            self.principal,
            "experiment.imported",
            Resource("experiment", self.target.experiment.id),
            source=self.store.name[:500],
            source_id=self.source.id,
            runs=added.runs,
            points=added.points,
        )
        events.record(transaction, arrived)

    def _run(self, transaction: Transaction, run_id: str) -> Counted:
        workspace, here = self.principal.workspace_id, self.target.experiment
        home = imports.experiment_of_run(transaction, workspace, run_id)
        if home is not None and home != here.id:
            self.said.append(f"Run {run_id} is in experiment {home} here already, not in {here.id}; it was left alone")
            return Counted()
        found = self.store.run(self.source.id, run_id)
        root = root_of_run(here.id, run_id)
        uri = place(self.store, found.run.artifact_uri, run_id, root)
        if not reachable(self.store, found.run.artifact_uri, run_id):
            self.external.add(found.run.artifact_uri.partition(f"/{run_id}")[0])
        moved = _moved(found, here.id, uri)
        pieces: Iterable[tuple[str, Points]] = self.store.points(self.source.id, run_id)
        if home is None:
            pk = imports.insert_run(transaction, workspace, moved)
        else:
            pk = imports.complete_run(transaction, workspace, moved)
            pieces = imports.unknown(transaction, pk, pieces)
        added = Counted(runs=int(home is None))
        for count in imports.add_points(transaction, (workspace, int(here.id), pk), pieces):
            added.points += count
            self.watcher.moved(points=count)
        if added.points and home is not None:
            imports.outdate(transaction, pk)
        return added

    def _logged_model(self, transaction: Transaction, model_id: str) -> int:
        here = self.target.experiment
        found = self.store.logged_model(self.source.id, model_id)
        root = root_of_model(here.id, model_id)
        uri = place(self.store, found.artifact_uri, model_id, root)
        if not reachable(self.store, found.artifact_uri, model_id):
            self.external.add(found.artifact_uri.partition(f"/models/{model_id}")[0])
        moved = replace(found, experiment_id=here.id, artifact_uri=uri)
        return int(imports.put_logged_model(transaction, self.principal.workspace_id, moved))


def _moved(found: ForeignRun, experiment_id: str, uri: str) -> ForeignRun:
    return replace(found, run=replace(found.run, experiment_id=experiment_id, artifact_uri=uri))


def _notes(source: Experiment, target: Target) -> list[str]:
    here = target.experiment
    if here.id == source.id and here.name == source.name:
        return []
    if target.is_new:
        return [f"Experiment '{source.name}' has the id {here.id} here: its own, {source.id}, belongs to another one"]
    if here.name != source.name:
        return [f"Experiment '{source.name}' came before and is called '{here.name}' here; what is new was added to it"]
    return [f"Experiment '{source.name}' ({source.id}) was added to the one of that name here, {here.id}"]
