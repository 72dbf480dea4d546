import msgspec
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhooks import Answer, Topic, Webhook, WebhookStatus
from modelyard.protocols.mlflow import lenient
from modelyard.protocols.mlflow.convert import webhooks as convert
from modelyard.protocols.mlflow.wire import webhooks as wire


def changed(body: bytes) -> object:
    return convert.change(lenient.from_json(body, wire.UpdateWebhook))


@pytest.mark.parametrize("topic", Topic)
def test_topics_come_back_from_the_wire_as_they_went(topic: Topic) -> None:
    ours = Webhook("1", "ci", "https://x", [topic], WebhookStatus.ACTIVE, 1, 2)
    (sent,) = convert.webhook(ours).events
    assert convert.topic(sent) is topic


def test_enums_may_be_numbers() -> None:
    body = b'{"name":"ci","url":"https://x","events":[{"entity":3,"action":4}],"status":2}'
    new = convert.new(lenient.from_json(body, wire.CreateWebhook))
    assert (new.topics, new.status) == ((Topic.MODEL_VERSION_TAG_SET,), WebhookStatus.DISABLED)


def test_what_never_happens_cannot_be_listened_to() -> None:
    with pytest.raises(InvalidInput, match=r"Valid actions are: \['deleted', 'set'\]"):
        convert.topic(wire.WebhookEvent(wire.WebhookEntity.PROMPT_TAG, wire.WebhookAction.CREATED))


def test_empty_names_and_lists_change_nothing_but_an_empty_secret_does() -> None:
    change = convert.change(wire.UpdateWebhook())
    assert change == changed(b'{"name":"","url":"","events":[],"secret":null}')
    assert change.secret is None
    emptied = convert.change(lenient.from_json(b'{"description":"","secret":""}', wire.UpdateWebhook))
    assert (emptied.description, emptied.secret) == ("", "")


def test_a_test_that_failed_says_so_in_words_or_by_status() -> None:
    assert msgspec.to_builtins(convert.tested(Answer(204))) == {"result": {"success": True, "response_status": 204}}
    assert msgspec.to_builtins(convert.tested(Answer(error="no"))) == {
        "result": {"success": False, "error_message": "no"}
    }
