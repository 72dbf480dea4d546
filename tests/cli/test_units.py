from collections.abc import Callable

import pytest

from modelyard.apps.settings import BadSetting
from modelyard.cli import units


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 2_592_000), ("12h", 43_200), ("1d2h3m4s", 93_784), ("0s", 0), ("1.5h", 5400)]
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert units.duration("--older-than", text) == seconds


@pytest.mark.parametrize("text", ["", "d", "30", "3w", "-1d", "1h2d"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(BadSetting, match="--older-than"):
        units.duration("--older-than", text)


def test_latencies_parts_percentages_and_volumes_are_read() -> None:
    assert units.milliseconds("--guard-latency", "250ms") == 250
    assert units.milliseconds("--guard-latency", "1.5 s") == 1500
    assert units.share("--guard-errors", "2.5%") == 0.025
    assert units.percents("--plan", "10, 50%,100") == (10, 50, 100)
    assert units.volume("--memory", "500MB") == 500_000_000


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (units.milliseconds, "250"),
        (units.milliseconds, "soon"),
        (units.share, "5"),
        (units.share, "500%"),
        (units.percents, "10;50"),
        (units.percents, ""),
        (units.volume, "much"),
    ],
)
def test_what_is_no_amount_is_named(read: Callable[[str, str], object], text: str) -> None:
    with pytest.raises(BadSetting, match="--flag"):
        read("--flag", text)


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2.0 MB"), (3e15, "3000.0 TB")]
)
def test_sizes_are_shown_in_their_unit(number: float, shown: str) -> None:
    assert units.size(number) == shown
