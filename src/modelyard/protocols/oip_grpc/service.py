"""The methods behind gRPC: authenticate, authorise, handle, tell errors as status codes."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc

from modelyard.domain.errors import ModelyardError
from modelyard.domain.principals import Principal
from modelyard.protocols.http import observe
from modelyard.protocols.http.errors import InternalError
from modelyard.protocols.http.routing import PUBLIC
from modelyard.protocols.http.statuses import status_of
from modelyard.protocols.oip_grpc.call import RpcCall, RpcState
from modelyard.protocols.oip_grpc.errors import code_of
from modelyard.protocols.oip_grpc.methods import METHODS, Method
from modelyard.protocols.oip_grpc.wire import CLASSES, SERVICE

log = logging.getLogger("modelyard.grpc")


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in and what is seen of them; the same as at the HTTP port."""

    authenticate: Callable[[Mapping[str, str]], Principal]
    authorize: Callable[[Principal, str], None]
    observer: observe.Observer


def service(state: RpcState, door: Door) -> Any:
    """The handler to add to a server of grpc.aio."""
    served = _Service(state, door)
    return grpc.method_handlers_generic_handler(SERVICE, {one.name: served.handler(one) for one in METHODS})


class _Service:
    def __init__(self, state: RpcState, door: Door) -> None:
        self._state = state
        self._door = door

    def handler(self, method: Method) -> Any:
        read = CLASSES[method.request].FromString
        if method.streams:
            return grpc.stream_stream_rpc_method_handler(partial(self._stream, method), read, _write)
        return grpc.unary_unary_rpc_method_handler(partial(self._answer, method), read, _write)

    async def _answer(self, method: Method, message: Any, context: Any) -> Any:
        headers = _headers(context)
        told = (("x-request-id", observe.begin(headers)),)
        try:
            with self._observed(method):
                call = self._call(method, headers, message, context)
                answer = await method.handler(call)
        except ModelyardError as error:
            await context.abort(code_of(error), error.message, told)
        context.set_trailing_metadata(told + call.trailers)
        return answer

    async def _stream(self, method: Method, messages: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        """Each request is answered before the next one is looked at; one that fails does not end the stream."""
        response = CLASSES["ModelStreamInferResponse"]
        headers = _headers(context)
        async for message in messages:
            observe.begin(headers)
            try:
                with self._observed(method):
                    async with aclosing(method.handler(self._call(method, headers, message, context))) as answers:
                        async for answer in answers:
                            yield response(infer_response=answer)
            except ModelyardError as error:
                failed = response(error_message=error.message or type(error).__name__)
                failed.infer_response.id = message.id
                yield failed

    @contextmanager
    def _observed(self, method: Method) -> Iterator[None]:
        observer = self._door.observer
        started, path, status = observer.began(), f"/{SERVICE}/{method.name}", 499
        try:
            yield
            status = 200
        except ModelyardError as error:
            status = status_of(error)
            raise
        except Exception:
            status = 500
            log.exception("%s failed", path)
            request_id = observe.request_id.get()
            raise InternalError(
                f"Internal error; the server's log has the rest under request id {request_id}"
            ) from None
        finally:
            observer.finished("POST", path, path, status, started)

    def _call(self, method: Method, headers: Mapping[str, str], message: Any, context: Any) -> RpcCall:
        principal = self._door.authenticate(headers)
        if method.action != PUBLIC:
            self._door.authorize(principal, method.action)
        remaining = context.time_remaining()
        return RpcCall(self._state, principal, headers, message, remaining, observe.request_id.get())


def _headers(context: Any) -> Mapping[str, str]:
    return {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}


def _write(message: Any) -> bytes:
    written: bytes = message.SerializeToString()
    return written
