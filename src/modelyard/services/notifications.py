"""Word for webhooks, left in the transaction of the change itself: both are stored, or neither.

Where no webhook listens, this costs one statement. Models that are prompts have topics of their own, and only of
theirs are tags told that are not a version's; both as MLflow has it.
"""

import uuid
from collections.abc import Mapping, Sequence
from enum import Enum

from modelyard.domain.models import PROMPT_TAG, ModelVersion
from modelyard.domain.principals import Principal
from modelyard.domain.webhooks import Topic
from modelyard.formats import webhook_messages
from modelyard.kit.clock import now_ms
from modelyard.storage import models, webhook_deliveries, webhooks
from modelyard.storage.database import Transaction

_PROMPT_TEXT_TAG = "mlflow.prompt.text"
_PROMPT_TAGS = frozenset({PROMPT_TAG, _PROMPT_TEXT_TAG, "_mlflow_prompt_type"})


class Happened(Enum):
    """What a webhook may be told of: the topic for models, if there is one, and the topic for prompts."""

    CREATED = (Topic.REGISTERED_MODEL_CREATED, Topic.PROMPT_CREATED)
    TAG_SET = (None, Topic.PROMPT_TAG_SET)
    TAG_DELETED = (None, Topic.PROMPT_TAG_DELETED)
    VERSION_CREATED = (Topic.MODEL_VERSION_CREATED, Topic.PROMPT_VERSION_CREATED)
    VERSION_TAG_SET = (Topic.MODEL_VERSION_TAG_SET, Topic.PROMPT_VERSION_TAG_SET)
    VERSION_TAG_DELETED = (Topic.MODEL_VERSION_TAG_DELETED, Topic.PROMPT_VERSION_TAG_DELETED)
    ALIAS_SET = (Topic.MODEL_VERSION_ALIAS_CREATED, Topic.PROMPT_ALIAS_CREATED)
    ALIAS_DELETED = (Topic.MODEL_VERSION_ALIAS_DELETED, Topic.PROMPT_ALIAS_DELETED)


def tell(
    transaction: Transaction, principal: Principal, happened: Happened, model_pk: int, data: Mapping[str, object]
) -> None:
    """Queues a delivery of `data`, about the model of this row, for every active webhook that listens to this."""
    listening = webhooks.listening(transaction, principal.workspace_id)
    concerned = {topic for topic in happened.value if topic is not None}
    if not any(topics & concerned for topics in listening.values()):
        return
    prompt = models.tag_of(transaction, model_pk, PROMPT_TAG)
    is_prompt = prompt is not None and prompt.lower() == "true"
    topic = happened.value[is_prompt]
    receivers = [(pk, str(uuid.uuid4())) for pk, topics in listening.items() if topic in topics]
    if topic is None or not receivers:
        return
    now = now_ms()
    payload = webhook_messages.document(topic, now, _as_prompt(data) if is_prompt else data)
    webhook_deliveries.insert_many(transaction, principal.workspace_id, receivers, payload, now)


def created(name: str, tags: Sequence[tuple[str, str]], description: str) -> Mapping[str, object]:
    """What is told of a new model."""
    return {"name": name, "tags": dict(tags), "description": description}


def version_created(version: ModelVersion) -> Mapping[str, object]:
    """What is told of a new version."""
    return {
        "name": version.name,
        "version": str(version.number),
        "source": version.source,
        "run_id": version.run_id or None,
        "tags": dict(version.tags),
        "description": version.description or None,
    }


def _as_prompt(data: Mapping[str, object]) -> Mapping[str, object]:
    """The text of a version in place of where its files are, and without the tags that make it a prompt."""
    tags = data.get("tags")
    if not isinstance(tags, dict):
        return data
    plain = {key: value for key, value in tags.items() if key not in _PROMPT_TAGS}
    told: dict[str, object] = {}
    for key, value in data.items():
        if key == "source":
            told["template"] = tags.get(_PROMPT_TEXT_TAG)
        elif key != "run_id":
            told[key] = plain if key == "tags" else value
    return told
