import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.experiments import DEFAULT_ID
from modelyard.domain.listing import Listed, Listing
from modelyard.domain.pipeline_runs import NewPipelineRun, Origin
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.schedules import MOST_AT_ONCE, NewSchedule, Plan, Schedule
from modelyard.formats import cron, slots
from modelyard.formats.pipeline_spec import feasibility, reading
from modelyard.formats.run_parameters import Occasion, bound
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.kit.threads import in_thread
from modelyard.services import listings, pipeline_runs, pipelines
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import pipeline_runs as storage_runs
from modelyard.storage import schedules as storage
from modelyard.storage.database import Database, Transaction

_KIND = "schedule"


class Schedules:
    """Use cases of schedules.

    Every call raises PermissionDenied when the principal may not, NotFound for an unknown id.

    `started` is set when runs wait for the controller, `changed` when a slot may come sooner than before.
    """

    def __init__(self, database: Database, started: asyncio.Event) -> None:
        self._database = database
        self._started = started
        self.changed = asyncio.Event()

    async def create(self, principal: Principal, new: NewSchedule) -> Schedule:
        """Raises InvalidInput for a bad plan, document or parameter, InvalidState for an archived experiment."""
        authorize(principal, "schedules.create", Resource(_KIND))
        if not new.document and not new.pipeline_id and not new.version_id:
            raise InvalidInput("Nothing to run: give a pipeline_spec, or a pipeline_version_reference")
        if new.document:
            _, document = await in_thread(reading.read, new.document)
            new = replace(new, document=document)
        schedule = await self._database.write(lambda transaction: _store(transaction, principal, new))
        self.changed.set()
        return schedule

    async def get(self, principal: Principal, schedule_id: str) -> Schedule:
        """With its document, unless it runs what is newest each time."""
        authorize(principal, "schedules.read", _resource(schedule_id))
        return await self._database.read(lambda transaction: existing(transaction, principal, schedule_id))

    async def list(self, principal: Principal, listing: Listing) -> Listed[Schedule]:
        """Raises InvalidInput for what cannot be filtered or sorted by, or a foreign page token."""
        authorize(principal, "schedules.read", Resource(_KIND))
        return await listings.read(
            self._database,
            ("schedules", principal.workspace_id),
            listing,
            lambda transaction, after: storage.find(transaction, principal.workspace_id, listing, after),
        )

    async def times(self, principal: Principal, plan: Plan, most: int, after: int | None = None) -> Sequence[int]:
        """The next slots of a plan, `after` a moment or now. Raises InvalidInput for what is no plan."""
        authorize(principal, "schedules.read", Resource(_KIND))
        check_plan(plan)
        return tuple(islice(slots.following(plan, now_ms() if after is None else after), most))

    async def enable(self, principal: Principal, schedule_id: str) -> None:
        """What was due while it was disabled is not made up for. Raises InvalidState in an archived experiment."""
        await self._switch(principal, schedule_id, on=True)

    async def disable(self, principal: Principal, schedule_id: str) -> None:
        """Runs that it has started go on."""
        await self._switch(principal, schedule_id, on=False)

    async def _switch(self, principal: Principal, schedule_id: str, *, on: bool) -> None:
        authorize(principal, "schedules.update", _resource(schedule_id))

        def work(transaction: Transaction) -> None:
            schedule = existing(transaction, principal, schedule_id)
            if schedule.enabled == on:
                return
            if on:
                pipeline_runs.open_experiment(transaction, principal, schedule.experiment_id)
            now = now_ms()
            next_at = slots.next_after(schedule.plan, now) if on else None
            values = {"enabled": int(on), "next_at": next_at, "updated_at": now, "error": ""}
            storage.change(transaction, schedule_id, values)
            verb = "enabled" if on else "disabled"
            events.record(transaction, event(principal, f"schedule.{verb}", _resource(schedule_id)))

        await self._database.write(work)
        self.changed.set()

    async def delete(self, principal: Principal, schedule_id: str) -> None:
        """Runs that it has started stay."""
        authorize(principal, "schedules.delete", _resource(schedule_id))

        def work(transaction: Transaction) -> None:
            schedule = existing(transaction, principal, schedule_id)
            storage.remove(transaction, principal.workspace_id, schedule_id)
            gone = event(principal, "schedule.deleted", _resource(schedule_id), name=schedule.name)
            events.record(transaction, gone)

        await self._database.write(work)

    async def next_at(self) -> int | None:
        """When the next slot of any schedule is: for controllers."""
        return await self._database.read(storage.next_at)

    async def fire(self, now: int) -> int:
        """Starts what is due, each slot once whatever happens; answers how many runs: for controllers.

        The run and the schedule's next slot are one transaction.
        """

        def work(transaction: Transaction) -> int:
            return sum(_fired(transaction, schedule, now) for schedule in storage.due(transaction, now))

        started = await self._database.write(work)
        if started:
            self._started.set()
        return started


def check_plan(plan: Plan) -> None:
    """Raises InvalidInput for what is no plan."""
    if bool(plan.cron) == bool(plan.every):
        raise InvalidInput("A schedule needs either a cron expression or an interval in seconds")
    if plan.cron:
        cron.check(plan.cron)
    elif plan.every < 1:
        raise InvalidInput(f"The interval is {plan.every} seconds; it must be at least 1")
    if not 1 <= plan.most_at_once <= MOST_AT_ONCE:
        raise InvalidInput(f"max_concurrency is {plan.most_at_once}; it must be between 1 and {MOST_AT_ONCE}")
    if plan.start_at is not None and plan.end_at is not None and plan.end_at < plan.start_at:
        raise InvalidInput("The schedule ends before it starts")


def existing(transaction: Transaction, principal: Principal, schedule_id: str) -> Schedule:
    """With its document. Raises NotFound."""
    found = storage.by_id(transaction, principal.workspace_id, schedule_id)
    if found is None:
        raise NotFound(f"There is no schedule {schedule_id}")
    return found


def _store(transaction: Transaction, principal: Principal, new: NewSchedule) -> Schedule:
    experiment = pipeline_runs.open_experiment(transaction, principal, new.experiment_id or DEFAULT_ID)
    document, pipeline_id = new.document, new.pipeline_id
    if not document:
        version = pipelines.chosen_version(transaction, principal, pipeline_id, new.version_id)
        document, pipeline_id = version.document, version.pipeline_id
    check_plan(new.plan)
    now, spec = now_ms(), reading.parse(document)
    feasibility.check(spec)
    bound(spec.root.inputs.parameters, new.plan.parameters, Occasion("", now, now))
    newest_each_time = not new.document and not new.version_id
    schedule = Schedule(
        id=hex_id(),
        workspace_id=principal.workspace_id,
        experiment_id=experiment,
        name=names.run_name(new.name) or f"Schedule of {spec.name}",
        description=names.free_text(new.description, "description"),
        plan=new.plan,
        enabled=new.enabled,
        user=principal.name,
        created_at=now,
        updated_at=now,
        pipeline_id=pipeline_id,
        version_id=new.version_id,
        document=b"" if newest_each_time else document,
        next_at=slots.first(new.plan, now) if new.enabled else None,
    )
    storage.insert_one(transaction, schedule)
    created = event(principal, "schedule.created", _resource(schedule.id), name=schedule.name)
    events.record(transaction, created)
    return schedule


def _fired(transaction: Transaction, schedule: Schedule, now: int) -> bool:
    """Whether a run was started; a slot waits while as many runs as may be are open."""
    if storage_runs.open_of_schedule(transaction, schedule.id) >= schedule.plan.most_at_once:
        return False
    plan, slot = schedule.plan, schedule.next_at or now
    if not plan.catch_up:
        slot = slots.newest_until(plan, slot, now)
    values: dict[str, object] = {"next_at": slots.next_after(plan, slot), "error": ""}
    principal, number = Principal(schedule.user, schedule.workspace_id), schedule.runs + 1
    try:
        run = pipeline_runs.begin(
            transaction, principal, _wanted(schedule, number), slot, Origin(schedule.id, index=number)
        )
        values["runs"] = number
        fired = event(principal, "schedule.fired", _resource(schedule.id), run=run.id, slot=slot)
    except ModelyardError as error:
        values["error"] = error.message
        fired = event(principal, "schedule.failed", _resource(schedule.id), error=error.message[:500], slot=slot)
    storage.change(transaction, schedule.id, values)
    events.record(transaction, fired)
    return "runs" in values


def _wanted(schedule: Schedule, number: int) -> NewPipelineRun:
    return NewPipelineRun(
        name=f"{schedule.name}-{number}",
        experiment_id=schedule.experiment_id,
        document=schedule.document,
        pipeline_id=schedule.pipeline_id,
        version_id=schedule.version_id,
        parameters=schedule.plan.parameters,
        pipeline_root=schedule.plan.pipeline_root,
        service_account=schedule.plan.service_account,
    )


def _resource(schedule_id: str) -> Resource:
    return Resource(_KIND, schedule_id)
