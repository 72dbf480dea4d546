"""What came of what: runs, tasks, artifacts, model versions, endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.domain.pipeline_runs import Artifact


@dataclass(frozen=True, slots=True)
class Use:
    """A task that made (`direction` is output) or read an artifact, under the task's own name for it."""

    run_id: str
    run_name: str
    task_id: str
    task_name: str
    direction: str
    name: str


@dataclass(frozen=True, slots=True)
class CacheSource:
    """The task whose outputs a cached one took, and its run."""

    run_id: str
    run_name: str
    task_id: str
    task_name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A model version, and the endpoints that serve it."""

    model: str
    version: int
    source: str
    endpoints: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """An artifact with all that made or read it, the first one first, and what was registered of it."""

    id: str
    uri: str
    schema_title: str
    uses: Sequence[Use]
    models: Sequence[Made] = ()


@dataclass(frozen=True, slots=True)
class Yield:
    """What a run of a pipeline made."""

    artifacts: Sequence[Artifact]
    models: Sequence[Made]
