import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState, ModelyardError, NotFound
from modelyard.domain.events import Event
from modelyard.domain.pipeline_runs import NewPipelineRun, Origin
from modelyard.domain.pipeline_spec import Json, ParameterType, PipelineSpec
from modelyard.domain.principals import Principal
from modelyard.domain.triggers import MOST_WAITING, Firing, FiringState, Occasion, Trigger, TriggerKind
from modelyard.formats import trigger_events, webhook_signatures
from modelyard.formats.pipeline_spec import reading
from modelyard.formats.pipeline_spec.parameters import as_text
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.services import pipeline_runs, pipelines, triggers
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import pipeline_runs as storage_runs
from modelyard.storage import trigger_firings as storage
from modelyard.storage import triggers as storage_triggers
from modelyard.storage.database import Database, Transaction

HOUR = 3_600_000
KEPT_FOR = 30 * 24 * HOUR
AT_ONCE = 1_000
"""Events that are looked at together; so many of other kinds may be left to be looked at again after a crash."""


class TriggerFirings:
    """What triggers fire for. An occasion is noted first, once for each trigger and key, and then starts its run: the
    run and what is said of it are one transaction, so that whatever crashes, nothing is started twice or forgotten.

    `started` is set when runs wait for the controller, `changed` when there may be something to fire for.
    """

    def __init__(self, database: Database, started: asyncio.Event, changed: asyncio.Event) -> None:
        self._database = database
        self._started = started
        self.changed = changed

    async def deliver(self, principal: Principal, trigger_id: str, headers: Mapping[str, str], body: bytes) -> Firing:
        """A webhook's delivery; once more by the same id, but signed anew, it is told what became of the first.

        Raises NotFound, Unauthenticated for one that is not signed with the secret or too old, AlreadyExists for a
        copy, InvalidState when the trigger is disabled, InvalidInput for a body that is not JSON or starts nothing.
        """
        found = await self._database.read(lambda transaction: triggers.existing(transaction, principal, trigger_id))
        if found.rule.kind is not TriggerKind.WEBHOOK:
            raise NotFound(f"The trigger {trigger_id} is no webhook")
        sent = webhook_signatures.verified(headers, body, found.secret, time.time())
        occasion = Occasion(
            f"delivery-{sent.id}", sent.seconds * 1000, f"delivery {sent.id}", trigger_events.fields_of(body)
        )
        firing = await self._database.write(lambda transaction: _delivered(transaction, trigger_id, occasion))
        self._started.set()
        if firing.state is FiringState.FAILED:
            raise InvalidInput(firing.error)
        return firing

    async def read_journal(self) -> None:
        """Notes what has happened since the last time: for controllers."""
        if not await self._database.read(_is_behind):
            return
        upto, happened = await self._database.read(_unseen)
        await self._database.write(lambda transaction: _shown(transaction, happened, upto))
        if len(happened) == AT_ONCE:
            self.changed.set()

    async def start_waiting(self) -> int:
        """Starts the runs of what was noted, as far as they may be open at once; answers how many: for controllers."""
        started = 0
        for trigger_id in await self._database.read(storage.triggers_that_wait):
            started += await self._advance(trigger_id)
        if started:
            self._started.set()
        return started

    async def _advance(self, trigger_id: str) -> int:
        return await self._database.write(lambda transaction: _advanced(transaction, trigger_id))

    async def prune(self) -> None:
        """Forgets what became of firings a month ago: for controllers."""
        await self._database.write(lambda transaction: storage.prune(transaction, now_ms() - KEPT_FOR))


def _is_behind(transaction: Transaction) -> bool:
    """Whether anything has happened that a trigger may fire for, or much that none does."""
    seen = storage_triggers.seen_by_all(transaction)
    if seen is None:
        return False
    last = storage_triggers.last_event(transaction)
    return last - seen >= AT_ONCE or (
        last > seen and bool(events.done(transaction, [*trigger_events.KIND_OF], seen, 1))
    )


def _unseen(transaction: Transaction) -> tuple[int, list[Event]]:
    """Up to which event, and those among them that triggers fire for."""
    events.settle(transaction)
    seen = storage_triggers.seen_by_all(transaction)
    last = storage_triggers.last_event(transaction)
    if seen is None:
        return last, []
    happened = events.done(transaction, [*trigger_events.KIND_OF], seen, AT_ONCE)
    return (happened[-1].id if len(happened) == AT_ONCE else last), happened


def _shown(transaction: Transaction, happened: list[Event], upto: int) -> None:
    behind = storage_triggers.reading(transaction, upto)
    for pk, trigger in behind:
        for one in happened:
            new = one.id > trigger.seen and one.workspace_id == trigger.workspace_id
            if new and trigger_events.matches(trigger.rule, one):
                _note(transaction, pk, trigger, trigger_events.occasion(one))
    storage_triggers.show(transaction, [pk for pk, _ in behind], upto)


def _delivered(transaction: Transaction, trigger_id: str, occasion: Occasion) -> Firing:
    pk, trigger = _locked(transaction, trigger_id)
    if not trigger.enabled:
        raise InvalidState(f"The trigger {trigger_id} is disabled; enable it first")
    first = _note(transaction, pk, trigger, occasion)
    if first:
        _advanced(transaction, trigger_id)
    firing = storage.by_key(transaction, pk, occasion.key)
    if firing is None:
        raise NotFound(f"There is no firing {occasion.key} of the trigger {trigger_id}")
    if not first and firing.at == occasion.at:
        raise AlreadyExists(f"This delivery has come before, as {firing.id}; to send it again, sign it again")
    return firing


def _locked(transaction: Transaction, trigger_id: str) -> tuple[int, Trigger]:
    found = storage_triggers.locked(transaction, trigger_id)
    if found is None:
        raise NotFound(f"There is no trigger {trigger_id}")
    return found


def _note(transaction: Transaction, pk: int, trigger: Trigger, occasion: Occasion) -> bool:
    """Whether it is the first of its key."""
    now = now_ms()
    firing = Firing(hex_id(), trigger.id, occasion.key, FiringState.WAITING, occasion.at, occasion.said, now)
    try:
        if storage.how_many_wait(transaction, pk) >= MOST_WAITING:
            raise InvalidState(f"{MOST_WAITING} firings of this trigger wait already for its runs to end")
        firing = replace(firing, parameters=trigger_events.picked(occasion.fields, trigger.rule.mapping))
    except ModelyardError as error:
        firing = replace(firing, state=FiringState.FAILED, error=_storable(error), ended_at=now)
    first = storage.put(transaction, trigger.workspace_id, pk, firing)
    if first and firing.error:
        _fail(transaction, trigger, firing, firing.error)
    return first


def _advanced(transaction: Transaction, trigger_id: str) -> int:
    """Starts what may be started of what waits, the oldest first; answers how many runs."""
    found = storage_triggers.locked(transaction, trigger_id)
    if found is None:
        return 0
    pk, trigger = found
    started = 0
    for firing in storage.waiting(transaction, pk):
        if storage_runs.open_of_trigger(transaction, trigger_id) >= trigger.rule.most_at_once:
            break
        try:
            _check_rate(transaction, pk, trigger)
            trigger = _started(transaction, trigger, firing)
            started += 1
        except ModelyardError as error:
            _fail(transaction, trigger, firing, _storable(error))
    return started


def _check_rate(transaction: Transaction, pk: int, trigger: Trigger) -> None:
    most = trigger.rule.most_an_hour
    if storage.started_since(transaction, pk, now_ms() - HOUR, most) >= most:
        raise InvalidState(
            f"The trigger has started {most} runs within an hour, as many as it may (max_per_hour); does its pipeline "
            "bring about what starts it?"
        )


def _started(transaction: Transaction, trigger: Trigger, firing: Firing) -> Trigger:
    """Raises what the start of a run raises."""
    principal, number = Principal(trigger.user, trigger.workspace_id), trigger.runs + 1
    wanted = _wanted(transaction, principal, trigger, firing, number)
    run = pipeline_runs.begin(transaction, principal, wanted, firing.at, Origin(trigger_id=trigger.id, index=number))
    ended = {"state": FiringState.STARTED, "run_id": run.id, "ended_at": now_ms()}
    storage.change(transaction, firing.id, ended)
    storage_triggers.change(transaction, trigger.id, {"runs": number, "error": ""})
    fired = event(principal, "trigger.fired", triggers.resource(trigger.id), run=run.id, firing=firing.id)
    events.record(transaction, fired)
    return replace(trigger, runs=number)


def _fail(transaction: Transaction, trigger: Trigger, firing: Firing, error: str) -> None:
    ended = {"state": FiringState.FAILED, "error": error, "ended_at": now_ms()}
    storage.change(transaction, firing.id, ended)
    storage_triggers.change(transaction, trigger.id, {"error": error})
    principal = Principal(trigger.user, trigger.workspace_id)
    failed = event(principal, "trigger.failed", triggers.resource(trigger.id), error=error[:500], firing=firing.id)
    events.record(transaction, failed)


def _wanted(
    transaction: Transaction, principal: Principal, trigger: Trigger, firing: Firing, number: int
) -> NewPipelineRun:
    version = pipelines.chosen_version(transaction, principal, trigger.pipeline_id, trigger.version_id)
    taken = _as_declared(reading.parse(version.document), firing.parameters)
    return NewPipelineRun(
        name=f"{trigger.name}-{number}",
        experiment_id=trigger.experiment_id,
        document=version.document,
        pipeline_id=version.pipeline_id,
        version_id=version.id,
        parameters={**trigger.rule.parameters, **taken},
    )


def _as_declared(spec: PipelineSpec, taken: Mapping[str, Json]) -> dict[str, Json]:
    """Who sends an event does not know what the pipeline takes: a version may be a number there and a text here."""
    of_text = {name for name, one in spec.root.inputs.parameters.items() if one.type is ParameterType.STRING}
    return {
        name: as_text(value) if name in of_text and value is not None and not isinstance(value, str) else value
        for name, value in taken.items()
    }


def _storable(error: ModelyardError) -> str:
    """It may quote what was sent, and PostgreSQL keeps no zero bytes."""
    return error.message.replace("\0", "?")
