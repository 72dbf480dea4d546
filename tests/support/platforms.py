"""Pipelines of one step with what kfp-kubernetes adds to it."""

import json
from collections.abc import Mapping
from typing import Any

from modelyard.domain.pipeline_runs import PipelineRunDetail
from tests.support.compiled import IMAGE, dsl
from tests.support.stage import step


@dsl.container_component
def shell(text: str = "x") -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", "true"], args=[text])


@dsl.container_component
def CreatePVC(  # noqa: N802 - as in kfp-kubernetes
    name: dsl.OutputPath(str),  # type: ignore[valid-type]
    size: str,
    pvc_name: str = "",
    pvc_name_suffix: str = "",
) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argostub/createpvc")


@dsl.container_component
def DeletePVC(pvc_name: str) -> dsl.ContainerSpec:  # noqa: N802
    return dsl.ContainerSpec(image="argostub/deletepvc")


@dsl.pipeline(name="p")
def one_step(name: str = "login") -> None:
    shell().set_caching_options(enable_caching=False)


def with_platform(body: bytes, **config: Any) -> bytes:
    """Of the step `shell`, as kfp-kubernetes adds it."""
    return with_platforms(body, {"exec-shell": config})


def with_platforms(body: bytes, executors: Mapping[str, Any], **config: Any) -> bytes:
    platforms = {"kubernetes": {"deploymentSpec": {"executors": executors}, "pipelineConfig": config}}
    return body + b"\n---\n" + json.dumps({"platforms": platforms}).encode()


def error_of(detail: PipelineRunDetail, name: str = "shell") -> str:
    failure = step(detail, name).error
    return "" if failure is None else failure.message
