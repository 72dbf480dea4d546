"""Endpoints, ours to the wire's, pure."""

from urllib.parse import quote

from modelyard.domain.endpoints import EndpointDetail, Phase
from modelyard.protocols.native import wire


def endpoint(detail: EndpointDetail) -> wire.Endpoint:
    one, status = detail.endpoint, detail.status
    revision = wire.Revision(
        number=one.revision.number,
        model_uri=one.revision.model_uri,
        model_version=one.revision.model_version,
        environment=one.revision.environment,
        created_at=one.revision.created_at,
    )
    seen = wire.EndpointStatus(
        phase=Phase.REMOVING if one.removed else status.phase,
        serving_revision=status.serving_revision,
        reason=status.reason,
        message=status.message,
        exit_code=status.exit_code,
        log_tail=status.log_tail,
        probe=status.probe,
        restarts=status.restarts,
        updated_at=status.updated_at,
    )
    invocations = f"/endpoints/{quote(one.name, safe='')}/invocations"
    return wire.Endpoint(one.name, revision, seen, invocations, one.created_at, one.updated_at)
