"""From an uploaded package to a pipeline, and to the one form of its document that is kept."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, Json, PipelineSpec
from modelyard.formats.pipeline_spec import package
from modelyard.formats.pipeline_spec.checks import check
from modelyard.formats.pipeline_spec.executors import executor
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.interfaces import interface
from modelyard.formats.pipeline_spec.tasks import dag

ROOT = "root"
_SCHEMA = "2.1.0"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


def read(body: bytes) -> tuple[PipelineSpec, bytes]:
    """What an upload holds: YAML of one or two documents, JSON, zip or tar.gz.

    The bytes are the document to keep: JSON of the IR with its `platforms` beside. Raises InvalidInput or TooLarge.
    """
    return of_documents(package.documents(body))


def of_documents(documents: Sequence[Json]) -> tuple[PipelineSpec, bytes]:
    """The same of the IR and, in a document of their own or beside it, its platforms.

    Takes `{"pipeline_spec": …, "platform_spec": …}` too, which is how runs carry them.
    """
    merged: dict[str, Json] = {}
    for document in documents:
        whole = Fields(document, "The pipeline")
        if "pipeline_spec" in whole:
            merged |= whole.inner("pipeline_spec").value
            merged |= whole.inner("platform_spec").value
        else:
            merged |= whole.value
    spec = _pipeline(Fields(merged, ""))
    check(spec)
    return spec, json.dumps(merged, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@lru_cache(maxsize=64)
def parse(document: bytes) -> PipelineSpec:
    """The pipeline of a document that `read` made."""
    return _pipeline(Fields(json.loads(document), ""))


def _pipeline(whole: Fields) -> PipelineSpec:
    info = whole.inner("pipelineInfo")
    _check_header(whole, info)
    executors = dict(whole.inner("deploymentSpec").entries("executors"))
    platforms = whole.inner("platforms")
    kubernetes = platforms.inner("kubernetes")
    platform = kubernetes.inner("deploymentSpec").inner("executors").value

    def component(name: str, entry: Fields) -> Component:
        inputs, outputs = interface(entry.inner("inputDefinitions")), interface(entry.inner("outputDefinitions"))
        if "dag" in entry:
            return Component(name, inputs, outputs, dag(entry.inner("dag")))
        label = entry.text("executorLabel")
        if not label:
            raise InvalidInput(f"{entry.path} must have a dag or an executorLabel")
        if label not in executors:
            raise InvalidInput(f"{entry.path} runs '{label}', which is not in deploymentSpec.executors")
        own = platform.get(label)
        body = executor(executors[label], own if isinstance(own, Mapping) else {})
        passed = {row.needed("field"): row.flag("applyToTask") for row in entry.rows("taskConfigPassthroughs")}
        return Component(name, inputs, outputs, body, passed)

    return PipelineSpec(
        name=info.text("name"),
        display_name=info.text("displayName") or info.text("name"),
        description=info.text("description"),
        root=component(ROOT, whole.inner("root")),
        components={name: component(name, entry) for name, entry in whole.entries("components")},
        default_root=whole.text("defaultPipelineRoot"),
        sdk_version=whole.text("sdkVersion"),
        config=dict(kubernetes.inner("pipelineConfig").value),
        platforms=dict(platforms.value),
    )


def _check_header(whole: Fields, info: Fields) -> None:
    if "root" not in whole:
        hint = " This is a workflow that kfp 1 compiled: compile it with kfp 2." if "apiVersion" in whole else ""
        raise InvalidInput(f"The pipeline has no 'root': it is not what the kfp SDK compiles.{hint}")
    name = info.text("name")
    if not name:
        raise InvalidInput("The pipeline has no name: pipelineInfo.name is missing")
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"pipelineInfo.name is '{name[:100]}'; it may have only a-z, 0-9, '.' and '-'")
    version = whole.text("schemaVersion")
    if version != _SCHEMA:
        raise InvalidInput(f"schemaVersion is '{version[:50]}'; it must be {_SCHEMA}: compile with kfp 2")
