"""Artifacts on their way between the store and the folders of steps."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelyard.controllers.pipelines.folders import StepFolder
from modelyard.controllers.pipelines.results import Made
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.pipeline_runs import Artifact, PipelineRun, Task, Values
from modelyard.domain.pipeline_spec import Component, Constant, FromInput, Importer, Json
from modelyard.formats.pipeline_spec.parameters import as_text
from modelyard.formats.pipeline_spec.placeholders import Known, filled, filled_within
from modelyard.kit.ids import hex_id
from modelyard.services.pipeline_work import PipelineWork

OURS = "mlflow-artifacts:"


async def fetch(
    work: PipelineWork, run: PipelineRun, task: Task, folder: StepFolder, workspace: str = ""
) -> Mapping[str, Sequence[str]]:
    """Puts the inputs into the folder, unless an importer has put them into the workspace.

    Answers their paths; what is kept elsewhere keeps its URI.
    """

    async def one(name: str, at: int, artifact: Artifact) -> str:
        if workspace and (shared := _shared(workspace, artifact)).exists():
            return str(shared)
        target = folder.given(name, at) / (Path(artifact.name).name or name)
        if not artifact.uri.startswith(OURS):
            return artifact.uri or str(target)
        await work.fetch_artifact(run, artifact.uri, target)
        return str(target)

    return {
        name: await asyncio.gather(*(one(name, at, artifact) for at, artifact in enumerate(artifacts)))
        for name, artifacts in task.inputs.artifacts.items()
    }


async def keep(work: PipelineWork, run: PipelineRun, task: Task, made: Mapping[str, Sequence[Made]]) -> Values:
    """Stores what a step made; what lies elsewhere, or was only described, is recorded as it is."""

    async def one(name: str, at: int, of: int, artifact: Made) -> Artifact:
        relative = f"{task.name}/{task.id}.{task.attempt}/{name}" + (f"/{at}" if of > 1 else "")
        uri = artifact.place
        if uri.startswith("/"):
            uri = await work.put_artifact(run, relative, Path(uri)) if _is_there(uri) else ""
        kind = artifact.kind
        return Artifact(hex_id(), artifact.name, kind.schema_title, kind.schema_version, uri, artifact.metadata)

    return Values(
        artifacts={
            name: tuple(await asyncio.gather(*(one(name, at, len(some), each) for at, each in enumerate(some))))
            for name, some in made.items()
        }
    )


async def imported(
    work: PipelineWork, run: PipelineRun, task: Task, component: Component, words: Mapping[str, str]
) -> Values:
    """What an importer makes an artifact of. Raises InvalidInput or NotFound when there is nothing."""
    importer = component.body
    if not isinstance(importer, Importer):
        raise InvalidInput(f"Task '{task.name}' imports nothing")
    known = Known({"inputs": {"parameterValues": dict(task.inputs.parameters)}}, words)
    uri = _uri(importer.uri, task, known).removeprefix("file://")
    if not uri:
        raise InvalidInput(f"Task '{task.name}' has no URI to import from")
    name = next(iter(component.outputs.artifacts), "artifact")
    if uri.startswith("/"):
        if not _is_there(uri):
            raise NotFound(f"Task '{task.name}' imports {uri}, which is not there")
        uri = await work.put_artifact(run, f"{task.name}/{task.id}.{task.attempt}/{name}", Path(uri))
    metadata = filled_within(dict(importer.metadata), known)
    kind = importer.kind
    shown: Mapping[str, Json] = metadata if isinstance(metadata, dict) else {}
    artifact = Artifact(hex_id(), name, kind.schema_title, kind.schema_version, uri, shown)
    if importer.to_workspace and (workspace := words.get("workspace_path")) and uri.startswith(OURS):
        shared = _shared(workspace, artifact)
        shared.parent.mkdir(parents=True)
        await work.fetch_artifact(run, uri, shared)
    return Values(artifacts={name: (artifact,)})


async def taken(work: PipelineWork, run: PipelineRun, task: Task, found: Task, folders: Path) -> bool:
    """Whether the task has now all that another put out. Paths in the folders of runs are gone with their runs."""
    if any(str(folders) in as_text(value) for value in found.outputs.parameters.values()):
        return False
    return await work.take(run, task, found)


def _shared(workspace: str, artifact: Artifact) -> Path:
    """Where an importer downloads to."""
    id_ = Path(artifact.id).name
    return Path(workspace, ".artifacts", id_, Path(artifact.name).name or id_)


def _is_there(path: str) -> bool:
    return os.path.lexists(path)


def _uri(source: Constant | FromInput, task: Task, known: Known) -> str:
    if isinstance(source, FromInput):
        return str(task.inputs.parameters.get(source.name) or "")
    return filled(str(source.value or ""), known)
