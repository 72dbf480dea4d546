from collections.abc import Mapping
from dataclasses import dataclass, field

from modelyard.domain.pipeline_spec import Json

MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """When runs are started, and with what. Either `cron`, with seconds first, or `every` so many seconds.

    `most_at_once` runs of a schedule may be open; what is due meanwhile waits. With `catch_up` every slot that was
    missed is made up for, else the newest alone. Times are milliseconds since the epoch.
    """

    cron: str = ""
    every: int = 0
    start_at: int | None = None
    end_at: int | None = None
    catch_up: bool = True
    most_at_once: int = 1
    parameters: Mapping[str, Json] = field(default_factory=dict)
    pipeline_root: str = ""
    service_account: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Starts runs of a pipeline by itself. Without a document of its own it runs its pipeline's newest version."""

    id: str
    workspace_id: int
    experiment_id: str
    name: str
    description: str
    plan: Plan
    enabled: bool
    user: str
    created_at: int
    updated_at: int
    pipeline_id: str = ""
    version_id: str = ""
    document: bytes = b""
    next_at: int | None = None
    runs: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """`document`, or a pipeline, and a version of it unless it is to be the newest each time."""

    name: str
    plan: Plan
    experiment_id: str = ""
    description: str = ""
    enabled: bool = True
    document: bytes = b""
    pipeline_id: str = ""
    version_id: str = ""
