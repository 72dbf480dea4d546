"""Things to put into the trash, and what is left once it has been emptied."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from modelyard.domain.deletion import Tally
from modelyard.domain.jobs import Job
from modelyard.domain.logged_models import LoggedModel, NewLoggedModel
from modelyard.services.artifacts import Artifacts
from modelyard.services.deletion import Deletion
from modelyard.services.experiments import Experiments
from modelyard.services.jobs import Jobs
from modelyard.services.logged_models import LoggedModels
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.blobs import Blobs, open_blobs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.tables import base
from tests.support.streams import pieces
from tests.support.tracking import ME, metrics, new_run


@dataclass(frozen=True, slots=True)
class Bench:
    """The services that fill and empty the trash, over one database and a directory of blobs."""

    database: Database
    blobs: Blobs
    root: Path
    experiments: Experiments
    runs: Runs
    log: RunLog
    models: LoggedModels
    artifacts: Artifacts
    jobs: Jobs
    deletion: Deletion

    async def experiment(self, name: str) -> str:
        return (await self.experiments.create(ME, name)).id

    async def run(self, experiment: str, files: Sequence[bytes] = (), points: int = 3) -> str:
        run = await new_run(self.database, experiment)
        for number in range(points):
            await self.log.log(ME, run, metrics(("loss", 1 / (number + 1), number, number)))
        for number, content in enumerate(files):
            await self.artifacts.put(ME, f"{experiment}/{run}/artifacts/f{number}", pieces(content))
        return run

    async def model(self, experiment: str, content: bytes, run: str = "") -> LoggedModel:
        made = await self.models.create(ME, NewLoggedModel(experiment, "model", source_run_id=run))
        path = made.artifact_uri.removeprefix("mlflow-artifacts:/")
        await self.artifacts.put(ME, f"{path}/MLmodel", pieces(content))
        return made

    async def plan(self, *, experiments: Sequence[str] = (), runs: Sequence[str] = ()) -> Tally:
        return await self.deletion.plan(ME, await self.deletion.select(ME, 0, experiments, runs))

    async def start(self, *, experiments: Sequence[str] = (), runs: Sequence[str] = ()) -> Job:
        return await self.deletion.start(ME, await self.deletion.select(ME, 0, experiments, runs))

    async def empty(self, *, experiments: Sequence[str] = (), runs: Sequence[str] = ()) -> Tally:
        """Deletes for good what a look promised."""
        planned = await self.plan(experiments=experiments, runs=runs)
        job = await self.start(experiments=experiments, runs=runs)
        await self.deletion.carry_out(job)
        done = Tally.of((await self.jobs.get(ME, job.id)).progress["tally"])
        assert (done.document(), done.kept) == (planned.document(), planned.kept)
        return done

    async def counts(self) -> dict[str, int]:
        """Rows of every table that has any, but for those that only say what happened."""

        def work(transaction: Transaction) -> dict[str, int]:
            tables = [one for one in base.metadata.sorted_tables if one.name not in ("events", "jobs", "workspaces")]
            counting = {one.name: select(func.count()).select_from(one) for one in tables}
            return {name: transaction.execute(statement).scalar_one() for name, statement in counting.items()}

        return {name: count for name, count in (await self.database.read(work)).items() if count}

    def contents(self) -> list[Path]:
        return [path for path in (self.root / "blobs").rglob("*") if path.is_file()]


def bench(database: Database, root: Path) -> Bench:
    blobs, jobs = open_blobs(root), Jobs(database)
    return Bench(
        database=database,
        blobs=blobs,
        root=root,
        experiments=Experiments(database),
        runs=Runs(database),
        log=RunLog(database),
        models=LoggedModels(database),
        artifacts=Artifacts(database, blobs),
        jobs=jobs,
        deletion=Deletion(database, blobs, jobs),
    )
