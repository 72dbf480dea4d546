import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from modelyard.controllers.courier import HttpCourier
from modelyard.controllers.webhooks import WebhookController
from modelyard.domain.webhooks import NewWebhook, Topic
from modelyard.kit.egress import Egress
from modelyard.services import webhook_deliveries
from modelyard.services.models import Models
from modelyard.services.webhook_deliveries import WebhookDeliveries
from modelyard.services.webhooks import Webhooks
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support.receiver import Received, receiver
from tests.support.tracking import ME

PATIENCE = 180.0


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "modelyard.db")
    opened = open_database(f"sqlite:///{tmp_path / 'modelyard.db'}")
    yield opened
    opened.close()


@pytest.fixture
def courier() -> HttpCourier:
    return HttpCourier(Egress(allow_private=True))


@asynccontextmanager
async def controlled(database: Database, courier: HttpCourier) -> AsyncIterator[None]:
    task = asyncio.create_task(WebhookController(WebhookDeliveries(database), courier).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def listen(database: Database, courier: HttpCourier, url: str) -> None:
    new = NewWebhook("ci", url, [Topic.REGISTERED_MODEL_CREATED])
    await Webhooks(database, courier).create(ME, new)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - other threads wake nobody
            await asyncio.sleep(0.01)


def told(seen: list[Received]) -> list[str]:
    return [one.data["name"] for one in seen]


async def test_what_happens_is_told_once_and_in_order(database: Database, courier: HttpCourier) -> None:
    with receiver() as opened:
        await listen(database, courier, opened.url)
        async with controlled(database, courier):
            for number in range(5):
                await Models(database).create(ME, f"m{number}")
            await until(lambda: len(opened.seen) == 5)
            await until_quiet(database)
        assert told(opened.seen) == ["m0", "m1", "m2", "m3", "m4"]


async def until_quiet(database: Database) -> None:
    async with asyncio.timeout(PATIENCE):
        while await WebhookDeliveries(database).due():  # noqa: ASYNC110 - rows wake nobody
            await asyncio.sleep(0.01)


async def test_a_receiver_that_fails_gets_the_same_delivery_again(
    database: Database, courier: HttpCourier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_deliveries, "FIRST_PAUSE", 10)
    statuses = [500, 302, 200]
    with receiver(lambda _: statuses.pop(0)) as opened:
        await listen(database, courier, opened.url)
        await Models(database).create(ME, "taxi")
        async with controlled(database, courier):
            await until(lambda: len(opened.seen) == 3)
            await until_quiet(database)
        first, *others = opened.seen
        assert all((one.id, one.body) == (first.id, first.body) for one in others)


async def test_a_receiver_that_hangs_holds_up_nobody_else(database: Database, courier: HttpCourier) -> None:
    release = threading.Event()

    def hang(_: Received) -> int:
        release.wait(PATIENCE)
        return 200

    with receiver(hang) as hanging, receiver() as good:
        try:
            await listen(database, courier, hanging.url)
            await listen(database, courier, good.url)
            async with controlled(database, courier):
                for number in range(3):
                    await Models(database).create(ME, f"m{number}")
                await until(lambda: len(good.seen) == 3)
                assert set(told(hanging.seen)) == {"m0"}, "once more when it takes too long, and nothing after it"
        finally:
            release.set()


async def test_what_was_on_its_way_at_the_end_is_sent_again_by_the_next(
    database: Database, courier: HttpCourier
) -> None:
    release = threading.Event()

    def hang_at_first(_: Received) -> int:
        if len(opened.seen) == 1:
            release.wait(PATIENCE)
        return 200

    with receiver(hang_at_first) as opened:
        try:
            await listen(database, courier, opened.url)
            await Models(database).create(ME, "taxi")
            async with controlled(database, courier):
                await until(lambda: len(opened.seen) == 1)
        finally:
            release.set()
        async with controlled(database, courier):
            await until(lambda: len(opened.seen) == 2)
        assert opened.seen[0].id == opened.seen[1].id


async def test_a_dead_receiver_is_left_alone_for_longer_and_longer(
    database: Database, courier: HttpCourier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_deliveries, "FIRST_PAUSE", 3_600_000)
    with receiver(lambda _: 500) as opened:
        await listen(database, courier, opened.url)
        for number in range(20):
            await Models(database).create(ME, f"m{number}")
        controller = WebhookController(WebhookDeliveries(database), courier)
        await controller.look()
        await until(lambda: not controller._sending)
        await controller.look()
        assert not controller._sending, "it rests"
        assert told(opened.seen) == ["m0"]


async def test_the_log_names_webhooks_and_not_their_urls(
    database: Database, courier: HttpCourier, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(lambda _: 404) as opened:
        await listen(database, courier, f"{opened.url}/token-hush")
        await Models(database).create(ME, "taxi")
        async with controlled(database, courier):
            await until(lambda: "to be tried again" in caplog.text)
    assert "webhook ci, try 1, to be tried again: status 404" in caplog.text
    assert "hush" not in caplog.text
