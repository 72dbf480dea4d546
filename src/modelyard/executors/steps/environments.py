"""Which environment a step runs in: the server's own where it has what the step asks for, else a built one."""

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from modelyard.domain.task_launch import PythonStep
from modelyard.executors import own
from modelyard.executors.environments import Environment, Environments
from modelyard.executors.requirements import Requirements

SDK = "kfp"
ANY_SDK = "kfp>=2.1,<3"
WITHOUT_DEPENDENCIES = Version("2.1")
"""Since then the SDK runs a component without anything that it requires for other ends."""


class StepEnvironments:
    """`own_first` allows the server's own environment where it is enough; without, every step has a built one."""

    def __init__(self, environments: Environments, *, own_first: bool = True) -> None:
        self._environments = environments
        self.own = Environment(Path(sys.executable))
        self._own_first = own_first
        self._known: dict[tuple[object, ...], Requirements | None] = {}

    async def prepare(self, step: PythonStep | None, progress: Callable[[str], None]) -> Environment:
        """Raises InvalidInput when it cannot be built. A command that is run literally has the server's own."""
        if step is None:
            return self.own
        asked = (_installed_as_of(), *step.packages, "", *step.indexes, "", *step.trusted_hosts)
        if asked not in self._known:
            self._known[asked] = requirements(step, installed_sdk(), own_first=self._own_first)
        needs = self._known[asked]
        return self.own if needs is None else await self._environments.build(needs, progress)


def _installed_as_of() -> tuple[int, ...]:
    """Changes when a package comes into the server's own environment, or goes, while the server runs."""
    return tuple(place.stat().st_mtime_ns for place in map(Path, sys.path) if place.is_dir())


def requirements(step: PythonStep, installed: Version | None, *, own_first: bool = True) -> Requirements | None:
    """Of the environment to build; None when the server's own, with the `installed` SDK or without, has all.

    A built one has the SDK of the server's own where that will do, so that environments are shared, also by components
    that were compiled with different versions of it.
    """
    sdk = [line for line in step.packages if _name(line) == SDK]
    others = [line for line in step.packages if _name(line) != SDK]
    met = installed is not None and all(_meets(installed, line) for line in sdk)
    if own_first and met and all(own.has(line) for line in others):
        return None
    if met:
        sdk = [f"{SDK}=={installed}"]
    sdk = sdk or [ANY_SDK]
    bare = all(_may_be_bare(line) for line in sdk)
    return Requirements(
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        packages=tuple(sorted(others if bare else [*others, *sdk])),
        bare=tuple(sdk) if bare else (),
        options=_options(step),
    )


def _options(step: PythonStep) -> tuple[str, ...]:
    """The first index stands for the usual one, as with pip."""
    found: list[str] = []
    for at, index in enumerate(step.indexes):
        found += ["--extra-index-url" if at else "--index-url", index]
    for host in step.trusted_hosts:
        found += ["--allow-insecure-host", host]
    return tuple(found)


def _meets(installed: Version, line: str) -> bool:
    """Also a newer one of the same major version than the pinned one: components keep working with it."""
    wanted = Requirement(line)
    if wanted.extras or wanted.url is not None:
        return own.has(line)
    if wanted.specifier.contains(installed, prereleases=True):
        return True
    pins = [Version(each.version) for each in wanted.specifier if each.operator == "==" and "*" not in each.version]
    return bool(pins) and all(pin.major == installed.major and pin <= installed for pin in pins)


def _may_be_bare(line: str) -> bool:
    wanted = Requirement(line)
    lowest = [
        Version(each.version)
        for each in wanted.specifier
        if each.operator in {"==", ">=", "~="} and "*" not in each.version
    ]
    return not wanted.extras and wanted.url is None and bool(lowest) and min(lowest) >= WITHOUT_DEPENDENCIES


def installed_sdk() -> Version | None:
    """In the server's own environment; none, unless it was asked for or somebody else brought it."""
    try:
        return Version(metadata.version(SDK))
    except metadata.PackageNotFoundError:
        return None


def _name(line: str) -> str:
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return ""
