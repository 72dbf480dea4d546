import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.runs import Logged
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Changed:
    """The runs that were changed, and those that were not, with why."""

    done: Sequence[str]
    refused: Mapping[str, ModelyardError]


class RunBatches:
    """The same change to many runs. Each is changed or refused alone; all share the commit of their group.

    Every call raises InvalidInput for more than 1,000 runs.
    """

    def __init__(self, runs: Runs, log: RunLog) -> None:
        self._runs = runs
        self._log = log

    async def delete(self, principal: Principal, run_ids: Sequence[str]) -> Changed:
        """Moves them to the trash."""
        return await _each(run_ids, lambda run_id: self._runs.delete(principal, run_id))

    async def restore(self, principal: Principal, run_ids: Sequence[str]) -> Changed:
        """Brings them back."""
        return await _each(run_ids, lambda run_id: self._runs.restore(principal, run_id))

    async def tag(
        self, principal: Principal, run_ids: Sequence[str], tags: Mapping[str, str], removed: Sequence[str] = ()
    ) -> Changed:
        """Adds or replaces tags, and removes others where they are."""

        async def change(run_id: str) -> None:
            if tags:
                await self._log.log(principal, run_id, Logged(tags=list(tags.items())))
            for key in removed:
                try:
                    await self._runs.delete_tag(principal, run_id, key)
                except NotFound:
                    await self._runs.get(principal, run_id)

        return await _each(run_ids, change)


async def _each(run_ids: Sequence[str], change: Callable[[str], Awaitable[None]]) -> Changed:
    wanted = list(dict.fromkeys(run_ids))
    if len(wanted) > MOST:
        raise InvalidInput(f"{len(wanted)} runs; change at most {MOST} at once")
    refused: dict[str, ModelyardError] = {}

    async def one(run_id: str) -> None:
        try:
            await change(run_id)
        except ModelyardError as error:
            refused[run_id] = error

    await asyncio.gather(*map(one, wanted))
    return Changed([run_id for run_id in wanted if run_id not in refused], refused)
