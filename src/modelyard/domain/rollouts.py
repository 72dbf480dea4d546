"""Which revisions of a model get which share of its requests, and what moves the shares."""

from dataclasses import dataclass, replace

from modelyard.domain.errors import InvalidInput, InvalidState

ALL = 100
LONGEST_WINDOW = 300.0
MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Target:
    """A revision and its share of requests in percent.

    A `shadow` is asked too, as often as `weight` says, and compared; its answers are never returned.
    """

    revision: int
    weight: int
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """What a canary must not do, or it is rolled back by itself.

    Within the last `window` seconds and from `requests` answers on: at most `error_rate` (0 to 1) of them failed, and
    nine of ten came within `latency_ms` (None: not looked at).
    """

    error_rate: float = 0.05
    latency_ms: float | None = None
    requests: int = 20
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Shares in percent that a canary climbs by itself, each held for `interval` seconds; 100 is the end."""

    steps: tuple[int, ...] = ()
    interval: float = 60.0


@dataclass(frozen=True, slots=True)
class RolledBack:
    """Which revision was taken out of service by itself, and why."""

    revision: int
    reason: str
    message: str
    at: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a new revision comes to its requests: at once, with a `canary` share, or as a `shadow` with this weight.

    A plan without a canary share begins with the plan's first step.
    """

    canary: int | None = None
    shadow: int = 0
    guard: Guard | None = None
    plan: Plan | None = None

    @property
    def share(self) -> int:
        """The first share in percent."""
        if self.canary is not None:
            return self.canary
        return self.plan.steps[0] if self.plan is not None else ALL


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a model's requests are shared out.

    `previous` is the revision that answered before, kept warm for a rollback; 0 when there is none. `follows` is the
    alias URI (models:/NAME@ALIAS) whose moves make new revisions, or empty; after a rollback it names the version
    `passed_over`, which is not deployed until it moves. `shifted_at` is when the shares changed. `base` is what all
    others are tried against, where somebody said which one that is.
    """

    targets: tuple[Target, ...]
    previous: int = 0
    guard: Guard | None = None
    plan: Plan | None = None
    follows: str = ""
    passed_over: str = ""
    stopped: bool = False
    rolled_back: RolledBack | None = None
    shifted_at: int = 0
    base: int = 0

    @property
    def live(self) -> tuple[Target, ...]:
        """What answers."""
        return tuple(target for target in self.targets if not target.shadow)

    @property
    def shadows(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.shadow)

    @property
    def canaries(self) -> tuple[int, ...]:
        """Those that answer beside the stable one, which are on trial; the newest comes last."""
        live = self.live
        return tuple(sorted({target.revision for target in live} - {self.stable})) if len(live) > 1 else ()

    @property
    def canary(self) -> int:
        """The newest one on trial; 0 when there is none."""
        return max(self.canaries, default=0)

    @property
    def stable(self) -> int:
        """The base, if it answers; else the one with the largest share apart from the newest, of equals the older."""
        live = self.live
        if any(target.revision == self.base for target in live):
            return self.base
        newest = max(target.revision for target in live)
        settled = [target for target in live if target.revision != newest] or live
        return max(settled, key=lambda target: (target.weight, -target.revision)).revision

    def share_of(self, revision: int) -> int:
        """Percent of the requests that it answers."""
        return next((target.weight for target in self.live if target.revision == revision), 0)

    @property
    def named(self) -> frozenset[int]:
        """All revisions that it needs."""
        return frozenset({target.revision for target in self.targets} | ({self.previous} - {0}))


def deployed(before: Rollout | None, revision: int, strategy: Strategy, *, proven: bool, now: int) -> Rollout:
    """With a new revision; the first one gets everything, whatever the strategy.

    `proven` says whether the stable one before has ever answered, else it is not worth going back to.
    """
    policy = Rollout((), guard=strategy.guard, plan=strategy.plan, shifted_at=now)
    if before is None:
        return replace(policy, targets=(Target(revision, ALL),))
    if strategy.shadow:
        targets = (*before.live, Target(revision, strategy.shadow, shadow=True))
        return replace(policy, targets=targets, previous=before.previous)
    if strategy.share < ALL:
        stable = Target(before.stable, ALL - strategy.share)
        targets = (stable, Target(revision, strategy.share), *before.shadows)
        return replace(policy, targets=targets, previous=before.previous)
    previous = before.stable if proven else before.previous
    return replace(policy, targets=(Target(revision, ALL), *before.shadows), previous=previous)


def replaced(before: Rollout, place: int, revision: int, *, proven: bool, now: int) -> Rollout:
    """With a new revision in the place of one that answers, whose share it takes over; `proven` is as in `deployed`."""
    targets = tuple(replace(one, revision=revision) if one.revision == place else one for one in before.targets)
    if place != before.stable:
        return replace(before, targets=targets, shifted_at=now)
    previous = place if proven else before.previous
    return replace(before, targets=targets, base=revision, previous=previous, passed_over="", shifted_at=now)


def shared_out(before: Rollout | None, targets: tuple[Target, ...], *, proven: bool, now: int) -> Rollout:
    """With these shares, of which the first is what the others are tried against; nothing watches or moves them.

    `proven` is as in `deployed`. Raises InvalidInput as `checked_targets` does.
    """
    after = Rollout(checked_targets(targets), shifted_at=now, base=targets[0].revision)
    if before is None:
        return after
    kept = tuple(one for one in before.shadows if one.revision not in after.named)
    candidates = (before.stable if proven else 0, before.previous)
    previous = next((number for number in candidates if number not in after.named), 0)
    return replace(after, targets=(*targets, *kept), previous=previous)


def shifted(before: Rollout, targets: tuple[Target, ...], now: int) -> Rollout:
    """With other shares. Raises InvalidInput as `checked_targets` does."""
    after = replace(before, targets=checked_targets(targets), shifted_at=now, rolled_back=None)
    if after.stable == before.stable:
        return after
    return replace(after, previous=before.stable)


def promoted(before: Rollout, now: int) -> Rollout:
    """With everything for the newest canary, or else for the only shadow. Raises InvalidState when there is neither."""
    candidate = before.canary
    shadows = before.shadows
    if not candidate and len(shadows) == 1:
        candidate = shadows[0].revision
    if not candidate:
        raise InvalidState("There is no canary to promote; deploy with a canary share or change the traffic first")
    kept = tuple(target for target in shadows if target.revision != candidate)
    targets = (Target(candidate, ALL), *kept)
    return replace(before, targets=targets, previous=before.stable, shifted_at=now, rolled_back=None)


def rolled_back(before: Rollout, now: int, why: RolledBack | None = None) -> Rollout:
    """Without the canaries, or else back to the previous revision. Raises InvalidState when there is neither.

    With a reason only the canary goes that it is about.
    """
    if before.canary:
        out = before.canaries if why is None else (why.revision,)
        kept = tuple(one for one in before.live if one.revision not in (*out, before.stable))
        left = ALL - sum(target.weight for target in kept)
        targets = (Target(before.stable, left), *kept, *before.shadows)
        return replace(before, targets=targets, shifted_at=now, rolled_back=why)
    if not before.previous:
        raise InvalidState("There is no revision to roll back to; nothing else has answered before this one")
    targets = (Target(before.previous, ALL), *(one for one in before.shadows if one.revision != before.previous))
    return replace(before, targets=targets, previous=before.stable, shifted_at=now, rolled_back=why)


def climbed(before: Rollout, now: int) -> Rollout:
    """With the canary on the next step of its plan; promoted when that was the last one."""
    share = before.share_of(before.canary)
    following = next((step for step in before.plan.steps if step > share), ALL) if before.plan is not None else ALL
    if following >= ALL:
        return promoted(before, now)
    targets = (Target(before.stable, ALL - following), Target(before.canary, following), *before.shadows)
    return replace(before, targets=targets, shifted_at=now)


def checked_targets(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Raises InvalidInput unless the shares of what answers add up to 100 and no revision is named twice."""
    if len({target.revision for target in targets}) < len(targets):
        raise InvalidInput("A revision is named twice; give each one share")
    for target in targets:
        if not 0 <= target.weight <= ALL:
            raise InvalidInput(f"Revision {target.revision} cannot have {target.weight} %; shares are 0 to 100")
    if (total := sum(target.weight for target in targets if not target.shadow)) != ALL:
        raise InvalidInput(f"The shares add up to {total} %, not 100 %")
    return targets


def checked_strategy(strategy: Strategy) -> Strategy:
    """Raises InvalidInput saying what cannot be."""
    guard, plan = strategy.guard, strategy.plan
    on_trial = strategy.canary is not None or plan is not None
    rules = [
        (strategy.canary is None or 0 <= strategy.canary <= ALL, "The canary's share must be 0 to 100 percent"),
        (0 <= strategy.shadow <= ALL, "The shadow's weight must be 0 to 100 percent"),
        (not (on_trial and strategy.shadow), "A revision is deployed as a canary or as a shadow, not as both"),
        (guard is None or on_trial, "A guard watches a canary; give a canary share or a plan as well"),
    ]
    if guard is not None:
        rules += [
            (0 <= guard.error_rate <= 1, "guard.error_rate must be 0 to 1"),
            (guard.latency_ms is None or guard.latency_ms > 0, "guard.latency_ms must be over 0"),
            (guard.requests >= 1, "guard.requests must be at least 1"),
            (0 < guard.window <= LONGEST_WINDOW, f"guard.window must be over 0 and at most {LONGEST_WINDOW:g} seconds"),
        ]
    if plan is not None:
        climbs = all(low < high for low, high in zip(plan.steps, plan.steps[1:], strict=False))
        within = 1 <= len(plan.steps) <= MOST_STEPS and all(0 < step <= ALL for step in plan.steps)
        rules += [
            (within and climbs, f"plan.steps must be 1 to {MOST_STEPS} rising shares up to 100 percent, as 10,50,100"),
            (plan.interval >= 0, "plan.interval must not be negative"),
        ]
    for holds, message in rules:
        if not holds:
            raise InvalidInput(message)
    return strategy
