from collections import Counter

import pytest

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.formats.inference import Hints
from modelyard.serving.routes import Route
from tests.support.answering import Answering, revision

MOST_BESIDE = 2
MOST_CHI_SQUARE = 10.8
"""Of one degree of freedom: exceeded by chance once in a thousand times, and the keys are fixed."""


def route(*weights: int) -> Route:
    return Route("taxi", [(revision(number, Answering()), weight) for number, weight in enumerate(weights, 1)])


def chi_square(seen: Counter[int], *weights: int) -> float:
    total = sum(seen.values())
    expected = {number: total * weight / 100 for number, weight in enumerate(weights, 1)}
    return sum((seen[number] - wanted) ** 2 / wanted for number, wanted in expected.items())


@pytest.mark.parametrize("weights", [(90, 10), (99, 1), (50, 50), (95, 5)])
def test_of_any_hundred_requests_each_revision_gets_its_share(weights: tuple[int, int]) -> None:
    shared = route(*weights)
    seen = [shared.choose(None, None).revision for _ in range(5000)]
    for start in range(0, len(seen) - 100, 7):
        assert abs(seen[start : start + 100].count(2) - weights[1]) <= MOST_BESIDE
    assert abs(seen.count(2) - 50 * weights[1]) <= 2 * MOST_BESIDE


@pytest.mark.parametrize("kinds", range(2, 13))
def test_requests_that_come_in_a_rhythm_are_shared_out_alike(kinds: int) -> None:
    shared = route(90, 10)
    seen = [shared.choose(None, None).revision for _ in range(1000 * kinds)]
    for kind in range(kinds):
        assert abs(seen[kind::kinds].count(2) - 100) <= 5 * MOST_BESIDE


def test_a_share_of_nothing_gets_nothing_unless_it_is_asked_for() -> None:
    shared = route(100, 0)
    assert {shared.choose(None, None).revision for _ in range(1000)} == {1}
    assert shared.choose(None, Hints(revision=2)).revision == 2


def test_equal_keys_go_to_the_same_revision_and_keys_are_shared_out_as_requests_are() -> None:
    shared = route(80, 20)
    keys = [f"customer-{number}" for number in range(5000)]
    first = {key: shared.choose(None, Hints(sticky=key)).revision for key in keys}
    assert first == {key: shared.choose(None, Hints(sticky=key)).revision for key in keys}
    assert chi_square(Counter(first.values()), 80, 20) < MOST_CHI_SQUARE


def test_who_sticks_to_a_canary_stays_with_it_as_it_grows() -> None:
    keys = [Hints(sticky=f"customer-{number}") for number in range(500)]
    before: set[str] = set()
    for share in (10, 50, 90):
        shared = route(100 - share, share)
        now = {key.sticky for key in keys if shared.choose(None, key).revision == 2}
        assert before < now
        before = now


def test_a_version_or_revision_is_found_wherever_it_is_served() -> None:
    stable, canary, shadow, warm = (revision(number, Answering()) for number in (1, 2, 3, 4))
    shared = Route("taxi", [(stable, 90), (canary, 10)], [(shadow, 100)], [warm])
    for number, served in enumerate((stable, canary, shadow, warm), 1):
        assert shared.choose(str(10 * number), None) is served
        assert shared.choose(None, Hints(revision=number)) is served
    assert shared.stable is stable
    with pytest.raises(NotFound, match="serves versions '10', '20', '30', '40', not '7'"):
        shared.choose("7", None)
    with pytest.raises(NotFound, match="serves revision 1, 2, 3, 4, not 7"):
        shared.choose(None, Hints(revision=7))


def test_of_two_revisions_of_a_version_the_one_with_most_requests_is_meant() -> None:
    older, newer = revision(1, Answering()), revision(2, Answering())
    newer.model_version = older.model_version
    assert Route("taxi", [(older, 90), (newer, 10)]).version("10") is older
    assert Route("taxi", [(older, 10), (newer, 90)]).version("10") is newer


def test_what_has_no_replica_stands_for_its_name_only_when_it_is_asleep() -> None:
    served = revision(1)
    with pytest.raises(Unavailable, match="lost the process"):
        Route("taxi", [(served, 100)]).ready(None)
    served.asleep = True
    assert Route("taxi", [(served, 100)]).ready("10") is served
