"""Every route of MLflow's API with messages that are nearly right: never a failure of ours."""

from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.fuzz.conftest import EFFORT
from tests.fuzz.messages import FIELDS, MESSAGES, Message, name
from tests.fuzz.mutation import body, changed, given, written
from tests.fuzz.verdict import assert_fine
from tests.fuzz.world import World

LONGEST_QUERY = 60_000
SHORT = 1500


def test_every_message_is_of_a_route() -> None:
    assert {f"{one.method} {name(one.path)}" for one in MESSAGES} == set(FIELDS)


@pytest.mark.usefixtures("unharmed")
def test_messages_are_fine_before_they_are_changed(http: httpx.Client, world: World) -> None:
    failed = []
    for message in MESSAGES:
        if "victim" in str(message.fields) or message.method == "DELETE" or "{" in message.path:
            continue
        if "/presigned-" in message.path:  # refused, however it is asked for, by a server without a bucket
            continue
        answer = sent(http, world, message, world.known(dict(message.fields)))
        assert_fine(answer)
        if answer.is_client_error and answer.json()["error_code"] == "INVALID_PARAMETER_VALUE":
            failed.append((message.method, message.path, answer.text))
    assert failed == []


@pytest.mark.usefixtures("unharmed")
def test_changed_messages_are_answered_or_refused(http: httpx.Client, world: World) -> None:
    for seed in range(SHORT * EFFORT):
        random = Random(seed)  # noqa: S311 - to be the same every time
        message = random.choice(MESSAGES)
        fields = world.known(message.fields)
        if message.in_query:
            answer = sent(http, world, message, changed(random, fields))
        else:
            answer = post(http, world, message, body(random, fields))
        try:
            assert_fine(answer)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {message.method} {message.path}") from error


def sent(http: httpx.Client, world: World, message: Message, document: Any) -> httpx.Response:
    if not message.in_query:
        return post(http, world, message, written(document).encode())
    members = document if isinstance(document, dict) else {"run_id": document}
    pairs = [
        (key, one) for key, value in members.items() for one in (value if isinstance(value, list) else given(value))
    ]
    texts = [(key, one if isinstance(one, str) else written(one)) for key, one in pairs]
    query = urlencode(texts, errors="replace")[:LONGEST_QUERY]
    return http.request(message.method, f"{world.path(message.path)}?{query}", content=b"x")


def post(http: httpx.Client, world: World, message: Message, content: bytes) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return http.request(message.method, world.path(message.path), content=content, headers=headers)
