"""Endpoints, ours to the wire's and back, pure."""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from modelyard.domain import rollouts
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import EndpointDetail, Lately, Phase, RevisionStatus
from modelyard.domain.endpoints import Revision
from modelyard.domain.serving_options import ServingOptions
from modelyard.protocols.native import wire_endpoints as wire
from modelyard.services.manifests import IGNORED

Traffic = Mapping[int, Lately]


def endpoint(detail: EndpointDetail, traffic: Traffic, server: str) -> wire.Endpoint:
    """`traffic` is what the data plane knows of revisions, `server` the URL of the server."""
    one, status = detail.endpoint, detail.status
    revisions = [revision(each, seen, traffic) for each, seen in zip(one.revisions, detail.revisions, strict=True)]
    models = {model: _rollout(rollout) for model, rollout in one.rollouts.items()}
    path = f"/endpoints/{quote(one.name, safe='')}"
    ignored = msgspec.json.decode(one.attributes.get(IGNORED, "[]"))
    return wire.Endpoint(
        name=one.name,
        revision=revisions[-1],
        status=msgspec.convert(
            msgspec.to_builtins(status)
            | {"phase": Phase.REMOVING if one.removed else status.phase, "ignored": ignored},
            wire.EndpointStatus,
        ),
        invocations_path=f"{path}/invocations",
        created_at=one.created_at,
        updated_at=one.updated_at,
        url=f"{server}{path}",
        wanted=one.wanted,
        generation=one.generation,
        rollout=models.pop("", None),
        models=models,
        revisions=revisions,
        attributes=dict(one.attributes),
    )


def revision(one: Revision, status: RevisionStatus, traffic: Traffic) -> wire.Revision:
    lately = traffic.get(one.number)
    return wire.Revision(
        number=one.number,
        model_uri=one.model_uri,
        model_version=one.model_version,
        environment=one.environment,
        created_at=one.created_at,
        model=one.model,
        options=msgspec.convert(_without(msgspec.to_builtins(one.options), "environment"), wire.Options),
        status=msgspec.convert(msgspec.to_builtins(status), wire.RevisionStatus),
        lately=None if lately is None else msgspec.convert(msgspec.to_builtins(lately), wire.Lately),
    )


def deployment(sent: wire.Deploy, model: str) -> Deployment:
    plain = msgspec.to_builtins(sent)
    strategy = {key: plain[key] for key in ("canary", "shadow", "guard", "plan")}
    return Deployment(
        options=msgspec.convert(plain["options"] | {"environment": sent.environment}, ServingOptions),
        strategy=msgspec.convert(strategy, rollouts.Strategy),
        model=model,
        generation=sent.generation,
    )


def targets(sent: wire.Shift) -> tuple[rollouts.Target, ...]:
    return tuple(rollouts.Target(one.revision, one.weight, one.shadow) for one in sent.targets)


def _rollout(one: rollouts.Rollout) -> wire.Rollout:
    return msgspec.convert(msgspec.to_builtins(one) | {"stable": one.stable, "canary": one.canary}, wire.Rollout)


def _without(document: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != key}
