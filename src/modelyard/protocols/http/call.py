import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs

from modelyard.domain.errors import TooLarge, UnsupportedMediaType
from modelyard.domain.principals import Principal
from modelyard.protocols.http.errors import ClientGone, RequestTimeout

S = TypeVar("S")
Receive = Any  # ASGI's callable, typed by uvicorn and starlette differently
DEFAULT_BODY_LIMIT = 1_000_000
CHUNK_TIMEOUT = 60.0


class Call(Generic[S]):
    """One request as a handler sees it; `state` is what the application was built with."""

    __slots__ = ("_query", "_receive", "_scope", "headers", "params", "principal", "request_id", "state")

    def __init__(
        self,
        state: S,
        principal: Principal,
        scope: Mapping[str, Any],
        receive: Receive,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        request_id: str,
    ) -> None:
        self.state = state
        self.principal = principal
        self.headers = headers
        self.params = params
        self.request_id = request_id
        self._scope = scope
        self._receive = receive
        self._query: dict[str, list[str]] | None = None

    @property
    def method(self) -> str:
        return str(self._scope["method"])

    @property
    def path(self) -> str:
        return str(self._scope["path"])

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def queries(self) -> Mapping[str, list[str]]:
        if self._query is None:
            raw = self._scope["query_string"].decode("latin-1")
            self._query = parse_qs(raw, keep_blank_values=True, max_num_fields=10_000) if raw else {}
        return self._query

    def query(self, name: str) -> str | None:
        """The last value given for a query parameter."""
        values = self.queries().get(name)
        return values[-1] if values else None

    async def body(self, limit: int = DEFAULT_BODY_LIMIT) -> bytes:
        """The whole body.

        Raises TooLarge over `limit` bytes, RequestTimeout when it stalls, UnsupportedMediaType when it is compressed.
        """
        self._refuse_over(limit)
        message = await self._next_message()
        if not message.get("more_body", False):
            whole: bytes = message.get("body", b"")
            if len(whole) > limit:
                raise _too_large(limit)
            return whole
        parts = [message.get("body", b"")]
        parts += [part async for part in self._rest(limit, len(parts[0]))]
        return b"".join(parts)

    async def stream(self, limit: int) -> AsyncIterator[bytes]:
        """The body in pieces as they arrive, for what must not be held in memory. Raises as `body` does."""
        self._refuse_over(limit)
        async for part in self._rest(limit, 0):
            yield part

    async def _rest(self, limit: int, seen: int) -> AsyncIterator[bytes]:
        while True:
            message = await self._next_message()
            part: bytes = message.get("body", b"")
            seen += len(part)
            if seen > limit:
                raise _too_large(limit)
            if part:
                yield part
            if not message.get("more_body", False):
                return

    async def _next_message(self) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(CHUNK_TIMEOUT):
                message: Mapping[str, Any] = await self._receive()
        except TimeoutError:
            raise RequestTimeout(f"No part of the body arrived for {CHUNK_TIMEOUT:.0f} s; send it again") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message

    def _refuse_over(self, limit: int) -> None:
        if self.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise UnsupportedMediaType("Compressed bodies are not accepted; send the body without Content-Encoding")
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over this route's limit of {limit} bytes; send less at a time")
