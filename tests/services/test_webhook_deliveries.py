from collections.abc import Sequence

import pytest

from modelyard.controllers.courier import HttpCourier
from modelyard.domain.webhooks import Answer, Delivery, NewWebhook, Topic, WebhookChange, WebhookStatus
from modelyard.kit.clock import now_ms
from modelyard.kit.egress import Egress
from modelyard.services import webhook_deliveries as module
from modelyard.services.models import Models
from modelyard.services.webhook_deliveries import MOST_ATTEMPTS, WebhookDeliveries, pause
from modelyard.services.webhooks import Webhooks
from modelyard.storage.database import Database
from tests.support.tracking import ME, journal

HOUR = 3_600_000
BUSY = Answer(503)


@pytest.fixture
def webhooks(database: Database) -> Webhooks:
    return Webhooks(database, HttpCourier(Egress(allow_private=True)))


@pytest.fixture
def deliveries(database: Database) -> WebhookDeliveries:
    return WebhookDeliveries(database)


@pytest.fixture
async def hook(webhooks: Webhooks) -> str:
    new = NewWebhook("ci", "http://127.0.0.1:9", [Topic.REGISTERED_MODEL_CREATED], secret="hush")
    return (await webhooks.create(ME, new)).id


class Clock:
    """What the service takes for the time: `ahead` milliseconds from a moment after whatever the test will queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0
        moment = now_ms() + HOUR
        monkeypatch.setattr(module, "now_ms", lambda: moment + self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def names(due: Sequence[Delivery]) -> list[str]:
    return [delivery.payload.partition('"name":"')[2].partition('"')[0] for delivery in due]


async def test_a_webhooks_deliveries_come_one_by_one_in_order(
    deliveries: WebhookDeliveries, models: Models, hook: str
) -> None:
    for name in ("one", "two"):
        await models.create(ME, name)
    (first,) = await deliveries.due()
    assert (first.webhook_id, first.webhook_name, first.url, first.secret) == (hook, "ci", "http://127.0.0.1:9", "hush")
    assert names([first]) == ["one"]
    assert await deliveries.due([hook]) == []
    assert await deliveries.tried(first, Answer(200))
    assert names(await deliveries.due()) == ["two"]


async def test_a_failed_one_comes_again_later_under_its_id_and_lets_others_pass(
    deliveries: WebhookDeliveries, models: Models, hook: str, clock: Clock
) -> None:
    for name in ("one", "two"):
        await models.create(ME, name)
    (first,) = await deliveries.due()
    assert not await deliveries.tried(first, BUSY)
    (second,) = await deliveries.due()
    assert names([second]) == ["two"]
    await deliveries.tried(second, Answer(200))
    assert await deliveries.due() == []
    clock.ahead = module.FIRST_PAUSE
    (again,) = await deliveries.due()
    assert (again.id, again.attempts) == (first.id, 1)


async def test_after_a_day_of_tries_it_is_given_up_and_that_is_an_event(
    deliveries: WebhookDeliveries, database: Database, models: Models, hook: str, clock: Clock
) -> None:
    await models.create(ME, "taxi")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (delivery,) = await deliveries.due()
        assert await deliveries.tried(delivery, BUSY) is (attempt == MOST_ATTEMPTS)
        clock.ahead += HOUR
    assert await deliveries.due() == []
    assert (await journal(database))[-1][:2] == ("webhook.given_up", hook)


async def test_one_whose_turn_comes_after_days_has_one_try(
    deliveries: WebhookDeliveries, models: Models, hook: str, clock: Clock
) -> None:
    await models.create(ME, "taxi")
    clock.ahead = module.LONGEST_WAIT + 1_000
    (delivery,) = await deliveries.due()
    assert await deliveries.tried(delivery, BUSY)


async def test_pauses_double_up_to_an_hour_and_differ() -> None:
    assert all(500 <= pause(0) <= 1_000 for _ in range(50))
    assert all(4_000 <= pause(3) <= 8_000 for _ in range(50))
    assert all(HOUR // 2 <= pause(1_000_000) <= HOUR for _ in range(50))
    assert len({pause(20) for _ in range(50)}) > 1


async def test_what_waits_is_held_while_the_webhook_is_off_and_goes_by_its_new_url(
    deliveries: WebhookDeliveries, webhooks: Webhooks, models: Models, hook: str
) -> None:
    await models.create(ME, "taxi")
    await webhooks.update(ME, hook, WebhookChange(status=WebhookStatus.DISABLED))
    assert await deliveries.due() == []
    await webhooks.update(ME, hook, WebhookChange(status=WebhookStatus.ACTIVE, url="http://127.0.0.1:8", secret=""))
    (held,) = await deliveries.due()
    assert (held.url, held.secret) == ("http://127.0.0.1:8", "")


async def test_what_waits_for_a_deleted_webhook_is_dropped(
    deliveries: WebhookDeliveries, webhooks: Webhooks, database: Database, models: Models, hook: str
) -> None:
    await models.create(ME, "taxi")
    await webhooks.delete(ME, hook)
    assert await deliveries.due() == []
    await deliveries.prune()
    assert await rows(database) == 0


async def test_what_ended_a_week_ago_is_forgotten_and_what_waits_is_not(
    deliveries: WebhookDeliveries, database: Database, models: Models, hook: str, clock: Clock
) -> None:
    for name in ("one", "two"):
        await models.create(ME, name)
    (first,) = await deliveries.due()
    await deliveries.tried(first, Answer(200))
    await deliveries.prune()
    assert await rows(database) == 2
    clock.ahead = module.KEPT + 1_000
    await deliveries.prune()
    assert await rows(database) == 1
    assert names(await deliveries.due()) == ["two"]


async def rows(database: Database) -> int:
    count = "SELECT count(*) FROM webhook_deliveries"
    return int(await database.read(lambda transaction: transaction.exec_driver_sql(count).scalar_one()))
