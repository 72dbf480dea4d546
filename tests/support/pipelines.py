"""Pipelines to try things on."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.domain.pipeline_runs import PipelineRun, Task, TaskKind, TaskState, Values

STEP = {"container": {"image": "python:3.11", "command": ["true"]}}


def document(
    name: str = "hello", parameters: Mapping[str, Mapping[str, Any]] | None = None, tasks: Sequence[str] = ("greet",)
) -> bytes:
    """The IR of a pipeline with tasks that do nothing, as a client would send it."""
    written = {
        "pipelineInfo": {"name": name},
        "root": {
            "dag": {
                "tasks": {task: {"taskInfo": {"name": task}, "componentRef": {"name": "comp-x"}} for task in tasks}
            },
            "inputDefinitions": {"parameters": dict(parameters or {})},
        },
        "components": {"comp-x": {"executorLabel": "exec-x"}},
        "deploymentSpec": {"executors": {"exec-x": STEP}},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
    }
    return json.dumps(written).encode()


def task(
    run: PipelineRun, id_: str, state: TaskState = TaskState.RUNNING, outputs: Values | None = None, **rest: Any
) -> Task:
    values = {"parent_id": "", "name": id_, "display_name": id_, "kind": TaskKind.STEP, "created_at": 1, **rest}
    return Task(id=id_, run_id=run.id, state=state, outputs=outputs or Values(), **values)
