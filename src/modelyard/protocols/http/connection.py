import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

import httptools

from modelyard.protocols.http import answers
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.request import Request

log = logging.getLogger("modelyard.http")
LONGEST_HEAD = 65_536
"""Bytes; a request whose headers go on for longer than that, and a packet, is refused."""

_HELD_BODY = 262_144
_LINGER = 5.0
_MOST_PASSED_OVER = 64 << 20
"""Seconds and bytes for which a client that is told to leave may still speak."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_FRAMING = ("content-length", "transfer-encoding")
_CLOSE = ("connection", "close")
_NAMES = {
    spelling.encode(): name
    for name in ("host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length")
    for spelling in (name, name.title())
}
_ONCE = frozenset({"host", "origin"})
Respond = Callable[[Reply, str], Awaitable[None] | None]


class Serving(Protocol):
    """What connections have in common."""

    connections: "set[Connection]"
    date: bytes
    draining: bool

    @property
    def handle(self) -> Callable[[Request, Respond], Awaitable[None]]: ...


class Connection(asyncio.Protocol):
    """One client's connection: HTTP/1.1 is parsed, requests are handled one after the other, answers are written.

    Head and body of an answer go out in one write: with two, a client would be woken twice.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._loop = asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._drained: asyncio.Future[None] | None = None
        self._full_since = 0.0
        self._is_reading = True
        self._is_from_afar = False
        self._is_resuming = False
        self._is_leaving = False
        self._passed_over_bytes = 0
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._arriving: Request | None = None
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._refusal = b""
        self._quiet_since = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._is_from_afar = _is_from_afar(transport)
        self._serving.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._serving.connections.discard(self)
        self._waiting.clear()
        if self._current is not None:
            self._current.lose()
            if self._current.changes_nothing and self._task is not None:
                self._task.cancel()
        self.resume_writing()
        self._parser = None

    def is_quiet_since(self, moment: float) -> bool:
        """Whether nothing is going on, and no request has begun to arrive later than that."""
        return self._current is None and self._quiet_since < moment

    def is_full_since(self, moment: float) -> bool:
        """Whether its client has taken nothing of an answer since then, or hardly anything."""
        return self._drained is not None and self._full_since < moment

    def shut(self) -> None:
        """Closes at once when nothing is going on, else after the answer."""
        if self._current is None:
            self._transport.close()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._is_leaving:
            self._passed_over_bytes += len(data)
            if self._passed_over_bytes > _MOST_PASSED_OVER:
                self._transport.abort()
                return
        if self._parser is None:  # what comes after a refusal is nothing we can read
            return
        head, rest = self._open_head(), data
        while rest and self._parser is not None:
            try:
                self._parser.feed_data(rest)
                break
            except httptools.HttpParserUpgrade as upgrade:
                rest = self._passed_over(rest[upgrade.args[0] :])
            except httptools.HttpParserError:
                self._refuse(HTTPStatus.BAD_REQUEST, "Invalid HTTP request received.")
        if head is not None and head is self._open_head() and self._parser is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long.")
        self._begin_next()

    def _passed_over(self, rest: bytes) -> bytes:
        """What to read after an offer of another protocol, which we do not take: the request is one like any other.

        The parser holds what follows for that protocol, so a new one is told about the body that is still to come.
        """
        self._parser = httptools.HttpRequestParser(self)
        self._is_resuming = True
        framing = [f"{name}: {self._headers[name]}" for name in _FRAMING if name in self._headers]
        return "\r\n".join(("POST / HTTP/1.1", *framing, "", "")).encode("latin-1") + rest

    def on_message_begin(self) -> None:
        if not self._is_resuming:
            self._url = b""
            self._headers = {}
            self._head_bytes = 0
            self._arriving = None
            self._quiet_since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._arriving is not None:
            return  # a trailer, which may not change what was checked
        known = _NAMES.get(name) or name.decode("latin-1").lower()
        if known in self._headers and known in _ONCE:
            raise ValueError("whoever is before us may have looked at the other one")
        self._headers[known] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._is_resuming:
            self._is_resuming = False
            return
        parser = self._parser
        path, query = _split(self._url)
        request = Request(parser.get_method().decode("ascii"), path, query, self._headers, self._want_more)
        request.http_1_0 = parser.get_http_version() == "1.0"
        request.keep_alive = not request.http_1_0 and parser.should_keep_alive()
        request.is_from_afar = self._is_from_afar
        self._arriving = request
        self._waiting.append(request)

    def on_body(self, body: bytes) -> None:
        if self._arriving is not None:
            self._arriving.feed(body)
            if self._arriving.held > _HELD_BODY:
                self._read(on=False)

    def on_message_complete(self) -> None:
        self._url = b""
        if self._arriving is None or self._parser.should_upgrade():
            return  # the body is still to come
        self._arriving.end()
        if self._is_leaving:
            self._transport.close()

    def _open_head(self) -> object:
        """The headers that are still arriving."""
        return self._headers if self._arriving is None and self._url else None

    def _want_more(self, request: Request) -> None:
        if not request.invited:
            request.invited = True
            if request.expects_invitation:
                self._transport.write(_CONTINUE)
        self._read(on=True)

    def _read(self, *, on: bool) -> None:
        if on != self._is_reading and not self._transport.is_closing():
            self._is_reading = on
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    def _refuse(self, status: HTTPStatus, words: str) -> None:
        """What came last is no request, and what follows cannot be told from it: the end, after what came before."""
        self._parser = None
        self._refusal = answers.refusal(status, words)
        if self._arriving is not None and not self._arriving.complete:
            if self._arriving in self._waiting:
                self._waiting.remove(self._arriving)
            self._arriving.lose()
        if self._current is None and not self._waiting:
            self._leave(self._refusal)

    def _leave(self, last_words: bytes = b"") -> None:
        """To close while something is still arriving would reset the connection, and the answer might be lost."""
        self._is_leaving = True
        self._transport.write(last_words)
        self._transport.write_eof()
        self._loop.call_later(_LINGER, self._transport.close)
        self._read(on=True)

    def _begin_next(self) -> None:
        if self._current is not None:
            if self._waiting:
                self._read(on=False)  # one that waits is enough
        elif self._waiting and not self._is_leaving:
            self._current = self._waiting.popleft()
            self._task = self._loop.create_task(self._handle(self._current))

    async def _handle(self, request: Request) -> None:
        try:
            await self._serving.handle(request, self._respond)
            if self._drained is not None:
                await self._drained
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        except Exception:
            log.exception("The answer to %s %s broke off", request.method, request.path)
            self._transport.abort()
        finally:
            self._finish(request)

    def _finish(self, request: Request) -> None:
        self._current = self._task = None
        self._quiet_since = time.monotonic()
        if self._transport.is_closing():
            return
        request.discard()
        if self._refusal and not self._waiting:
            self._leave(b"" if request.answered and not request.complete else self._refusal)
        elif request.keep_alive and not self._serving.draining:
            self._read(on=True)
            self._begin_next()
        elif request.complete:
            self._transport.close()
        else:
            self._leave()

    def _respond(self, reply: Reply, request_id: str) -> Awaitable[None] | None:
        request = self._current
        if request is None or self._transport.is_closing():
            return None
        framing = b""
        unsure_of_rest = request.expects_invitation and not (request.invited or request.complete)
        if _CLOSE in reply.headers:
            request.keep_alive = False
        elif not request.keep_alive or self._serving.draining or unsure_of_rest:
            request.keep_alive = False
            framing = b"connection: close\r\n"
        body = reply.body
        if not isinstance(body, bytes):
            return self._stream(request, reply, body, request_id, framing)
        framing += b"content-length: %d\r\n" % len(body)
        head = answers.head(reply, request_id, self._serving.date, framing)
        self._transport.write(head if request.method == "HEAD" else head + body)
        request.answered = True
        return None

    async def _stream(
        self, request: Request, reply: Reply, parts: AsyncIterator[bytes], request_id: str, framing: bytes
    ) -> None:
        length = next((int(value) for name, value in reply.headers if name == "content-length"), None)
        has_body = request.method != "HEAD" and reply.status not in (204, 304)
        chunked = has_body and length is None and not request.http_1_0
        if chunked:
            framing += b"transfer-encoding: chunked\r\n"
        self._transport.write(answers.head(reply, request_id, self._serving.date, framing))
        request.answered = True
        if not has_body:
            return
        sent = 0
        async for part in parts:
            if self._transport.is_closing():
                return
            if part:
                self._transport.writelines((b"%x\r\n" % len(part), part, b"\r\n") if chunked else (part,))
                sent += len(part)
            if self._drained is not None:
                await self._drained
        if chunked:
            self._transport.write(b"0\r\n\r\n")
        elif length is not None and sent != length:
            raise RuntimeError(f"{sent} bytes were sent where {length} had been announced")

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()
        self._full_since = time.monotonic()

    def resume_writing(self) -> None:
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
            self._drained = None


def _is_from_afar(transport: asyncio.BaseTransport) -> bool:
    """A machine that talks to itself does so under one address."""
    theirs, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return bool(theirs and ours) and theirs[0] != ours[0]


def _split(url: bytes) -> tuple[str, bytes]:
    """Path and query, both as they are looked at: the path decoded, the query not yet."""
    if not url.startswith(b"/"):  # a proxy's absolute form, or `*`
        parsed = httptools.parse_url(url)
        path, query = parsed.path or b"/", parsed.query or b""
    else:
        path, _, query = url.partition(b"#")[0].partition(b"?")
    text = path.decode("ascii")
    return (unquote(text) if "%" in text else text), query
