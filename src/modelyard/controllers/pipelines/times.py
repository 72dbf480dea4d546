"""Moments of a run, in milliseconds."""

from modelyard.domain.pipeline_runs import Task
from modelyard.domain.pipeline_spec import PipelineSpec, Retry


def pause(retry: Retry, failures: int) -> int:
    """How long to wait before another try, after so many that failed before this one."""
    try:
        return int(1000 * min(retry.backoff * retry.factor**failures, retry.longest))
    except OverflowError:
        return int(1000 * retry.longest)


def deadline(spec: PipelineSpec, root: Task) -> int | None:
    """When the time that the pipeline allows is over."""
    limit = spec.config.get("activeDeadlineSeconds")
    if root.started_at is None or not isinstance(limit, int | float) or limit <= 0:
        return None
    return root.started_at + int(1000 * limit)
