"""What a step asks of a cluster, as far as this machine can give it."""

from collections.abc import Sequence
from dataclasses import replace

from modelyard.controllers.pipelines import downward, secrets
from modelyard.domain.pipeline_spec import Component, Container
from modelyard.domain.task_launch import Needs
from modelyard.formats.pipeline_spec import volumes

_KEPT = secrets.TAKEN | volumes.TAKEN | downward.TAKEN | {"activeDeadlineSeconds", "enabledSharedMemory"}


def fitted(needs: Needs, capacity: Needs) -> tuple[Needs, Sequence[str]]:
    """Never more cores and memory than there are, and no device where there is none; with what was left out.

    Pipelines say what they want of a cluster's machines; on this one they run as well as they can.
    """
    left_out = []
    if capacity.cpu and needs.cpu > capacity.cpu:
        left_out.append(f"{needs.cpu:g} CPUs (there are {capacity.cpu:g})")
        needs = replace(needs, cpu=capacity.cpu)
    if capacity.memory and needs.memory > capacity.memory:
        left_out.append(f"{needs.memory:,} bytes of memory (there are {capacity.memory:,})")
        needs = replace(needs, memory=capacity.memory)
    if needs.gpus and not capacity.gpus:
        left_out.append(f"{needs.gpus} accelerators (there are none)")
        needs = replace(needs, gpus=0)
    return needs, left_out


def ignored(component: Component) -> Sequence[str]:
    """What only a cluster has."""
    container = component.body
    return sorted(set(container.platform) - _KEPT) if isinstance(container, Container) else []
