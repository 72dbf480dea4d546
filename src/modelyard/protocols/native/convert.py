"""Ours to the wire's, pure."""

from modelyard.domain import experiments
from modelyard.domain.pages import Page
from modelyard.protocols.native import wire


def experiment(one: experiments.Experiment) -> wire.Experiment:
    return wire.Experiment(
        id=one.id,
        name=one.name,
        artifact_location=one.artifact_location,
        lifecycle=one.lifecycle,
        created_at=one.created_at,
        updated_at=one.updated_at,
        tags=dict(one.tags),
    )


def experiment_page(page: Page[experiments.Experiment]) -> wire.Experiments:
    return wire.Experiments([experiment(one) for one in page.items], page.next_token)
