"""Against MLflow's own: what its receivers expect."""

import json

import pytest
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS, WebhookEvent
from mlflow.webhooks import delivery, types

from modelyard.domain.webhooks import Topic
from modelyard.formats import webhook_messages


def test_the_topics_are_mlflows() -> None:
    theirs = {f"{entity}.{action}" for entity, actions in VALID_ENTITY_ACTIONS.items() for action in actions}
    assert {topic.value for topic in Topic} == theirs


@pytest.mark.parametrize("topic", Topic)
def test_examples_have_the_fields_of_mlflows(topic: Topic) -> None:
    theirs = types.get_example_payload_for_event(WebhookEvent(topic.entity, topic.action))
    ours = webhook_messages.example(topic)
    assert {key: type(value) for key, value in ours.items()} == {key: type(value) for key, value in theirs.items()}


def test_a_document_says_what_happened_to_what_and_when() -> None:
    written = json.loads(webhook_messages.document(Topic.PROMPT_TAG_SET, 1_700_000_000_123, {"name": "é"}))
    assert written == {
        "entity": "prompt_tag",
        "action": "set",
        "timestamp": "2023-11-14T22:13:20.123+00:00",
        "data": {"name": "é"},
    }


def test_the_signature_is_the_one_mlflow_makes() -> None:
    theirs = delivery._generate_hmac_signature("hush é", "id-1", "1700000000", '{"a":"é"}')
    assert webhook_messages.signature("id-1", '{"a":"é"}', "hush é", 1_700_000_000) == theirs


def test_headers_are_signed_only_with_a_secret() -> None:
    signed = dict(webhook_messages.headers("id-1", "{}", "hush", 7))
    assert signed["X-MLflow-Delivery-Id"] == "id-1"
    assert signed["X-MLflow-Timestamp"] == "7"
    assert signed["X-MLflow-Signature"].startswith("v1,")
    assert set(dict(webhook_messages.headers("id-1", "{}", "", 7))) == {"X-MLflow-Delivery-Id", "X-MLflow-Timestamp"}
