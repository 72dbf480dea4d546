"""The addresses a model goes by."""

from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput
from modelyard.domain.models import LATEST, version_number


@dataclass(frozen=True, slots=True)
class OfVersion:
    """`models:/NAME/VERSION`."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class OfAlias:
    """`models:/NAME@ALIAS`; the alias `latest` is the highest version."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class OfStage:
    """`models:/NAME/STAGE`."""

    name: str
    stage: str


@dataclass(frozen=True, slots=True)
class OfLoggedModel:
    """`models:/m-ID`."""

    model_id: str


@dataclass(frozen=True, slots=True)
class OfRun:
    """`runs:/RUN_ID/PATH`; an empty path is all of the run's artifacts."""

    run_id: str
    path: str


@dataclass(frozen=True, slots=True)
class OfArtifacts:
    """`mlflow-artifacts:/PATH`: a place in the server's own store."""

    uri: str


ModelUri = OfVersion | OfAlias | OfStage | OfLoggedModel | OfRun | OfArtifacts


def parse(uri: str) -> ModelUri:
    """Raises InvalidInput for anything that is not the address of a model on this server."""
    scheme, colon, path = uri.partition(":")
    if not colon or not path.startswith("/") or path.startswith("//"):
        raise _improper(uri)
    match scheme:
        case "models":
            return _registered(uri, path[1:])
        case "runs":
            run_id, _, rest = path[1:].partition("/")
            if not run_id:
                raise _improper(uri)
            return OfRun(run_id, rest.strip("/"))
        case "mlflow-artifacts":
            return OfArtifacts(uri)
        case _:
            raise _improper(uri)


def followed(uri: str) -> OfAlias | None:
    """The alias whose moves an endpoint of this URI follows: `models:/NAME@ALIAS`."""
    try:
        address = parse(uri)
    except InvalidInput:
        return None
    return address if isinstance(address, OfAlias) and "@" in uri else None


def _registered(uri: str, path: str) -> ModelUri:
    name, slash, suffix = path.partition("/")
    if not name.strip() or "/" in suffix or (slash and not suffix.strip()):
        raise _improper(uri)
    if suffix.isascii() and suffix.isdecimal():
        return OfVersion(name, version_number(suffix))
    if suffix.lower() == LATEST:
        return OfAlias(name, LATEST)
    if suffix:
        return OfStage(name, suffix)
    name, at, alias = name.rpartition("@")
    if not at:
        return OfLoggedModel(alias)
    if not name or not alias.strip():
        raise _improper(uri)
    return OfAlias(name, alias)


def _improper(uri: str) -> InvalidInput:
    return InvalidInput(
        f"Not the URI of a model: '{uri[:200]}'. Write models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE, "
        "models:/NAME/latest, models:/m-ID, runs:/RUN_ID/PATH or mlflow-artifacts:/PATH."
    )
