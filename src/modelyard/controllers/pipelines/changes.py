from dataclasses import dataclass, field

from modelyard.domain.pipeline_runs import Failure, RunState, Task


@dataclass(slots=True)
class Changes:
    """Tasks that are not as they were, tries to start and to cancel, and how the run stands if that has changed."""

    tasks: dict[str, Task] = field(default_factory=dict)
    start: list[str] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    state: RunState | None = None
    error: Failure | None = None

    def __bool__(self) -> bool:
        return bool(self.tasks or self.start or self.cancel or self.state)
