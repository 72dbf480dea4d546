from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.domain import names
from modelyard.domain.deletion import Kept, Selection, Tally
from modelyard.domain.errors import InvalidState, NotFound
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.jobs import Job
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.services import sweeping
from modelyard.services.authorize import authorize
from modelyard.services.jobs import Jobs
from modelyard.services.purge import BATCH, ROWS, Purge
from modelyard.storage import deletion, experiments, runs
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.pins import Pins
from modelyard.storage.pipeline_leftovers import Leftovers
from modelyard.storage.trash import Thing, Trash

KIND = "gc"


class Deletion:
    """Deleting for good what is in the trash, and the contents of files that nothing refers to any more.

    Whatever a model version or an endpoint still points to stays, and is named with the reason.
    """

    def __init__(self, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    async def select(
        self,
        principal: Principal,
        older_than_seconds: float = 0.0,
        experiment_ids: Sequence[str] = (),
        run_ids: Sequence[str] = (),
    ) -> Selection:
        """What has been in the trash for so long: all of it, or these experiments with what is in them, and these runs.

        Raises PermissionDenied, InvalidInput for a bad id, NotFound for what does not exist, and InvalidState for what
        is named but is not in the trash, or not for so long.
        """
        authorize(principal, "gc.run", Resource("trash"))
        numbers = [names.experiment_id(one) for one in experiment_ids]
        selection = Selection(now_ms() - int(older_than_seconds * 1000), numbers, list(run_ids))
        if not selection.everything:
            await self._database.read(lambda transaction: _check_named(transaction, principal, selection))
        return selection

    async def plan(self, principal: Principal, selection: Selection) -> Tally:
        """What `start` would delete if it ran now. Raises PermissionDenied."""
        authorize(principal, "gc.run", Resource("trash"))
        tally, roots = await self._database.read(lambda transaction: _plan(transaction, principal, selection))
        without = {principal.workspace_id: roots}
        async for _, unused in sweeping.unused(self._database, self._blobs, without):
            tally = tally.plus(blobs=len(unused), bytes=sum(blob.size for blob in unused))
        return tally

    async def start(self, principal: Principal, selection: Selection) -> Job:
        """Leaves the work to a job, which goes on after a crash. Raises PermissionDenied."""
        authorize(principal, "gc.run", Resource("trash"))
        spec = {
            "before": selection.before,
            "experiment_ids": list(selection.experiment_ids),
            "run_ids": list(selection.run_ids),
        }
        return await self._jobs.create(principal, KIND, spec)

    async def carry_out(self, job: Job) -> None:
        """Does a job, or the rest of it: for controllers."""
        await Purge(self._database, self._blobs, job).run()


def _check_named(transaction: Transaction, principal: Principal, selection: Selection) -> None:
    for experiment_id in selection.experiment_ids:
        experiment = experiments.by_id(transaction, principal.workspace_id, int(experiment_id))
        if experiment is None:
            raise NotFound(f"No Experiment with id={experiment_id} exists")
        _check_in_trash(f"experiment {experiment_id}", experiment.lifecycle, experiment.updated_at, selection)
    for run_id in selection.run_ids:
        row = runs.row_of(transaction, principal.workspace_id, run_id)
        if row is None:
            raise NotFound(f"Run with id={run_id} not found")
        _check_in_trash(f"run {run_id}", Lifecycle(row.lifecycle), row.deleted_at or 0, selection)


def _check_in_trash(what: str, lifecycle: Lifecycle, since: int, selection: Selection) -> None:
    if lifecycle is not Lifecycle.DELETED:
        raise InvalidState(f"The {what} is not in the trash; delete it first, then for good")
    if since > selection.before:
        raise InvalidState(f"The {what} has not been in the trash for so long; ask for a shorter time")


def _plan(transaction: Transaction, principal: Principal, selection: Selection) -> tuple[Tally, set[str]]:
    """Counts of rows and files, and where the files are that would go."""
    trash, pins = Trash(principal.workspace_id, selection), Pins(principal.workspace_id)
    pins.catch_up(transaction)
    going: list[Thing] = []
    kept: list[Kept] = []
    gone: dict[int, list[Thing]] = defaultdict(list)
    for choose in (trash.chosen_runs, trash.chosen_models):
        after: int | None = 0
        while after is not None:
            chosen = choose(transaction, pins, after, BATCH)
            going += chosen.going
            kept += chosen.kept
            after = chosen.last
    for one in going:
        gone[one.experiment_pk].append(one)
    after = 0
    while after is not None:
        chosen = trash.chosen_experiments(transaction, pins, after, BATCH, gone)
        going += chosen.going
        kept += chosen.kept
        after = chosen.last
    roots = {one.root for one in going if one.root}
    experiments_gone = [one.pk for one in going if one.kind == "experiment"]
    roots |= _leftover(transaction, Leftovers(principal.workspace_id, pins, experiments_gone))
    outermost = {root for root in roots if not _inside(root, roots)}
    tally = Tally(**_counts(going), files=deletion.count_files(transaction, principal.workspace_id, outermost))
    return tally.keeping(kept), roots


def _leftover(transaction: Transaction, leftovers: Leftovers) -> set[str]:
    """Files of deleted runs of pipelines."""
    found: set[str] = set()
    last, more = "", True
    while more:
        folders, last = leftovers.folders(transaction, last, BATCH)
        more = bool(last)
        found.update(folder for folder in folders if leftovers.is_whole(transaction, folder))
        for folder in set(folders) - found:
            after, some = "", True
            while some:
                going, after = leftovers.files(transaction, folder, after, ROWS)
                found.update(going)
                some = bool(after)
    return found


def _inside(path: str, roots: set[str]) -> bool:
    segments = path.split("/")
    return any("/".join(segments[:depth]) in roots for depth in range(1, len(segments)))


def _counts(things: Sequence[Thing]) -> Mapping[str, Any]:
    return {f"{kind}s": sum(one.kind == kind for one in things) for kind in ("experiment", "run", "logged_model")}
