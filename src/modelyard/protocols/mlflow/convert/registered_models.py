from modelyard.domain.models import Model
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow.convert.model_versions import listed
from modelyard.protocols.mlflow.wire import registered_models as wire
from modelyard.protocols.mlflow.wire.common import Tag


def model(ours: Model) -> wire.RegisteredModel:
    return wire.RegisteredModel(
        name=ours.name,
        creation_timestamp=ours.created_at,
        last_updated_timestamp=ours.updated_at,
        description=ours.description,
        latest_versions=tuple(map(listed, ours.latest)),
        tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
        aliases=tuple(wire.Alias(alias=alias, version=str(number)) for alias, number in ours.aliases.items()),
    )


def one(ours: Model) -> wire.OneRegisteredModel:
    return wire.OneRegisteredModel(registered_model=model(ours))


def found(page: Page[Model]) -> wire.FoundRegisteredModels:
    return wire.FoundRegisteredModels(
        registered_models=tuple(map(model, page.items)), next_page_token=page.next_token or ""
    )
