"""What two tasks must have in common for one to take the other's outputs."""

import hashlib
import json
from collections.abc import Mapping

from modelyard.domain.pipeline_runs import Artifact, Values
from modelyard.domain.pipeline_spec import Component, Container, Json, TaskSpec


def fingerprint(spec: TaskSpec, component: Component, given: Values) -> str:
    """Of a custom key only that counts. Environment variables and resources do not, as in KFP."""
    if spec.cache_key:
        return _digest([component.name, spec.cache_key])
    body = component.body if isinstance(component.body, Container) else Container("")
    return _digest(
        {
            "parameters": dict(given.parameters),
            "artifacts": {name: [_read(one) for one in artifacts] for name, artifacts in given.artifacts.items()},
            "output parameters": {name: str(one.type) for name, one in component.outputs.parameters.items()},
            "output artifacts": {
                name: [one.schema_title, one.schema_version, one.many]
                for name, one in component.outputs.artifacts.items()
            },
            "image": body.image,
            "command": [*body.command, "", *body.args],
        }
    )


def _read(artifact: Artifact) -> Json:
    metadata: Mapping[str, Json] = artifact.metadata
    return [artifact.uri or artifact.id, artifact.schema_title, dict(metadata)]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
