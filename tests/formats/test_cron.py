import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.schedules import Plan
from modelyard.formats import cron, slots

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("30 0 9 * * *", 9 * HOUR + 30_000),
        ("*/5 * * * * *", 5_000),
        ("0 0 0 * * 1", 4 * DAY),  # the epoch is a Thursday
        ("0 0 0 1 JUL ?", 181 * DAY),
        ("0 0 9-17/4 * * MON-FRI", 9 * HOUR),
        ("@daily", DAY),
        ("@hourly", HOUR),
        ("*/7 * * * *", 7_000),  # five fields: seconds come first here, too, as they do in KFP
    ],
)
def test_the_first_slot_after_the_epoch(expression: str, first: int) -> None:
    cron.check(expression)
    assert cron.next_after(expression, 0) == first


@pytest.mark.parametrize(
    "text", ["", "hello", "61 * * * * *", "* * * *", "* * * * * * *", "H * * * * *", "0 0 0 L * *"]
)
def test_what_is_no_cron_expression_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a cron expression"):
        cron.check(text)


def test_a_day_that_never_comes_is_no_slot() -> None:
    assert cron.next_after("0 0 0 30 2 *", 0) is None


@pytest.mark.parametrize(("expression", "seconds"), [("@every 1h30m", 5400), ("@every 10s", 10), ("@daily", 0)])
def test_intervals_may_be_written_as_cron(expression: str, seconds: int) -> None:
    cron.check(expression)
    assert cron.every(expression) == seconds


def test_an_interval_counts_from_its_start() -> None:
    plan = Plan(every=60, start_at=10 * MINUTE, end_at=12 * MINUTE)
    assert slots.next_after(plan, 5 * MINUTE) == 11 * MINUTE
    assert slots.next_after(plan, 11 * MINUTE) == 12 * MINUTE
    assert slots.next_after(plan, 12 * MINUTE) is None


@pytest.mark.parametrize("plan", [Plan(every=60), Plan(cron="0 * * * * *"), Plan(cron="@every 1m")])
def test_the_newest_slot_of_many_that_were_missed(plan: Plan) -> None:
    assert slots.newest_until(plan, MINUTE, 30 * DAY + 1) == 30 * DAY
    assert slots.newest_until(plan, MINUTE, MINUTE) == MINUTE


def test_no_slot_is_later_than_the_end() -> None:
    assert slots.newest_until(Plan(cron="0 * * * * *", end_at=10 * MINUTE), MINUTE, DAY) == 10 * MINUTE
