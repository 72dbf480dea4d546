"""Webhooks of the stock client, and of receivers that check signatures as MLflow's do."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from mlflow import MlflowClient
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS as EVENTS
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import get_example_payload_for_event

from tests.support.receiver import PATIENCE, Received, receiver
from tests.support.server import RunningServer, running_server

CREATED = "registered_model.created"


@pytest.fixture(scope="module")
def open_server(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One that delivers within this machine; `server` has put the client's settings in place."""
    with running_server(tmp_path_factory.mktemp("open"), "--allow-private-webhooks") as running:
        yield running


@pytest.fixture
def hooks(open_server: RunningServer) -> Iterator[MlflowClient]:
    client = MlflowClient(open_server.url, open_server.url)
    yield client
    for webhook in client.list_webhooks():
        client.delete_webhook(webhook.webhook_id)


def refusal(error: pytest.ExceptionInfo[MlflowException]) -> str:
    return str(error.value.error_code)


def test_a_webhook_is_made_read_changed_and_deleted(hooks: MlflowClient) -> None:
    events = [CREATED, WebhookEvent("model_version", "created")]
    made = hooks.create_webhook("ci", "http://127.0.0.1:9/in", events, "builds", "hush")
    assert (made.name, made.url, made.description) == ("ci", "http://127.0.0.1:9/in", "builds")
    assert [str(event) for event in made.events] == ["model_version.created", CREATED]
    assert (made.status, made.secret) == (WebhookStatus.ACTIVE, None)
    assert made.creation_timestamp == made.last_updated_timestamp
    found = hooks.get_webhook(made.webhook_id)
    assert (found.name, found.events, found.secret) == (made.name, made.events, None)
    changed = hooks.update_webhook(
        made.webhook_id, name="cd", description="", url="http://127.0.0.1:8", events=[CREATED], status="DISABLED"
    )
    assert (changed.name, changed.description, changed.url) == ("cd", None, "http://127.0.0.1:8")
    assert ([str(event) for event in changed.events], changed.status) == ([CREATED], WebhookStatus.DISABLED)
    assert changed.last_updated_timestamp >= made.last_updated_timestamp
    hooks.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException) as gone:
        hooks.get_webhook(made.webhook_id)
    assert refusal(gone) == "RESOURCE_DOES_NOT_EXIST"


def test_they_are_listed_newest_first_and_by_pages(hooks: MlflowClient) -> None:
    made = [hooks.create_webhook(f"n{number}", "http://x/", [CREATED]).webhook_id for number in range(3)]
    first = hooks.list_webhooks(max_results=2)
    second = hooks.list_webhooks(max_results=2, page_token=first.token)
    assert [one.webhook_id for one in [*first, *second]] == made[::-1]
    assert not second.token
    assert len(hooks.list_webhooks(max_results=0)) == 3


@pytest.mark.parametrize("limit", [-1, 1001])
def test_a_page_has_its_limits(hooks: MlflowClient, limit: int) -> None:
    with pytest.raises(MlflowException, match="max_results must be between 1 and 1000") as refused:
        hooks.list_webhooks(max_results=limit)
    assert refusal(refused) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("name", ["-a", "a b", "a" * 64, "a/b"])
def test_bad_names_are_refused(hooks: MlflowClient, name: str) -> None:
    with pytest.raises(MlflowException, match="is invalid") as refused:
        hooks.create_webhook(name, "http://x/", [CREATED])
    assert refusal(refused) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/", "file:///x"]
)
def test_unless_allowed_only_public_https_is_taken(server: RunningServer, client: MlflowClient, url: str) -> None:
    with pytest.raises(MlflowException, match=r"[Ww]ebhook URL") as refused:
        client.create_webhook("ci", url, [CREATED])
    assert refusal(refused) == "INVALID_PARAMETER_VALUE"
    assert not client.list_webhooks()


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "events"),
        (
            [{"entity": "REGISTERED_MODEL", "action": "DELETED"}],
            "Invalid action 'deleted' for entity 'registered_model'",
        ),
        ([{"entity": "NOBODY", "action": "CREATED"}], "entity"),
        ([{"entity": "BUDGET_POLICY", "action": "CREATED"}], "Invalid action 'created' for entity 'budget_policy'"),
        ([{"entity": "MODEL_VERSION"}], "action"),
        ("model_version.created", "events"),
        (None, "events"),
    ],
)
def test_bad_events_are_refused(open_server: RunningServer, events: object, said: str) -> None:
    body = {"name": "ci", "url": "http://x/", "events": events}
    answer = httpx.post(f"{open_server.url}/api/2.0/mlflow/webhooks", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert said in answer.json()["message"]


def test_what_happens_is_delivered_and_signed(hooks: MlflowClient, name: str) -> None:
    topics = [CREATED, "model_version.created", "model_version_tag.set", "model_version_tag.deleted"]
    topics += ["model_version_alias.created", "model_version_alias.deleted"]
    with receiver() as opened:
        hooks.create_webhook("ci", f"{opened.url}/in", topics, secret="hush")
        hooks.create_registered_model(name, {"a": "1"}, "rides")
        hooks.create_model_version(name, "s3://b/m", await_creation_for=0)
        hooks.set_model_version_tag(name, "1", "k", "v")
        hooks.delete_model_version_tag(name, "1", "k")
        hooks.set_registered_model_alias(name, "champion", "1")
        hooks.delete_registered_model_alias(name, "champion")
        received = [opened.next() for _ in topics]
    assert [one.event for one in received] == topics
    assert received[0].data == {"name": name, "tags": {"a": "1"}, "description": "rides"}
    for one in received:
        sent = one.headers
        signature = _generate_hmac_signature("hush", one.id, sent["x-mlflow-timestamp"], one.body.decode())
        assert sent["x-mlflow-signature"] == signature
        assert set(one.document) == {"entity", "action", "timestamp", "data"}
    assert len({one.id for one in received}) == len(topics)


def test_a_receiver_that_hangs_does_not_hold_up_the_client(hooks: MlflowClient, name: str) -> None:
    release = threading.Event()

    def hang(_: Received) -> int:
        release.wait(PATIENCE)
        return 200

    with receiver(hang) as opened:
        try:
            hooks.create_webhook("ci", opened.url, [CREATED])
            hooks.create_registered_model(name)
            opened.next()
            assert hooks.get_registered_model(name).name == name
        finally:
            release.set()


def test_a_delivery_outlives_a_killed_server(hooks: MlflowClient, tmp_path: Path, name: str) -> None:
    release = threading.Event()

    def hang_at_first(_: Received) -> int:
        if len(opened.seen) == 1:
            release.wait(PATIENCE)
        return 200

    with receiver(hang_at_first) as opened:
        try:
            with running_server(tmp_path, "--allow-private-webhooks") as first:
                client = MlflowClient(first.url, first.url)
                client.create_webhook("ci", opened.url, [CREATED])
                client.create_registered_model(name)
                before = opened.next()
                first.kill()
        finally:
            release.set()
        with running_server(tmp_path, "--allow-private-webhooks"):
            after = opened.next()
    assert (after.id, after.body) == (before.id, before.body)


@pytest.mark.parametrize("event", sorted(f"{entity}.{action}" for entity in EVENTS for action in EVENTS[entity]))
def test_every_event_can_be_listened_to_and_tried(hooks: MlflowClient, event: str) -> None:
    with receiver() as opened:
        made = hooks.create_webhook("ci", opened.url, [event])
        assert [str(one) for one in made.events] == [event]
        assert hooks.test_webhook(made.webhook_id).success
        (tried,) = opened.seen
    assert tried.event == event
    assert tried.data == get_example_payload_for_event(WebhookEvent.from_str(event))


def test_a_test_says_how_it_went_and_shows_nothing_of_the_receiver(hooks: MlflowClient) -> None:
    statuses = [200, 500]
    with receiver(lambda _: statuses.pop(0), {}, b"what only insiders may read") as opened:
        made = hooks.create_webhook("ci", opened.url, [CREATED, "prompt.created"], secret="hush", status="DISABLED")
        good = hooks.test_webhook(made.webhook_id)
        bad = hooks.test_webhook(made.webhook_id, event="prompt.created")
        assert [one.event for one in opened.seen] == ["prompt.created", "prompt.created"]
    assert (good.success, good.response_status, good.error_message) == (True, 200, None)
    assert (bad.success, bad.response_status, bad.error_message) == (False, 500, None)
    assert good.response_body is None
    unreachable = hooks.test_webhook(made.webhook_id)
    assert (unreachable.success, unreachable.response_status) == (False, None)
    assert unreachable.error_message


def test_an_unknown_webhook_is_not_found_by_anything(hooks: MlflowClient) -> None:
    uses: list[Callable[[], object]] = [
        lambda: hooks.update_webhook("nobody", name="x"),
        lambda: hooks.delete_webhook("nobody"),
        lambda: hooks.test_webhook("nobody"),
    ]
    for use in uses:
        with pytest.raises(MlflowException, match="Webhook with ID nobody not found") as refused:
            use()
        assert refusal(refused) == "RESOURCE_DOES_NOT_EXIST"
