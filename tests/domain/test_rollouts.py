from dataclasses import replace

import pytest

from modelyard.domain import rollouts
from modelyard.domain.errors import InvalidInput, InvalidState
from modelyard.domain.rollouts import Guard, Plan, RolledBack, Rollout, Strategy, Target

CANARY = Strategy(canary=10)
AT_ONCE = Strategy()
PLAN = Strategy(plan=Plan((10, 60, 100), 5.0), guard=Guard())


def of(*targets: tuple[int, int], previous: int = 0, shadow: int = 0) -> Rollout:
    live = tuple(Target(revision, weight) for revision, weight in targets)
    return Rollout(live + ((Target(shadow, 100, shadow=True),) if shadow else ()), previous=previous)


def told(rollout: Rollout) -> tuple[dict[int, int], int]:
    return {target.revision: target.weight for target in rollout.live}, rollout.previous


@pytest.mark.parametrize("strategy", [AT_ONCE, CANARY, PLAN, Strategy(shadow=100)])
def test_the_first_revision_gets_everything_whatever_the_strategy(strategy: Strategy) -> None:
    made = rollouts.deployed(None, 1, strategy, proven=False, now=7)
    assert told(made) == ({1: 100}, 0)
    assert (made.guard, made.plan, made.shifted_at) == (strategy.guard, strategy.plan, 7)


def test_at_once_the_one_before_is_kept_for_a_rollback() -> None:
    assert told(rollouts.deployed(of((1, 100)), 2, AT_ONCE, proven=True, now=7)) == ({2: 100}, 1)


def test_a_revision_that_never_answered_is_not_worth_going_back_to() -> None:
    failing = of((2, 100), previous=1)
    assert told(rollouts.deployed(failing, 3, AT_ONCE, proven=False, now=7)) == ({3: 100}, 1)


def test_a_canary_gets_its_share_and_takes_the_place_of_one_before_it() -> None:
    first = rollouts.deployed(of((3, 100), previous=2), 4, CANARY, proven=True, now=7)
    assert told(first) == ({3: 90, 4: 10}, 2)
    assert (first.stable, first.canary) == (3, 4)
    assert told(rollouts.deployed(first, 5, Strategy(canary=0), proven=True, now=8)) == ({3: 100, 5: 0}, 2)
    assert told(rollouts.deployed(first, 5, PLAN, proven=True, now=8)) == ({3: 90, 5: 10}, 2)


def test_a_shadow_changes_no_share_and_stays_when_others_come() -> None:
    shadowed = rollouts.deployed(of((3, 90), (4, 10)), 5, Strategy(shadow=50), proven=True, now=7)
    assert told(shadowed) == ({3: 90, 4: 10}, 0)
    assert shadowed.shadows == (Target(5, 50, shadow=True),)
    assert shadowed.named == {3, 4, 5}
    for strategy in (AT_ONCE, CANARY):
        assert rollouts.deployed(shadowed, 6, strategy, proven=True, now=8).shadows == shadowed.shadows


def test_the_newest_of_several_is_on_trial_however_much_it_has() -> None:
    assert (of((3, 10), (4, 90)).canary, of((3, 10), (4, 90)).stable) == (4, 3)
    assert (of((4, 100)).canary, of((4, 100)).stable) == (0, 4)
    assert of((1, 40), (2, 40), (3, 20)).stable == 1, "of equals the older one"


def test_a_promoted_canary_has_everything_and_can_be_taken_back_at_once() -> None:
    promoted = rollouts.promoted(of((3, 90), (4, 10), previous=2), 7)
    assert told(promoted) == ({4: 100}, 3)
    back = rollouts.rolled_back(promoted, 8)
    assert told(back) == ({3: 100}, 4)
    assert told(rollouts.rolled_back(back, 9)) == ({4: 100}, 3), "and forward again"


def test_the_only_shadow_can_be_promoted() -> None:
    promoted = rollouts.promoted(of((3, 100), shadow=4), 7)
    assert (told(promoted), promoted.shadows) == (({4: 100}, 3), ())


def test_a_canary_that_is_rolled_back_is_gone_and_the_reason_stays_until_the_next() -> None:
    why = RolledBack(4, "Latency", "too slow", 7)
    back = rollouts.rolled_back(of((3, 90), (4, 10), previous=2), 7, why)
    assert (told(back), back.rolled_back) == (({3: 100}, 2), why)
    assert rollouts.deployed(back, 5, CANARY, proven=True, now=8).rolled_back is None


def test_what_there_is_not_cannot_be_promoted_or_gone_back_to() -> None:
    with pytest.raises(InvalidState, match="no canary to promote"):
        rollouts.promoted(of((3, 100)), 7)
    with pytest.raises(InvalidState, match="no revision to roll back to"):
        rollouts.rolled_back(of((3, 100)), 7)


def test_shares_are_shifted_and_what_had_most_is_kept_warm() -> None:
    shifted = rollouts.shifted(of((3, 90), (4, 10), previous=2), (Target(4, 100),), 7)
    assert told(shifted) == ({4: 100}, 3)
    assert told(rollouts.shifted(of((3, 100), previous=2), (Target(3, 95), Target(5, 5)), 7)) == ({3: 95, 5: 5}, 2)


def test_a_plan_is_climbed_to_its_end() -> None:
    rollout = rollouts.deployed(of((3, 100)), 4, PLAN, proven=True, now=7)
    seen = [told(rollout)[0]]
    while rollout.canary:
        rollout = rollouts.climbed(rollout, 8)
        seen.append(told(rollout)[0])
    assert seen == [{3: 90, 4: 10}, {3: 40, 4: 60}, {4: 100}]
    assert (rollout.previous, rollout.plan) == (3, PLAN.plan)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ((Target(1, 50), Target(1, 50)), "named twice"),
        ((Target(1, 99),), "add up to 99 %"),
        ((Target(1, 101), Target(2, -1)), "101 %"),
        ((Target(1, 100, shadow=True),), "add up to 0 %"),
        ((), "add up to 0 %"),
    ],
)
def test_shares_that_cannot_be_are_refused(targets: tuple[Target, ...], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rollouts.checked_targets(targets)


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (Strategy(canary=101), "canary's share"),
        (Strategy(shadow=-1), "shadow's weight"),
        (Strategy(canary=5, shadow=100), "not as both"),
        (Strategy(guard=Guard()), "A guard watches a canary"),
        (Strategy(canary=5, guard=Guard(error_rate=2)), "error_rate"),
        (Strategy(canary=5, guard=Guard(error_rate=float("nan"))), "error_rate"),
        (Strategy(canary=5, guard=Guard(latency_ms=0)), "latency_ms"),
        (Strategy(canary=5, guard=Guard(requests=0)), "requests"),
        (Strategy(canary=5, guard=Guard(window=1e9)), "window"),
        (Strategy(plan=Plan(())), r"plan\.steps"),
        (Strategy(plan=Plan((10, 10))), r"plan\.steps"),
        (Strategy(plan=Plan((0, 10))), r"plan\.steps"),
        (Strategy(plan=Plan((10, 200))), r"plan\.steps"),
        (Strategy(plan=Plan((10,), -1)), r"plan\.interval"),
    ],
)
def test_strategies_that_cannot_be_are_refused(strategy: Strategy, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rollouts.checked_strategy(strategy)


def test_strategies_that_can_be_are_not() -> None:
    for strategy in (AT_ONCE, CANARY, PLAN, Strategy(shadow=100), replace(PLAN, canary=5)):
        assert rollouts.checked_strategy(strategy) is strategy


def test_of_several_canaries_the_base_is_stable_however_little_it_has() -> None:
    several = rollouts.shared_out(of((1, 100)), (Target(1, 20), Target(2, 50), Target(3, 30)), proven=True, now=7)
    assert (several.stable, several.canaries, several.canary) == (1, (2, 3), 3)
    again = rollouts.shared_out(several, (Target(3, 90), Target(1, 10)), proven=True, now=8)
    assert (again.stable, again.canaries, told(again)) == (3, (1,), ({3: 90, 1: 10}, 0)), "the base may be the newest"


def test_of_several_canaries_the_one_at_fault_is_taken_out_and_by_hand_all_of_them() -> None:
    several = rollouts.shared_out(None, (Target(1, 70), Target(2, 20), Target(3, 10)), proven=False, now=7)
    left = rollouts.rolled_back(several, 8, RolledBack(2, "Latency", "too slow", 8))
    assert (told(left), left.canaries) == (({1: 90, 3: 10}, 0), (3,))
    assert told(rollouts.rolled_back(several, 8)) == ({1: 100}, 0)


def test_a_revision_takes_the_place_of_another_with_its_share() -> None:
    several = rollouts.shared_out(None, (Target(1, 70), Target(2, 20), Target(3, 10)), proven=False, now=7)
    canary = rollouts.replaced(several, 2, 4, proven=True, now=8)
    assert (told(canary), canary.stable) == (({1: 70, 4: 20, 3: 10}, 0), 1)
    base = rollouts.replaced(canary, 1, 5, proven=True, now=9)
    assert (told(base), base.stable) == (({5: 70, 4: 20, 3: 10}, 1), 5)


def test_what_is_shared_out_anew_keeps_what_was_stable_for_a_rollback_and_the_shadows() -> None:
    before = of((1, 90), (2, 10), shadow=3)
    after = rollouts.shared_out(before, (Target(2, 60), Target(4, 40)), proven=True, now=7)
    assert (told(after), after.shadows) == (({2: 60, 4: 40}, 1), before.shadows)
    assert told(rollouts.shared_out(before, (Target(2, 100),), proven=False, now=7)) == ({2: 100}, 0)
