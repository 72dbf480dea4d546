"""What is queued for webhooks when something happens, by the change's own transaction."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modelyard.controllers.courier import HttpCourier
from modelyard.domain.errors import AlreadyExists, ModelyardError, NotFound
from modelyard.domain.model_sources import PROMPT_SOURCES
from modelyard.domain.models import PROMPT_TAG, NewVersion
from modelyard.domain.webhooks import Answer, NewWebhook, Topic, WebhookChange, WebhookStatus
from modelyard.kit.egress import Egress
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.webhook_deliveries import WebhookDeliveries
from modelyard.services.webhooks import Webhooks
from modelyard.storage.database import Database
from tests.support.tracking import ME

TAKEN = Answer(200)
PROMPT = [(PROMPT_TAG, "true"), ("team", "a")]
PROMPT_SOURCE = next(iter(PROMPT_SOURCES))


@pytest.fixture
def webhooks(database: Database) -> Webhooks:
    return Webhooks(database, HttpCourier(Egress(allow_private=True)))


async def queued(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of all that waits, the oldest first; it counts as delivered afterwards."""
    deliveries, found = WebhookDeliveries(database), []
    while due := await deliveries.due():
        for delivery in due:
            document = json.loads(delivery.payload)
            found.append((f"{document['entity']}.{document['action']}", document["data"]))
            await deliveries.tried(delivery, TAKEN)
    return found


async def listen(webhooks: Webhooks, *topics: Topic) -> str:
    return (await webhooks.create(ME, NewWebhook("all", "http://127.0.0.1:9", topics or tuple(Topic)))).id


async def test_everything_that_happens_to_a_model_is_told_as_mlflow_tells_it(
    database: Database, webhooks: Webhooks, models: Models, versions: ModelVersions
) -> None:
    await listen(webhooks)
    await models.create(ME, "taxi", "rides", [("a", "1")])
    await versions.create(ME, "taxi", NewVersion("s3://b/m", description="first", tags=[("t", "2")]))
    await versions.set_tag(ME, "taxi", 1, "k", "v")
    await versions.delete_tag(ME, "taxi", 1, "k")
    await versions.set_alias(ME, "taxi", "champion", 1)
    await versions.delete_alias(ME, "taxi", "champion")
    version = {"name": "taxi", "version": "1"}
    about = {"source": "s3://b/m", "run_id": None, "tags": {"t": "2"}, "description": "first"}
    assert await queued(database) == [
        ("registered_model.created", {"name": "taxi", "tags": {"a": "1"}, "description": "rides"}),
        ("model_version.created", version | about),
        ("model_version_tag.set", version | {"key": "k", "value": "v"}),
        ("model_version_tag.deleted", version | {"key": "k"}),
        ("model_version_alias.created", version | {"alias": "champion"}),
        ("model_version_alias.deleted", {"name": "taxi", "alias": "champion"}),
    ]


async def test_prompts_have_topics_and_words_of_their_own(
    database: Database, webhooks: Webhooks, models: Models, versions: ModelVersions
) -> None:
    await listen(webhooks)
    await models.create(ME, "greeting", "", PROMPT)
    await models.set_tag(ME, "greeting", "k", "v")
    await models.delete_tag(ME, "greeting", "k")
    text = [("mlflow.prompt.text", "Hello {{name}}!"), ("_mlflow_prompt_type", "text")]
    await versions.create(ME, "greeting", NewVersion(PROMPT_SOURCE, tags=[*PROMPT, *text]))
    await versions.set_tag(ME, "greeting", 1, "k", "v")
    await versions.delete_tag(ME, "greeting", 1, "k")
    await versions.set_alias(ME, "greeting", "best", 1)
    await versions.delete_alias(ME, "greeting", "best")
    named = {"name": "greeting"}
    version = named | {"version": "1"}
    tags = {"team": "a"}
    assert await queued(database) == [
        ("prompt.created", named | {"tags": tags, "description": ""}),
        ("prompt_tag.set", named | {"key": "k", "value": "v"}),
        ("prompt_tag.deleted", named | {"key": "k"}),
        ("prompt_version.created", version | {"template": "Hello {{name}}!", "tags": tags, "description": None}),
        ("prompt_version_tag.set", version | {"key": "k", "value": "v"}),
        ("prompt_version_tag.deleted", version | {"key": "k"}),
        ("prompt_alias.created", version | {"alias": "best"}),
        ("prompt_alias.deleted", named | {"alias": "best"}),
    ]


async def test_each_webhook_is_told_of_its_topics_only(
    database: Database, webhooks: Webhooks, models: Models, versions: ModelVersions
) -> None:
    for topics in ([Topic.REGISTERED_MODEL_CREATED], [Topic.MODEL_VERSION_CREATED], [Topic.PROMPT_CREATED]):
        await listen(webhooks, *topics)
    await models.create(ME, "taxi")
    await models.set_tag(ME, "taxi", "k", "v")
    await versions.create(ME, "taxi", NewVersion("s3://b/m"))
    assert [event for event, _ in await queued(database)] == ["registered_model.created", "model_version.created"]


async def test_webhooks_that_are_off_or_gone_are_told_nothing(
    database: Database, webhooks: Webhooks, models: Models
) -> None:
    off, gone = await listen(webhooks), await listen(webhooks)
    await webhooks.update(ME, off, WebhookChange(status=WebhookStatus.DISABLED))
    await webhooks.delete(ME, gone)
    await models.create(ME, "taxi")
    await webhooks.update(ME, off, WebhookChange(status=WebhookStatus.ACTIVE))
    assert await queued(database) == []


async def test_what_did_not_happen_is_not_told(
    database: Database, webhooks: Webhooks, models: Models, versions: ModelVersions
) -> None:
    await models.create(ME, "taxi")
    await versions.create(ME, "taxi", NewVersion("s3://b/m"))
    await listen(webhooks)
    attempts: list[tuple[type[ModelyardError], Callable[[], Awaitable[object]]]] = [
        (AlreadyExists, lambda: models.create(ME, "taxi")),
        (NotFound, lambda: versions.create(ME, "bus", NewVersion("s3://b/m"))),
        (NotFound, lambda: versions.set_tag(ME, "taxi", 2, "k", "v")),
        (NotFound, lambda: versions.set_alias(ME, "taxi", "champion", 2)),
    ]
    for error, attempt in attempts:
        with pytest.raises(error):
            await attempt()
    await versions.delete_tag(ME, "taxi", 1, "never-set")
    await versions.delete_alias(ME, "taxi", "never-set")
    assert await queued(database) == []


async def test_an_alias_that_is_set_again_is_told_again(
    database: Database, webhooks: Webhooks, models: Models, versions: ModelVersions
) -> None:
    await models.create(ME, "taxi")
    await versions.create(ME, "taxi", NewVersion("s3://b/m"))
    await listen(webhooks, Topic.MODEL_VERSION_ALIAS_CREATED)
    await versions.set_alias(ME, "taxi", "champion", 1)
    await versions.set_alias(ME, "taxi", "champion", 1)
    assert len(await queued(database)) == 2
