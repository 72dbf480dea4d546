import time
from collections.abc import Callable, Iterable
from typing import Protocol

from modelyard.domain.errors import DeadlineExceeded, Overloaded, Unavailable
from modelyard.domain.serving_options import ServingOptions
from modelyard.formats.inference import InferenceRequest, Tensor
from modelyard.serving.metadata import Metadata
from modelyard.serving.statistics import Statistics
from modelyard.serving.waiting import Queue

AS_USUAL = ServingOptions()
LONGEST_PAUSE = 30.0


class Answer(Protocol):
    """What a replica predicted."""

    @property
    def predictions(self) -> bytes: ...
    @property
    def outputs(self) -> tuple[Tensor, ...]: ...
    @property
    def whole(self) -> bool: ...


Inline = Callable[[InferenceRequest], Answer | None]


class Client(Protocol):
    """Whoever asks one replica."""

    async def infer(self, request: InferenceRequest, seconds: float) -> Answer:
        """Raises ReplicaLost when the replica is gone, DeadlineExceeded after `seconds`."""


class Left(Exception):
    """The revision was taken out of the directory while requests waited for it."""


class Lane:
    """A replica and how many requests it has at the moment."""

    __slots__ = ("busy", "client")

    def __init__(self, client: Client) -> None:
        self.client = client
        self.busy = 0


class Served:
    """One revision behind an endpoint's name, the live replicas that answer for it, and who waits for one.

    Without replicas, `wake` is called when one is asked for; `asleep` says that this is how it is meant to be.
    `inline` is tried before any replica; it answers None to what is not for it. `lose` is told of replicas that were
    lost. `problem` says why there will be no replica. `hears_headers` says that those of the caller mean something to
    who answers. Nothing here waits, except `wait`.
    """

    def __init__(
        self,
        endpoint: str,
        model_version: str,
        metadata: Metadata,
        replicas: Iterable[Client] = (),
        revision: int = 0,
        options: ServingOptions = AS_USUAL,
    ) -> None:
        self.endpoint = endpoint
        self.model_version = model_version
        self.metadata = metadata
        self.revision = revision
        self.options = options
        self.statistics = Statistics()
        self.inline: Inline | None = None
        self.wake: Callable[[], None] | None = None
        self.lose: Callable[[Client], None] | None = None
        self.asleep = self.hears_headers = False
        self.problem = ""
        self.in_flight = 0
        self.peak = 0
        self.queue = Queue(endpoint, options.scaling.queue)
        self._limit = options.scaling.limit
        self._lanes: tuple[Lane, ...] = ()
        self._most = 0
        self._left = False
        self.put(replicas)

    @property
    def replicas(self) -> tuple[Client, ...]:
        return tuple(lane.client for lane in self._lanes)

    @property
    def ready(self) -> bool:
        """Whether a request would be answered, if only after a replica was loaded."""
        return bool(self._lanes) or self.inline is not None or self.asleep

    @property
    def idle(self) -> bool:
        return not self.in_flight and not self.queue

    def put(self, clients: Iterable[Client]) -> None:
        """Lets these answer from now on; those that left finish what they have."""
        known = {id(lane.client): lane for lane in self._lanes}
        self._lanes = tuple(known.get(id(client)) or Lane(client) for client in clients)
        # With a limit, requests wait here; without one they wait in the replica, which predicts them together.
        self._most = 1 << 60 if self._limit else self.options.scaling.queue + len(self._lanes)
        self.queue.wake(self._limit * len(self._lanes) if self._limit else len(self.queue))

    def take(self) -> Lane | None:
        """The least busy replica, or None when the request has to wait. Raises Overloaded."""
        return None if self.queue else self._free()

    def give_back(self, lane: Lane) -> None:
        """After the answer."""
        lane.busy -= 1
        self.in_flight -= 1
        if self.queue:
            self.queue.wake(1)

    def drop(self, lane: Lane) -> None:
        """Its replica was lost: nothing more is asked of it until it is put here again."""
        if lane in self._lanes:
            self.put(one.client for one in self._lanes if one is not lane)
            if self.lose is not None:
                self.lose(lane.client)

    async def wait(self, hold: float, deadline: float) -> Lane:
        """A replica, as soon as one is free: within `hold` seconds if there is none at all, else until `deadline`.

        Raises Overloaded when too many wait, Unavailable and DeadlineExceeded when it took too long, and Left.
        """
        held_until = time.monotonic() + hold
        again = False
        while True:
            if self._left:
                raise Left
            if (lane := self._free()) is not None:
                return lane
            if not self._lanes:
                self._ask_for_a_replica()
            until = deadline if self._lanes else min(held_until, deadline)
            if not await self.queue.wait(until - time.monotonic(), again=again):
                raise self._too_late(time.monotonic() >= deadline)
            again = True

    def leave(self) -> None:
        """It is in the directory no more: who waits shall look there again."""
        self._left = True
        self.queue.wake_all()

    def come_back(self) -> None:
        self._left = False

    def give_up(self, problem: str) -> None:
        """There will be no replica."""
        self.problem = problem
        self.queue.wake_all()

    def _free(self) -> Lane | None:
        lanes = self._lanes
        if not lanes:
            return None
        lane = lanes[0] if len(lanes) == 1 else min(lanes, key=_business)
        if self._limit and lane.busy >= self._limit:
            return None
        if self.in_flight >= self._most:
            waiting = self.in_flight - len(lanes)
            raise Overloaded(f"{waiting} requests wait for '{self.endpoint}' already; try again later", self.pause())
        lane.busy += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        return lane

    def _ask_for_a_replica(self) -> None:
        if self.problem:
            raise Unavailable(self.problem)
        if self.wake is not None:
            self.wake()

    def _too_late(self, deadline_passed: bool) -> Exception:  # noqa: FBT001 - what the clock said
        if not self._lanes:
            message = f"Endpoint '{self.endpoint}' has no process of its model running yet; try again later"
            return Unavailable(message, self.pause())
        if deadline_passed:
            return DeadlineExceeded(f"No process of '{self.endpoint}' was free in time")
        return Unavailable(f"No process of '{self.endpoint}' was free; try again later", self.pause())

    def pause(self) -> float:
        """Seconds after which those who wait now should have been answered."""
        answered = self.statistics.answered
        each = self.statistics.seconds / answered if answered else 1.0
        return min(max(each * (len(self.queue) + self.in_flight) / max(len(self._lanes), 1), 1.0), LONGEST_PAUSE)


def _business(lane: Lane) -> int:
    return lane.busy
