import json

import pytest

from modelyard.controllers.courier import HttpCourier
from modelyard.domain.errors import InvalidInput, NotFound, PermissionDenied
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import Principal
from modelyard.domain.webhooks import NewWebhook, Topic, WebhookChange, WebhookStatus
from modelyard.kit.egress import Egress
from modelyard.services.webhooks import Webhooks
from modelyard.storage import events
from modelyard.storage.database import Database
from tests.support.receiver import receiver
from tests.support.tracking import ME, STRANGER, journal

TOPICS = (Topic.MODEL_VERSION_CREATED, Topic.MODEL_VERSION_TAG_SET)
NEW = NewWebhook("ci", "http://127.0.0.1:9/in", TOPICS, "builds", "hush")


@pytest.fixture
def webhooks(database: Database) -> Webhooks:
    return Webhooks(database, HttpCourier(Egress(allow_private=True)))


async def test_a_webhook_is_kept_as_it_was_made(webhooks: Webhooks) -> None:
    made = await webhooks.create(ME, NEW)
    assert (made.name, made.url, made.topics, made.description) == (NEW.name, NEW.url, TOPICS, "builds")
    assert (made.status, made.updated_at) == (WebhookStatus.ACTIVE, made.created_at)
    assert await webhooks.get(ME, made.id) == made


async def test_names_may_be_taken_twice(webhooks: Webhooks) -> None:
    assert (await webhooks.create(ME, NEW)).id != (await webhooks.create(ME, NEW)).id


@pytest.mark.parametrize(
    "bad",
    [
        NewWebhook("-", NEW.url, TOPICS),
        NewWebhook("ci", NEW.url, ()),
        NewWebhook("ci", "ftp://x/", TOPICS),
        NewWebhook("ci", NEW.url, TOPICS, description="d" * 2_000),
        NewWebhook("ci", NEW.url, TOPICS, secret="nul\x00"),
    ],
)
async def test_a_bad_one_is_refused_and_leaves_nothing(webhooks: Webhooks, bad: NewWebhook) -> None:
    with pytest.raises(InvalidInput):
        await webhooks.create(ME, bad)
    assert not (await webhooks.list(ME, PageRequest(0))).items


async def test_they_are_listed_newest_first_and_by_pages(webhooks: Webhooks) -> None:
    made = [(await webhooks.create(ME, NEW)).id for _ in range(5)]
    found, token = [], None
    while True:
        page = await webhooks.list(ME, PageRequest(2, token))
        found += [one.id for one in page.items]
        token = page.next_token
        if token is None:
            break
    assert found == made[::-1]
    assert len((await webhooks.list(ME, PageRequest(0))).items) == 5


@pytest.mark.parametrize("limit", [-1, 1_001])
async def test_a_page_has_its_limits(webhooks: Webhooks, limit: int) -> None:
    with pytest.raises(InvalidInput, match="max_results must be between 1 and 1000"):
        await webhooks.list(ME, PageRequest(limit))


async def test_what_is_not_given_stays(webhooks: Webhooks) -> None:
    made = await webhooks.create(ME, NEW)
    renamed = await webhooks.update(ME, made.id, WebhookChange(name="other"))
    assert (renamed.name, renamed.url, renamed.topics, renamed.description) == ("other", NEW.url, TOPICS, "builds")
    changed = await webhooks.update(
        ME,
        made.id,
        WebhookChange(None, "http://x/", [Topic.PROMPT_CREATED], "", "other", WebhookStatus.DISABLED),
    )
    assert (changed.url, changed.topics, changed.description) == ("http://x/", (Topic.PROMPT_CREATED,), "")
    assert changed.status is WebhookStatus.DISABLED
    assert await webhooks.get(ME, made.id) == changed


async def test_a_bad_change_changes_nothing(webhooks: Webhooks) -> None:
    made = await webhooks.create(ME, NEW)
    for bad in (WebhookChange(name="-"), WebhookChange(topics=()), WebhookChange(name="ok", url="nonsense")):
        with pytest.raises(InvalidInput):
            await webhooks.update(ME, made.id, bad)
    assert await webhooks.get(ME, made.id) == made


async def test_a_deleted_one_is_gone_for_every_use(webhooks: Webhooks) -> None:
    made = await webhooks.create(ME, NEW)
    await webhooks.delete(ME, made.id)
    uses = [
        webhooks.get(ME, made.id),
        webhooks.update(ME, made.id, WebhookChange(name="x")),
        webhooks.delete(ME, made.id),
        webhooks.test(ME, made.id),
    ]
    for use in uses:
        with pytest.raises(NotFound, match=f"Webhook with ID {made.id} not found"):
            await use
    assert not (await webhooks.list(ME, PageRequest(0))).items


async def test_a_test_sends_an_example_and_says_how_it_went(webhooks: Webhooks) -> None:
    with receiver() as opened:
        made = await webhooks.create(ME, NewWebhook("ci", opened.url, TOPICS, "", "hush", WebhookStatus.DISABLED))
        assert (await webhooks.test(ME, made.id)).status == 204
        assert (opened.next().event, opened.seen[0].data["name"]) == ("model_version.created", "example_model")
        assert "x-mlflow-signature" in opened.seen[0].headers
        await webhooks.test(ME, made.id, Topic.PROMPT_ALIAS_DELETED)
        assert opened.next().event == "prompt_alias.deleted"
        await webhooks.update(ME, made.id, WebhookChange(secret=""))
        await webhooks.test(ME, made.id)
        assert "x-mlflow-signature" not in opened.next().headers


async def test_every_change_is_an_event_and_no_event_holds_the_secret(webhooks: Webhooks, database: Database) -> None:
    made = await webhooks.create(ME, NEW)
    await webhooks.update(ME, made.id, WebhookChange(secret="hush-hush", name="other"))
    await webhooks.delete(ME, made.id)
    actions = [(action, subject) for action, subject, _ in await journal(database)]
    assert actions == [(f"webhook.{done}", made.id) for done in ("created", "updated", "deleted")]
    written = await database.read(lambda transaction: events.newest(transaction, 1, None, None, None, 100))
    assert "hush" not in json.dumps([dict(event.detail) for event in written])
    assert written[1].detail == {"changed": "name, secret"}


async def test_strangers_and_other_workspaces_see_none(webhooks: Webhooks) -> None:
    made = await webhooks.create(ME, NEW)
    with pytest.raises(PermissionDenied):
        await webhooks.get(STRANGER, made.id)
    with pytest.raises(NotFound):
        await webhooks.get(Principal(ME.name, 2), made.id)
