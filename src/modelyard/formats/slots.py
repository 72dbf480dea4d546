"""The moments at which a schedule is to start runs. All times are milliseconds since the epoch."""

from collections.abc import Iterator

from modelyard.domain.schedules import Plan
from modelyard.formats import cron


def seconds(plan: Plan) -> int:
    """Between two slots, where that is always the same; else 0."""
    return plan.every or cron.every(plan.cron)


def first(plan: Plan, now: int) -> int | None:
    """Of a new schedule. A start that is over counts: what would have been due since is due now, as in KFP."""
    return next_after(plan, now if plan.start_at is None else plan.start_at)


def next_after(plan: Plan, at: int) -> int | None:
    """The slot that follows `at`, itself a slot or where counting starts; None when there is none."""
    start = at if plan.start_at is None else max(at, plan.start_at)
    every = seconds(plan)
    found = start + every * 1000 if every else cron.next_after(plan.cron, start)
    return None if found is None or _over(plan, found) else found


def following(plan: Plan, at: int) -> Iterator[int]:
    """All slots after `at`, which there may be no end of."""
    slot = next_after(plan, at)
    while slot is not None:
        yield slot
        slot = next_after(plan, slot)


def newest_until(plan: Plan, slot: int, now: int) -> int:
    """The newest slot that is reached, `slot` being one that is."""
    until = now if plan.end_at is None else min(now, plan.end_at)
    every = seconds(plan) * 1000
    if every:
        return slot + max(0, until - slot) // every * every
    return max(slot, cron.last_until(plan.cron, until) or slot)


def _over(plan: Plan, at: int) -> bool:
    return plan.end_at is not None and at > plan.end_at
