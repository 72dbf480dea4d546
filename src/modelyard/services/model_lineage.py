"""Where a new version comes from, and where the files behind a model's address are."""

from dataclasses import dataclass

from modelyard.domain import model_sources, model_uris, names
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.logged_models import LoggedModel
from modelyard.domain.models import (
    LATEST,
    PROMPT_TAG,
    AliasNotFound,
    ModelVersion,
    NewVersion,
    ResolvedModel,
    stage,
)
from modelyard.domain.principals import Principal
from modelyard.kit.paths import safe_relative
from modelyard.services.models import key_of
from modelyard.storage import logged_models, model_aliases, model_versions, models, runs
from modelyard.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a version is made of once its source has been accepted."""

    source: str
    location: str
    run_id: str = ""
    model_id: str = ""


def lineage(transaction: Transaction, principal: Principal, new: NewVersion) -> Lineage:
    """Raises InvalidInput for a source that may not be used, NotFound for one that names what is not there."""
    if dict(new.tags).get(PROMPT_TAG, "").lower() == "true":
        if new.source not in model_sources.PROMPT_SOURCES:
            raise InvalidInput(
                f"Invalid prompt source: '{new.source[:200]}'. Prompt sources must use an MLflow placeholder."
            )
        return Lineage(new.source, new.source, new.run_id or "", new.model_id or "")
    scheme = model_sources.scheme(new.source)
    if scheme == "models":
        return _from_registry(transaction, principal, new)
    run_id, model_id = new.run_id or "", new.model_id or ""
    if scheme == "runs":
        _check_run(new.source, run_id, model_id)
    elif model_sources.must_be_contained(scheme):
        parameter: model_sources.Parameter = "model_id" if model_id else "run_id"
        root = _model_root(transaction, principal, model_id) if model_id else _run_root(transaction, principal, run_id)
        model_sources.check_within(new.source, root, parameter)
    if model_id and not run_id:
        run_id = logged_model(transaction, principal, model_id).source_run_id
    return Lineage(new.source, new.source, run_id, model_id)


def resolve(transaction: Transaction, principal: Principal, uri: str) -> ResolvedModel:
    """Raises InvalidInput for what is no address of a model, NotFound for one that leads nowhere."""
    match model_uris.parse(uri):
        case model_uris.OfLoggedModel(model_id):
            found = logged_model(transaction, principal, model_id)
            return _resolved(found)
        case model_uris.OfRun(run_id, path):
            return _of_run(transaction, principal, run_id, path)
        case model_uris.OfArtifacts(location):
            return ResolvedModel(_artifacts(location))
        case registered:
            return _of_version(transaction, principal, version_at(transaction, principal, registered))


def version_at(transaction: Transaction, principal: Principal, address: model_uris.ModelUri) -> ModelVersion:
    """Raises NotFound for an unknown model, version or alias, and for a stage that has no version."""
    match address:
        case model_uris.OfVersion(name, number):
            known = models.key_of(transaction, principal.workspace_id, names.model_name(name))
            if known is None:
                raise version_not_found(name, number)
            pk = known
        case model_uris.OfAlias(name, alias):
            names.written_alias(alias)
            pk = _key(transaction, principal, name)
            number = _of_alias(transaction, pk, name, alias)
        case model_uris.OfStage(name, wanted):
            pk = _key(transaction, principal, name)
            latest = model_versions.latest(transaction, [pk], {}).get(pk, ())
            newest = [version.number for version in latest if version.stage is stage(wanted)]
            if not newest:
                raise NotFound(f"No versions of model with name '{name}' and stage '{stage(wanted)}' found")
            number = newest[0]
        case _:
            raise InvalidInput("Not the address of a registered model's version")
    return existing(transaction, pk, name, number)


def existing(transaction: Transaction, model_pk: int, name: str, number: int) -> ModelVersion:
    """Raises NotFound."""
    row = model_versions.row_of(transaction, model_pk, number)
    if row is None:
        raise version_not_found(name, number)
    return model_versions.complete(transaction, [row])[0]


def version_not_found(name: str, number: int) -> NotFound:
    """The refusal of a number that no version of the model has."""
    return NotFound(f"Model Version (name={name}, version={number}) not found")


def logged_model(transaction: Transaction, principal: Principal, model_id: str) -> LoggedModel:
    """Raises NotFound, also for one in the trash."""
    found = logged_models.by_id(transaction, principal.workspace_id, model_id)
    if found is None or found.lifecycle is Lifecycle.DELETED:
        raise NotFound(f"Logged model with ID '{model_id}' not found.")
    return found


def _from_registry(transaction: Transaction, principal: Principal, new: NewVersion) -> Lineage:
    address = model_uris.parse(new.source)
    if isinstance(address, model_uris.OfLoggedModel):
        if address.model_id != new.model_id:
            raise model_sources.not_identified(new.source, "model_id")
        found = logged_model(transaction, principal, address.model_id)
        return Lineage(new.source, found.artifact_uri, new.run_id or found.source_run_id, found.id)
    origin = version_at(transaction, principal, address)
    if new.run_id not in (None, origin.run_id) or new.model_id not in (None, origin.model_id):
        raise InvalidInput(
            f"Invalid model version source: '{new.source[:200]}'. The run_id and model_id request parameters must "
            "match the referenced model version."
        )
    if origin.tags.get(PROMPT_TAG, "").lower() == "true":
        raise InvalidInput(
            f"Invalid model version source: '{new.source[:200]}'. Prompt versions cannot be used as model version "
            "sources."
        )
    return Lineage(f"models:/{origin.name}/{origin.number}", origin.location, origin.run_id, origin.model_id)


def _check_run(source: str, run_id: str, model_id: str) -> None:
    if model_id:
        raise model_sources.not_identified(source, "model_id")
    address = model_uris.parse(source)
    if not isinstance(address, model_uris.OfRun) or address.run_id != run_id:
        raise model_sources.not_identified(source, "run_id")


def _model_root(transaction: Transaction, principal: Principal, model_id: str) -> str | None:
    found = logged_models.by_id(transaction, principal.workspace_id, model_id)
    return None if found is None or found.lifecycle is Lifecycle.DELETED else found.artifact_uri


def _run_root(transaction: Transaction, principal: Principal, run_id: str) -> str | None:
    found = runs.by_id(transaction, principal.workspace_id, run_id) if run_id else None
    return None if found is None else found.artifact_uri


def _key(transaction: Transaction, principal: Principal, name: str) -> int:
    return key_of(transaction, principal, names.model_name(name))


def _of_alias(transaction: Transaction, model_pk: int, name: str, alias: str) -> int:
    if alias.lower() == LATEST:
        highest = model_versions.highest(transaction, model_pk)
        if highest is None:
            raise NotFound(f"Latest version not found for model {name}.")
        return highest
    number = model_aliases.number_of(transaction, model_pk, alias)
    if number is None:
        raise AliasNotFound(f"Registered model alias {alias} not found.")
    return number


def _of_version(transaction: Transaction, principal: Principal, version: ModelVersion) -> ResolvedModel:
    location = version.location
    if location.startswith("runs:"):
        location = resolve(transaction, principal, location).location
    return ResolvedModel(location, version.name, version.number, version.run_id, version.model_id)


def _of_run(transaction: Transaction, principal: Principal, run_id: str, path: str) -> ResolvedModel:
    """Since MLflow 3 a run's models lie at places of their own and only go by the name of a path in the run."""
    run = runs.by_id(transaction, principal.workspace_id, run_id)
    if run is None:
        raise NotFound(f"Run with id={run_id} not found")
    named = logged_models.of_run(transaction, principal.workspace_id, run_id, path) if path else None
    if named is not None:
        return _resolved(named)
    try:
        inside = safe_relative(path)
    except ValueError as error:
        raise InvalidInput(f"Invalid path in 'runs:/{run_id}/{path[:200]}': {error}") from None
    location = f"{run.artifact_uri.rstrip('/')}/{inside}".rstrip("/")
    return ResolvedModel(location, run_id=run_id)


def _resolved(found: LoggedModel) -> ResolvedModel:
    return ResolvedModel(found.artifact_uri, found.name, None, found.source_run_id, found.id)


def _artifacts(location: str) -> str:
    try:
        return f"mlflow-artifacts:/{safe_relative(location.removeprefix('mlflow-artifacts:').lstrip('/'))}"
    except ValueError as error:
        raise InvalidInput(f"Invalid path in '{location[:200]}': {error}") from None
