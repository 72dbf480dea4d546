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


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2.0 MB"), (3e15, "3000.0 TB")]
)
def test_sizes_are_shown_in_their_unit(number: float, shown: str) -> None:
    assert units.size(number) == shown
