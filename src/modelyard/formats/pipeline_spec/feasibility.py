"""What no run could get past, as far as a pipeline itself tells: steps are processes of a machine, not containers."""

from collections.abc import Iterator, Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, Container, Dag, PipelineSpec
from modelyard.formats.pipeline_spec import volumes


def check(spec: PipelineSpec) -> None:
    """Raises InvalidInput, naming the component or the field."""
    volumes.workspace_size(spec)
    for component in used(spec):
        if isinstance(component.body, Container):
            _check_command(component.name, component.body)
            _check_alone(component.name, component.body)
            volumes.mounts(component)


def must_mount(spec: PipelineSpec) -> str:
    """A component that can only run where its volumes can be mounted; empty when there is none."""
    for component in used(spec):
        for mount in volumes.mounts(component):
            if not mount.optional:
                return component.name
    return ""


def used(spec: PipelineSpec) -> Iterator[Component]:
    """The components of all that may run, each once."""
    left, seen = [spec.root], {spec.root.name}
    while left:
        component = left.pop()
        yield component
        tasks: Sequence[str] = ()
        if isinstance(component.body, Dag):
            tasks = [task.component for task in component.body.tasks.values()]
        for name in tasks:
            if name not in seen and name in spec.components:
                seen.add(name)
                left.append(spec.components[name])


def _check_command(name: str, container: Container) -> None:
    if not any(container.command):
        raise InvalidInput(
            f"The component '{name}' runs whatever the image '{container.image}' starts with; steps run as processes "
            "of this machine here, so the component must say its command"
        )


def _check_alone(name: str, container: Container) -> None:
    """What runs before a step prepares something for it: without that, it would fail or, worse, make something else."""
    if container.platform.get("initContainers"):
        raise InvalidInput(
            f"The component '{name}' has init containers, which cannot run here; do what they do in a task before it, "
            "which leaves its files in an artifact, a volume or the workspace"
        )
