import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Generic, TypeVar
from urllib.parse import parse_qs

from modelyard.domain.errors import InvalidInput, TooLarge, UnsupportedMediaType
from modelyard.domain.principals import Principal
from modelyard.protocols.http import inflating
from modelyard.protocols.http.errors import RequestTimeout
from modelyard.protocols.http.request import Request

S = TypeVar("S")
DEFAULT_BODY_LIMIT = 1_000_000
CHUNK_TIMEOUT = 60.0
MOST_PARAMETERS = 10_000
_PLAIN = ("", "identity")


class Call(Generic[S]):
    """One request as a handler sees it; `state` is what the application was built with."""

    __slots__ = ("_query", "_request", "params", "principal", "request_id", "state")

    def __init__(
        self, state: S, principal: Principal, request: Request, params: Mapping[str, str], request_id: str
    ) -> None:
        self.state = state
        self.principal = principal
        self.params = params
        self.request_id = request_id
        self._request = request
        self._query: dict[str, list[str]] | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        return self._request.headers

    @property
    def method(self) -> str:
        return self._request.method

    @property
    def path(self) -> str:
        return self._request.path

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def queries(self) -> Mapping[str, list[str]]:
        """Raises InvalidInput for more parameters than anybody needs."""
        if self._query is None:
            raw = self._request.query.decode("latin-1")
            try:
                self._query = parse_qs(raw, keep_blank_values=True, max_num_fields=MOST_PARAMETERS) if raw else {}
            except ValueError:
                raise InvalidInput(f"The query has more than {MOST_PARAMETERS} parameters") from None
        return self._query

    def query(self, name: str) -> str | None:
        """The last value given for a query parameter."""
        values = self.queries().get(name)
        return values[-1] if values else None

    async def body(self, limit: int = DEFAULT_BODY_LIMIT) -> bytes:
        """The whole body.

        Raises TooLarge over `limit` bytes, RequestTimeout when it stalls, UnsupportedMediaType when it is compressed.
        """
        self._refuse_compressed()
        return await self._whole(limit)

    async def unpacked(self, limit: int) -> bytes:
        """The same of a body that may be compressed; `limit` holds before and after."""
        encoding = self.headers.get("content-encoding", "").strip().lower()
        body = await self._whole(limit)
        if encoding in _PLAIN:
            return body
        return await asyncio.to_thread(inflating.inflated, body, encoding, limit)

    async def stream(self, limit: int) -> AsyncIterator[bytes]:
        """The body in pieces as they arrive, for what must not be held in memory. Raises as `body` does."""
        self._refuse_compressed()
        async for part in self._parts(limit):
            yield part

    async def _whole(self, limit: int) -> bytes:
        if not self._request.complete:
            return b"".join([part async for part in self._parts(limit)])
        whole = self._request.taken()
        if len(whole) > limit:
            raise _too_large(limit)
        return whole

    async def _parts(self, limit: int) -> AsyncIterator[bytes]:
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        seen, more = 0, True
        while more:
            part, more = await self._next_part()
            seen += len(part)
            if seen > limit:
                raise _too_large(limit)
            if part:
                yield part

    async def _next_part(self) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(CHUNK_TIMEOUT):
                return await self._request.part()
        except TimeoutError:
            raise RequestTimeout(f"No part of the body arrived for {CHUNK_TIMEOUT:.0f} s; send it again") from None

    def _refuse_compressed(self) -> None:
        if self.headers.get("content-encoding", "").lower() not in _PLAIN:
            raise UnsupportedMediaType("Compressed bodies are not accepted; send the body without Content-Encoding")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over this route's limit of {limit} bytes; send less at a time")
