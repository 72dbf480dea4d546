from collections.abc import Awaitable

from modelyard.domain.errors import AlreadyExists, InvalidInput
from modelyard.domain.imports import ForeignStore, ImportOptions, ImportReport, Unreadable, Watcher
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.threads import in_thread
from modelyard.services.authorize import authorize
from modelyard.services.import_artifacts import ArtifactImport
from modelyard.services.import_experiments import ExperimentImport
from modelyard.services.import_models import ModelImport
from modelyard.services.import_pipelines import PipelineImport
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database

_HINT = "What came before it stays; --keep-going leaves out what cannot come and brings the rest"


class Imports:
    """Bringing in what another store holds."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def bring(
        self, principal: Principal, store: ForeignStore, options: ImportOptions, watcher: Watcher
    ) -> ImportReport:
        """Adds all experiments, models and pipelines of `store` that are not here yet, and what is new in the others.

        A page of runs, and a model, arrive wholly or not at all. What is here already is never changed or taken
        away, so that an import may be repeated, also after it was interrupted.

        Raises PermissionDenied; unless it is to keep going, Unreadable for what cannot be read, InvalidInput for a name
        that nothing can have here, and AlreadyExists for a model of which there is another one here.
        """
        authorize(principal, "import.write", Resource("import"))
        report = ImportReport(store.name, options.dry_run)
        report.notes += await in_thread(store.notes)
        copier = ArtifactImport(self._database, self._blobs, principal, options)
        tracking = ExperimentImport(self._database, copier, principal, options, watcher)
        for experiment_id in await in_thread(store.experiment_ids):
            await _each(f"Experiment {experiment_id}", tracking.bring(store, experiment_id, report), options, report)
        registry = ModelImport(self._database, copier, principal, options, watcher)
        for name in await in_thread(store.model_names):
            await _each(f"Model '{name}'", registry.bring(store, name, report), options, report)
        pipelines = PipelineImport(self._database, principal, options)
        await _each("Pipelines", pipelines.bring(store, report), options, report)
        if store.keeps_places:
            report.added.add(await copier.copy_rest(store, watcher))
        return report


async def _each(what: str, bringing: Awaitable[None], options: ImportOptions, report: ImportReport) -> None:
    try:
        await bringing
    except (Unreadable, InvalidInput, AlreadyExists) as error:
        if not options.keep_going:
            raise type(error)(f"{what}: {error.message}. {_HINT}") from None
        report.problems.append(f"{what} was left out: {error.message}")
