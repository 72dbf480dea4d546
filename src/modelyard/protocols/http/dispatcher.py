import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelyard.domain.errors import ModelyardError, TooLarge
from modelyard.domain.principals import Principal
from modelyard.protocols.http import observe
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.compression import compressed, is_worth_it
from modelyard.protocols.http.connection import Respond
from modelyard.protocols.http.errors import ClientGone, InternalError, MethodNotAllowed
from modelyard.protocols.http.guard import Guard
from modelyard.protocols.http.reply import TEXT, Reply
from modelyard.protocols.http.request import Request
from modelyard.protocols.http.routing import PREDICT, PUBLIC, Protocol, RouteTable

log = logging.getLogger("modelyard.http")
_UNROUTED = "unrouted"
_GONE = 499


class Dispatcher:
    """Guard, route, authenticate, authorise, handle, render.

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

    async def handle(self, request: Request, respond: Respond) -> None:
        """Answers by `respond`, which may be something to wait for."""
        began = self._observer.began()
        request_id = observe.begin(request.headers)
        route, status = _UNROUTED, _GONE
        try:
            route, reply = await self._answer(request, request_id)
            if "origin" in request.headers:
                reply = replace(reply, headers=reply.headers + self._guard.sharing(request.headers))
            status = reply.status
            if is_worth_it(request, reply):
                reply = await compressed(reply)
            try:
                sending = respond(reply, request_id)
            except ValueError as error:
                reply = self._fault(request, request_id, error)
                status, sending = reply.status, respond(reply, request_id)
            if sending is not None:
                await sending
        except (ClientGone, asyncio.CancelledError):
            if not request.is_lost:
                raise  # the server is going down
            log.info("the client closed the connection during %s %s", request.method, request.path)
        finally:
            self._observer.finished(request.method, route, request.path, status, began)

    async def _answer(self, request: Request, request_id: str) -> tuple[str, Reply]:
        protocol = None
        route = _UNROUTED
        try:
            self._guard.check(request.headers)
            if request.method == "OPTIONS":
                return route, _options(self._table.methods(request.path), request.headers)
            match = self._table.match(request.method, request.path)
            protocol, route = match.protocol, match.route.path
            principal = self._authenticate(request.headers)
            if match.route.action != PUBLIC:
                self._authorize(principal, match.route.action)
            request.changes_nothing = match.route.action == PREDICT
            call = Call(protocol.state, principal, request, match.params, request_id)
            return route, await match.route.handler(call)
        except ModelyardError as error:
            return route, self._render(protocol or self._table.dialect_for(request.path), error)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told in the protocol's words
            return route, self._fault(request, request_id, error, protocol)

    def _fault(
        self, request: Request, request_id: str, error: Exception, protocol: Protocol[Any] | None = None
    ) -> Reply:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        fault = InternalError(f"Internal error; the server's log has the rest under request id {request_id}")
        return self._render(protocol or self._table.dialect_for(request.path), fault)

    @staticmethod
    def _render(protocol: Protocol[Any], error: ModelyardError) -> Reply:
        reply = protocol.render_error(error)
        extra: tuple[tuple[str, str], ...] = ()
        if isinstance(error, MethodNotAllowed):
            extra = (("allow", _verbs(error.allowed)),)
        if isinstance(error, TooLarge):
            extra = (("connection", "close"),)  # the rest of the body is not worth reading
        return Reply(reply.status, reply.body, reply.content_type, reply.headers + extra)


def _options(methods: Sequence[str], headers: Mapping[str, str]) -> Reply:
    """What may be asked of a path, also by the pages of an origin that was allowed."""
    asked = headers.get("access-control-request-headers", "content-type")
    verbs = _verbs(methods)
    allowed = (("access-control-allow-methods", verbs), ("access-control-allow-headers", asked))
    return Reply(200, b"", TEXT, (("allow", verbs), *allowed))


def _verbs(methods: Sequence[str]) -> str:
    return ", ".join((*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"))
