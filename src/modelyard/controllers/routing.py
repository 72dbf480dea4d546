"""Which revisions are sent requests, given which are wanted and which can answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.domain.rollouts import ALL, Rollout

Shares = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether a revision can answer, whether it was given up, and whether it has ever answered."""

    answers: bool
    failed: bool = False
    proven: bool = False


UNSEEN = Seen(answers=False)


def shares(rollout: Rollout, seen: Mapping[int, Seen], now: Shares) -> Shares | None:
    """Percent of the requests by revision; None where nobody can answer.

    `now` is how they are shared out at the moment. What is wanted comes to pass when all of it can answer. Until then
    things stay as they are; and where that is not possible, those wanted that can answer stand in for the others.
    """
    wanted = {target.revision: target.weight for target in rollout.live if target.weight}
    if _all_answer(wanted, seen):
        return wanted
    if now and _all_answer(now, seen):
        return now
    able = {number: weight for number, weight in wanted.items() if seen.get(number, UNSEEN).answers}
    stable = seen.get(rollout.stable, UNSEEN)
    # While the stable revision is on its way, nobody is handed over to a canary.
    if able and (stable.answers or stable.failed):
        return filled_up(able)
    if seen.get(rollout.previous, UNSEEN).answers and (stable.failed or not stable.proven):
        return {rollout.previous: ALL}
    return None


def filled_up(weights: Shares) -> Shares:
    """The same proportions, 100 in all: what is left over by rounding goes to the largest."""
    total = sum(weights.values())
    scaled = {number: weight * ALL // total for number, weight in weights.items()}
    largest = max(scaled, key=lambda number: scaled[number])
    scaled[largest] += ALL - sum(scaled.values())
    return scaled


def _all_answer(weights: Shares, seen: Mapping[int, Seen]) -> bool:
    return all(seen.get(number, UNSEEN).answers for number in weights)
