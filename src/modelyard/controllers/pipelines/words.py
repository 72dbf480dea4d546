from collections.abc import Mapping
from datetime import UTC, datetime

from modelyard.domain.pipeline_runs import PipelineRun, Task
from modelyard.domain.pipeline_spec import PipelineSpec


def words_of(run: PipelineRun, spec: PipelineSpec, workspace: str = "") -> Mapping[str, str]:
    """What the placeholders of a run stand for; `workspace` is the directory that its steps share."""
    return {
        "pipeline_job_name": run.name,
        "pipeline_job_resource_name": f"{spec.name}-{run.id[:8]}",
        "pipeline_job_uuid": run.id,
        "pipeline_root": run.pipeline_root or spec.default_root,
        "pipeline_job_create_time_utc": _moment(run.created_at),
        "pipeline_job_schedule_time_utc": _moment(run.scheduled_at or run.created_at),
        **({"workspace_path": workspace} if workspace else {}),
    }


def words_of_task(words: Mapping[str, str], task: Task) -> Mapping[str, str]:
    return {**words, "pipeline_task_name": task.name, "pipeline_task_uuid": task.id}


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
