"""Whether the server's own environment is what a model, or a step, asks for."""

import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from modelyard.domain.errors import InvalidInput
from modelyard.executors import requirements

# The same modules under another name.
_STAND_INS = {
    "mlflow": ("mlflow-skinny",),
    "onnxruntime": ("onnxruntime-gpu",),
    "opencv-python": ("opencv-python-headless",),
    "psycopg2": ("psycopg2-binary",),
    "tensorflow": ("tensorflow-cpu",),
    "xgboost": ("xgboost-cpu",),
}


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


def has(line: str) -> bool:
    """Whether a requirement is met to the letter; what is not a name with versions and extras never is."""
    try:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            return True
        found = Version(metadata.version(wanted.name))
    except (InvalidRequirement, UndefinedEnvironmentName, InvalidVersion, metadata.PackageNotFoundError):
        return False
    if wanted.url is not None or not wanted.specifier.contains(found, prereleases=True):
        return False
    return all(has(more) for extra in wanted.extras for more in _of_extra(wanted.name, extra))


def _of_extra(name: str, extra: str) -> list[str]:
    """What an extra of an installed package requires on top of the package."""
    found = [Requirement(line) for line in metadata.requires(name) or ()]
    wanted = [each for each in found if each.marker is not None and _means(each.marker, extra)]
    for each in wanted:
        each.marker = None
    return [str(each) for each in wanted]


def _means(marker: Marker, extra: str) -> bool:
    return marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


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
