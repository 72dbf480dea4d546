import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from modelyard.domain.errors import ModelyardError, TooLarge
from modelyard.domain.principals import Principal
from modelyard.protocols.http import observe
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import ClientGone, InternalError, MethodNotAllowed
from modelyard.protocols.http.guard import Guard
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.routing import PUBLIC, Protocol, RouteTable

log = logging.getLogger("modelyard.http")
Scope = Mapping[str, Any]
Send = Any  # ASGI's callable, typed by uvicorn and starlette differently
_SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
_UNROUTED = "unrouted"


class Dispatcher:
    """The ASGI application: guard, route, authenticate, authorise, handle, render.

    `authenticate` turns headers into a principal; `authorize(principal, action)` raises when it may not.
    """

    def __init__(
        self,
        protocols: Sequence[Protocol[Any]],
        guard: Guard,
        observer: observe.Observer,
        authenticate: Callable[[Mapping[str, str]], Principal],
        authorize: Callable[[Principal, str], None],
    ) -> None:
        self._table = RouteTable(protocols)
        self._guard = guard
        self._observer = observer
        self._authenticate = authenticate
        self._authorize = authorize

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        method, path = scope["method"], scope["path"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = observe.begin(headers)
        self._observer.in_flight.inc()
        route = _UNROUTED
        status = 499
        try:
            route, reply = await self._answer(scope, receive, headers, request_id)
            status = reply.status
            await _send(reply, send, request_id, with_body=method != "HEAD")
        except ClientGone:
            log.info("the client closed the connection during %s %s", method, path)
        finally:
            self._observer.in_flight.dec()
            self._observer.finished(method, route, path, status, started)

    async def _answer(
        self, scope: Scope, receive: Any, headers: Mapping[str, str], request_id: str
    ) -> tuple[str, Reply]:
        path = scope["path"]
        protocol = None
        route = _UNROUTED
        try:
            self._guard.check(headers)
            match = self._table.match(scope["method"], path)
            protocol, route = match.protocol, match.route.path
            principal = self._authenticate(headers)
            if match.route.action != PUBLIC:
                self._authorize(principal, match.route.action)
            call = Call(protocol.state, principal, scope, receive, headers, match.params, request_id)
            return route, await match.route.handler(call)
        except ModelyardError as error:
            return route, self._render(protocol or self._table.dialect_for(path), error)
        except ClientGone:
            raise
        except Exception:
            log.exception("%s %s failed", scope["method"], path)
            fault = InternalError(f"Internal error; the server's log has the rest under request id {request_id}")
            return route, self._render(protocol or self._table.dialect_for(path), fault)

    @staticmethod
    def _render(protocol: Protocol[Any], error: ModelyardError) -> Reply:
        reply = protocol.render_error(error)
        extra: tuple[tuple[str, str], ...] = ()
        if isinstance(error, MethodNotAllowed):
            extra = (("allow", ", ".join(error.allowed)),)
        if isinstance(error, TooLarge):
            extra = (("connection", "close"),)  # the rest of the body is not worth reading
        return Reply(reply.status, reply.body, reply.content_type, reply.headers + extra)


async def _send(reply: Reply, send: Send, request_id: str, *, with_body: bool) -> None:
    body = reply.body
    headers = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"x-request-id", request_id.encode("latin-1")),
        *_SAFETY,
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers),
    ]
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body if with_body else b""})
    elif with_body:
        await _send_stream(body, send)
    else:
        await send({"type": "http.response.body", "body": b""})


async def _send_stream(parts: AsyncIterator[bytes], send: Send) -> None:
    async for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
