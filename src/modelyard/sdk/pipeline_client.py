"""The part of the client that is about pipelines."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from modelyard.domain.errors import NotFound
from modelyard.sdk.endpoint_client import POLL_SECONDS, V1, Items
from modelyard.sdk.pipelines import Log, Pipeline, PipelineRun, PipelineRunDetail, PipelineVersion, Schedule
from modelyard.sdk.transport import Query, Transport, segment

Given = Mapping[str, Any]
Document = str | bytes
"""What the kfp SDK compiled: as text, or a file as it is, which may be a zip or tar.gz."""
T = TypeVar("T")


class PipelineClient:
    """Keeps and runs pipelines that the kfp SDK compiled. Every call about one thing raises NotFound."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, name: str = "", limit: int = 100) -> Sequence[Pipeline]:
        """The newest pipelines with this in their name, up to 1,000."""
        return self._items(f"{V1}/pipelines", {"name": name, "limit": limit}, list[Pipeline])

    def named(self, name_or_id: str) -> Pipeline:
        """The pipeline of this name, else of this id."""
        for one in self.list(name_or_id, 1000):
            if one.name == name_or_id:
                return one
        try:
            return self._transport.ask("GET", _pipeline(name_or_id), Pipeline)
        except NotFound:
            raise NotFound(f"There is no pipeline '{name_or_id}'; `modelyard pipelines list` lists them") from None

    def upload(self, name: str, document: Document, description: str = "") -> Pipeline:
        """Keep a pipeline, with a first version. Raises InvalidInput, Conflict for a name taken."""
        asked = {"name": name, **_sent(document), "description": description}
        return self._transport.ask("POST", f"{V1}/pipelines", Pipeline, body=asked)

    def update(self, pipeline_id: str, **changes: str) -> Pipeline:
        """`changes` may be display_name and description."""
        return self._transport.ask("PATCH", _pipeline(pipeline_id), Pipeline, body=changes)

    def add_version(
        self, pipeline_id: str, document: Document, name: str = "", description: str = ""
    ) -> PipelineVersion:
        """Raises InvalidInput, Conflict for a name taken."""
        asked = {**_sent(document), "name": name, "description": description}
        return self._transport.ask("POST", f"{_pipeline(pipeline_id)}/versions", PipelineVersion, body=asked)

    def versions(self, pipeline_id: str, limit: int = 100) -> Sequence[PipelineVersion]:
        """The newest first, up to 1,000."""
        return self._items(f"{_pipeline(pipeline_id)}/versions", {"limit": limit}, list[PipelineVersion])

    def version(self, pipeline_id: str, name_or_id: str) -> PipelineVersion:
        """The version of this name, else of this id."""
        for one in self.versions(pipeline_id, 1000):
            if one.name == name_or_id:
                return one
        return self._transport.ask("GET", f"{_pipeline(pipeline_id)}/versions/{segment(name_or_id)}", PipelineVersion)

    def delete_version(self, pipeline_id: str, version_id: str) -> None:
        """Runs of it keep what they run."""
        self._transport.send("DELETE", f"{_pipeline(pipeline_id)}/versions/{segment(version_id)}")

    def delete(self, pipeline_id: str) -> None:
        """With its versions; runs keep what they run."""
        self._transport.send("DELETE", _pipeline(pipeline_id))

    def run(self, parameters: Given, *, pipeline_id: str = "", document: Document = "", **more: str) -> PipelineRun:
        """Run a pipeline, or a document. `more` may be name, version_id, experiment_id, description.

        Raises InvalidInput for a parameter that is missing, unknown or of another type.
        """
        asked = {"parameters": dict(parameters), "pipeline_id": pipeline_id, **_sent(document), **more}
        return self._transport.ask("POST", f"{V1}/pipeline-runs", PipelineRun, body=asked)

    def runs(self, limit: int = 50, **wanted: str) -> Sequence[PipelineRun]:
        """The newest first, up to 1,000.

        `wanted` may be name, pipeline_id, experiment_id, schedule_id, state, archived.
        """
        return self._items(f"{V1}/pipeline-runs", {"limit": limit, **wanted}, list[PipelineRun])

    def detail(self, run_id: str) -> PipelineRunDetail:
        """A run with its tasks."""
        return self._transport.ask("GET", _run(run_id), PipelineRunDetail)

    def watch(self, run_id: str) -> Iterator[PipelineRunDetail]:
        """How it stands, again and again until it has ended."""
        while True:
            seen = self.detail(run_id)
            yield seen
            if seen.run.ended:
                return
            time.sleep(POLL_SECONDS)

    def log(self, run_id: str, task: str, *, follow: bool = False) -> Iterator[str]:
        """What the task of this id or name has printed in its latest try; with `follow`, until it has ended."""
        at, path = 0, f"{_run(run_id)}/tasks/{segment(task)}/log"
        while True:
            piece = self._transport.ask("GET", path, Log, query={"offset": at})
            if piece.text:
                yield piece.text
            if piece.over or not (piece.text or follow):
                return
            if not piece.text:
                time.sleep(POLL_SECONDS)
            at = piece.next_offset

    def cancel(self, run_id: str) -> PipelineRun:
        """Ends a run; one that has ended is left alone."""
        return self._transport.ask("POST", f"{_run(run_id)}/cancel", PipelineRun)

    def retry(self, run_id: str) -> PipelineRun:
        """Does again what did not succeed. Raises Conflict unless the run failed or was cancelled."""
        return self._transport.ask("POST", f"{_run(run_id)}/retry", PipelineRun)

    def archive(self, run_id: str) -> None:
        """Leave it out of lists that do not ask for what is archived."""
        self._transport.send("POST", f"{_run(run_id)}/archive")

    def unarchive(self, run_id: str) -> None:
        """Bring it back."""
        self._transport.send("POST", f"{_run(run_id)}/unarchive")

    def delete_run(self, run_id: str) -> None:
        """Ended first if it is under way."""
        self._transport.send("DELETE", _run(run_id))

    def schedules(self, limit: int = 100) -> Sequence[Schedule]:
        """The newest first, up to 1,000."""
        return self._items(f"{V1}/schedules", {"limit": limit}, list[Schedule])

    def schedule_of(self, schedule_id: str) -> Schedule:
        """One schedule."""
        return self._transport.ask("GET", f"{V1}/schedules/{segment(schedule_id)}", Schedule)

    def schedule(self, name: str, pipeline_id: str, plan: Given) -> Schedule:
        """`plan` has `cron` or `every`, and what else the server takes. Raises InvalidInput."""
        asked = {"name": name, "pipeline_id": pipeline_id, **plan}
        return self._transport.ask("POST", f"{V1}/schedules", Schedule, body=asked)

    def switch(self, schedule_id: str, *, on: bool) -> Schedule:
        """Switch a schedule on or off."""
        verb = "enable" if on else "disable"
        return self._transport.ask("POST", f"{V1}/schedules/{segment(schedule_id)}/{verb}", Schedule)

    def unschedule(self, schedule_id: str) -> None:
        """Delete a schedule; its runs stay."""
        self._transport.send("DELETE", f"{V1}/schedules/{segment(schedule_id)}")

    def _items(self, path: str, query: Query, kind: type[T]) -> T:
        return msgspec.json.decode(self._transport.ask("GET", path, Items, query=query).items, type=kind)


def _sent(document: Document) -> Given:
    return {"archive": document} if isinstance(document, bytes) else {"document": document}


def _pipeline(pipeline_id: str) -> str:
    return f"{V1}/pipelines/{segment(pipeline_id)}"


def _run(run_id: str) -> str:
    return f"{V1}/pipeline-runs/{segment(run_id)}"
