"""One revision: how many replicas it has at the moment, and what is told of it."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

import msgspec

from modelyard.controllers.replica_sets import Means, ReplicaSet
from modelyard.controllers.replicas import Replica, ReplicaFailed
from modelyard.controllers.scaling import Scaler
from modelyard.controllers.transformers import Transformer
from modelyard.domain.endpoint_status import Failure, RevisionState, RevisionStatus
from modelyard.domain.endpoints import Revision
from modelyard.serving.metadata import Metadata
from modelyard.serving.served import Served

log = logging.getLogger("modelyard.endpoints")
UNKNOWN = Metadata("")
_NEVER = -1.0


class Pool:
    """The replicas of a revision, as many as its load needs; none while it is asleep, until it is asked for.

    `known` is what was seen of the revision before. `changed` is called whenever something is different, from the
    event loop. A revision that is not `active` is only kept for a rollback: with one replica, which goes first when
    memory is short.
    """

    def __init__(
        self, name: str, revision: Revision, known: RevisionStatus, means: Means, changed: Callable[[], None]
    ) -> None:
        self.revision = revision
        self.active = True
        options = replace(revision.options, transformer=None)
        self.served = Served(name, revision.model_version, _metadata(known), (), revision.number, options)
        self.served.wake = self.demand
        self._known = known
        self._changed = changed
        self._quiet_since = _NEVER  # the time of the request since which there is nothing to look at
        self._scaler = Scaler(revision.options.scaling)
        self._count = max(revision.options.scaling.least, 1)
        self._set = ReplicaSet(self.served, revision, known, means, self, changed)
        # What comes back with the server drives nobody out until it is asked for.
        self._set.urgent = not known.proven
        self._set.no_room = self.stand_by
        self.served.asleep = known.proven and revision.options.scaling.least == 0
        self.transformer: Transformer | None = None
        if revision.options.transformer is not None and means.transformers is not None:
            self.transformer = Transformer(self.served, revision, means.transformers, changed, proven=known.proven)
        self._settle()

    @property
    def public(self) -> Served:
        """What requests are routed to: the replicas, or the transformer that asks them."""
        return self.served if self.transformer is None else self.transformer.served

    @property
    def live(self) -> int:
        """How many replicas answer."""
        return len(self._set.live)

    @property
    def replicas(self) -> tuple[Replica, ...]:
        return tuple(one.replica for one in self._set.live)

    @property
    def asleep(self) -> bool:
        return self.served.asleep

    @property
    def proven(self) -> bool:
        """Whether it has ever answered."""
        return self._set.proven and (self.transformer is None or self.transformer.proven)

    @property
    def failed(self) -> bool:
        """Whether it was given up."""
        return self._set.failed or (self.transformer is not None and self.transformer.failed)

    @property
    def failure(self) -> Failure | None:
        return self._set.failure or (None if self.transformer is None else self.transformer.failure)

    @property
    def trouble(self) -> Failure | None:
        return self._set.trouble or (None if self.transformer is None else self.transformer.trouble)

    @property
    def preparing(self) -> bool:
        return self._set.preparing

    @property
    def restarts(self) -> int:
        return self._set.restarts + (0 if self.transformer is None else self.transformer.restarts)

    @property
    def answers(self) -> bool:
        """Whether requests can be sent here, if only to be held while a replica is loaded."""
        return self._is_transformed and (bool(self.live) or (self.asleep and self.proven and not self.failed))

    @property
    def coming(self) -> bool:
        """Whether replicas are on their way, or the transformer is."""
        return not self.failed and (not self._is_transformed or (not self.live and not self.asleep))

    @property
    def _is_transformed(self) -> bool:
        """Whether requests come as far as to the replicas."""
        return self.transformer is None or self.transformer.live

    @property
    def evictable(self) -> bool:
        return bool(self.live) and not self._set.starting and not self.asleep and self.served.idle

    @property
    def standing(self) -> tuple[int, float]:
        """What is only kept for a rollback goes first, then what was not asked for longest."""
        last = max((one.since for one in self._set.live), default=0.0)
        return int(self.active), max(self.served.statistics.last, last)

    @property
    def state(self) -> RevisionState:
        if self.failed:
            return RevisionState.FAILED
        if self.live and self._is_transformed:
            return RevisionState.LOADED
        if self.asleep:
            return RevisionState.STANDBY
        return RevisionState.PENDING if self.preparing else RevisionState.LOADING

    @property
    def probe(self) -> str:
        """What a prediction was tried with last."""
        return self._set.probe or self._known.probe

    @property
    def runtime(self) -> str:
        """What answers: the model's own runtime, and whether it is accelerated."""
        return "; ".join(filter(None, (self._set.runtime, self._set.acceleration))) or self._known.runtime

    @property
    def message(self) -> str:
        """What it does at the moment, for people."""
        uri, trouble = self.revision.model_uri, self.trouble
        if self.failed:
            return trouble.message if trouble is not None else "It has failed"
        if not self.coming:
            return "" if self.live else "It is loaded when it is asked"
        if self.preparing:
            return f"Fetching {uri} and its environment"
        if self._set.waiting_for_memory:
            return f"Waiting for memory to load {uri}: the models that use it are busy"
        if trouble is not None:
            return f"{trouble.message}; revision {self.revision.number} is started again"
        return "Starting the transformer" if self.live else f"Loading {uri}"

    def activate(self, *, active: bool) -> None:
        """Whether it is sent requests, or only kept warm."""
        if active != self.active:
            self.active = active
            if active and self.asleep and self.revision.options.scaling.least:
                self.demand()
            self._settle()

    def demand(self) -> None:
        """Somebody asks for it: it is to be loaded, whoever has to make room."""
        if self.asleep or not self._set.urgent:
            self._set.urgent = True
            self._sleep(asleep=False)

    @property
    def slept_since(self) -> int:
        """When what is asleep since before the server's start was last seen to change, in milliseconds; else 0."""
        return self._known.updated_at if self.asleep else 0

    async def warm(self) -> None:
        """Makes it quick to wake, without waking it."""
        try:
            await self._set.warm()
        except ReplicaFailed as error:  # whoever asks for it will be told
            log.warning("endpoint %s: %s", self.served.endpoint, error.message)

    def stand_by(self) -> None:
        """Ends its replicas until it is asked for."""
        self._set.urgent = False
        self._count = max(self.revision.options.scaling.least, 1)
        self._sleep(asleep=True)

    def scale(self, now: float) -> None:
        """Looks at the load. `now` is a time of `time.monotonic`."""
        served = self.served
        load = max(served.peak, served.in_flight) + len(served.queue)
        if not load and served.statistics.last == self._quiet_since:
            return
        served.peak = served.in_flight
        self._set.look()
        scaling = self.revision.options.scaling
        if self.asleep or self.failed or not self.live:
            return
        last = max(served.statistics.last, min(one.since for one in self._set.live))
        count = self._scaler.replicas(now, load, last)
        if count == 0:
            self.stand_by()
        elif count != self._count:
            log.info("endpoint %s: revision %d goes to %d replicas", served.endpoint, self.revision.number, count)
            self._count = count
            self._settle()
            self._changed()
        elif not load and count == scaling.least == self.live and self._set.calm:
            self._quiet_since = served.statistics.last

    @property
    def may_have_grown(self) -> bool:
        """Whether it was asked since its memory was measured."""
        return self._set.may_have_grown

    async def measure(self) -> None:
        """Looks at the memory that its replicas use."""
        await self._set.measure()

    async def retire(self) -> None:
        """Ends everything, after the requests that are running."""
        if self.transformer is not None:
            await self.transformer.retire()
        await self._set.retire()

    def status(self, traffic: int, *, shadow: bool) -> RevisionStatus:
        """How it is at the moment."""
        return RevisionStatus(
            number=self.revision.number,
            state=self.state,
            ready=self.live,
            wanted=self._set.wanted,
            traffic=traffic,
            shadow=shadow,
            runtime=self.runtime,
            message=self.message,
            probe=self.probe,
            restarts=self.restarts,
            failure=self.failure,
            proven=self.proven,
            signature="" if self.served.metadata is UNKNOWN else msgspec.json.encode(self.served.metadata).decode(),
        )

    def _sleep(self, *, asleep: bool) -> None:
        self.served.asleep = asleep
        self._settle()
        self._changed()

    def _settle(self) -> None:
        self._quiet_since = _NEVER
        count = self._count if self.active else 1
        self._set.want(0 if self.asleep else count)


def _metadata(known: RevisionStatus) -> Metadata:
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(known.signature or "null", type=Metadata)
    return UNKNOWN
