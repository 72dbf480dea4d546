from pathlib import Path

import pandas as pd
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.examples.stocks import prices

DAYS = pd.bdate_range("2018-01-01", periods=prices.FEWEST_DAYS + 2).strftime("%Y-%m-%d").tolist()


def written(file: Path, *, header: str = "Date,Close", replace: dict[int, str] | None = None) -> Path:
    """A line for each of DAYS; `replace` has other lines, by number in the file."""
    lines = [header, *(f"{day},{100 + at}" for at, day in enumerate(DAYS))]
    for number, line in (replace or {}).items():
        lines[number - 1] = line
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_file_without_symbols_is_one_series_of_its_own_name(tmp_path: Path) -> None:
    found = prices.load(written(tmp_path / "acme.csv"))
    assert list(found.columns) == prices.COLUMNS
    assert found["symbol"].unique().tolist() == ["acme"]
    assert (found["close"].iloc[0], len(found)) == (100.0, len(DAYS))


def test_columns_of_other_exports_are_left_alone(tmp_path: Path) -> None:
    rows = [f"{day},RELIANCE,EQ,{at + 1}.5,9" for at, day in enumerate(DAYS)]
    (tmp_path / "nifty.csv").write_text("\n".join(["Date,Symbol,Series,Close,Volume", *rows]) + "\n")
    found = prices.load(tmp_path / "nifty.csv")
    assert found["symbol"].unique().tolist() == ["RELIANCE"]
    assert found["close"].tolist()[:2] == [1.5, 2.5]


def test_a_day_without_a_price_is_a_day_without_trade(tmp_path: Path) -> None:
    found = prices.load(written(tmp_path / "acme.csv", replace={5: f"{DAYS[3]},"}))
    assert len(found) == len(DAYS) - 1
    assert pd.Timestamp(DAYS[3]) not in set(found["date"])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2018-01-09,free", "line 7, column Close: 'free' is not a number"),
        ("soon,7", "line 7, column Date: 'soon' is not a date"),
        (",7", "line 7 has no date"),
        ("2018-01-09,0", "line 7 has a price that is not above 0"),
        ("2018-01-01,7", "line 7 is about a day that an earlier one is about"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        prices.load(written(tmp_path / "acme.csv", replace={7: line}))


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.csv is not a file"):
        prices.load(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidInput, match=r"lacks the column close\. It has: Date, Price"):
        prices.load(written(tmp_path / "acme.csv", header="Date,Price"))
    (tmp_path / "short.csv").write_text("Date,Close\n2018-01-01,7\n")
    with pytest.raises(InvalidInput, match="too few days with a price"):
        prices.load(tmp_path / "short.csv")


def test_the_indexes_of_arch_are_real_trading_days() -> None:
    found = prices.indexes()
    assert found["symbol"].value_counts().to_dict() == {"NASDAQ": 5031, "S&P 500": 5031}
    assert found["date"].dt.day_of_week.max() == 4
    assert pd.Timestamp("2001-09-12") not in set(found["date"])
