"""How a transformer is asked: over HTTP, with what its caller sent."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import msgspec

from modelyard.domain.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelyardError,
    NotSupported,
    Overloaded,
    PredictionFailed,
    TooLarge,
    Unavailable,
)
from modelyard.formats import table_rows, tensor_checks, tensor_documents, tensors
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor, Verb
from modelyard.serving import forwarding
from modelyard.serving.replica_client import Prediction, ReplicaLost
from modelyard.serving.shim import frames

HOST = "127.0.0.1"
RETRY_INTERVAL = 0.05
LOOK_TIMEOUT = 5.0
KEPT = 2.0
"""Seconds for which an idle connection is used again: fewer than after which servers close theirs."""
ENDING = 1.0
"""Seconds within which all connections of a program have ended after the first one did."""
LONGEST_WORDS = 500
_V1 = frozenset({Form.INSTANCES, Form.INPUTS, Form.DOCUMENT})
_KEYS = {Verb.PREDICT: "predictions", Verb.EXPLAIN: "explanations"}
_JSON = (b"content-type", b"application/json")
_ERRORS: Mapping[int, type[ModelyardError]] = {
    400: InvalidInput,
    413: TooLarge,
    422: InvalidInput,
    429: Overloaded,
    501: NotSupported,
    503: Unavailable,
    504: DeadlineExceeded,
}


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    content_type: str
    body: bytes


class TransformerClient:
    """Asks the program that listens at `port` for what it calls `model`: with V2 bodies for tensors, else V1.

    An answer may have up to `most` bytes; whether it is ready, it must tell within `look` seconds.
    """

    def __init__(self, port: int, model: str, most: int = frames.BODY_LIMIT, look: float = LOOK_TIMEOUT) -> None:
        self._model = model
        self._most = most
        self._look = look
        self._port = port
        self._url = f"http://{HOST}:{port}"
        # Below httpx's client, which keeps cookies of one answer for the next request, and unpacks what it gets.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=KEPT)
        self._http = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
        self._in_flight = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._given_up = asyncio.Event()
        self._answered = 0

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:
        """Raises ReplicaLost when it is gone, DeadlineExceeded, and what its answer says."""
        self._in_flight += 1
        self._empty.clear()
        try:
            async with asyncio.timeout(seconds):
                path, body = await self._asked(request)
                reply = await self._reply(path, body, forwarding.wired(request.headers))
        except TimeoutError:
            self._given_up.set()
            raise DeadlineExceeded(f"The transformer did not answer within {seconds:.3g} s") from None
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._empty.set()
        self._answered += 1
        self._given_up.clear()
        if reply.status != httpx.codes.OK:
            raise _refusal(reply)
        return _answer(request, reply.body)

    async def until_ready(self, path: str, seconds: float) -> None:
        """Waits until GET of `path` succeeds; where that is empty, until it answers for its model, however.

        Raises DeadlineExceeded.
        """
        try:
            async with asyncio.timeout(seconds):
                while not await self._is_ready(path):  # noqa: ASYNC110 - a port that opens wakes nobody
                    await asyncio.sleep(RETRY_INTERVAL)
        except TimeoutError:
            raise DeadlineExceeded(f"The transformer was not ready within {seconds:g} s") from None

    async def until_hung(self, path: str, seconds: float) -> None:
        """Waits until somebody gave up, nothing was answered for `seconds` since, and `path` is not answered either."""
        while True:
            await self._given_up.wait()
            answered = self._answered
            await asyncio.sleep(seconds)
            if answered == self._answered and not await self._is_ready(path):
                return
            self._given_up.clear()

    async def drained(self) -> None:
        """Waits until nothing is in flight."""
        await self._empty.wait()

    async def close(self) -> None:
        await self._http.aclose()

    async def _asked(self, request: InferenceRequest) -> tuple[str, bytes]:
        """Path and body."""
        if request.form is Form.TENSORS:
            return f"/v2/models/{self._model}/infer", tensor_documents.write_request(request.tensors)
        path = f"/v1/models/{self._model}:{request.verb.value}"
        if request.form in _V1:
            return path, request.document or b'{"%s":%s}' % (request.form.value.encode(), request.payload)
        if request.form in table_rows.FORMS:
            return path, await asyncio.to_thread(table_rows.body, request)
        raise NotSupported("This endpoint has a transformer, which takes JSON and CSV only")

    async def _reply(self, path: str, body: bytes, headers: list[tuple[bytes, bytes]]) -> _Reply:
        """One that breaks off is asked again at once, as the program may have closed a connection that was idle."""
        request = httpx.Request("POST", f"{self._url}{path}", headers=[*headers, _JSON], content=body)
        for again in (True, False):
            try:
                return await self._exchange(request)
            except httpx.ConnectError:
                break
            except httpx.LocalProtocolError as error:
                raise InvalidInput(f"A header of the request cannot be handed on: {error}") from None
            except httpx.TransportError:
                if not again and await self._lives():
                    raise PredictionFailed(
                        "The transformer did not answer as HTTP does, or broke off its answer"
                    ) from None
        raise ReplicaLost("The transformer ended before it answered; try again")

    async def _lives(self) -> bool:
        """Whether it keeps a new connection: of a program that ends, the system resets those that it has not taken."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self._port)
        except OSError:
            return False
        try:
            async with asyncio.timeout(ENDING):
                await reader.read(1)
        except TimeoutError:
            return True
        except OSError:
            return False
        finally:
            writer.transport.abort()
        return False

    async def _exchange(self, request: httpx.Request) -> _Reply:
        response = await self._http.handle_async_request(request)
        body = bytearray()
        try:
            async for part in response.aiter_raw():
                body += part
                if len(body) > self._most:
                    raise PredictionFailed(f"The transformer's answer is over {self._most} bytes")
        finally:
            await response.aclose()
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return _Reply(response.status_code, media, bytes(body))

    async def _is_ready(self, path: str) -> bool:
        request = httpx.Request("GET", f"{self._url}{path or f'/v1/models/{self._model}'}")
        try:
            async with asyncio.timeout(self._look):
                response = await self._http.handle_async_request(request)
                await response.aclose()
        except (httpx.TransportError, TimeoutError):
            return False
        return response.is_success if path else not response.is_server_error


def _answer(request: InferenceRequest, body: bytes) -> Prediction:
    body = _without_nan(body)
    if request.form is Form.TENSORS:
        try:
            outputs = tensor_documents.read_answer(body)
            return Prediction(b"", tuple(_as_wanted(one, request) for one in outputs))
        except InvalidInput as error:
            raise PredictionFailed(f"The transformer did not answer as V2 does: {error.message}") from None
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise PredictionFailed("The transformer did not answer with a JSON object") from None
    key = _KEYS[request.verb]
    return Prediction(bytes(found[key]), ()) if set(found) == {key} else Prediction(body, (), whole=True)


def _as_wanted(output: Tensor, request: InferenceRequest) -> Tensor:
    """Made raw here where that is wanted: what cannot be is the transformer's fault, not the caller's."""
    encodings = {one.name: one.encoding for one in request.wanted}
    made = tensors.written(output, encodings.get(output.name, request.encoding))
    if made.encoding is Encoding.RAW:
        tensor_checks.check_raw(made)
    return made


def _without_nan(body: bytes) -> bytes:
    """Python writes NaN and Infinity, which JSON does not have; answers have null there."""
    if b"NaN" not in body and b"Infinity" not in body:
        return body
    try:
        return msgspec.json.encode(json.loads(body))
    except (ValueError, RecursionError, OverflowError):
        return body


def _refusal(reply: _Reply) -> ModelyardError:
    words = _said(reply)
    kind = _ERRORS.get(reply.status)
    if kind is not None and words:
        return kind(words)
    message = f"The transformer answered {reply.status}{f': {words}' if words else ''}"
    return (kind or PredictionFailed)(message)


def _said(reply: _Reply) -> str:
    """Its words where they are for callers: what servers such as KServe's call an error, or a line of text."""
    try:
        found = msgspec.json.decode(reply.body, type=dict[str, object])
        return str(found.get("error") or found.get("detail") or "")[:LONGEST_WORDS]
    except (msgspec.DecodeError, RecursionError):
        if reply.content_type != "text/plain":
            return ""
        return reply.body.decode("utf-8", "replace").strip().partition("\n")[0][:LONGEST_WORDS]
