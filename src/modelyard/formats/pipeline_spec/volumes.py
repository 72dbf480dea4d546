"""Which directories a step wants at which paths: of the kubernetes platform's part of a document."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, Constant, Container, PipelineSpec, Source
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.quantities import amount
from modelyard.formats.pipeline_spec.tasks import source

PASSED = "KUBERNETES_VOLUMES"


class Volume(StrEnum):
    """The kinds, by the fields that a platform has them in."""

    SECRET = "secretAsVolume"  # noqa: S105 - a field's name
    CONFIG_MAP = "configMapAsVolume"
    CLAIM = "pvcMount"
    EMPTY = "emptyDirMounts"
    EPHEMERAL = "genericEphemeralVolume"


TAKEN = frozenset(Volume)
_NAMES = {Volume.SECRET: "secretName", Volume.CONFIG_MAP: "configMapName", Volume.CLAIM: "pvcName"}


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """`path` is absolute, `sub_path` below the volume's own; `size` is a quantity such as 5Gi."""

    volume: Volume
    path: str
    name: Source
    sub_path: str = ""
    size: str = ""
    optional: bool = False


def mounts(component: Component) -> Sequence[VolumeMount]:
    """Those that the step sees, and is not only told of. Raises InvalidInput for a path that cannot be one."""
    applies = component.applies(PASSED)
    return tuple(mount for mount in every_mount(component) if applies or mount.volume not in _NAMES)


def every_mount(component: Component) -> Iterator[VolumeMount]:
    """Those too that the step is only told of."""
    if not isinstance(component.body, Container) or not component.body.platform:
        return
    platform = Fields(dict(component.body.platform), f"The platform of '{component.name}'")
    for volume in Volume:
        for entry in platform.rows(volume):
            yield VolumeMount(
                volume,
                _path(entry),
                name_of(entry, _NAMES[volume]) if volume in _NAMES else Constant(entry.text("volumeName")),
                _below(entry),
                _size(entry),
                entry.flag("optional"),
            )


def workspace_size(spec: PipelineSpec) -> int:
    """Bytes that may be in the directory that the steps of a run share; 0 where nobody says. Raises InvalidInput."""
    return int(amount(Fields(dict(spec.config), "pipelineConfig").inner("workspace").text("size")))


def name_of(entry: Fields, field: str) -> Source:
    """Of an object that an entry names: a constant, or where the name comes from; older SDKs wrote it differently."""
    for given in (entry.inner(f"{field}Parameter"), entry):
        if any(key in given for key in ("taskOutputParameter", "componentInputParameter", "runtimeValue")):
            return source(given)
    return Constant(entry.text(field) or entry.text("constant"))


def _path(entry: Fields) -> str:
    path = posixpath.normpath("/" + entry.needed("mountPath").lstrip("/"))
    if path == "/" or "\0" in path:
        raise InvalidInput(f"{entry.path_of('mountPath')} must be a directory below /")
    return path


def _size(entry: Fields) -> str:
    size = entry.text("sizeLimit") or entry.text("size")
    try:
        amount(size)
    except InvalidInput as error:
        raise InvalidInput(f"The size in {entry.path}: {error.message}") from None
    return size


def _below(entry: Fields) -> str:
    path = posixpath.normpath(entry.text("subPath") or ".")
    if path.startswith(("/", "..")) or "\0" in path:
        raise InvalidInput(f"{entry.path_of('subPath')} is '{path[:100]}'; it must stay within its volume")
    return path
