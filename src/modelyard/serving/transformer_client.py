"""How a transformer is asked: over HTTP, with what its caller sent."""

import asyncio
from collections.abc import Mapping

import httpx
import msgspec

from modelyard.domain.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelyardError,
    NotSupported,
    PredictionFailed,
    TooLarge,
    Unavailable,
)
from modelyard.formats import tensor_documents
from modelyard.formats.inference import Form, InferenceRequest, Verb
from modelyard.serving.replica_client import Prediction, ReplicaLost

RETRY_INTERVAL = 0.05
LOOK_TIMEOUT = 5.0
LONGEST_WORDS = 500
_JSON = {"content-type": "application/json"}
_V1 = frozenset({Form.INSTANCES, Form.INPUTS, Form.DOCUMENT})
_KEYS = {Verb.PREDICT: "predictions", Verb.EXPLAIN: "explanations"}
_ERRORS: Mapping[int, type[ModelyardError]] = {
    400: InvalidInput,
    413: TooLarge,
    422: InvalidInput,
    501: NotSupported,
    503: Unavailable,
    504: DeadlineExceeded,
}


class TransformerClient:
    """Asks the program that listens at `port` for what it calls `model`: with V2 bodies for tensors, else V1."""

    def __init__(self, port: int, model: str) -> None:
        self._model = model
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=5.0)
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            limits=limits,
            timeout=httpx.Timeout(None),  # each request has its own
            trust_env=False,
        )
        self._in_flight = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:
        """Raises ReplicaLost when it is gone, DeadlineExceeded, and what its answer says."""
        path, body = self._asked(request)
        self._in_flight += 1
        self._empty.clear()
        try:
            async with asyncio.timeout(seconds):
                reply = await self._http.post(path, content=body, headers=_JSON)
        except TimeoutError:
            raise DeadlineExceeded(f"The transformer did not answer within {seconds:.3g} s") from None
        except httpx.TransportError:
            raise ReplicaLost("The transformer ended before it answered; try again") from None
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._empty.set()
        if reply.status_code != httpx.codes.OK:
            raise _refusal(reply)
        return _answer(request, reply.content)

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

    async def drained(self) -> None:
        """Waits until nothing is in flight."""
        await self._empty.wait()

    async def close(self) -> None:
        await self._http.aclose()

    def _asked(self, request: InferenceRequest) -> tuple[str, bytes]:
        if request.form is Form.TENSORS:
            return f"/v2/models/{self._model}/infer", tensor_documents.write_request(request.tensors)
        if request.form not in _V1:
            raise NotSupported("This endpoint has a transformer, which is asked with V1 or V2 bodies only")
        document = request.document or b'{"%s":%s}' % (request.form.value.encode(), request.payload)
        return f"/v1/models/{self._model}:{request.verb.value}", document

    async def _is_ready(self, path: str) -> bool:
        try:
            reply = await self._http.get(path or f"/v1/models/{self._model}", timeout=LOOK_TIMEOUT)
        except httpx.TransportError:
            return False
        return reply.is_success if path else not reply.is_server_error


def _answer(request: InferenceRequest, body: bytes) -> Prediction:
    if request.form is Form.TENSORS:
        try:
            return Prediction(b"", tensor_documents.read_answer(body))
        except InvalidInput as error:
            raise PredictionFailed(f"The transformer did not answer as V2 does: {error.message}") from None
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise PredictionFailed("The transformer did not answer with a JSON object") from None
    key = _KEYS[request.verb]
    return Prediction(bytes(found[key]), ()) if set(found) == {key} else Prediction(body, (), whole=True)


def _refusal(reply: httpx.Response) -> ModelyardError:
    try:
        words = str(msgspec.json.decode(reply.content, type=dict[str, object])["error"])
    except (msgspec.DecodeError, KeyError, RecursionError):
        words = reply.text
    kind = _ERRORS.get(reply.status_code)
    if kind is None:
        return PredictionFailed(f"The transformer answered {reply.status_code}: {words[:LONGEST_WORDS]}")
    return kind(words[:LONGEST_WORDS])
