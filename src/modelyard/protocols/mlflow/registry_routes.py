"""The registry as MLflow's clients and pages find it, and the models that runs logged."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.routing import Route
from modelyard.protocols.mlflow import logged_models, model_versions, registered_models, webhooks
from modelyard.protocols.mlflow.state import MlflowState

_CREATE, _READ, _UPDATE, _DELETE = "models.create", "models.read", "models.update", "models.delete"
_PROMOTE = "models.promote"
_MODELS, _VERSIONS, _LOGGED = "registered-models", "model-versions", "logged-models"
_MODEL_ID = f"{_LOGGED}/{{model_id}}"
_WEBHOOK = "webhooks/{webhook_id}"

_Handler = Callable[[Call[MlflowState]], Awaitable[Reply]]
_Line = tuple[str, str, _Handler, str, str]

_REGISTRY: Final[Sequence[_Line]] = (
    ("POST", f"{_MODELS}/create", registered_models.create, _CREATE, "Creates a registered model"),
    ("GET", f"{_MODELS}/get", registered_models.get, _READ, "A registered model by its name"),
    ("POST", f"{_MODELS}/rename", registered_models.rename, _UPDATE, "Renames a registered model"),
    ("PATCH", f"{_MODELS}/update", registered_models.update, _UPDATE, "Replaces its description"),
    ("DELETE", f"{_MODELS}/delete", registered_models.delete, _DELETE, "Removes it with all its versions"),
    ("GET", f"{_MODELS}/search", registered_models.search, _READ, "Registered models that match a filter"),
    ("GET", f"{_MODELS}/get-latest-versions", registered_models.latest_versions, _READ, "The newest of each stage"),
    ("POST", f"{_MODELS}/get-latest-versions", registered_models.latest_versions, _READ, "The newest of each stage"),
    ("POST", f"{_MODELS}/set-tag", registered_models.set_tag, _UPDATE, "Sets a tag of a registered model"),
    ("DELETE", f"{_MODELS}/delete-tag", registered_models.delete_tag, _UPDATE, "Removes a tag of a registered model"),
    ("POST", f"{_MODELS}/alias", registered_models.set_alias, _PROMOTE, "Sets an alias, or moves it"),
    ("DELETE", f"{_MODELS}/alias", registered_models.delete_alias, _PROMOTE, "Removes an alias"),
    ("GET", f"{_MODELS}/alias", registered_models.get_by_alias, _READ, "The version an alias points to"),
    ("POST", f"{_VERSIONS}/create", model_versions.create, _UPDATE, "Registers the next version of a model"),
    ("GET", f"{_VERSIONS}/get", model_versions.get, _READ, "A version by model and number"),
    ("PATCH", f"{_VERSIONS}/update", model_versions.update, _UPDATE, "Replaces its description"),
    ("DELETE", f"{_VERSIONS}/delete", model_versions.delete, _DELETE, "Removes a version"),
    ("POST", f"{_VERSIONS}/transition-stage", model_versions.transition_stage, _PROMOTE, "Moves it to another stage"),
    ("GET", f"{_VERSIONS}/search", model_versions.search, _READ, "Versions that match a filter"),
    ("GET", f"{_VERSIONS}/get-download-uri", model_versions.download_uri, _READ, "Where its files are"),
    ("POST", f"{_VERSIONS}/set-tag", model_versions.set_tag, _UPDATE, "Sets a tag of a version"),
    ("DELETE", f"{_VERSIONS}/delete-tag", model_versions.delete_tag, _UPDATE, "Removes a tag of a version"),
)
_LOGGED_MODELS: Final[Sequence[_Line]] = (
    ("POST", _LOGGED, logged_models.create, "logged_models.create", "Creates a logged model, pending"),
    ("POST", f"{_LOGGED}/search", logged_models.search, "logged_models.read", "Logged models that match a filter"),
    ("GET", _MODEL_ID, logged_models.get, "logged_models.read", "A logged model by its id"),
    ("PATCH", _MODEL_ID, logged_models.finalize, "logged_models.update", "Says that it is ready, or failed"),
    ("DELETE", _MODEL_ID, logged_models.delete, "logged_models.delete", "Moves it to the trash"),
    ("PATCH", f"{_MODEL_ID}/tags", logged_models.set_tags, "logged_models.update", "Sets its tags"),
    (
        "DELETE",
        f"{_MODEL_ID}/tags/{{tag_key:path}}",
        logged_models.delete_tag,
        "logged_models.update",
        "Removes one of its tags",
    ),
    ("POST", f"{_MODEL_ID}/params", logged_models.log_params, "logged_models.update", "Adds params to it"),
)
_WEBHOOKS: Final[Sequence[_Line]] = (
    ("POST", "webhooks", webhooks.create, "webhooks.create", "Creates a webhook"),
    ("GET", "webhooks", webhooks.list_, "webhooks.read", "Webhooks, newest first"),
    ("GET", _WEBHOOK, webhooks.get, "webhooks.read", "A webhook by its id"),
    ("PATCH", _WEBHOOK, webhooks.update, "webhooks.update", "Changes what is given of it"),
    ("DELETE", _WEBHOOK, webhooks.delete, "webhooks.delete", "Removes it, and what waits for it"),
    ("POST", f"{_WEBHOOK}/test", webhooks.test, "webhooks.test", "Sends it an example, once"),
)


def _twice(lines: Sequence[_Line]) -> Iterator[Route[MlflowState]]:
    """For programs and once more for web pages."""
    for method, path, handler, action, summary in lines:
        for prefix in ("/api", "/ajax-api"):
            yield Route(method, f"{prefix}/2.0/mlflow/{path}", handler, action, summary)


REGISTRY_ROUTES: Final[Sequence[Route[MlflowState]]] = tuple(_twice(_REGISTRY))
LOGGED_MODEL_ROUTES: Final[Sequence[Route[MlflowState]]] = tuple(_twice(_LOGGED_MODELS))
WEBHOOK_ROUTES: Final[Sequence[Route[MlflowState]]] = tuple(_twice(_WEBHOOKS))
