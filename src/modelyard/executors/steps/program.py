"""What a step's process is told: what to run, and in which environment."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.task_launch import Launch
from modelyard.executors.environments import Environment
from modelyard.executors.processes import child_environment

RUNNER = Path(__file__).parents[2] / "runner" / "start.py"  # a program, not a library: it runs in other environments
VARIABLE = "MODELYARD_STEP"
"""By which all that a step starts can be told from others."""
RUNTIME = {"_KFP_RUNTIME": "true"}
EARLY = ("PYTHON", "LD_", "GLIBC_", "MALLOC_")
"""What an interpreter reads when it starts; a fork of one that has started would not see it."""


@dataclass(frozen=True, slots=True)
class Place:
    """`base` is the server's environment, of which a step sees little. `gpus` are its own, None where nobody counts."""

    base: Mapping[str, str]
    environment: Environment
    gpus: Sequence[str] | None
    file_limit: int


def program(launch: Launch, place: Place) -> dict[str, object]:
    """In the runner's words. It may be long and hold secrets, so it goes by a descriptor, not by a file."""
    step = launch.python
    told: dict[str, object] = {
        "folder": str(launch.folder),
        "env": _environment(launch, place),
        "file_limit": place.file_limit,
        "argv": [] if step else list(launch.command),
        "mounts": [[str(mount.source), mount.path, mount.read_only] for mount in launch.mounts],
        "fresh": any(name.startswith(EARLY) for name in launch.env),
    }
    if step:
        told |= {"source": step.source, "function": step.function, "input": launch.executor_input}
    return told


def _environment(launch: Launch, place: Place) -> dict[str, str]:
    env = child_environment(place.base, launch.env)
    env["PATH"] = _path(str(place.environment.python.parent), env.get("PATH", os.defpath))
    env[VARIABLE] = launch.key
    if place.gpus is not None:
        env["CUDA_VISIBLE_DEVICES"] = ",".join(place.gpus)
    if launch.python:
        return env | RUNTIME
    # What a literal `pip install` brings is the step's own; without this it would go into the server's environment.
    packages = str(launch.folder / "packages")
    env.setdefault("PIP_TARGET", packages)
    env["PYTHONPATH"] = _path(env.get("PYTHONPATH", ""), packages)
    return env


def _path(*parts: str) -> str:
    return os.pathsep.join(part for part in parts if part)
