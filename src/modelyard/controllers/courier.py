import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterable
from functools import cached_property

import httptools

import modelyard
from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhook_urls import Target, target
from modelyard.domain.webhooks import Answer, Delivery
from modelyard.formats import webhook_messages
from modelyard.kit.egress import Egress, EgressRefused

LOOK_UP_SECONDS = 5.0
SECONDS = 10.0
"""From looking the name up to the status."""
DRAIN_SECONDS = 1.0
MOST_READ = 65_536
"""Bytes of an answer, headers and body; the body is read only so that the receiver can finish writing it."""


class HttpCourier:
    """Carries deliveries by HTTP/1.1, one connection each. Redirects are not followed and no proxy is asked.

    Whom to trust is what the machine trusts, unless `tls` says otherwise.
    """

    def __init__(self, egress: Egress, tls: ssl.SSLContext | None = None) -> None:
        self._egress = egress
        self._given = tls

    async def check(self, url: str) -> None:
        """Raises InvalidInput for a URL that nothing may be delivered to, or whose host nobody knows.

        A help for those who make a mistake; what counts is judged again whenever a connection is made.
        """
        to = target(url, allow_http=self._egress.allow_private)
        if self._egress.allow_private:
            return  # a receiver within the network may have its name later
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await self._egress.addresses(to.host, to.port)
        except EgressRefused:
            raise InvalidInput(
                f"Webhook URL must not resolve to a non-public IP address, as {to.host!r} does; a server started with "
                "--allow-private-webhooks delivers to private ones as well"
            ) from None
        except OSError:
            raise InvalidInput(f"Cannot resolve Webhook URL hostname {to.host!r}") from None

    async def deliver(self, delivery: Delivery) -> Answer:
        """One try within 10 seconds. The reason why there was no answer names no address."""
        signed = webhook_messages.headers(delivery.id, delivery.payload, delivery.secret, int(time.time()))
        headers = (("Content-Type", "application/json"), *signed)
        return await self.post(delivery.url, headers, delivery.payload.encode())

    async def post(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """As `deliver`, for a body of any kind."""
        try:
            return await self._post(url, headers, body)
        except (OSError, EOFError, InvalidInput, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            return Answer(error=_reason(error))

    async def _post(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        async with asyncio.timeout(SECONDS) as limit:
            to = target(url, allow_http=self._egress.allow_private)
            reader, writer = await self._egress.connect(to.host, to.port, self._tls if to.secure else None)
            try:
                writer.write(_request(to, headers, body))
                await writer.drain()
                answer = _Incoming(reader)
                status = await answer.status()
                limit.reschedule(None)  # what follows is a courtesy with a limit of its own
                await answer.drain()
            finally:
                writer.transport.abort()
        return Answer(status)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given or ssl.create_default_context()


def _reason(error: Exception) -> str:
    """For those who own the webhook, who may not learn from it what is in the server's network."""
    match error:
        case InvalidInput():
            return error.message
        case EgressRefused():
            return "The address is not one that deliveries may go to"
        case TimeoutError():
            return f"No answer in time, which is {SECONDS:g} s at most"
        case ssl.SSLError():
            return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason}"
        case OSError() | EOFError():
            return "No connection, or none that lasted until there was an answer"
        case _:
            return "The answer is not one to an HTTP request"


class _Incoming:
    """An answer, read as far as its status; interim ones do not count."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._left = MOST_READ
        self._final: int | None = None
        self._complete = False
        self._parser = httptools.HttpResponseParser(self)

    async def status(self) -> int:
        """Raises OSError, EOFError when the connection ends before it, the parser's errors for what is not HTTP."""
        while self._final is None:
            await self._read()
        return self._final

    async def drain(self) -> None:
        """Takes in some of the body, so that a receiver which writes one does not see a broken connection."""
        with contextlib.suppress(OSError, EOFError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._complete:
                    await self._read()

    async def _read(self) -> None:
        part = await self._reader.read(self._left)
        if not part:
            raise EOFError
        self._left -= len(part)
        try:
            self._parser.feed_data(part)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._final is None:
                raise
            self._complete = True  # what follows a status does not matter

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        status = self._parser.get_status_code()
        if status >= 200 and self._final is None:
            self._final = status

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._complete = self._final is not None


def _request(to: Target, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    given = [
        ("Host", to.authority),
        ("User-Agent", f"modelyard/{modelyard.__version__}"),
        ("Accept", "*/*"),
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
        *headers,
    ]
    lines = [f"POST {to.path} HTTP/1.1", *(f"{name}: {value}" for name, value in given), "", ""]
    return "\r\n".join(lines).encode() + body
