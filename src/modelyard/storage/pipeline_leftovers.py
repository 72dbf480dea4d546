"""Files of runs of pipelines that have been deleted: they go, except what somebody still refers to."""

import re
from collections.abc import Sequence

from sqlalchemy import delete, or_, select

from modelyard.storage import files as storage_files
from modelyard.storage.database import Transaction
from modelyard.storage.deletion import is_within
from modelyard.storage.files import below
from modelyard.storage.members import among
from modelyard.storage.pins import Pins, path_of
from modelyard.storage.tables.files import files
from modelyard.storage.tables.pipelines import pipeline_artifacts, pipeline_runs

FOLDER = "pipelines"
"""Where among the artifacts those of pipelines are: a folder for each run."""
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_WRITTEN = ("mlflow-artifacts:/", "mlflow-artifacts:///")


class Leftovers:
    """Of one workspace. Runs in the experiments `gone` count as deleted already."""

    def __init__(self, workspace_id: int, pins: Pins, gone: Sequence[int] = ()) -> None:
        self._workspace_id = workspace_id
        self._pins = pins
        self._gone = gone

    def folders(self, transaction: Transaction, after: str, limit: int) -> tuple[list[str], str]:
        """Those of deleted runs among the next `limit`, and what to go on behind, which is empty at the end."""
        entries = storage_files.level(transaction, self._workspace_id, FOLDER, after, limit)
        found = {one.path.rpartition("/")[2]: one.path for one in entries if one.is_dir}
        dialect = transaction.dialect.name
        there = select(pipeline_runs.c.id).where(among(pipeline_runs.c.id, list(found), dialect))
        if self._gone:
            there = there.where(~among(pipeline_runs.c.experiment_pk, self._gone, dialect))
        alive = set(transaction.execute(there).scalars())
        last = storage_files.sort_key(entries[-1], FOLDER) if len(entries) == limit else ""
        return [path for name, path in found.items() if name not in alive and _RUN_ID.fullmatch(name)], last

    def is_whole(self, transaction: Transaction, folder: str) -> bool:
        """Whether all of it goes."""
        return self._pins.of_path(folder) is None and not self._referred_to(transaction, folder)

    def files(self, transaction: Transaction, folder: str, after: str, limit: int) -> tuple[list[str], str]:
        """Those that go among its next `limit`, and what to go on behind, which is empty at the end."""
        mine = (files.c.workspace_id == self._workspace_id, below(files.c.path, folder), files.c.path > after)
        found = list(
            transaction.execute(select(files.c.path).where(*mine).order_by(files.c.path).limit(limit)).scalars()
        )
        kept = self._referred_to(transaction, folder) if found else set()
        going = [path for path in found if not is_within(path, kept) and self._pins.of_path(path) is None]
        return going, found[-1] if len(found) == limit else ""

    def erase(self, transaction: Transaction, paths: Sequence[str]) -> None:
        if paths:
            mine = among(files.c.path, paths, transaction.dialect.name)
            transaction.execute(delete(files).where(files.c.workspace_id == self._workspace_id, mine))

    def _referred_to(self, transaction: Transaction, folder: str) -> set[str]:
        """Paths of artifacts in the folder that tasks of other runs read, or took from the cache."""
        uri = pipeline_artifacts.c.uri
        found = select(uri).where(
            pipeline_artifacts.c.workspace_id == self._workspace_id,
            or_(*(below(uri, f"{start}{folder}") for start in _WRITTEN)),
        )
        if self._gone:
            going = among(pipeline_runs.c.experiment_pk, self._gone, transaction.dialect.name)
            found = found.join(pipeline_runs).where(~going)
        return {path for one in transaction.execute(found.distinct()).scalars() if (path := path_of(one))}
