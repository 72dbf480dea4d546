import asyncio
import contextlib
import logging

from modelyard.controllers.pipelines.conductor import Conductor, Means
from modelyard.controllers.pipelines.folders import task_of
from modelyard.domain.errors import InvalidState, ModelyardError, StorageFull, Unavailable
from modelyard.domain.pipeline_runs import Failure, PipelineRun, RunState
from modelyard.domain.task_launch import Ended

log = logging.getLogger("modelyard.pipelines")
LOOK_EVERY = 10.0
AGAIN = 1.0
INTERNAL = 13


class PipelineController:
    """Has a conductor for every run that has not ended, and passes on what the executor tells."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._conductors: dict[str, Conductor] = {}
        self._conducting: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Goes on until cancelled; then runs stay as they are recorded, for the next one to go on with."""
        listening = asyncio.create_task(self._listen(), name="ended steps")
        try:
            await self._watch()
        finally:
            conducting = [listening, *self._conducting.values()]
            for task in conducting:
                task.cancel()
            await asyncio.gather(*conducting, return_exceptions=True)

    async def _watch(self) -> None:
        work, first, pause = self._means.work, True, LOOK_EVERY
        while True:
            work.changed.clear()
            try:
                runs = await work.open_runs()
                if first:
                    await asyncio.to_thread(self._means.folders.keep_only, {run.id for run in runs})
                first, pause = False, LOOK_EVERY
                for run in runs:
                    self._look_after(run)
            except ModelyardError as error:
                log.warning("runs of pipelines cannot be looked after at the moment: %s", error.message)
                pause = AGAIN
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await work.changed.wait()

    def _look_after(self, run: PipelineRun) -> None:
        known = self._conductors.get(run.id)
        if known is None:
            known = self._conductors[run.id] = Conductor(run, self._means)
            self._conducting[run.id] = asyncio.create_task(self._conduct(known), name=f"run {run.id}")
        elif run.state is RunState.CANCELING:
            known.cancel()

    async def _conduct(self, conductor: Conductor) -> None:
        run = conductor.run
        try:
            await conductor.conduct()
        except InvalidState as error:
            log.warning("run %s: %s", run.id, error.message)
            await conductor.drop()
        except (Unavailable, StorageFull) as error:
            log.warning("run %s cannot be looked after: %s; trying again", run.id, error.message)
            await asyncio.sleep(AGAIN)
        except Exception as error:
            log.exception("run %s cannot be carried out", run.id)
            await self._give_up(conductor, error)
        finally:
            self._conductors.pop(run.id, None)
            self._conducting.pop(run.id, None)
        # Between the last look and now the same run may have been asked for again.
        self._means.work.changed.set()

    async def _give_up(self, conductor: Conductor, error: Exception) -> None:
        """A run that we cannot carry out ends, rather than being tried for ever."""
        await conductor.drop()
        work, run = self._means.work, conductor.run
        failure = Failure(INTERNAL, f"The server could not carry the run out: {type(error).__name__}: {error}")
        try:
            await work.record(run, await work.claim(run.id), [], RunState.FAILED, failure)
        except ModelyardError as refused:
            log.warning("run %s: its failure cannot be recorded: %s", run.id, refused.message)
            await asyncio.sleep(AGAIN)

    async def _listen(self) -> None:
        while True:
            ended = await self._means.executor.next_ended()
            for conductor in self._of(ended):
                conductor.ended(ended)

    def _of(self, ended: Ended) -> list[Conductor]:
        task_id, _ = task_of(ended.key)
        return [conductor for conductor in self._conductors.values() if conductor.knows(task_id)]
