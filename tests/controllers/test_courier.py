import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from modelyard.controllers import courier as module
from modelyard.controllers.courier import HttpCourier
from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhooks import Answer, Delivery
from modelyard.formats import webhook_messages
from modelyard.kit.egress import Egress
from tests.support.certificates import contexts
from tests.support.receiver import receiver

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NO_CONNECTION = "No connection, or none that lasted until there was an answer"


def to(url: str, secret: str = "") -> Delivery:
    return Delivery("id-1", "hook", "ci", url, '{"entity":"é"}', secret)


def relaxed(host: str = "", tls: ssl.SSLContext | None = None) -> HttpCourier:
    """One that may call this machine, and finds it under `host`."""
    return HttpCourier(Egress(allow_private=True, look_up=(lambda *_: ["127.0.0.1"]) if host else None), tls)


@asynccontextmanager
async def listening(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that does with each connection what it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(answer: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(answer)
        await writer.drain()

    return behave


async def answer_to(answer: bytes) -> Answer:
    async with listening(saying(answer)) as port:
        return await relaxed().deliver(to(f"http://127.0.0.1:{port}/"))


async def test_a_delivery_arrives_whole_and_signed() -> None:
    with receiver() as opened:
        assert await relaxed().deliver(to(f"{opened.url}/in?key=1", "hush")) == Answer(204)
        received = opened.next()
    assert received.path == "/in?key=1"
    assert received.body == '{"entity":"é"}'.encode()
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == opened.url.removeprefix("http://")
    seconds = int(received.headers["x-mlflow-timestamp"])
    expected = webhook_messages.signature("id-1", '{"entity":"é"}', "hush", seconds)
    assert received.headers["x-mlflow-signature"] == expected


async def test_https_is_spoken_under_the_name_in_the_url(tmp_path: Path) -> None:
    server, client = contexts("hooks.example", tmp_path)
    async with listening(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), server) as port:
        assert await relaxed("hooks.example", client).deliver(to(f"https://hooks.example:{port}/")) == Answer(200)
        other = await relaxed("other.example", client).deliver(to(f"https://other.example:{port}/"))
        stranger = await relaxed("hooks.example").deliver(to(f"https://hooks.example:{port}/"))
    assert "Hostname mismatch" in other.error
    assert "self-signed certificate" in stranger.error


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver(lambda _: 302, {"Location": "/elsewhere"}) as opened:
        answer = await relaxed().deliver(to(opened.url))
        assert (answer, answer.taken) == (Answer(302), False)
        assert [one.path for one in opened.seen] == ["/"]


async def test_of_an_answer_only_the_status_is_kept() -> None:
    with receiver(lambda _: 500, {}, b"root:x:0:0") as opened:
        assert await relaxed().deliver(to(opened.url)) == Answer(500, "")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201),
        (b"HTTP/1.0 200 OK\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense", 200),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, 200),
    ],
)
async def test_a_status_counts_whatever_follows_it(answer: bytes, status: int) -> None:
    assert await answer_to(answer) == Answer(status)


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
)
async def test_what_is_not_an_answer_is_said_to_be_none(answer: bytes) -> None:
    assert (await answer_to(answer)).error == "The answer is not one to an HTTP request"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000])
async def test_an_answer_without_an_end_of_its_headers_is_none(answer: bytes) -> None:
    assert (await answer_to(answer)).status is None


async def test_whoever_does_not_answer_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)

    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(wait) as port:
        answer = await relaxed().deliver(to(f"http://127.0.0.1:{port}/"))
    assert answer == Answer(error="No answer in time, which is 0.2 s at most")


async def test_a_body_that_never_ends_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.1)

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with listening(talk) as port:
        assert await relaxed().deliver(to(f"http://127.0.0.1:{port}/")) == Answer(200)


async def test_where_nobody_listens_there_is_no_connection() -> None:
    async with listening(saying(b"")) as port:
        pass
    assert await relaxed().deliver(to(f"http://127.0.0.1:{port}/")) == Answer(error=NO_CONNECTION)
    assert await relaxed().deliver(to("http://no-such-host.invalid/")) == Answer(error=NO_CONNECTION)


async def test_without_leave_nothing_goes_to_this_machine_and_nobody_learns_what_is_there() -> None:
    strict = HttpCourier(Egress(allow_private=False))
    with receiver() as opened:
        port = opened.url.rpartition(":")[2]
        refused = await strict.deliver(to(f"https://localhost:{port}/"))
        nobody = await strict.deliver(to("https://127.0.0.1:1/"))
        plain = await strict.deliver(to(opened.url))
        assert not opened.seen
    assert refused == nobody == Answer(error="The address is not one that deliveries may go to")
    assert "scheme" in plain.error


@pytest.mark.parametrize(
    "url", ["https://localhost/", "https://127.1/", "https://[::ffff:169.254.169.254]/", "https://2130706433/"]
)
async def test_a_private_address_is_refused_when_it_is_written_down(url: str) -> None:
    with pytest.raises(InvalidInput, match="non-public IP address"):
        await HttpCourier(Egress(allow_private=False)).check(url)


async def test_an_unknown_host_is_refused_when_it_is_written_down() -> None:
    with pytest.raises(InvalidInput, match="Cannot resolve Webhook URL hostname 'no-such-host"):
        await HttpCourier(Egress(allow_private=False)).check("https://no-such-host.invalid/")


async def test_a_public_host_may_be_written_down_and_within_a_network_any() -> None:
    await HttpCourier(Egress(allow_private=False, look_up=lambda *_: ["8.8.8.8"])).check("https://hooks.example/")
    await relaxed().check("http://not-there-yet.internal/")
    with pytest.raises(InvalidInput, match="scheme"):
        await relaxed().check("file:///etc/passwd")
