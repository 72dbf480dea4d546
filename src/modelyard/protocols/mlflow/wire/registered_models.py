from modelyard.protocols.mlflow.wire.common import Given, Int64, Request, Response, Tag
from modelyard.protocols.mlflow.wire.model_versions import ModelVersion


class Alias(Response):
    alias: str
    version: str


class RegisteredModel(Response):
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: tuple[ModelVersion, ...] = ()
    tags: tuple[Tag, ...] = ()
    aliases: tuple[Alias, ...] = ()


class CreateRegisteredModel(Request):
    name: Given
    tags: tuple[Tag, ...] = ()
    description: str = ""


class ModelName(Request):
    """GetRegisteredModel and DeleteRegisteredModel."""

    name: Given


class RenameRegisteredModel(Request):
    name: Given
    new_name: Given


class UpdateRegisteredModel(Request):
    name: Given
    description: str = ""


class OneRegisteredModel(Response):
    registered_model: RegisteredModel


class SearchRegisteredModels(Request):
    filter: str = ""
    max_results: Int64 = 100
    order_by: tuple[str, ...] = ()
    page_token: str = ""


class FoundRegisteredModels(Response):
    registered_models: tuple[RegisteredModel, ...] = ()
    next_page_token: str = ""


class GetLatestVersions(Request):
    name: Given
    stages: tuple[str, ...] = ()


class SetRegisteredModelTag(Request):
    name: Given
    key: Given
    value: str = ""


class DeleteRegisteredModelTag(Request):
    name: Given
    key: Given


class SetAlias(Request):
    name: Given
    alias: Given
    version: Given


class AliasName(Request):
    """DeleteRegisteredModelAlias and GetModelVersionByAlias."""

    name: Given
    alias: Given
