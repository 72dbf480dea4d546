"""What no run could get past, as far as a pipeline itself tells: steps are processes of a machine, not containers."""

from collections.abc import Iterator, Mapping, Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, Container, Dag, Json, PipelineSpec

_MOUNTS = {
    "secretAsVolume": ("secret", "use_secret_as_env"),
    "configMapAsVolume": ("config map", "use_config_map_as_env"),
}


def check(spec: PipelineSpec) -> None:
    """Raises InvalidInput, naming the component."""
    for component in _used(spec):
        if isinstance(component.body, Container):
            _check_command(component.name, component.body)
            _check_mounts(component.name, component.body.platform)


def _used(spec: PipelineSpec) -> Iterator[Component]:
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


def _check_mounts(name: str, platform: Mapping[str, Json]) -> None:
    """An optional one is left out, which the step's log says."""
    for field, (what, instead) in _MOUNTS.items():
        entries = platform.get(field)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and not entry.get("optional"):
                raise InvalidInput(
                    f"The component '{name}' wants a {what} as files at '{entry.get('mountPath')}'; steps share this "
                    f"machine's file system here, so nothing is mounted. Take it as a variable: {instead}"
                )
