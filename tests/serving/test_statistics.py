import pytest

from modelyard.serving.statistics import LONGEST, Statistics


def test_what_happened_lately_is_counted_and_what_is_longer_ago_is_not() -> None:
    seen = Statistics()
    for second in range(100):
        seen.answer(float(second), 0.01)
        seen.fail(float(second))
        seen.refuse(second + 0.5)
    lately = seen.lately(10, now=100.0)
    assert (lately.answered, lately.failed, lately.refused, lately.asked) == (10, 10, 10, 30)
    assert (seen.answered, seen.failed, seen.refused) == (100, 100, 100)
    assert seen.lately(10, now=1000.0).asked == 0
    assert seen.last == 99.5


@pytest.mark.parametrize("scale", [1e-7, 1e-5, 1e-3, 0.7, 1.0, 20.0])
def test_quantiles_are_near_whatever_the_scale(scale: float) -> None:
    seen = Statistics()
    for number in range(1, 1001):
        seen.answer(5.0, scale * number)
    lately = seen.lately(60, now=5.0)
    for found, exact in ((lately.p50, 500), (lately.p90, 900), (lately.p99, 990)):
        assert found == pytest.approx(max(exact * scale, 1e-6), rel=0.05, abs=2e-7)


def test_without_answers_there_are_no_quantiles() -> None:
    assert Statistics().lately(60, now=5.0).p90 == 0.0


def test_no_more_is_kept_than_can_be_looked_back_at() -> None:
    seen = Statistics()
    for second in range(10 * LONGEST):
        seen.answer(float(second), 0.01)
    assert len(seen._seconds) <= LONGEST + 1


def test_the_last_minutes_are_told_in_stretches_quiet_ones_too() -> None:
    seen = Statistics()
    assert seen.history(5, now=3.0) == []
    for at in (12.0, 13.0, 26.5):
        seen.answer(at, 0.01)
    seen.fail(26.9)
    told = [(began, one.asked, one.failed, one.p99 > 0) for began, one in seen.history(5, now=31.0)]
    assert told == [(10, 2, 0, True), (15, 0, 0, False), (20, 0, 0, False), (25, 2, 1, True), (30, 0, 0, False)]
    assert [began for began, _ in seen.history(5, now=20.0 + LONGEST)] == list(range(25, 21 + LONGEST, 5))
    assert seen.history(5, now=10_000.0) == []
