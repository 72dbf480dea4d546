"""The directories that a step is shown at paths of the pipeline's choice."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from modelyard.controllers.pipelines.bounds import Bound
from modelyard.controllers.pipelines.claims import VOLUMES, Claims
from modelyard.controllers.pipelines.folders import WORKSPACE, StepFolder
from modelyard.controllers.pipelines.secrets import CONFIG_MAPS, SECRETS, LookUp, is_name
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, PipelineSpec
from modelyard.domain.task_launch import Mount
from modelyard.formats.pipeline_spec.quantities import amount
from modelyard.formats.pipeline_spec.volumes import Volume, VolumeMount, mounts, workspace_size
from modelyard.kit.paths import contains

_NEEDED = ("/proc", "/sys", "/dev", sys.prefix, sys.base_prefix, str(Path(os.__file__).parent))
"""What a step could not run without."""
_OBJECTS = {Volume.SECRET: SECRETS, Volume.CONFIG_MAP: CONFIG_MAPS}


class Volumes:
    """`root` is the data directory; `claims` are the persistent ones in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.claims = Claims(root)

    def mounts(self, component: Component, folder: StepFolder, look_up: LookUp) -> Sequence[Mount]:
        """Of a step that is about to start. Raises InvalidInput or NotFound for what is not there."""
        found: list[Mount] = []
        taken: set[str] = set()
        for at, (mount, name) in enumerate(_named(component, look_up)):
            self._check_path(mount.path)
            if (real := os.path.realpath(mount.path)) in taken:
                raise InvalidInput(f"Two volumes cannot be mounted at {mount.path}: give one of them another path")
            taken.add(real)
            read_only = mount.volume in _OBJECTS
            found.append(Mount(self._place(mount, name, folder.volume(at)), mount.path, read_only))
        return found

    def bounds(self, component: Component, folder: StepFolder, look_up: LookUp) -> Sequence[Bound]:
        """Of those that have a size."""
        found = []
        for at, (mount, name) in enumerate(_named(component, look_up)):
            claimed = mount.volume is Volume.CLAIM
            if size := int(amount(self.claims.size(name) if claimed else mount.size)):
                place = self.claims.place(name) if claimed else folder.volume(at)
                way_out = f", or remove files from {VOLUMES}/{name}" if claimed else ""
                found.append(Bound(name, place, size, way_out=way_out))
        return found

    def _place(self, mount: VolumeMount, name: str, own: Path) -> Path:
        if mount.volume is Volume.CLAIM:
            volume = self.claims.find(name)
            place = volume / mount.sub_path
            if not contains(volume, place):  # a step that had it before may have left a link to anywhere
                raise InvalidInput(f"The path '{mount.sub_path}' leads out of the volume '{name}'; a link is in it")
            try:
                place.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                told = f"The path '{mount.sub_path}' in the volume '{name}' is a file, or leads through one"
                raise InvalidInput(f"{told}; only directories can be mounted") from None
            return place
        if mount.volume in _OBJECTS:
            kind = _OBJECTS[mount.volume]
            if not is_name(name):
                raise InvalidInput(f"'{name[:100]}' cannot be the name of one of the {kind}")
            if (place := self._root / kind / name).is_dir():
                return place
            if not mount.optional:
                raise InvalidInput(f"The step needs files from {kind}/{name}, which is not in the data directory")
        own.mkdir(parents=True, exist_ok=True)
        return own

    def _check_path(self, path: str) -> None:
        real = os.path.realpath(path)
        if _within(real, os.path.realpath(self._root)):
            raise InvalidInput(f"A volume cannot be mounted at {path}, which is in the data directory")
        for needed in (*_NEEDED, str(self._root)):
            if _within(os.path.realpath(needed), real):
                raise InvalidInput(f"A volume cannot be mounted at {path}: it would hide {needed}, which steps need")


def claimed(component: Component, look_up: LookUp) -> Sequence[str]:
    """The names of the persistent volumes of a step."""
    return [str(look_up(mount.name) or "") for mount in mounts(component) if mount.volume is Volume.CLAIM]


def of_workspace(spec: PipelineSpec, place: str) -> Sequence[Bound]:
    """The bound of the directory that the steps of a run share, if it has one."""
    size = workspace_size(spec)
    return [Bound(WORKSPACE, Path(place), size)] if place and size else []


def _named(component: Component, look_up: LookUp) -> Iterator[tuple[VolumeMount, str]]:
    """Those whose name is an optional input that was not given are not there, as in KFP."""
    for mount in mounts(component):
        name = str(look_up(mount.name) or "")
        if name or mount.volume in (Volume.EMPTY, Volume.EPHEMERAL):
            yield mount, name
        elif mount.volume is Volume.CLAIM:
            raise InvalidInput(f"The volume to mount at {mount.path} has no name")


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
