from collections.abc import Sequence

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Field
from modelyard.domain.run_groups import Activity, Group, GroupsWanted, Keys
from modelyard.services.authorize import authorize
from modelyard.storage import run_groups, run_keys, run_search
from modelyard.storage.database import Database

NEWEST = 500
"""Runs whose keys are looked at: what is logged now, and a bound on the work."""

MOST = 1_000
MOST_EXPERIMENTS = 1_000
MOST_METRICS = 50
MOST_LEVELS = 3


class RunOverviews:
    """Many runs in few numbers. Every call raises PermissionDenied when the principal may not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(
        self, principal: Principal, experiment_ids: Sequence[str], field: Field, contains: str = "", limit: int = 100
    ) -> Keys:
        """Metrics, params or tags of the newest 500 runs, the most frequent first.

        Raises InvalidInput for more than 1,000 keys.
        """
        authorize(principal, "runs.read", Resource("run"))
        _check(limit)
        names.free_text(contains, "contains")
        return await self._database.read(
            lambda transaction: run_keys.of_newest(
                transaction, principal.workspace_id, _numbers(experiment_ids), field, contains, (NEWEST, limit)
            )
        )

    async def activity(self, principal: Principal, experiment_ids: Sequence[str]) -> Sequence[Activity]:
        """One for each experiment, in the order asked for. Raises InvalidInput for more than 1,000."""
        authorize(principal, "runs.read", Resource("run"))
        if len(experiment_ids) > MOST_EXPERIMENTS:
            raise InvalidInput(f"{len(experiment_ids)} experiments; ask for at most {MOST_EXPERIMENTS} at once")
        numbers = _numbers(experiment_ids)
        found = await self._database.read(
            lambda transaction: run_keys.activity(transaction, principal.workspace_id, numbers)
        )
        return [found.get(number) or Activity(str(number), 0, 0, 0, None) for number in numbers]

    async def groups(self, principal: Principal, wanted: GroupsWanted) -> Sequence[Group]:
        """The largest groups of the runs that match.

        Raises InvalidInput for more than 3 keys to group by, 50 metrics or 1,000 groups, and for what is neither a
        param nor a tag.
        """
        authorize(principal, "runs.read", Resource("run"))
        _check(wanted.limit)
        if not 1 <= len(wanted.by) <= MOST_LEVELS or any(field not in _GROUPABLE for field, _ in wanted.by):
            raise InvalidInput(f"Group by 1 to {MOST_LEVELS} of params.KEY and tags.KEY")
        if len(wanted.metrics) > MOST_METRICS:
            raise InvalidInput(f"{len(wanted.metrics)} metrics of each group; ask for at most {MOST_METRICS}")
        for key in (*(key for _, key in wanted.by), *wanted.metrics):
            names.free_text(key, "key")
        numbers = _numbers(wanted.experiment_ids)
        query = run_search.RunQuery(principal.workspace_id, numbers, wanted.view, wanted.filter)
        return await self._database.read(
            lambda transaction: run_groups.groups(transaction, query, wanted.by, wanted.metrics, wanted.limit)
        )


_GROUPABLE = frozenset({Field.PARAM, Field.TAG})


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"Ask for 1 to {MOST} at once, not {limit}")


def _numbers(experiment_ids: Sequence[str]) -> list[int]:
    return [int(names.experiment_id(one)) for one in experiment_ids]
