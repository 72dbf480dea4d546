"""What is told of an endpoint, given how its models' revisions are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelyard.controllers.lineup import Lineup
from modelyard.controllers.pools import Pool
from modelyard.domain.endpoint_status import Condition, Phase, RevisionState, RevisionStatus, Status, Transition, Truth
from modelyard.domain.endpoints import Endpoint, Wanted
from modelyard.kit.clock import now_ms

_WORST_FIRST = (Phase.FAILED, Phase.PREPARING, Phase.LOADING, Phase.PENDING, Phase.STOPPED, Phase.READY)


@dataclass(frozen=True, slots=True)
class _Model:
    """How one of an endpoint's models is; `about` is the revision that the phase is about."""

    name: str
    phase: Phase
    about: Pool | None
    message: str = ""


def status(endpoint: Endpoint, lineups: Mapping[str, Lineup], before: Status) -> Status:
    """The endpoint as a whole: as far on its way as the least of its models. `before` knows since when things are."""
    models = [_model(name, lineup) for name, lineup in lineups.items()]
    if endpoint.wanted is Wanted.STOPPED or not models:
        models = [_Model("", Phase.STOPPED, None)]
    worst = min(models, key=lambda model: _WORST_FIRST.index(model.phase))
    trouble = worst.about.trouble if worst.about is not None and worst.phase is not Phase.READY else None
    several = len(models) > 1
    prefix = f"model '{worst.name}': " if several and worst.message else ""
    first = next(iter(lineups.values()), None)
    serving = _serving(first) if first is not None else None
    seen = Status(
        phase=worst.phase,
        serving_revision=serving.revision.number if serving is not None else 0,
        reason=trouble.reason if trouble is not None else "",
        message=prefix + worst.message,
        exit_code=trouble.exit_code if trouble is not None else None,
        log_tail=trouble.log_tail if trouble is not None else "",
        probe=serving.probe if serving is not None else "",
        restarts=sum(lineup.restarts for lineup in lineups.values()),
        transition=_transition(worst.phase),
        generation=endpoint.generation,
    )
    return replace(seen, conditions=_conditions(seen, endpoint, lineups, before.conditions))


def revisions(lineup: Lineup) -> Sequence[RevisionStatus]:
    """Each revision of a model that runs or is to run."""
    shadows = {target.revision: target.weight for target in lineup.rollout.shadows}
    return [
        pool.status(lineup.shares.get(number, 0), shadow=number in shadows)
        for number, pool in sorted(lineup.pools.items())
    ]


def gone(before: RevisionStatus) -> RevisionStatus:
    """A revision of which nothing runs any more."""
    kept = before.state if before.state is RevisionState.FAILED else RevisionState.STANDBY
    return replace(before, state=kept, ready=0, wanted=0, traffic=0, shadow=False)


def _model(name: str, lineup: Lineup) -> _Model:
    if lineup.rollout.stopped:
        return _Model(name, Phase.STOPPED, None)
    wanted = [lineup.pools[target.revision] for target in lineup.rollout.targets if target.revision in lineup.pools]
    failed = next((pool for pool in wanted if pool.failed), None)
    if failed is not None:
        return _Model(name, Phase.FAILED, failed, failed.message)
    if lineup.settled and not any(pool.coming for pool in wanted):
        rolled_back = lineup.rollout.rolled_back
        return _Model(name, Phase.READY, _serving(lineup), rolled_back.message if rolled_back is not None else "")
    awaited = next((pool for pool in wanted if pool.coming), None)
    if awaited is None:
        return _Model(name, Phase.LOADING, None)
    return _Model(name, Phase.PREPARING if awaited.preparing else Phase.LOADING, awaited, awaited.message)


def _serving(lineup: Lineup) -> Pool | None:
    """What has the largest share and can answer."""
    answering = [number for number in lineup.shares if number in lineup.pools and lineup.pools[number].answers]
    if not answering:
        return None
    return lineup.pools[max(answering, key=lambda number: (lineup.shares[number], -number))]


def _transition(phase: Phase) -> Transition:
    match phase:
        case Phase.READY | Phase.STOPPED:
            return Transition.UP_TO_DATE
        case Phase.FAILED:
            return Transition.BLOCKED
        case _:
            return Transition.IN_PROGRESS


def _conditions(
    seen: Status, endpoint: Endpoint, lineups: Mapping[str, Lineup], before: Sequence[Condition]
) -> tuple[Condition, ...]:
    stopped = seen.phase is Phase.STOPPED
    running = [lineup for lineup in lineups.values() if not lineup.rollout.stopped]
    predicting = bool(running) and not stopped and all(_serving(lineup) is not None for lineup in running)
    routed = predicting and all(lineup.settled for lineup in running)
    newest = endpoint.revision.number
    latest = next((lineup.pools[newest] for lineup in running if newest in lineup.pools), None)
    found = (
        ("PredictorReady", _truth(holds=predicting, failed=seen.phase is Phase.FAILED)),
        *_of_transformers(endpoint, running),
        ("RoutesReady", _truth(holds=routed, failed=seen.phase is Phase.FAILED)),
        ("IngressReady", _truth(holds=routed, failed=seen.phase is Phase.FAILED)),
        (
            "LatestDeploymentReady",
            Truth.UNKNOWN if latest is None else _truth(holds=latest.answers, failed=latest.failed),
        ),
        ("Ready", _truth(holds=predicting and routed, failed=seen.phase is Phase.FAILED)),
        ("Stopped", Truth.TRUE if stopped else Truth.FALSE),
    )
    since = {one.type: one for one in before}
    return tuple(_condition(kind, truth, seen, since.get(kind)) for kind, truth in found)


def _of_transformers(endpoint: Endpoint, running: Sequence[Lineup]) -> Sequence[tuple[str, Truth]]:
    """Only an endpoint that has any has that condition."""
    if all(revision.options.transformer is None for revision in endpoint.revisions):
        return ()
    pools = [pool for lineup in running for pool in lineup.pools.values()]
    found = [pool.transformer for pool in pools if pool.transformer is not None]
    ready = bool(found) and all(one.live for one in found)
    return (("TransformerReady", _truth(holds=ready, failed=any(one.failed for one in found))),)


def _truth(*, holds: bool, failed: bool) -> Truth:
    """What neither holds nor has failed is on its way."""
    if holds:
        return Truth.TRUE
    return Truth.FALSE if failed else Truth.UNKNOWN


def _condition(kind: str, truth: Truth, seen: Status, before: Condition | None) -> Condition:
    said = seen if truth is not Truth.TRUE and kind != "Stopped" else Status()
    since = before.since if before is not None and before.status is truth else now_ms()
    return Condition(kind, truth, said.reason, said.message, since)
