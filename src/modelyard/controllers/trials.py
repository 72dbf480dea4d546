"""Canaries on trial: taken back when they do what their guard forbids, given more when their plan says so."""

import logging
import time
from collections.abc import Iterator, Sequence

from modelyard.controllers.lineup import Lineup
from modelyard.controllers.pools import Pool
from modelyard.controllers.reconciler import Reconciler
from modelyard.domain.errors import Conflict, ModelyardError
from modelyard.domain.principals import SYSTEM
from modelyard.domain.rollouts import Guard, RolledBack
from modelyard.kit.clock import now_ms
from modelyard.services.rollouts import Rollouts
from modelyard.serving.statistics import Summary

log = logging.getLogger("modelyard.endpoints")
MOST_CRASHES = 3


class Trials:
    """Looks at every canary, again and again."""

    def __init__(self, rollouts: Rollouts) -> None:
        self._rollouts = rollouts

    async def look(self, reconcilers: Sequence[Reconciler]) -> None:
        """What somebody changes at the same time is left for the next look."""
        for reconciler in reconcilers:
            for model, lineup in list(reconciler.lineups.items()):
                if lineup.on_trial:
                    try:
                        await self._judge(reconciler, model, lineup)
                    except Conflict:
                        continue
                    except ModelyardError as error:
                        log.warning("endpoint %s: %s; looking again", lineup.name, error.message)

    async def _judge(self, reconciler: Reconciler, model: str, lineup: Lineup) -> None:
        rollout, endpoint = lineup.rollout, reconciler.endpoint
        why = next(_faults(lineup), None)
        canary = lineup.pools.get(rollout.canary)
        if why is not None:  # others are judged again without it
            log.warning("endpoint %s: %s", lineup.name, why.message)
            await self._rollouts.roll_back(SYSTEM, endpoint.name, model=model, generation=endpoint.generation, why=why)
        elif rollout.plan is not None and canary is not None and lineup.settled and canary.live:
            held = time.monotonic() - lineup.shifted
            if min(held, (now_ms() - rollout.shifted_at) / 1000) >= rollout.plan.interval:
                await self._rollouts.climb(endpoint.name, model=model, generation=endpoint.generation)


def _faults(lineup: Lineup) -> Iterator[RolledBack]:
    rollout, guard = lineup.rollout, lineup.rollout.guard
    for number in rollout.canaries:
        canary = lineup.pools.get(number)
        if guard and canary and (found := _fault(guard, canary, lineup.pools.get(rollout.stable))):
            reason, message = found
            yield RolledBack(number, reason, f"Revision {number} was rolled back: {message}", now_ms())


def _fault(guard: Guard, canary: Pool, stable: Pool | None) -> tuple[str, str] | None:
    if canary.failed:
        return (canary.failure.reason if canary.failure is not None else "FailedToLoad"), canary.message
    if canary.restarts >= MOST_CRASHES:
        return "CrashLoop", f"its process ended {canary.restarts} times"
    seen = canary.public.statistics.lately(guard.window)
    beside = None if stable is None else stable.public.statistics.lately(guard.window)
    return fault(guard, seen, beside)


def fault(guard: Guard, canary: Summary, stable: Summary | None) -> tuple[str, str] | None:
    """What the canary did that it must not: a word and a sentence. Too few answers say nothing.

    Requests that a model does not take are their senders' fault, as far as the stable revision refuses them too.
    """
    if canary.asked < guard.requests:
        return None
    refused = canary.refused / canary.asked
    if stable is not None and stable.asked:
        refused = max(0.0, refused - stable.refused / stable.asked)
    rate = canary.failed / canary.asked + refused
    if rate > guard.error_rate:
        return "ErrorRate", f"{rate:.1%} of {canary.asked} requests failed, more than {guard.error_rate:.1%}"
    milliseconds = canary.p90 * 1000
    if guard.latency_ms is not None and canary.answered and milliseconds > guard.latency_ms:
        return "Latency", f"nine of ten answers took {milliseconds:.0f} ms, more than {guard.latency_ms:g} ms"
    return None
