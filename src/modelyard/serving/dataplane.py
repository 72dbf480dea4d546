import itertools
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import MappingProxyType

from modelyard.domain.endpoint_status import Lately, Stretch
from modelyard.domain.errors import DeadlineExceeded, InvalidInput, Overloaded, TooLarge
from modelyard.domain.serving_options import LONGEST_TIMEOUT
from modelyard.formats.inference import Hints, InferenceRequest, InferenceResult, Verb
from modelyard.serving import streaming
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import ReplicaLost
from modelyard.serving.routes import Route
from modelyard.serving.served import Answer, Left, Served
from modelyard.serving.shadows import Shadows
from modelyard.serving.statistics import Summary

NO_HINTS = Hints()
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LATELY = 60.0
OnAnswer = Callable[[Served, InferenceRequest, InferenceResult | Exception, float], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request: seconds to wait for a replica to start, bytes of body, and seconds to an answer.

    The last is for all endpoints; what each allows is among its options.
    """

    timeout: float = LONGEST_TIMEOUT
    hold: float = 30.0
    body: int = 16 << 20


class DataPlane:
    """Where every protocol gets its predictions.

    `on_answer` is told of every request that reached a revision, what came of it and how many seconds it took; it is
    called between two requests, so it must not block or raise.
    """

    def __init__(
        self,
        directory: Directory,
        limits: Limits | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self.directory = directory
        self.limits = limits or Limits()
        self.on_answer = on_answer
        self.shadows = Shadows()
        self._ids = map(f"{secrets.token_hex(6)}-{{:x}}".format, itertools.count(1))

    async def infer(
        self,
        name: str,
        request: InferenceRequest,
        version: str | None = None,
        hints: Hints = NO_HINTS,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> InferenceResult:
        """One prediction by the model `name` (an endpoint, or `endpoint/model` where it has several), of `version`.

        `headers` are the caller's, for a transformer.

        It waits while a replica is started or all are busy. A prediction changes nothing, so when its replica dies it
        is made once more.
        Raises NotFound, Unavailable, Overloaded, InvalidInput, PredictionFailed, DeadlineExceeded, TooLarge.
        """
        started = time.monotonic()
        hinted = None if hints is NO_HINTS else hints
        seconds = self.limits.timeout if hints.seconds is None else min(self.limits.timeout, hints.seconds)
        route = self.directory.route(name)
        if route is None:
            route = await self.directory.coming(name, started + min(self.limits.hold, seconds))
        served, request = route.choose(version, hinted), _with(headers, request, route)
        seconds = min(seconds, served.options.timeout)
        deadline = started + seconds
        lost: ReplicaLost | None = None
        while True:
            try:
                answer = await self._ask(served, request, seconds, deadline)
            except Left:  # before it was asked
                route = await self.directory.coming(name, min(time.monotonic() + self.limits.hold, deadline))
                served, request = route.choose(version, hinted), _with(headers, request, route)
            except ReplicaLost as error:
                if lost is not None:
                    self._failed(served, request, error, started)
                    raise
                lost = error
                served.statistics.retried += 1
                seconds = _left(deadline)
            except DeadlineExceeded as error:
                cause = lost or error  # what was left after a loss was too short because of the loss
                self._failed(served, request, cause, started)
                raise cause from None
            except Exception as error:
                self._failed(served, request, error, started)
                raise
            else:
                return self._answered(route, served, request, answer, hints.prediction_id, started)

    async def stream(
        self, name: str, request: InferenceRequest, version: str | None = None, hints: Hints = NO_HINTS
    ) -> AsyncGenerator[InferenceResult, None]:
        """The same in pieces, each when the model has made it; all have one `prediction_id`.

        The time that the endpoint allows is for all of them. Nothing is asked again once a piece has come. Shadows are
        not asked. Raises as `infer` does, and NotSupported where nothing but whole answers are made.
        """
        started = time.monotonic()
        seconds = self.limits.timeout if hints.seconds is None else min(self.limits.timeout, hints.seconds)
        request, number = replace(request, verb=Verb.STREAM), hints.prediction_id or next(self._ids)
        said = streaming.Said()
        while True:
            route = await self.directory.coming(name, started + min(self.limits.hold, seconds))
            served = route.choose(version, None if hints is NO_HINTS else hints)
            streaming.check(served)
            deadline = started + min(seconds, served.options.timeout)
            try:
                async with aclosing(streaming.pieces(served, request, self.limits.hold, deadline)) as pieces:
                    async for piece in pieces:
                        said.add(piece)
                        yield _result(route, served, piece, number)
            except Left:  # before it was asked
                continue
            except Exception as error:
                self._failed(served, request, error, started)
                raise
            now = time.monotonic()
            served.statistics.answer(now, now - started)
            if self.on_answer is not None:
                self.on_answer(served, request, _result(route, served, said.whole(), number), now - started)
            return

    async def described(self, name: str, version: str | None, hints: Hints = NO_HINTS) -> Served:
        """What stands for a model, to be told about; waited for where it is about to be served, as predictions wait.

        Raises NotFound, Unavailable, Overloaded.
        """
        hold = self.limits.hold if hints.seconds is None else min(self.limits.hold, hints.seconds)
        route = await self.directory.coming(name, time.monotonic() + hold)
        return route.stable if version is None else route.version(version)

    def takes_any(self, name: str) -> bool:
        """Whether a transformer answers for the name, which may take bodies that no model does."""
        route = self.directory.route(name)
        return route is not None and any(served.options.transformer is not None for served in route.all)

    def streams(self, name: str) -> bool:
        """Whether what stands for the name can answer in pieces."""
        route = self.directory.route(name)
        return route is not None and streaming.streams(route.stable)

    def lately(self, endpoint: str) -> Mapping[int, Lately]:
        """What the revisions of an endpoint, of all its models, had to do; only those that can be reached."""
        return {served.revision: _lately(served) for served in self._revisions(endpoint)}

    def history(self, endpoint: str, seconds: int) -> Mapping[int, Sequence[Stretch]]:
        """The same of the last minutes, in stretches of so many seconds, the oldest first."""
        began = time.time() - time.monotonic()
        return {
            served.revision: [_stretch(began + at, seen) for at, seen in served.statistics.history(seconds)]
            for served in self._revisions(endpoint)
        }

    def _revisions(self, endpoint: str) -> Iterator[Served]:
        names = [name for name in self.directory.names() if name.partition("/")[0] == endpoint]
        return (served for route in filter(None, map(self.directory.route, names)) for served in route.all)

    async def _ask(self, served: Served, request: InferenceRequest, seconds: float, deadline: float) -> Answer:
        if served.inline is not None:
            answer = served.inline(request)
            if answer is not None:
                return answer
        lane = served.take()
        if lane is None:
            asked = time.monotonic()
            lane = await served.wait(self.limits.hold, deadline)
            served.statistics.queued += time.monotonic() - asked
            seconds = _left(deadline)
        try:
            return await lane.client.infer(request, seconds)
        except ReplicaLost:
            served.drop(lane)
            raise
        finally:
            served.give_back(lane)

    def _answered(
        self,
        route: Route,
        served: Served,
        request: InferenceRequest,
        answer: Answer,
        prediction_id: str,
        started: float,
    ) -> InferenceResult:
        result = _result(route, served, answer, prediction_id or next(self._ids))
        now = time.monotonic()
        served.statistics.answer(now, now - started)
        if request.verb is Verb.EXPLAIN:
            served.statistics.explain(now - started)
        for shadow in route.also(served):
            self.shadows.ask(shadow, request, result)
        if self.on_answer is not None:
            self.on_answer(served, request, result, now - started)
        return result

    def _failed(self, served: Served, request: InferenceRequest, error: Exception, started: float) -> None:
        now = time.monotonic()
        if isinstance(error, InvalidInput | TooLarge):
            served.statistics.refuse(now, now - started)
        elif isinstance(error, Overloaded):
            served.statistics.shed += 1
        else:
            served.statistics.fail(now, now - started)
        if self.on_answer is not None:
            self.on_answer(served, request, error, now - started)


def _with(headers: Mapping[str, str], request: InferenceRequest, route: Route) -> InferenceRequest:
    return replace(request, headers=headers) if headers and route.tells_headers else request


def _result(route: Route, served: Served, answer: Answer, prediction_id: str) -> InferenceResult:
    return InferenceResult(
        route.name,
        served.model_version,
        answer.predictions,
        answer.outputs,
        served.revision,
        prediction_id,
        answer.whole,
    )


def _left(deadline: float) -> float:
    """Whole milliseconds, as people are told them."""
    return round(max(deadline - time.monotonic(), 0.0), 3)


def _lately(served: Served) -> Lately:
    seen, compared = served.statistics.lately(LATELY), served.statistics.compared
    return Lately(
        asked=seen.asked,
        failed=seen.failed,
        refused=seen.refused,
        shed=served.statistics.shed,
        p50_ms=seen.p50 * 1000,
        p90_ms=seen.p90 * 1000,
        p99_ms=seen.p99 * 1000,
        in_flight=served.in_flight,
        waiting=len(served.queue),
        equal=compared.equal,
        different=compared.different,
        missing=compared.failed + compared.dropped,
    )


def _stretch(at: float, seen: Summary) -> Stretch:
    return Stretch(
        at=round(at * 1000),
        asked=seen.asked,
        failed=seen.failed,
        refused=seen.refused,
        p50_ms=seen.p50 * 1000,
        p90_ms=seen.p90 * 1000,
        p99_ms=seen.p99 * 1000,
    )
