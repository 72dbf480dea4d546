"""The directories that a step is shown at paths of the pipeline's choice."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
_GONE = (FileNotFoundError, NotADirectoryError)
_OBJECTS = {Volume.SECRET: SECRETS, Volume.CONFIG_MAP: CONFIG_MAPS}


@dataclass(frozen=True, slots=True)
class Bound:
    """What may be put into a volume, in bytes."""

    name: str
    place: Path
    size: int


class Volumes:
    """`root` is the data directory; `claims` are the persistent ones in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.claims = Claims(root)

    def mounts(self, component: Component, folder: StepFolder, look_up: LookUp) -> Sequence[Mount]:
        """Of a step that is about to start. Raises InvalidInput or NotFound for what is not there."""
        found = []
        for at, (mount, name) in enumerate(_named(component, look_up)):
            self._check_path(mount.path)
            read_only = mount.volume in _OBJECTS
            found.append(Mount(self._place(mount, name, folder.volume(at)), mount.path, read_only))
        return found

    def bounds(self, component: Component, folder: StepFolder, look_up: LookUp) -> Sequence[Bound]:
        """Of those that have a size."""
        found = []
        for at, (mount, name) in enumerate(_named(component, look_up)):
            claimed = mount.volume is Volume.CLAIM
            if size := int(amount(self.claims.size(name) if claimed else mount.size)):
                found.append(Bound(name, self.claims.place(name) if claimed else folder.volume(at), size))
        return found

    def _place(self, mount: VolumeMount, name: str, own: Path) -> Path:
        if mount.volume is Volume.CLAIM:
            volume = self.claims.find(name)
            place = volume / mount.sub_path
            if not contains(volume, place):  # a step that had it before may have left a link to anywhere
                raise InvalidInput(f"The path '{mount.sub_path}' leads out of the volume '{name}'; a link is in it")
            place.mkdir(parents=True, exist_ok=True)
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


def overfull(bounds: Sequence[Bound]) -> str:
    """What is wrong when more is in a volume than it may hold; else empty. Looks at all files."""
    for bound in bounds:
        try:
            used = _used(bound.place, bound.size)
        except PermissionError as error:
            return f"The volume '{bound.name}' cannot be looked through: {error.strerror}: {error.filename}"
        if used > bound.size:
            return (
                f"The volume '{bound.name}' of {bound.size:,} bytes has at least {used:,} in it. Ask for a larger one"
                + (f", or remove files from {VOLUMES}/{bound.name}" if bound.place.parent.name == VOLUMES else "")
            )
    return ""


def _named(component: Component, look_up: LookUp) -> Iterator[tuple[VolumeMount, str]]:
    """Those whose name is an optional input that was not given are not there, as in KFP."""
    for mount in mounts(component):
        name = str(look_up(mount.name) or "")
        if name or mount.volume in (Volume.EMPTY, Volume.EPHEMERAL):
            yield mount, name
        elif mount.volume is Volume.CLAIM:
            raise InvalidInput(f"The volume to mount at {mount.path} has no name")


def _used(place: Path, enough: int) -> int:
    """Others may remove files, or all of it, meanwhile."""
    used, left = 0, [str(place)]
    while left and used <= enough:
        with contextlib.suppress(*_GONE), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                else:
                    used += _size(entry)
    return used


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except _GONE:
        return 0


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
