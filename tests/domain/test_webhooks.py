import pytest

from modelyard.domain import webhooks
from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhooks import Answer, Delivery, NewWebhook, Topic, WebhookChange


@pytest.mark.parametrize("name", ["a", "A1", "ci.deploy_2-x", "9" * 63])
def test_names_are_those_of_mlflow(name: str) -> None:
    assert webhooks.webhook_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", ".a", "a b", "a/b", "é", "9" * 64, "a\n"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="must start and end with a letter or digit"):
        webhooks.webhook_name(name)


def test_a_topic_is_something_and_what_was_done_to_it() -> None:
    topic = Topic("model_version_tag.set")
    assert (topic.entity, topic.action) == ("model_version_tag", "set")


def test_topics_count_once_in_order_and_there_must_be_one() -> None:
    twice = [Topic.PROMPT_CREATED, Topic.MODEL_VERSION_CREATED, Topic.PROMPT_CREATED]
    assert webhooks.topics(twice) == (Topic.MODEL_VERSION_CREATED, Topic.PROMPT_CREATED)
    with pytest.raises(InvalidInput, match="non-empty"):
        webhooks.topics([])


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (302, False), (404, False), (None, False)])
def test_only_a_yes_counts_as_taken(status: int | None, *, taken: bool) -> None:
    assert Answer(status).taken is taken


def test_secrets_do_not_show_when_something_is_printed() -> None:
    created = NewWebhook("a", "https://x", [Topic.PROMPT_CREATED], secret="hush")
    for printed in (created, WebhookChange(secret="hush"), Delivery("1", "2", "a", "https://x", "{}", "hush")):
        assert "hush" not in repr(printed)


def test_long_descriptions_and_secrets_are_refused() -> None:
    assert webhooks.description("d" * 1_000)
    assert webhooks.secret("s" * 1_000)
    with pytest.raises(InvalidInput, match="description"):
        webhooks.description("d" * 1_001)
    with pytest.raises(InvalidInput, match="secret") as refused:
        webhooks.secret("s" * 1_001)
    assert "sss" not in refused.value.message
