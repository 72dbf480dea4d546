"""What two tasks must have in common for one to take the other's outputs."""

import hashlib
import json
from collections.abc import Mapping
from functools import partial

from modelyard.controllers.pipelines import volumes
from modelyard.controllers.pipelines.nodes import Node, nearest
from modelyard.domain.pipeline_runs import Artifact
from modelyard.domain.pipeline_spec import Container, Json


def fingerprint(node: Node) -> str:
    """Of a task that is about to start; empty when it shares with none.

    Of a custom key only that counts. Environment variables and resources do not, as in KFP; persistent volumes do.
    """
    spec, component, given = node.spec, node.component, node.task.inputs
    body = component.body
    if spec is None or not spec.caching or not isinstance(body, Container):
        return ""
    if spec.cache_key:
        return _digest([component.name, spec.cache_key])
    claims = volumes.claimed(component, partial(nearest, node))
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
            **({"volumes": list(claims)} if claims else {}),
        }
    )


def _read(artifact: Artifact) -> Json:
    metadata: Mapping[str, Json] = artifact.metadata
    return [artifact.uri or artifact.id, artifact.schema_title, dict(metadata)]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
