import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from modelyard.domain.errors import InvalidState, Unavailable
from modelyard.sdk.charts import Chart
from modelyard.sdk.endpoint_client import POLL_SECONDS, V1, EndpointClient, Items
from modelyard.sdk.jobs import Deletion, Job, Tally
from modelyard.sdk.pipeline_client import PipelineClient
from modelyard.sdk.resources import Branch, Event, Experiment, Model, ModelVersion, Run, Server
from modelyard.sdk.transport import Query, segment
from modelyard.sdk.trigger_client import TriggerClient


class Client(EndpointClient):
    """Talks to a Modelyard server.

    Every call raises what the server refused it with (`modelyard.domain.errors`, with the server's message), and
    Unavailable when nothing answers at `url`.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def pipelines(self) -> PipelineClient:
        """What is about pipelines, their runs and schedules."""
        return PipelineClient(self._transport)

    @property
    def triggers(self) -> TriggerClient:
        """What starts runs of pipelines when something happens."""
        return TriggerClient(self._transport)

    def server(self) -> Server:
        """Who answers."""
        return self._transport.ask("GET", f"{V1}/server", Server)

    def experiments(self, limit: int = 100) -> Sequence[Experiment]:
        """The newest experiments, up to 1,000."""
        return msgspec.json.decode(self._items(f"{V1}/experiments", {"limit": limit}), type=list[Experiment])

    def runs(
        self,
        experiment_ids: Sequence[str],
        where: str = "",
        order_by: Sequence[str] = (),
        limit: int = 100,
        fields: Sequence[str] | None = None,
    ) -> Sequence[Run]:
        """Runs of these experiments that match a filter in MLflow's language, up to 1,000.

        With `fields` such as `metrics.mae` and `params`, only these are read of each. Raises InvalidInput.
        """
        asked = {
            "experiment_ids": list(experiment_ids),
            "filter": where,
            "order_by": list(order_by),
            "limit": limit,
            "fields": None if fields is None else list(fields),
        }
        found = self._transport.ask("POST", f"{V1}/runs/search", Items, body=asked)
        return msgspec.json.decode(found.items, type=list[Run])

    def tree(self, run_id: str, depth: int = 50, where: str = "") -> Sequence[Branch]:
        """A run and those nested in it, level by level; with a filter, what matches and what leads there.

        Raises NotFound, InvalidInput.
        """
        path = f"{V1}/runs/{segment(run_id)}/tree"
        return msgspec.json.decode(self._items(path, {"depth": depth, "filter": where}), type=list[Branch])

    def chart(self, run_id: str, key: str, buckets: int = 1000, x: str = "step") -> Chart:
        """A metric by step or time: all its points when they are few, else buckets that lose no peak.

        Raises NotFound for an unknown run, InvalidInput.
        """
        path = f"{V1}/runs/{segment(run_id)}/metrics/{segment(key)}/buckets"
        return self._transport.ask("GET", path, Chart, query={"buckets": buckets, "x": x})

    def models(self, where: str = "", limit: int = 100) -> Sequence[Model]:
        """Registered models by name, up to 1,000. Raises InvalidInput for a bad filter."""
        asked: Query = {"filter": where, "limit": limit}
        return msgspec.json.decode(self._items(f"{V1}/models", asked), type=list[Model])

    def versions(self, model: str, limit: int = 100) -> Sequence[ModelVersion]:
        """The newest versions of a model, up to 1,000. Raises NotFound."""
        path = f"{V1}/models/{segment(model)}/versions"
        return msgspec.json.decode(self._items(path, {"limit": limit}), type=list[ModelVersion])

    def events(self, kind: str | None = None, subject: str | None = None, limit: int = 100) -> Sequence[Event]:
        """What happened last, newest first, up to 1,000."""
        asked: Query = {"kind": kind, "subject": subject, "limit": limit}
        return msgspec.json.decode(self._items(f"{V1}/events", asked), type=list[Event])

    def plan_deletion(
        self, older_than_seconds: float = 0.0, experiments: Sequence[str] = (), runs: Sequence[str] = ()
    ) -> Tally:
        """What `delete_for_good` would delete now. Raises as it does."""
        answer = self._gc(older_than_seconds, experiments, runs, dry_run=True)
        if answer.tally is None:
            raise Unavailable(f"{self.url} is not a Modelyard server of this version")
        return answer.tally

    def delete_for_good(
        self, older_than_seconds: float = 0.0, experiments: Sequence[str] = (), runs: Sequence[str] = ()
    ) -> Job:
        """Start to delete what has been in the trash for so long: all of it, or these experiments and runs.

        Raises NotFound for what does not exist, InvalidInput or Conflict for what is not in the trash.
        """
        answer = self._gc(older_than_seconds, experiments, runs, dry_run=False)
        if answer.job is None:
            raise Unavailable(f"{self.url} is not a Modelyard server of this version")
        return answer.job

    def job(self, job_id: str) -> Job:
        """Raises NotFound."""
        return self._transport.ask("GET", f"{V1}/jobs/{segment(job_id)}", Job)

    def wait_for_job(self, job_id: str, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Returns when the job is done; `on_progress` is told again and again. Raises NotFound, and InvalidState with
        the reason when it has failed.
        """
        while True:
            job = self.job(job_id)
            if on_progress is not None:
                on_progress(job)
            if job.state == "failed":
                raise InvalidState(f"Job {job.id} failed: {job.error}")
            if job.ended:
                return job
            time.sleep(POLL_SECONDS)

    def _gc(
        self, older_than_seconds: float, experiments: Sequence[str], runs: Sequence[str], *, dry_run: bool
    ) -> Deletion:
        asked = {
            "older_than_seconds": older_than_seconds,
            "experiment_ids": list(experiments),
            "run_ids": list(runs),
            "dry_run": dry_run,
        }
        return self._transport.ask("POST", f"{V1}/gc", Deletion, body=asked)
