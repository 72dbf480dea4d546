"""What Kubernetes tells a pod of itself by variables: its labels and annotations, its name and the like."""

import platform as machine
import re
from collections.abc import Mapping

from modelyard.domain.pipeline_runs import Task
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.parameters import as_text

TAKEN = frozenset({"fieldPathAsEnv", "podMetadata"})
_METADATA = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")


def environment(platform: Mapping[str, Json], task: Task, key: str) -> dict[str, str]:
    """Variables of a step. A field that a process of this machine does not have is empty."""
    fields = Fields(dict(platform), f"The platform of '{task.name}'")
    own = {
        "metadata.name": key,
        "metadata.uid": task.id,
        "metadata.namespace": "default",
        "spec.nodeName": machine.node(),
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
    found = {}
    for entry in fields.rows("fieldPathAsEnv"):
        path = entry.text("fieldPath")
        match = _METADATA.fullmatch(path)
        value = fields.inner("podMetadata").inner(match[1]).get(match[2]) if match else own.get(path)
        found[entry.needed("name")] = "" if value is None else as_text(value)
    return found
