"""Whether the server's own environment is what a model asks for."""

import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from modelyard.domain.errors import InvalidInput
from modelyard.executors import requirements

# The same modules under another name.
_STAND_INS = {"mlflow": ("mlflow-skinny",)}


def check(model: Path) -> str:
    """In what small things it is not, empty when there are none; MLflow warns of those, too.

    Raises InvalidInput naming the packages that are missing or of another major version.
    """
    if not (model / "requirements.txt").exists():
        return ""
    needs = requirements.read(model)
    lacking, differing = _compared([*needs.packages, *needs.constraints], constraints=set(needs.constraints))
    if lacking:
        raise InvalidInput(
            f"The server's own environment is not what the model asks for: {'; '.join(lacking)}. "
            "Deploy it with --env uv, which makes an environment of its own"
        )
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    if needs.python != ours:
        differing.insert(0, f"Python {needs.python} is asked for, and this is {ours}")
    return "; ".join(differing)


def _compared(lines: Sequence[str], constraints: set[str]) -> tuple[list[str], list[str]]:
    lacking: list[str] = []
    differing: list[str] = []
    for line in lines:
        wanted = _parsed(line)
        if wanted is None:
            continue
        found = _installed(wanted.name)
        if found is None:
            if line not in constraints:
                lacking.append(f"{wanted} is not installed")
        elif not wanted.specifier.contains(found, prereleases=True):
            said = f"{wanted} is asked for, and {found} is installed"
            (differing if _close(wanted, found) else lacking).append(said)
    return lacking, differing


def _parsed(line: str) -> Requirement | None:
    """None for what cannot be compared, such as an address, and for what is not meant for this machine."""
    try:
        wanted = Requirement(line)
        applies = wanted.marker is None or wanted.marker.evaluate()
    except (InvalidRequirement, UndefinedEnvironmentName):
        return None
    return wanted if applies and wanted.url is None else None


def _installed(name: str) -> Version | None:
    for candidate in (name, *_STAND_INS.get(name.lower(), ())):
        try:
            return Version(metadata.version(candidate))
        except (metadata.PackageNotFoundError, InvalidVersion):
            continue
    return None


def _close(wanted: Requirement, found: Version) -> bool:
    """Whether one of the versions that are named has the same major number."""
    for specifier in wanted.specifier:
        try:
            if Version(specifier.version.removesuffix(".*")).major == found.major:
                return True
        except InvalidVersion:
            continue
    return False
