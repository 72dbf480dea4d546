"""The part of the native API's table that is about registered models."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import archives, endpoint_routes, model_changes, models, wire
from modelyard.protocols.native import wire_models as mine
from modelyard.protocols.native.state import NativeState

V1: Final = endpoint_routes.V1
_MODEL = f"{V1}/models/{{name}}"
_VERSION = f"{_MODEL}/versions/{{version}}"
_READ = "models.read"
_UPDATE = "models.update"
_PROMOTE = "models.promote"

ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route(
        "GET",
        f"{V1}/models",
        models.index,
        _READ,
        "Registered models by name",
        query=wire.ListModels,
        returns=wire.Models,
    ),
    Route("GET", _MODEL, models.get, _READ, "One registered model", returns=wire.Model),
    Route(
        "GET",
        f"{_MODEL}/versions",
        models.versions,
        _READ,
        "Versions of a model, newest first",
        query=wire.ListVersions,
        returns=wire.ModelVersions,
    ),
    Route(
        "GET",
        _VERSION,
        models.version,
        _READ,
        "One version of a model",
        returns=wire.ModelVersion,
    ),
    Route(
        "GET",
        f"{_MODEL}/history",
        models.history,
        _READ,
        "Who moved which alias or stage, newest first",
        returns=wire.Moves,
    ),
    Route(
        "PATCH",
        _MODEL,
        model_changes.change,
        _UPDATE,
        "Describe a model, set and remove its tags",
        body=mine.ChangeModel,
        returns=wire.Model,
    ),
    Route("DELETE", _MODEL, model_changes.delete, "models.delete", "Delete a model with all its versions, for good"),
    Route(
        "PATCH",
        _VERSION,
        model_changes.change_version,
        _UPDATE,
        "Describe a version, set and remove its tags",
        body=mine.ChangeModel,
        returns=wire.ModelVersion,
    ),
    Route("DELETE", _VERSION, model_changes.delete_version, "models.delete", "Delete a version, for good"),
    Route(
        "POST",
        f"{_VERSION}/stage",
        model_changes.move,
        _PROMOTE,
        "Put a version into a stage",
        body=mine.MoveStage,
        returns=wire.ModelVersion,
    ),
    Route(
        "PUT",
        f"{_MODEL}/aliases/{{alias}}",
        model_changes.set_alias,
        _PROMOTE,
        "Set an alias, or move it to another version",
        body=mine.SetAlias,
        returns=wire.Model,
    ),
    Route("DELETE", f"{_MODEL}/aliases/{{alias}}", model_changes.delete_alias, _PROMOTE, "Remove an alias"),
    Route(
        "GET",
        f"{V1}/model-document",
        model_changes.document,
        _READ,
        "The signature and input example of the model at a URI",
        query=mine.ReadDocument,
        returns=mine.ModelDocument,
    ),
    Route(
        "GET",
        f"{V1}/model-archive",
        archives.of_model,
        "artifacts.read",
        "The files of the model at a URI, such as a version or a logged model, as a zip file",
        query=mine.ReadDocument,
        returns=bytes,
    ),
)
