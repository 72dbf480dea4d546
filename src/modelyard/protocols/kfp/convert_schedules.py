"""Recurring runs to schedules and back, pure."""

from modelyard.domain.errors import InvalidInput
from modelyard.domain.schedules import NewSchedule, Plan, Schedule
from modelyard.protocols.kfp import convert, times, wire

_ON = ("ENABLE", "1")
_OFF = ("DISABLE", "2", "MODE_UNSPECIFIED", "0", "")


def new_schedule(sent: wire.RecurringRun) -> NewSchedule:
    document, named = convert.source(sent.pipeline_spec, sent.pipeline_version_reference, sent.pipeline_version_id)
    return NewSchedule(
        name=sent.display_name,
        plan=_plan(sent),
        experiment_id=sent.experiment_id,
        description=sent.description,
        enabled=_enabled(str(sent.mode)),
        document=document,
        pipeline_id=named.pipeline_id,
        version_id=named.pipeline_version_id,
    )


def recurring_run(one: Schedule) -> wire.RecurringRun:
    plan = one.plan
    named = wire.PipelineVersionReference(one.pipeline_id, one.version_id)
    return wire.RecurringRun(
        recurring_run_id=one.id,
        display_name=one.name,
        description=one.description,
        pipeline_spec=None if one.pipeline_id else convert.spec_of(one.document),
        pipeline_version_reference=named if one.pipeline_id else None,
        runtime_config=convert.runtime_config(plan.parameters, plan.pipeline_root),
        service_account=plan.service_account,
        max_concurrency=str(plan.most_at_once),
        trigger=_trigger(plan),
        mode="ENABLE" if one.enabled else "DISABLE",
        created_at=times.text(one.created_at),
        updated_at=times.text(one.updated_at),
        status="ENABLED" if one.enabled else "DISABLED",
        error=wire.Status(9, one.error) if one.error else None,
        no_catchup=not plan.catch_up,
        experiment_id=one.experiment_id,
    )


def _plan(sent: wire.RecurringRun) -> Plan:
    trigger = sent.trigger or wire.Trigger()
    if trigger.cron_schedule is not None and trigger.periodic_schedule is not None:
        raise InvalidInput("Give either a cron_schedule or a periodic_schedule, not both")
    config = sent.runtime_config or wire.RuntimeConfig()
    timed = trigger.cron_schedule or trigger.periodic_schedule or wire.CronSchedule()
    return Plan(
        cron=trigger.cron_schedule.cron if trigger.cron_schedule else "",
        every=_whole(trigger.periodic_schedule.interval_second) if trigger.periodic_schedule else 0,
        start_at=times.optional(timed.start_time),
        end_at=times.optional(timed.end_time),
        catch_up=not sent.no_catchup,
        most_at_once=_whole(sent.max_concurrency) or 1,
        parameters=config.parameters,
        pipeline_root=config.pipeline_root,
        service_account=sent.service_account,
    )


def _trigger(plan: Plan) -> wire.Trigger:
    start, end = times.text(plan.start_at), times.text(plan.end_at)
    if plan.cron:
        return wire.Trigger(cron_schedule=wire.CronSchedule(start, end, plan.cron))
    return wire.Trigger(periodic_schedule=wire.PeriodicSchedule(start, end, str(plan.every)))


def _enabled(mode: str) -> bool:
    if mode not in (*_ON, *_OFF):
        raise InvalidInput(f"mode is {mode[:50]!r}; it must be ENABLE or DISABLE")
    return mode in _ON


def _whole(given: int | str) -> int:
    try:
        return int(given or 0)
    except ValueError:
        raise InvalidInput(f"{given!r} is no whole number") from None
